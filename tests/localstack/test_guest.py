"""The guest itself: what it says of itself, which LocalStack it refuses, what an account leaves behind."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
import urllib3
from botocore.exceptions import ClientError

from harness.localstack import host
from harness.localstack.control import GuestError
from harness.localstack.install import guest_folder
from tests.localstack.fake_gateway import FakeGateway

pytestmark = pytest.mark.localstack_host

PATCHING = """
import json
from harness_guest.localstack.guest import patching
class Place:
    def method(self, wanted): return wanted
    @staticmethod
    def static(wanted): return wanted
    @property
    def size(self): return 1
"""


def in_localstacks_python(code: str):
    """What a snippet prints, read as JSON; it runs where LocalStack can be imported."""
    done = subprocess.run(
        [host.interpreter(), "-c", PATCHING + code],
        env={"PYTHONPATH": str(guest_folder())},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_it_says_what_it_is(account):
    health = account.control.health()
    assert health["localstack"] == "4.14.0"
    assert health["problems"] == []
    assert "python" in health["runtimes"]


def test_an_unknown_version_is_a_problem():
    [problem] = in_localstacks_python("""
patching.check_version("4.14.0")
patching.check_version("5.0.0")
print(json.dumps(patching.problems))
""")
    assert problem.startswith("LocalStack 5.0.0 isn't one of those that harness knows: 4.14.0")


def test_a_place_that_is_missing_or_takes_other_parameters_is_a_problem():
    problems = in_localstacks_python("""
patching.wrap(Place, "gone", print)
patching.wrap(Place, "method", print, "other")
patching.put(json, "gone", 1)
print(json.dumps(patching.problems))
""")
    assert [problem.split(".", 1)[1] for problem in problems[:2]] == [
        "Place.gone isn't there",
        "Place.method has no parameter other",
    ]
    assert problems[2] == "json.gone isn't there"


def test_methods_static_methods_and_properties_are_wrapped_once():
    seen = in_localstacks_python("""
def twice(original, *args): return 2 * original(*args)
for name in ("method", "static", "size", "method"):
    patching.wrap(Place, name, twice)
print(json.dumps([Place().method(5), Place.static(5), Place().size, patching.problems]))
""")
    assert seen == [10, 10, 2, []]


def test_an_account_that_has_not_begun_has_no_state(localstack_url):
    answer = urllib3.request("GET", f"{localstack_url}/_harness/accounts/111122223333")
    assert answer.status == 404
    assert answer.json() == {"error": "account 111122223333 has not begun"}


def test_a_clock_is_not_turned_back(account):
    with pytest.raises(GuestError, match="can't be turned back"):
        account.control.skip(-1)


def test_an_account_that_begins_again_elsewhere_can_bring_its_clock(localstack_url, account, gateway):
    account.control.end()
    told = {"gateway": gateway.url, "token": "secret", "skipped": 1000}
    urllib3.request("PUT", f"{localstack_url}/_harness/accounts/{account.id}", json=told)
    assert 990 < account.control.state()["now"] - time.time() < 1010


def test_tests_that_nothing_inside_can_reach_are_told_so_at_once(account):
    with pytest.raises(GuestError, match=r"502: .*reaches the tests at http://127\.0\.0\.1:9"):
        account.control.begin("http://127.0.0.1:9", "secret")


def test_accounts_are_twelve_digits(localstack_url):
    answer = urllib3.request("PUT", f"{localstack_url}/_harness/accounts/1", json={"gateway": "http://x"})
    assert answer.status == 400


def test_a_delivery_that_ends_by_an_error_of_ours_is_told(account, gateway):
    sns = account.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15551234567")
    gateway.answers["hop"] = lambda told: {"parcel": {"kind": "nonsense"}}
    sns.publish(TopicArn=topic, Message="a")
    [untold] = gateway.await_(lambda: account.control.state()["untold"])
    assert untold.startswith(f"delivery of {topic} ended by NotAParcel")
    gateway.answers["hop"] = lambda told: {"parcel": {"kind": "event", "event": {}}}
    sns.publish(TopicArn=topic, Message="a")
    [failed] = gateway.await_(lambda: gateway.of("hop-failed"))
    assert (failed["code"], failed["retryable"]) == ("ValueError", False)


def test_nothing_of_an_account_is_left_when_it_ends(account, gateway):
    sqs, functions = account.client("sqs"), account.client("lambda")
    url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "120"})["QueueUrl"]
    account.client("s3").create_bucket(
        Bucket=f"b-{account.id}", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    account.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    account.client("sns").create_topic(Name="orders")
    account.create_function("billing", "import time\ndef handler(event, context): time.sleep(60)", Timeout=90)
    functions.create_event_source_mapping(EventSourceArn=account.arn("sqs", "work"), FunctionName="billing")
    functions.invoke(FunctionName="billing", InvocationType="Event", Payload=b"{}")
    sqs.send_message(QueueUrl=url, MessageBody="a")
    gateway.await_(lambda: len(account.control.state()["invocations"]) == 2)
    account.control.end()
    account.control.begin(gateway.url, "secret")
    state = account.control.state()
    assert [state[name] for name in ("queues", "mappings", "invocations", "asynchronous")] == [[], [], [], []]
    assert functions.list_functions()["Functions"] == []
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []
    assert account.client("sns").list_topics()["Topics"] == []
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert account.client("ssm").describe_parameters()["Parameters"] == []
    with pytest.raises(ClientError, match="NonExistentQueue"):
        sqs.get_queue_url(QueueName="work")


def test_what_waits_when_the_gateway_is_gone_stops_by_itself(account, gateway):
    account.create_function("billing", "def handler(event, context): pass")
    with FakeGateway() as gone:
        account.control.begin(gone.url, "secret")
    account.client("lambda").invoke(FunctionName="billing", InvocationType="Event", Payload=b"{}")
    gateway.await_(lambda: account.control.state()["asynchronous"] == [])
    assert not gateway.of("hop")
