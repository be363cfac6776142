"""What holds of every kind of fault there is."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import FrozenInstanceError, is_dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import faults
from harness.aws.parcels import QueueParcel
from harness.faults.sites import Call, Hop, Invocation, MachineRun, StateEntry
from harness.plan import Counted, PlanError, fault_from_data, fault_to_data, kinds
from tests.unit.faults.kinds import EXAMPLES, any_fault, fault_of

NAMES = sorted(kinds())
SITES = (
    Call("sqs:SendMessageBatch", "Q", "Billing", "us-east-1", params={"Entries": [{}, {}, {}]}),
    Call("dynamodb:PutItem", "Ledger", "Billing", "us-east-1"),
    Hop("Orders", "BillingQueue", ("m-1",), parcel=QueueParcel(body="{}")),
    Invocation("Billing", "r-1", ("m-1",)),
    MachineRun("Saga", "e-1", ("m-1",), repeatable=True),
    StateEntry("Saga", "Ask", waits_for_token=True, stoppable=True),
)


def test_every_kind_has_an_example_here():
    assert sorted(EXAMPLES) == NAMES


def test_every_module_of_a_fault_is_loaded():
    folder = Path(faults.__file__).parent
    with_a_kind = [path.stem for path in folder.glob("*.py") if "@kind(" in path.read_text(encoding="utf-8")]
    assert sorted(with_a_kind) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_has_a_constructor_of_its_name(name):
    assert name in faults.__all__
    assert getattr(faults, name) is kinds()[name] is type(EXAMPLES[name])


@pytest.mark.parametrize("name", NAMES)
def test_has_a_manual_page_that_cites_aws(name):
    page = kinds()[name].__doc__
    assert page is not None
    assert "https://docs.aws.amazon.com/" in page or "https://aws.amazon.com/" in page
    assert "Finds " in page or "finds " in page


@pytest.mark.parametrize("name", NAMES)
def test_is_frozen_data(name):
    fault = EXAMPLES[name]
    assert is_dataclass(fault)
    with pytest.raises(FrozenInstanceError):
        fault.optional = True  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_says_something_at_one_kind_of_site_at_least(name):
    fault = EXAMPLES[name]
    acting = [site for site in SITES if _says_something(fault, site)]
    assert acting


def _says_something(fault, site):
    annotated = inspect.signature(fault.decide).parameters
    accepted = next(iter(annotated.values())).annotation
    return type(site).__name__ in accepted and fault.decide(site).action != "pass"


@pytest.mark.parametrize("name", NAMES)
def test_decides_the_same_for_the_same_site(name):
    fault = EXAMPLES[name]
    accepted = next(iter(inspect.signature(fault.decide).parameters.values())).annotation
    for site in SITES:
        if type(site).__name__ in accepted:
            assert fault.decide(site) == fault.decide(site)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_comes_back_from_json_as_it_was(name, data):
    fault = data.draw(fault_of(name))
    assert fault_from_data(fault_to_data(fault)) == fault
    plan = faults.Plan(3, (fault,))
    assert faults.Plan.from_json(plan.to_json()) == plan


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(chosen=st.lists(any_fault(), max_size=4), seed=st.integers())
def test_a_plan_of_any_faults_comes_back_from_json(chosen, seed):
    plan = faults.Plan(seed, tuple(chosen))
    assert faults.Plan.from_json(plan.to_json()) == plan
    assert "\n" not in plan.to_json()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("nonsense", 1),
        ("optional", 7),
        ("after_seconds", -1),
        ("after_seconds", "3"),
        ("at", {}),
    ],
)
def test_refuses_nonsense_and_says_where(name, setting, value):
    data = {**fault_to_data(EXAMPLES[name]), setting: value}
    with pytest.raises(PlanError, match=rf"^plan\.faults\[0\].*{setting}"):
        faults.Plan.from_data({"format": 2, "faults": [data]})


@pytest.mark.parametrize("name", [name for name in NAMES if issubclass(kinds()[name], Counted)])
@pytest.mark.parametrize(
    ("setting", "value"),
    [("nth", 0), ("times", 0), ("times", "3"), ("until_seconds", 0), ("probability", 2)],
)
def test_refuses_a_time_that_makes_no_sense(name, setting, value):
    with pytest.raises(PlanError, match=setting):
        fault_from_data({**fault_to_data(EXAMPLES[name]), setting: value})


def test_loading_the_kinds_loads_no_sdk():
    code = "import sys, harness.faults; print([m for m in ('boto3', 'botocore') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_arguments_that_no_fault_takes_are_told():
    with pytest.raises(TypeError, match=r"^crash\(\) takes no 'tmies'; did you mean 'times'\?"):
        faults.crash("Billing", tmies=2)  # type: ignore[call-arg]


def test_an_outage_has_a_window_and_counts_nothing():
    with pytest.raises(TypeError, match=r"^outage\(\) takes no 'times'; there are: actor, after"):
        faults.outage("sqs", times=2)  # type: ignore[call-arg]


def test_arguments_that_lack_are_told_by_the_kind_s_name():
    with pytest.raises(TypeError, match=r"^delay_hop\(\): missing a required argument: 'seconds'"):
        faults.delay_hop("Orders", "Queue")  # type: ignore[call-arg]


def test_a_misspelt_kind_is_told_with_the_nearest():
    with pytest.raises(AttributeError, match="no 'throtle'; did you mean 'throttle'"):
        _ = faults.throtle
