"""The AWS SDK inside of functions."""

from __future__ import annotations

import boto3
import boto3.s3.inject
import botocore.handlers
import botocore.session
import pytest

import harness
from harness.sim.sandbox import KillOrder


def rows():
    return {row["id"]: row for row in boto3.resource("dynamodb").Table("Ledger").scan()["Items"]}


def test_clients_resources_and_sessions_of_the_module(cloud_bench):
    environment = cloud_bench.function(
        """
        import os
        import boto3
        from boto3.dynamodb.conditions import Key

        client = boto3.client("dynamodb")
        table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
        session = boto3.Session(region_name="eu-west-1")
        other = session.client("dynamodb")

        def handler(event, context):
            client.put_item(TableName="Ledger", Item={"id": {"S": "by client"}})
            table.put_item(Item={"id": "by resource"})
            found = table.query(KeyConditionExpression=Key("id").eq("by resource"))["Count"]
            return [found, client.meta.region_name, other.meta.region_name, other.list_tables()["TableNames"]]
        """,
        variables={"TABLE": "Ledger"},
    )
    ran = cloud_bench.run(environment)
    assert ran.payload == [1, "us-east-1", "eu-west-1", []], ran
    assert ran.calls == 4
    assert set(rows()) == {"by client", "by resource"}


def test_a_file_is_downloaded_also_where_the_sdk_was_imported_before(cloud_bench):
    boto3.client("s3").create_bucket(Bucket="papers")
    boto3.client("s3").put_object(Bucket="papers", Key="a.txt", Body=b"hello")
    environment = cloud_bench.function(
        """
        import boto3

        def handler(event, context):
            boto3.resource("s3").Bucket("papers").download_file("a.txt", "/tmp/a.txt")
            return open("/tmp/a.txt").read()
        """
    )
    ran = cloud_bench.run(environment)
    assert ran.payload == "hello", ran


def test_each_environment_has_a_default_session_of_its_own(cloud_bench):
    text = """
        import boto3
        boto3.setup_default_session(region_name={region!r})

        def handler(event, context):
            return boto3.client("dynamodb").meta.region_name
        """
    one = cloud_bench.function(text.format(region="eu-west-1"), name="one")
    two = cloud_bench.function(text.format(region="eu-north-1"), name="two")
    assert [cloud_bench.run(f).payload for f in (one, two, one)] == ["eu-west-1", "eu-north-1", "eu-west-1"]
    assert boto3.client("dynamodb").meta.region_name == "us-east-1"


def test_dying_between_two_side_effects(cloud_bench):
    text = """
        import boto3
        client = boto3.client("dynamodb")

        def put(name):
            client.put_item(TableName="Ledger", Item={"id": {"S": name}})

        def handler(event, context):
            try:
                put("first")
                put("second")
            finally:
                put("cleanup")
        """
    ran = cloud_bench.run(cloud_bench.function(text), kill=KillOrder(how="crash", when="call", nth=1))
    assert ran.outcome == "crash"
    assert set(rows()) == {"first"}


def test_concurrent_functions_and_a_pool_that_calls(cloud_bench):
    text = """
        import boto3
        from concurrent.futures import ThreadPoolExecutor
        table = boto3.resource("dynamodb").Table("Ledger")

        def put(name):
            table.put_item(Item={"id": name})

        def handler(event, context):
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(put, [f"{event}-{n}" for n in range(5)]))
        """
    one, two = cloud_bench.function(text, name="one"), cloud_bench.function(text, name="two")
    ran = cloud_bench.together(lambda: cloud_bench.run(one, "a"), lambda: cloud_bench.run(two, "b"))
    assert [r.outcome for r in ran] == ["ok", "ok"], ran
    assert [r.calls for r in ran] == [5, 5]
    assert len(rows()) == 10


