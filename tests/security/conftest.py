"""Functions written in a test, deployed to a simulator."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness

Deploy = Callable[..., Any]


@pytest.fixture
def deployed(tmp_path: Path) -> Deploy:
    """`deployed(cloud, F="def handler…", G=…)`: an app of these functions, each in a folder of its own."""

    def deploy(cloud: harness.Simulator, **functions: str) -> Any:
        resources = {}
        for name, text in functions.items():
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            (folder / "app.py").write_text(textwrap.dedent(text), encoding="utf-8")
            resources[name] = {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "CodeUri": str(folder),
                    "Handler": "app.handler",
                    "Runtime": "python3.12",
                    "Timeout": 30,
                },
            }
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
        path = tmp_path / "template.json"
        path.write_text(json.dumps(template), encoding="utf-8")
        return cloud.deploy(path)

    return deploy
