"""Requests to third parties that a stub answers for: calls of the app, with faults, points and effects."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

import harness
from harness import Broken, Plan, expect, faults
from harness.explore.candidates import candidates_of
from harness.explore.points import points_of

HOST = "api.stripe.com"
REQUEST = "Charge → https:Request api.stripe.com"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  Charge:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.12
      Timeout: 30
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}
"""
CODE = """
    import json
    import urllib.request

    def handler(event, context):
        for record in event["Records"]:
            order = json.loads(record["body"])
            asked = urllib.request.Request(
                "https://api.stripe.com/v1/charges",
                data=json.dumps(order).encode(),
                headers={"Idempotency-Key": order["order"]},
                method="POST",
            )
            urllib.request.urlopen(asked, timeout=5)
"""
BY_HTTPX = """
    import asyncio

    async def both(timeout):
        async with httpx.AsyncClient(timeout=timeout) as client:
            url = "https://api.stripe.com/b?n=1"
            return await asyncio.gather(*[client.put(url, json={"n": n}) for n in (1, 2)])

    def handler(event, context):
        global httpx
        import httpx
        try:
            with httpx.Client() as client:
                one = client.post("https://api.stripe.com/a", json=event)
            return [one.status_code, one.json(), *[answer.text for answer in asyncio.run(both(5))]]
        except httpx.HTTPError as problem:
            return type(problem).__name__
"""


@pytest.fixture
def deploy(tmp_path):
    def deploy(cloud, code=CODE):
        (tmp_path / "template.yaml").write_text(TEMPLATE)
        (tmp_path / "app.py").write_text(textwrap.dedent(code))
        return cloud.deploy(tmp_path / "template.yaml")

    return deploy


def charged(deploy, *plan, **stub):
    """Three orders are charged for under these faults: the app, and the stub."""
    with harness.Simulator(plan=Plan(faults=plan)) as cloud:
        app = deploy(cloud)
        stripe = app.stub_http(HOST, {"id": "ch_1"}, **stub)
        for number in range(3):
            app.queue("Orders").send({"order": f"o-{number}"})
        app.settle()
        yield app, stripe


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        (faults.request_lost("https:Request", resource=HOST), 3),
        (faults.answer_lost("https:Request", resource=HOST), 4),
        (faults.slow("https:Request", actor="Charge", seconds=10), 4),
        (faults.throttle("https:Request", resource=HOST), 3),
        (faults.server_error("https:Request", resource=HOST), 3),
        (faults.outage("https", HOST, for_seconds=20), 3),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_fault_in_a_plan_hits_a_request(deploy, fault, requests):
    for app, stripe in charged(deploy, fault):
        assert len(stripe.requests) == requests
        assert {request.json()["order"] for request in stripe.requests} == {"o-0", "o-1", "o-2"}
        assert app.history().of("fault")


def test_every_request_to_a_third_party_can_be_throttled_by_a_pattern(deploy):
    for app, stripe in charged(deploy, faults.throttle("https:*", times=3)):
        answers = [event.data["status"] for event in app.history().of("answer") if "https" in event.subject]
        assert answers == [429] * 3 + [200] * 3
        assert len(stripe.requests) == 3


def test_a_cloud_that_stops_does_so_at_the_next_call_to_it_and_not_at_a_third_partys(deploy):
    for app, stripe in charged(deploy, faults.pause(after_seconds=1, for_seconds=7)):
        assert app.history().of("fault") == []
        app.queue("Orders").send({"order": "o-4"})
        app.advance(seconds=2)
        app.queue("Orders").send({"order": "o-5"})
        app.settle()
        [fault] = app.history().of("fault")
        assert fault.subject == "Orders → Charge"
        assert len(stripe.requests) == 5


@pytest.mark.parametrize(
    "fault",
    [faults.cut(for_seconds=30), faults.slow_network("Charge", seconds=7)],
    ids=lambda fault: fault.kind,
)
def test_the_network_to_a_third_party_is_another_one(deploy, fault):
    for app, stripe in charged(deploy, fault):
        assert app.history().of("fault") == []
        assert len(stripe.requests) == 3
        expect(app).effects_once(HOST, key="order")


def test_a_charge_that_is_asked_for_twice_is_made_twice(deploy):
    lost = faults.answer_lost("https:Request", resource=HOST)
    for app, _ in charged(deploy, lost):
        with pytest.raises(Broken, match=r"twice in api\.stripe\.com"):
            expect(app).effects_once(HOST, key="order")