def test_powertools_batch_logger_and_idempotency(cloud_bench):
    pytest.importorskip("aws_lambda_powertools")
    environment = cloud_bench.function(
        """
        import boto3
        from aws_lambda_powertools import Logger
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
        from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig
        from aws_lambda_powertools.utilities.idempotency import idempotent_function

        logger = Logger(service="billing")
        processor = BatchProcessor(event_type=EventType.SQS)
        store = DynamoDBPersistenceLayer(table_name="Ledger")
        config = IdempotencyConfig(event_key_jmespath="@")
        done = []

        @idempotent_function(data_keyword_argument="order", persistence_store=store, config=config)
        def bill(order):
            done.append(order)
            return order

        def record_handler(record):
            logger.info("record", extra={"body": record.body})
            if record.body == "poison":
                raise ValueError("poison")
            bill(order=record.body)

        @logger.inject_lambda_context
        def handler(event, context):
            config.register_lambda_context(context)
            response = process_partial_response(
                event=event, record_handler=record_handler, processor=processor, context=context
            )
            return [response, done]
        """
    )
    bodies = {"m-1": "o-1", "m-2": "poison", "m-3": "o-1", "m-4": "o-2"}
    event = {
        "Records": [{"messageId": i, "body": body, "eventSource": "aws:sqs"} for i, body in bodies.items()]
    }
    ran = cloud_bench.run(environment, event)
    assert ran.payload == [{"batchItemFailures": [{"itemIdentifier": "m-2"}]}, ["o-1", "o-2"]], ran
    assert '"service":"billing"' in ran.log
    assert '"function_name":"app"' in ran.log
    assert '"timestamp":"2026-01-01 00:00:00' in ran.log
    assert cloud_bench.run(environment, event).payload[1] == ["o-1", "o-2"]


def test_what_powertools_remembers_is_of_one_environment(cloud_bench):
    pytest.importorskip("aws_lambda_powertools")
    boto3.client("ssm").put_parameter(Name="currency", Type="String", Value="EUR")
    text = """
        from aws_lambda_powertools import Metrics
        from aws_lambda_powertools.metrics import MetricUnit
        from aws_lambda_powertools.utilities import parameters

        metrics = Metrics(namespace="shop", service="billing")

        def handler(event, context):
            metrics.add_metric(name=event, unit=MetricUnit.Count, value=1)
            return [parameters.get_parameter("currency"), list(metrics.metric_set)]
        """
    one, two = cloud_bench.function(text, name="one"), cloud_bench.function(text, name="two")
    first, again, other = (cloud_bench.run(e, e.code.name) for e in (one, one, two))
    assert first.payload == again.payload == ["EUR", ["one"]]
    assert other.payload == ["EUR", ["two"]]
    assert [ran.calls for ran in (first, again, other)] == [1, 0, 1]


def test_two_runs_have_the_same_history(cloud_bench_of):
    text = """
        import boto3, random, uuid, asyncio
        client = boto3.client("dynamodb")

        async def main():
            await asyncio.gather(*(asyncio.to_thread(put) for _ in range(4)))

        def put():
            item = {"id": {"S": str(uuid.uuid4())}, "n": {"N": str(random.random())}}
            client.put_item(TableName="Ledger", Item=item)

        def handler(event, context):
            asyncio.run(main())
            print(random.random(), uuid.uuid1())
        """
    runs = []
    for _ in range(2):
        with cloud_bench_of() as bench:
            ran = bench.run(bench.function(text))
            assert ran.outcome == "ok", ran
            runs.append((ran.log, bench.recorder.history().hash(), rows()))
    assert runs[0] == runs[1]


def test_sessions_share_what_they_read(cloud_bench):
    loaders = {id(botocore.session.Session().get_component("data_loader")) for _ in range(3)}
    assert len(loaders) == 1
    assert boto3.Session().client("s3").meta.service_model is boto3.Session().client("s3").meta.service_model


def test_handlers_of_one_client_are_not_anothers(cloud_bench):
    seen = []
    one, two = boto3.Session().client("dynamodb"), boto3.Session().client("dynamodb")
    three = boto3.Session().client("dynamodb")
    one.meta.events.register("before-call.dynamodb.ListTables", lambda **_: seen.append("one"))
    two.meta.events.register("before-call.dynamodb", lambda **_: seen.append("two"), unique_id="u")
    for client in (one, two, three):
        client.list_tables()
    assert seen == ["one", "two"]
    two.meta.events.unregister("before-call.dynamodb", unique_id="u")
    two.list_tables()
    assert seen == ["one", "two"]


def test_handlers_that_are_added_for_all_sessions_are_heard(monkeypatch):
    heard = []
    with harness.Simulator():
        boto3.Session().client("sqs", region_name="us-east-1").list_queues()
        added = [*botocore.handlers.BUILTIN_HANDLERS, ("before-call.sqs", lambda **_: heard.append(1))]
        monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", added)
        boto3.Session().client("sqs", region_name="us-east-1").list_queues()
        assert heard == [1]
        monkeypatch.undo()
        boto3.Session().client("sqs", region_name="us-east-1").list_queues()
    assert heard == [1]
