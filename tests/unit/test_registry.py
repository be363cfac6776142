"""Things that are found by name: in a package, and among what was added."""

import sys

import pytest

from harness.registry import Registry, classes_in, modules_of


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A registry of the words in the modules of a package."""
    (tmp_path / "parts_of_speech").mkdir()
    for name, text in {"__init__": "", "verbs": "WORDS = {'go': 1}", "nouns": "WORDS = {'cat': 2}"}.items():
        (tmp_path / "parts_of_speech" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("parts_of_speech", "word", lambda module: vars(module)["WORDS"])
    for name in [name for name in sys.modules if name.startswith("parts_of_speech")]:
        del sys.modules[name]


def test_what_the_modules_of_the_package_offer_is_found_in_the_order_of_their_names(parts):
    assert dict(parts) == {"cat": 2, "go": 1}
    assert list(parts) == ["cat", "go"]
    assert len(parts) == 2


def test_nothing_is_imported_before_something_is_looked_up(parts):
    assert "parts_of_speech.verbs" not in sys.modules
    assert parts["go"] == 1
    assert "parts_of_speech.verbs" in sys.modules


def test_a_thing_from_elsewhere_is_added_and_removed(parts):
    parts["dog"] = 3
    assert parts.wanted("dog") == 3
    del parts["dog"]
    assert "dog" not in parts


def test_a_name_that_is_taken_is_an_error(parts):
    parts["cat"] = parts["cat"]
    with pytest.raises(ValueError, match="there is a word 'cat' already"):
        parts["cat"] = 4


def test_an_unknown_name_is_told_with_what_there_is(parts):
    with pytest.raises(LookupError, match=r"no word 'cats'; did you mean 'cat'\?$"):
        parts.wanted("cats")


def test_classes_are_those_that_the_module_itself_defines():
    [module] = [module for module in modules_of("harness.app.handles") if module.__name__.endswith(".queue")]
    from harness.app.handles import Handle

    assert [found.__name__ for found in classes_in(module, Handle)] == ["Queue"]