def test_an_api_with_idempotency_keys_makes_it_once(deploy):
    lost = faults.answer_lost("https:Request", resource=HOST)
    for app, stripe in charged(deploy, lost, idempotent_by="idempotency-key"):
        assert len(stripe.requests) == 4
        expect(app).effects_once(HOST, key="order")


def test_what_reads_or_fails_is_no_effect(deploy):
    code = """
        import urllib3

        def handler(event, context):
            pool = urllib3.PoolManager()
            pool.request("GET", "https://api.stripe.com/v1/charges")
            pool.request("POST", "https://api.stripe.com/refused", body=b"{}")
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            pool.request("POST", "https://api.stripe.com/form", body=b"order=o-1", headers=form)
            pool.request("POST", "https://api.stripe.com/text", body=b"plain")
    """

    def answer(request):
        return (402, "no") if request.path == "/refused" else ""

    with harness.Simulator() as cloud:
        app = deploy(cloud, code)
        stripe = app.stub_http(HOST, answer)
        app.function("Charge").invoke({})
        assert stripe.effects() == [{"order": "o-1"}, {"body": "plain"}]


def test_exploration_finds_the_faults_that_can_land_on_a_request(deploy):
    for app, _ in charged(deploy):
        points = [point for point in points_of(app.history()) if point.place == REQUEST]
        kinds = {candidate.kind for point in points for candidate in candidates_of(point)}
        assert len(points) == 3
        assert kinds >= {"request_lost", "answer_lost", "slow", "throttle", "server_error"}


def test_httpx_is_answered_for(deploy):
    with harness.Simulator() as cloud:
        app = deploy(cloud, BY_HTTPX)
        stripe = app.stub_http(HOST, lambda request: request.json())
        began = cloud.elapsed
        assert app.function("Charge").invoke({"n": 0}) == [200, {"n": 0}, '{"n": 1}', '{"n": 2}']
        assert cloud.elapsed - began < 0.2, "the two requests wait side by side"
        assert [request.path for request in stripe.requests] == ["/a", "/b?n=1", "/b?n=1"]
        stripe.refuse()
        assert app.function("Charge").invoke({}) == "ConnectError"
        stripe.lose_answer()
        assert app.function("Charge").invoke({}) == "ReadError"
        stripe.slow(60)
        assert app.function("Charge").invoke({}) == "ReadTimeout"


BY_AIOHTTP = """
    import aiohttp, asyncio

    async def post(session, n, url="https://api.stripe.com/b?n=1"):
        async with session.post(url, json={"n": n}) as answer:
            return [answer.status, await answer.json()]

    async def main():
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return await asyncio.gather(post(session, 1), post(session, 2))

    def handler(event, context):
        try:
            return asyncio.run(main())
        except (aiohttp.ClientError, TimeoutError) as problem:
            return type(problem).__name__
"""


def test_aiohttp_is_answered_for(deploy):
    pytest.importorskip("aiohttp")
    with harness.Simulator() as cloud:
        app = deploy(cloud, BY_AIOHTTP)
        stripe = app.stub_http(HOST, lambda request: request.json())
        began = cloud.elapsed
        assert app.function("Charge").invoke({}) == [[200, {"n": 1}], [200, {"n": 2}]]
        assert cloud.elapsed - began < 0.2, "the two requests wait side by side"
        assert [request.path for request in stripe.requests] == ["/b?n=1", "/b?n=1"]
        stripe.refuse()
        assert app.function("Charge").invoke({}) == "ClientOSError"
        stripe.lose_answer()
        assert app.function("Charge").invoke({}) == "ClientOSError"
        began = cloud.elapsed
        stripe.slow(60)
        assert app.function("Charge").invoke({}) == "TimeoutError"
        assert 5 <= cloud.elapsed - began < 6


def test_httpx_is_its_own_again_after_the_run(deploy):
    import httpx

    before = httpx.HTTPTransport.handle_request
    with harness.Simulator() as cloud:
        deploy(cloud).stub_http(HOST)
        assert httpx.HTTPTransport.handle_request is not before
    assert httpx.HTTPTransport.handle_request is before


