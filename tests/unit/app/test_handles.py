"""The handles of an app: topics, queues, functions, tables and buckets by their logical ids."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from harness.app.deployment import deploy
from harness.app.handles import HANDLES, Handle
from harness.app.handles.function import FunctionError
from harness.app.handles.messages import attribute_of
from harness.app.handles.table import _from_dynamodb, _to_dynamodb
from harness.cloud import Unsupported
from tests.unit.app.clouds import REGION, MotoCloud

TEMPLATE = """
Resources:
  Orders: {Type: AWS::SNS::Topic}
  Work: {Type: AWS::SQS::Queue}
  Postings: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Ledger: {Type: AWS::SNS::Topic, Properties: {FifoTopic: true}}
  ToWork:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Work.Arn, RawMessageDelivery: true}
  ToPostings:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Ledger, Protocol: sqs, Endpoint: !GetAtt Postings.Arn}
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: order, AttributeType: S}]
      KeySchema: [{AttributeName: order, KeyType: HASH}]
  Files: {Type: AWS::S3::Bucket}
  Topics: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: x}}
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    """An app on moto: handles need nothing but boto3."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with mock_aws():
        yield deploy(MotoCloud(), tmp_path / "template.yaml", name="shop")


def test_what_is_published_arrives_as_json_with_its_attributes(app):
    sent = app.topic("Orders").publish({"order": "o-1"}, kind="urgent", total=4.5)
    [message] = app.queue("Work").receive()
    assert json.loads(message["Body"]) == {"order": "o-1"}
    assert message["MessageAttributes"]["kind"]["StringValue"] == "urgent"
    assert message["MessageAttributes"]["total"]["DataType"] == "Number"
    assert sent


def test_text_goes_as_it_is(app):
    app.queue("Work").send("plain")
    assert [message["Body"] for message in app.queue("Work").receive()] == ["plain"]


def test_a_batch_is_published_in_one_call(app):
    assert len(app.topic("Orders").publish_batch([{"n": n} for n in range(3)], kind="x")) == 3
    messages = app.queue("Work").receive(10)
    assert sorted(json.loads(message["Body"])["n"] for message in messages) == [0, 1, 2]
    assert {message["MessageAttributes"]["kind"]["StringValue"] for message in messages} == {"x"}


def test_fifo_resources_take_a_group_and_a_deduplication_id(app):
    app.topic("Ledger").publish("a", group="alice", dedup="1")
    app.topic("Ledger").publish_batch(["b", "c"], group="alice", dedup=["2", "3"])
    app.queue("Postings").send("d", group="alice", dedup="4")
    messages = app.queue("Postings").receive(10)
    assert messages[3]["Body"] == "d"
    assert [json.loads(message["Body"])["Message"] for message in messages[:3]] == ["a", "b", "c"]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"alice"}


def test_messages_shows_a_queue_without_taking_anything(app):
    for n in range(12):
        app.queue("Work").send({"n": n})
    assert len(app.queue("Work").messages()) == 12
    assert app.queue("Work").depth() == 12


def test_bodies_are_read_where_they_are_json(app):
    app.queue("Work").send({"n": 1})
    app.queue("Work").send("plain")
    assert app.queue("Work").bodies() == [{"n": 1}, "plain"]


def test_a_cloud_that_can_look_into_queues_is_asked_to(app):
    app.cloud.peek = lambda arn: [{"Body": arn}]
    assert app.queue("Work").messages() == [{"Body": app.arn("Work")}]


def test_depth_counts_what_waits_is_delayed_and_in_flight(app):
    queue = app.queue("Work")
    queue.send("a")
    queue.send("b", delay_seconds=60)
    [message] = queue.receive()
    queue.send("c")
    assert queue.depth() == 3
    queue.delete(message)
    assert queue.depth() == 2
    queue.purge()
    assert queue.depth() == 0


def test_rows_are_plain_values_in_a_steady_order(app):
    table = app.table("Rows")
    table.put({"order": "o-2", "total": 4.5, "lines": [{"n": 1}], "tags": {"b", "a"}, "paid": True})
    table.put({"order": "o-1", "total": 42, "note": None, "raw": b"x"})
    assert table.rows() == [
        {"order": "o-2", "lines": [{"n": 1}], "paid": True, "tags": ["a", "b"], "total": 4.5},
        {"order": "o-1", "note": None, "raw": b"x", "total": 42},
    ]
    assert table.get({"order": "o-1"}) == table.get(order="o-1") == table.rows()[1]
    assert table.get(order="o-9") is None


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**30), 10**30)
        | st.floats(-1e15, 1e15).filter(lambda x: x == 0 or abs(x) > 1e-100)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
        max_leaves=5,
    )
)
def test_what_is_put_is_what_comes_back(value):
    assert _from_dynamodb(_to_dynamodb({"x": value})) == {"x": value}


def test_numbers_that_a_float_would_round_stay_exact():
    assert _from_dynamodb({"x": {"N": "0.1234567890123456789"}}) == {"x": Decimal("0.1234567890123456789")}
    assert type(_from_dynamodb({"x": {"N": "5.0"}})["x"]) is int


def test_a_bucket_holds_objects(app):
    app.bucket("Files").put("b.txt", "text")
    app.bucket("Files").put("a.txt", b"bytes")
    assert app.bucket("Files").keys() == ["a.txt", "b.txt"]
    assert app.bucket("Files").get("b.txt") == b"text"


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("x", {"DataType": "String", "StringValue": "x"}),
        (5, {"DataType": "Number", "StringValue": "5"}),
        (0.5, {"DataType": "Number", "StringValue": "0.5"}),
        (b"x", {"DataType": "Binary", "BinaryValue": b"x"}),
        (["a", 1], {"DataType": "String.Array", "StringValue": '["a", 1]'}),
    ],
)
def test_attributes_have_the_type_that_their_value_suggests(value, attribute):
    assert attribute_of(value) == attribute


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda app: app.queue("Work").send({1j}), "a body is text, or data that JSON can hold, not {1j}: "),
        (
            lambda app: app.topic("Orders").publish(b"a"),
            "a body is text, or data that JSON can hold, not b'a'",
        ),
        (
            lambda app: app.queue("Work").delete("m-1"),
            "delete takes a message from receive(), not 'm-1'",
        ),
        (
            lambda app: app.table("Rows").get("o-1"),
            "get takes the key attributes by name, as in get(or",
        ),
        (lambda app: app.table("Rows").get(id="o-1"), "Rows: get takes the whole key, as in get(order=…)"),
        (lambda app: app.queue("Postings").send("a"), "Postings is FIFO: pass a group"),
        (lambda app: app.topic("Ledger").publish("a"), "Ledger is FIFO: pass a group"),
        (lambda app: app.topic("Ledger").publish_batch(["a"]), "Ledger is FIFO: pass a group, as in"),
        (lambda app: app.advance("1h"), "advance: seconds='1h' is not a number of seconds"),
        (lambda app: app.settle("1h"), "settle: within_seconds='1h' is not a number of seconds"),
    ],
)
def test_arguments_of_a_wrong_type_are_told(app, ask, told):
    with pytest.raises(TypeError, match=f"^{re.escape(told)}"):
        ask(app)


@pytest.mark.parametrize("value", [True, None, {"a": 1}])
def test_what_no_attribute_can_be_is_refused(value):
    with pytest.raises(TypeError, match="a message attribute is text, a number, bytes or a list"):
        attribute_of(value)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda app: app.queue("Wrok"), "there is no queue 'Wrok'; did you mean 'Work'?"),
        (lambda app: app.queue("Stock"), "there is no queue 'Stock'; there are: Postings, Work"),
        (
            lambda app: app.queue("Orders"),
            "'Orders' is no queue but of type AWS::SNS::Topic; there are: Postings, Work",
        ),
        (lambda app: app.function("F"), "there is no function 'F'; there are: none"),
        (lambda app: app.physical_id("Row"), "there is no resource 'Row'; did you mean 'Rows'?"),
        (lambda app: app.arn("Nope"), "there is no resource 'Nope'"),
    ],
)
def test_a_name_that_is_not_there_is_told_with_those_that_are(app, ask, told):
    with pytest.raises(LookupError) as caught:
        ask(app)
    assert str(caught.value).startswith(f"template.yaml: {told}")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda app: app.topics("Orders"), "App has no 'topics'; did you mean 'topic'?"),
        (
            lambda app: app.topic("Orders").send("a"),
            "Topic has no 'send'; there are: arn, name, physical_id, publish, publish_batch, samples",
        ),
        (lambda app: app.queue("Work").recieve(), "Queue has no 'recieve'; did you mean 'receive'?"),
    ],
)
def test_a_method_that_a_handle_lacks_is_told_with_the_nearest(app, ask, told):
    with pytest.raises(AttributeError, match=f"^{re.escape(told)}$"):
        ask(app)


def test_anything_else_is_plain_boto3(app):
    url = app.physical_id("Work")
    assert app.client("sqs").get_queue_url(QueueName="shop-Work")["QueueUrl"] == url
    assert app.arn("Rows").endswith(":table/shop-Rows")
    assert app.arn("Orders") == app.physical_id("Orders")


class Setting(Handle):
    """A parameter of Parameter Store, which the library has no handle for."""

    kind = "setting"
    types = ("AWS::SSM::Parameter",)

    def value(self):
        found = self._cloud.client("ssm").get_parameter(Name=self.physical_id)
        return found["Parameter"]["Value"]


def test_a_handle_is_asked_for_by_the_name_of_its_kind(app):
    app.handle("queue", "Work").send("a")
    assert app.queue("Work").bodies() == ["a"]
    with pytest.raises(LookupError, match=r"no handle 'queues'; did you mean 'queue'\?$"):
        app.handle("queues", "Work")


def test_a_handle_of_one_s_own_works_as_a_class(app):
    assert app.handle(Setting, "Topics").value() == "x"
    with pytest.raises(
        LookupError, match="'Work' is no setting but of type AWS::SQS::Queue; there are: Topics"
    ):
        app.handle(Setting, "Work")


def test_a_handle_that_is_added_is_found_by_its_name(app, monkeypatch):
    monkeypatch.setitem(HANDLES, "setting", Setting)
    assert app.handle("setting", "Topics").value() == "x"


def test_a_handle_knows_its_arn(app):
    assert app.topic("Orders").arn == app.topic("Orders").physical_id
    assert app.queue("Work").arn == f"arn:aws:sqs:{REGION}:123456789012:shop-Work"


def test_time_is_the_cloud_s(app):
    assert app.settle(within_seconds=60) is True
    app.advance(seconds=3600)
    assert app.cloud.slept == [60, 3600]


def test_what_a_cloud_does_not_offer_is_unsupported(app):
    with pytest.raises(Unsupported, match="outbox: the cloud 'moto' doesn't offer it"):
        app.outbox()


FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            print("got", event)
            return {"hello": event["name"]}
"""


