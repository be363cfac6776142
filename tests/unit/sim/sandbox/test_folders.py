"""What a function finds below /var/task and /opt, and which paths it shows."""

from __future__ import annotations

import os
import stat
import sysconfig

import pytest

from harness.sim.sandbox import FunctionCode
from harness.sim.sandbox.folders import Folders


@pytest.fixture
def layer(tmp_path):
    folder = tmp_path / "layer"
    (folder / "python").mkdir(parents=True)
    (folder / "python" / "shared.py").write_text("NAME = 'shared'")
    (folder / "limits.json").write_text("[1]")
    return folder


def test_a_file_of_the_code_is_found_by_its_path_on_lambda(bench):
    bench.write("app/rates.json", "[7]")
    assert bench.payload(
        """
            import json, os, pathlib

            def handler(event, context):
                root = os.environ["LAMBDA_TASK_ROOT"]
                with open(root + "/rates.json") as file:
                    rates = json.load(file)
                path = pathlib.Path("/var/task") / "rates.json"
                return [rates, path.exists(), path.read_text(), sorted(os.listdir(root)), os.getcwd()]
            """
    ) == [[7], True, "[7]", ["app.py", "rates.json"], "/var/task"]


def test_a_relative_path_starts_at_the_code(bench):
    bench.write("app/rates.json", "[7]")
    assert bench.payload(
        """
            import os

            def handler(event, context):
                return [open("rates.json").read(), os.path.abspath("rates.json")]
            """
    ) == ["[7]", "/var/task/rates.json"]


def test_a_file_of_a_layer_is_found_below_opt(bench, layer):
    environment = bench.function(
        """
        import os

        def handler(event, context):
            return [open("/opt/limits.json").read(), os.path.isfile("/opt/python/shared.py")]
        """,
        layers=(layer,),
    )
    assert bench.run(environment).payload == ["[1]", True]


def test_of_two_layers_the_last_one_counts(layer, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "limits.json").write_text("[2]")
    folders = Folders(
        FunctionCode(roots=(tmp_path,), handler="app.handler", name="app", layers=(other, layer))
    )
    assert folders.real("/opt/limits.json") == str(other / "limits.json")
    assert folders.real("/opt/python/shared.py") == str(layer / "python" / "shared.py")


@pytest.mark.parametrize("path", ["/opt/absent", "/opt", "/var/tasks/x", "rates.json"])
def test_other_paths_lead_where_they_led(tmp_path, path):
    folders = Folders(FunctionCode(roots=(tmp_path,), handler="app.handler", name="app"))
    assert folders.real(path) == path


def test_the_test_itself_sees_its_own_folders(bench):
    bench.payload("def handler(event, context): pass")
    assert os.getcwd() != "/var/task"
    assert not os.path.exists("/var/task/app.py")


