"""Settings of event source mappings, by the kind of their source."""

from __future__ import annotations

import pytest

from tests.conformance.kinesis_helpers import open_stream
from tests.conformance.lambda_helpers import create_function, create_queue, refused

ECHO = "def handler(event, context): return event"

pytestmark = pytest.mark.clouds("sim", reason="LocalStack passes over settings that are for another source")


def refusal_of(cloud, source, **settings):
    create_function(cloud, ECHO)
    create = cloud.client("lambda").create_event_source_mapping
    return refused(create, FunctionName="work", EventSourceArn=source, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"ParallelizationFactor": 2},
        {"TumblingWindowInSeconds": 30},
        {"MaximumRecordAgeInSeconds": 60},
        {"BisectBatchOnFunctionError": True},
        {"Queues": ["orders"]},
        {"Topics": ["orders"]},
        {"SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "billing"}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_mapping_from_a_queue_has_no_settings_for_other_sources(cloud, settings):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    code, message = refusal_of(cloud, create_queue(cloud, "orders")[1], **settings)
    assert code == "InvalidParameterValueException"
    assert message.startswith("Unsupported parameter for given event source type.")


@pytest.mark.parametrize(
    "settings",
    [
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        {"ProvisionedPollerConfig": {"MinimumPollers": 2}},
        {"Queues": ["orders"]},
        {"Topics": ["orders"]},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_mapping_from_a_stream_has_no_settings_for_other_sources(cloud, settings):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    code, message = refusal_of(cloud, open_stream(cloud), StartingPosition="LATEST", **settings)
    assert code == "InvalidParameterValueException"
    assert message.startswith("Unsupported parameter for given event source type.")


def test_a_consumer_is_registered_before_it_is_mapped(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html"""
    consumer = f"{open_stream(cloud)}/consumer/nobody:1767225600"
    assert refusal_of(cloud, consumer, StartingPosition="LATEST") == (
        "InvalidParameterValueException",
        f"Stream not found: {consumer}",
    )