def test_functions_are_invoked_and_their_logs_are_read(tmp_path):
    import harness

    (tmp_path / "template.yaml").write_text(FUNCTION)
    with harness.Simulator() as cloud:
        app = cloud.deploy(tmp_path / "template.yaml", name="shop")
        assert app.function("Hello").invoke({"name": "you"}) == {"hello": "you"}
        with pytest.raises(FunctionError, match="Hello: KeyError: 'name'") as caught:
            app.function("Hello").invoke({})
        assert caught.value.payload["errorType"] == "KeyError"
        app.function("Hello").invoke_async({"name": "later"})
        app.settle()
        assert "got {'name': 'later'}" in app.function("Hello").logs()


def test_effects_are_the_rows_of_a_table_and_the_bodies_in_a_queue(app):
    app.table("Rows").put({"order": "o-1"})
    app.queue("Work").send({"order": "o-2"})
    assert app.effects("Rows") == [{"order": "o-1"}]
    assert app.effects("Work") == ['{"order": "o-2"}']
    with pytest.raises(LookupError, match="'Orders' is no table or queue but of type"):
        app.effects("Orders")


def test_a_handle_of_one_s_own_may_tell_effects(app, monkeypatch):
    class Telling(Setting):
        kind = "telling"

        def effects(self):
            return [self.value()]

    monkeypatch.setitem(HANDLES, "telling", Telling)
    assert app.effects("Topics") == ["x"]
