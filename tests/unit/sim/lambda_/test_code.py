"""Unpacked archives are kept for other processes as long as they are in use."""

from __future__ import annotations

import io
import os
import zipfile

from harness.sim.services.lambda_.api import code


def archive(text):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as members:
        members.writestr("app.py", text)
    return packed.getvalue()


def test_an_archive_that_nobody_has_used_for_a_week_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(code, "_store", lambda: tmp_path)
    old = code.code_of({"ZipFile": archive("old")}, read=None).folder
    in_use = code.code_of({"ZipFile": archive("in use")}, read=None).folder
    for folder in (old, in_use):
        os.utime(folder, (0, 0))
    monkeypatch.setattr(code, "_looked_through", set())
    code.code_of({"ZipFile": archive("in use")}, read=None)
    assert [(folder.name, (folder / "app.py").read_text()) for folder in tmp_path.iterdir()] == [
        (in_use.name, "in use")
    ]
