"""A function's folder as a zip, with the packages that its requirements name."""

import io
import zipfile

import pytest

from harness.cloud import Unsupported
from harness.gateway.package import zipped_folder


def names(archive):
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context): pass")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/app.pyc").write_bytes(b"")
    return tmp_path


def test_a_folder_is_zipped_without_what_python_leaves_there(folder):
    assert names(zipped_folder(folder)) == ["app.py"]


def test_equal_folders_give_equal_zips(folder):
    first = zipped_folder(folder)
    (folder / "app.py").touch()
    assert zipped_folder(folder) == first


def test_what_requirements_name_is_taken_along_with_what_it_needs(folder):
    (folder / "requirements.txt").write_text("# for logs\naws-lambda-powertools>=3\n-r other.txt\n")
    found = names(zipped_folder(folder))
    assert "aws_lambda_powertools/__init__.py" in found
    assert any(name.startswith("typing_extensions") for name in found)


def test_what_lambda_brings_along_is_not_taken(folder):
    (folder / "requirements.txt").write_text("boto3\n")
    assert names(zipped_folder(folder)) == ["app.py", "requirements.txt"]


def test_a_package_that_is_not_installed_is_told_with_what_to_do(folder):
    (folder / "requirements.txt").write_text("no-such-package-anywhere==1\n")
    with pytest.raises(Unsupported, match=r"requirements.txt names no-such-package-anywhere, .*sam build"):
        zipped_folder(folder)


def test_a_file_that_changed_is_zipped_again(folder):
    before = zipped_folder(folder)
    (folder / "app.py").write_text("def handler(event, context): return 1")
    assert zipped_folder(folder) != before