def test_another_answer_for_a_host_forgets_no_effects(deploy):
    with harness.Simulator() as cloud:
        app = deploy(cloud)
        for host in (HOST, HOST.upper()):
            app.stub_http(host, {"id": "ch_1"})
            app.queue("Orders").send({"order": "o-1"})
            app.settle()
        with pytest.raises(Broken, match="twice"):
            expect(app).effects_once(HOST, key="order")


def test_a_crash_after_a_request_comes_after_it(deploy):
    code = """
        import urllib.request, boto3

        def handler(event, context):
            urllib.request.urlopen("https://api.stripe.com/v1/charges", data=b"{}")
            print("it goes on")
    """
    crash = faults.crash("Charge", after_call=1)
    with harness.Simulator(plan=Plan(faults=(crash,))) as cloud:
        app = deploy(cloud, code)
        stripe = app.stub_http(HOST)
        with pytest.raises(Exception, match="exited"):
            app.function("Charge").invoke({})
        assert len(stripe.requests) == 1
        assert "it goes on" not in app.function("Charge").logs()


@pytest.mark.parametrize("host", ["https://api.stripe.com/v1", "api.stripe.com:443", "api.stripe.com/v1", ""])
def test_a_url_is_no_host(deploy, host):
    with harness.Simulator() as cloud, pytest.raises(ValueError, match="is not a host; pass only its name"):
        deploy(cloud).stub_http(host)


def test_an_answer_that_is_no_data_is_refused_at_once(deploy):
    with harness.Simulator() as cloud, pytest.raises(TypeError, match="an answer is bytes, a text"):
        deploy(cloud).stub_http(HOST, object())


SWALLOWS = """
    import urllib.request

    def handler(event, context):
        try:
            urllib.request.urlopen("https://api.stripe.com/v1/charges", data=b"{}")
        except Exception:
            return "it didn't work"
"""


def asked(deploy, answer):
    """A handler that swallows every error asks a third party for which a test answers."""
    with harness.Simulator() as cloud:
        app = deploy(cloud, SWALLOWS)
        app.stub_http(HOST, answer)
        app.queue("Orders").send({"order": "o-1"})
        app.settle()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            lambda request: request.fields()["order"],
            r"raised KeyError: 'order' at test_third_parties.py:\d+$",
        ),
        (
            lambda request: Path("/nowhere").read_text(),
            r"raised FileNotFoundError.*; refuse\(\), lose_answer\(\)",
        ),
        (lambda request: None, "gave None; give a body, or a pair of status and body$"),
        (lambda request: object(), "gave <object .*: an answer is bytes, a text, or data that JSON can hold"),
        (lambda request: ("ok", ""), r"gave \('ok', ''\): a status is a number like 503, not 'ok'$"),
        (lambda request: (99, ""), r"gave \(99, ''\): there is no answer of status 99$"),
        (lambda request: (200, {}, ""), "gave .*: expected an answer: a body, or a pair of status and body"),
    ],
    ids=["error", "error of files", "none", "no data", "no status", "no such status", "triple"],
)
def test_a_stub_whose_function_gives_no_answer_is_the_tests_own_mistake(deploy, answer, told):
    about = r'^stub_http\("api.stripe.com", …\): for POST /v1/charges its function '
    with pytest.raises(harness.StubError, match=about + told):
        asked(deploy, answer)


def test_the_same_mistake_of_a_stub_is_told_once_and_of_many_a_few(deploy):
    numbers = iter(range(10))
    with harness.Simulator() as cloud:
        app = deploy(cloud, SWALLOWS)
        for answer, told in ((lambda request: None, 1), (lambda request: {}[next(numbers)], 5)):
            app.stub_http(HOST, answer)
            for _ in range(6):
                app.function("Charge").invoke({})
            assert len(cloud.broken_stubs()) == told


def test_a_stub_that_nothing_is_sent_to_is_idle(deploy):
    with harness.Simulator() as cloud:
        app = deploy(cloud)
        stubs = [app.stub_http(host) for host in (HOST, "api.example.com")]
        app.queue("Orders").send({"order": "o-1"})
        app.settle()
        assert cloud.idle_stubs() == stubs[1:]


def test_a_host_that_nobody_answers_for_is_told_of_a_handler_that_swallows_the_error(deploy):
    with harness.Simulator() as cloud:
        app = deploy(cloud, SWALLOWS)
        app.queue("Orders").send({"order": "o-1"})
        app.settle()
        [ended] = app.history().of("invocation-ended")
        assert (ended.data["outcome"], ended.data["unanswered"]) == ("ok", [HOST])
