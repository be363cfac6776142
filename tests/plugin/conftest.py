"""Test runs inside test runs: each test writes a few test files and runs pytest on them."""

from __future__ import annotations

import importlib
import pkgutil
import textwrap

import hypothesis
import pytest

from harness import Simulator, expectations, explore, history, invariants, report

LOADED_LATE = ("airspeed", "jsonata", "jsonpath_ng.ext", "jsonschema", "samtranslator.translator.translator")
"""Packages that harness imports only where an app needs them."""

TEMPLATE = """
Resources:
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""

HELPERS = """
import pytest
from harness import expect, faults

def put(app, id="1"):
    table = app.physical_id("Ledger")
    app.client("dynamodb").put_item(TableName=table, Item={"id": {"S": id}})

def ask(app):
    app.cloud.recorder.expectation("nothing_lost", params={}, verdict="holds")
"""


@pytest.fixture(scope="session", autouse=True)
def _everything_is_loaded():
    """pytester unloads what a run has loaded: load it before, once for all of them."""
    assert hypothesis
    for part in (explore, history, invariants, report):
        for module in pkgutil.iter_modules(part.__path__, f"{part.__name__}."):
            importlib.import_module(module.name)
    assert expectations
    assert list(report.REPORTS)
    with Simulator() as cloud:
        cloud.client("dynamodb").list_tables()
        cloud.client("apigateway").get_rest_apis()
    for module in LOADED_LATE:
        importlib.import_module(module)


@pytest.fixture
def project(pytester):
    """A folder with a template, and a module of helpers for the tests written into it."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makefile(".yaml", template=TEMPLATE)
    pytester.makepyfile(helpers=HELPERS)
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def app(cloud):
            return cloud.deploy("template.yaml")
        """
    )
    return pytester


@pytest.fixture
def run(project):
    """Run pytest on one test module; neighbours that reorder tests are left out unless asked for."""

    def run(source: str, *arguments: str):
        project.makepyfile(test_it=f"from helpers import *\n\n{textwrap.dedent(source)}")
        return project.runpytest("-p", "no:randomly", "-p", "no:cacheprovider", *arguments)

    return run
