"""What is stated of services exists in botocore's models of them."""

import botocore.session
import pytest

from harness import aws
from harness.aws.facts import FailedEntries, Listing
from harness.faults.errors import COMMON

SESSION = botocore.session.get_session()
THIRD_PARTIES = "thirdparty"
SERVICES = sorted(set(aws.services()) - {THIRD_PARTIES})
STATED = [
    pytest.param(service, name, operation, id=f"{service}:{name}")
    for service in SERVICES
    for name, operation in sorted(aws.service(service).operations.items())
]
BATCHES = [stated for stated in STATED if stated.values[2].batch is not None]
UNDONE = [stated for stated in STATED if stated.values[2].undone_by is not None]


def model_of(service):
    return SESSION.get_service_model(service)


def shape_at(path, shape):
    """The shape at a path of parameters; None if there is none."""
    step, _, rest = path.partition(".")
    if step == "@":
        return shape.key if shape.type_name == "map" else None
    if step == "*" and shape.type_name == "map":
        shapes = [shape.value]
    elif step == "*":
        shapes = list(shape.members.values())
    else:
        shapes = [shape.members.get(step.removesuffix("[]")) if shape.type_name == "structure" else None]
        if step.endswith("[]"):
            shapes = [found.member for found in shapes if found is not None]
    found = [shape_at(rest, one) if rest else one for one in shapes if one is not None]
    return next((one for one in found if one is not None), None)


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_has_boto3s_name(service):
    assert service in SESSION.get_available_services()


@pytest.mark.parametrize(("service", "name", "operation"), STATED)
def test_the_operation_exists(service, name, operation):
    assert name in model_of(service).operation_names


@pytest.mark.parametrize(("service", "name", "operation"), STATED)
def test_the_parameters_that_name_resources_exist(service, name, operation):
    shape = model_of(service).operation_model(name).input_shape
    for path in operation.about:
        if isinstance(path, str) and not (service == "s3" and path == "CopySource.Bucket"):
            found = shape_at(path, shape)
            assert found is not None, path
            assert found.type_name == "string", path


@pytest.mark.parametrize("service", SERVICES)
def test_some_operation_has_each_parameter_that_names_resources(service):
    model = model_of(service)
    shapes = [model.operation_model(name).input_shape for name in model.operation_names]
    for path in aws.service(service).about:
        if path not in aws.NAMED_BY:
            assert any(shape is not None and shape_at(path, shape) is not None for shape in shapes), path


@pytest.mark.parametrize(("service", "name", "operation"), BATCHES)
def test_a_batch_has_its_members(service, name, operation):
    batch, model = operation.batch, model_of(service).operation_model(name)
    entries = shape_at(batch.entries, model.input_shape)
    assert entries.type_name == "list"
    failed = model.output_shape.members[batch.member]
    for member in filter(None, (batch.done, batch.count)):
        assert member in model.output_shape.members
    if batch.answer is FailedEntries.RETURNED:
        assert failed.type_name == "map"
        return
    told = failed.member.members
    assert {batch.code, batch.message, *dict(batch.also)} <= set(told)
    if batch.answer is FailedEntries.BY_ID:
        assert batch.id in told
        assert batch.id in entries.member.members


@pytest.mark.parametrize(("service", "name", "operation"), UNDONE)
def test_what_undoes_an_operation_exists(service, name, operation):
    undo = operation.undone_by
    while undo is not None:
        for step in (undo, undo.found_by):
            if step is not None:
                members = model_of(service).operation_model(step.operation).input_shape.members
                assert set(step.params) <= set(members)
        if isinstance(undo.found_by, Listing) and undo.found_by.items:
            output = model_of(service).operation_model(undo.found_by.operation).output_shape
            assert shape_at(undo.found_by.items, output) is not None
        undo = undo.after


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("when", ["throttled", "failing", "denied"])
def test_its_errors_are_in_its_model_or_common_to_all(service, when):
    words = getattr(aws.service(service).errors, when)
    modelled = {
        name
        for shape in model_of(service).error_shapes
        for name in (shape.name, shape.metadata.get("error", {}).get("code"))
    }
    assert words.code in modelled | set(COMMON) | UNMODELLED.get(service, set())


UNMODELLED = {"ec2": {"RequestLimitExceeded", "UnauthorizedOperation"}}
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""


@pytest.mark.parametrize("service", SERVICES)
def test_requests_are_signed_as_stated(service):
    stated, model = aws.service(service).signing, model_of(service)
    assert model.signing_name == (stated.name or service)
    if stated.target:
        assert model.metadata["targetPrefix"] == stated.target
    if stated.id:
        assert str(model.service_id).lower().replace(" ", "-") == stated.id