def test_a_child_process_finds_the_code(bench):
    script = bench.write("app/tell.sh", "#!/bin/sh\ncat rates.json\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    bench.write("app/rates.json", "[7]")
    assert (
        bench.payload(
            """
            import subprocess

            def handler(event, context):
                command = ["/var/task/tell.sh"]
                return subprocess.run(command, cwd="/var/task", capture_output=True, text=True).stdout
            """
        )
        == "[7]"
    )


def test_python_lies_where_lambda_has_it(tmp_path):
    folders = Folders(FunctionCode(roots=(tmp_path,), handler="app.handler", name="app"))
    shown = folders.shown(f'File "{sysconfig.get_paths()["stdlib"]}/json/decoder.py", {tmp_path}/app.py')
    assert shown.startswith('File "/var/lang/lib/python3.')
    assert shown.endswith('/json/decoder.py", /var/task/app.py')


def test_what_the_user_of_this_machine_has_configured_is_not_the_functions(bench, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "config").write_text("[profile production]\nregion = eu-west-1\n")
    monkeypatch.setenv("HOME", str(home))
    assert (
        bench.payload(
            """
            import boto3

            def handler(event, context):
                return boto3.Session().available_profiles
            """
        )
        == []
    )


WRAPPED = """
import os
SEEN = os.environ.get("FROM_WRAPPER")

def handler(event, context):
    return [SEEN, "AWS_CONFIG_FILE" in os.environ, os.environ["PATH"]]
"""


def wrapper(bench, text):
    script = bench.write("app/wrapper", text)
    script.chmod(0o755)
    return {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"}


def test_a_wrapper_script_sets_variables(bench):
    variables = wrapper(bench, '#!/bin/sh\nexport FROM_WRAPPER=set\nexec "$@"\n')
    ran = bench.run(bench.function(WRAPPED, variables=variables))
    assert ran.payload == ["set", False, "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"]


def test_what_a_wrapper_script_prints_is_in_the_log(bench):
    variables = wrapper(bench, '#!/bin/sh\necho started\nexec "$@"\n')
    assert "started\n" in bench.run(bench.function(WRAPPED, variables=variables)).log


@pytest.mark.parametrize(("text", "status"), [("#!/bin/sh\nexit 3\n", 3), ("#!/bin/sh\nexit 0\n", 0)])
def test_a_wrapper_script_that_does_not_start_the_runtime_ends_the_environment(bench, text, status):
    ran = bench.run(bench.function(WRAPPED, variables=wrapper(bench, text)))
    assert ran.outcome == "init-error"
    assert ran.error["errorType"] == "Runtime.ExitError"
    told = f"exit status {status}" if status else "Runtime exited without providing a reason"
    assert ran.error["errorMessage"].endswith(told)


def test_a_wrapper_script_that_is_not_there_ends_the_environment(bench):
    ran = bench.run(bench.function(WRAPPED, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/absent.sh"}))
    assert ran.outcome == "init-error"
    assert ran.error["errorMessage"].endswith("Error: Runtime exited with error: exit status 127")


def test_a_folder_that_was_looked_through_has_the_name_that_the_function_knows(bench):
    """Its name on this machine differs from run to run."""
    assert bench.payload(
        """
            import os, pathlib

            def handler(event, context):
                os.makedirs("/tmp/out/deep")
                pathlib.Path("/tmp/out/deep/a").write_text("a")
                (entry,) = os.scandir("/tmp/out")
                assert open(next(os.scandir(entry))).read() == "a" and entry.is_dir()
                here = [entry.path for entry in os.scandir()]
                raw = [entry.path.decode() for entry in os.scandir(b"/tmp/out")]
                return [[folder for folder, _, _ in os.walk("/tmp/out")], entry.path, here, raw]
            """
    ) == [["/tmp/out", "/tmp/out/deep"], "/tmp/out/deep", ["./app.py"], ["/tmp/out/deep"]]


def test_files_are_copied_with_all_that_belongs_to_them(bench):
    assert bench.payload(
        """
            import os, pathlib, shutil

            def handler(event, context):
                shutil.copy2("/var/task/app.py", "/tmp/a")
                os.mkdir("/tmp/one")
                shutil.copy2("/tmp/a", "/tmp/one/a")
                shutil.copytree("/tmp/one", "/tmp/two")
                return sorted(str(path) for path in pathlib.Path("/tmp").rglob("*"))
            """
    ) == ["/tmp/a", "/tmp/one", "/tmp/one/a", "/tmp/two", "/tmp/two/a"]


def test_an_error_names_files_as_the_function_does(bench):
    assert bench.payload(
        """
            import os

            def told(act, *paths):
                try:
                    act(*paths)
                except OSError as problem:
                    return [problem.filename, problem.filename2]

            def handler(event, context):
                return [
                    told(open, "/tmp/a"),
                    told(os.stat, "/tmp/a"),
                    told(os.rename, "/tmp/a", "/tmp/b"),
                    told(os.remove, "/var/task/b"),
                ]
            """
    ) == [["/tmp/a", None], ["/tmp/a", None], ["/tmp/a", "/tmp/b"], ["/var/task/b", None]]


def test_an_open_file_has_the_name_that_the_function_gave(bench):
    assert bench.payload(
        """
            import io, os, pathlib, tempfile

            def handler(event, context):
                with open("/tmp/a", "w") as text, io.open("/tmp/b", "w+b") as binary:
                    bare = open("/var/task/app.py", "rb", buffering=0)
                    number = os.open("/tmp/a", os.O_RDONLY)
                    found = [text.name, binary.name, bare.name, open("app.py").name]
                    assert open(number).name == number and pathlib.Path("/tmp/a").open().name == "/tmp/a"
                    assert tempfile.TemporaryFile().readable()
                    return found
            """
    ) == ["/tmp/a", "/tmp/b", "/var/task/app.py", "app.py"]
