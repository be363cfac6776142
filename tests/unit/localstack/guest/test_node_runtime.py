"""The Node.js runtime: CommonJS and ES modules, promises and callbacks, errors that nobody catches."""

from __future__ import annotations

import json
import re

import pytest

from harness.localstack.guest import clock, running
from harness.localstack.guest.environment import ProcessEnvironment

pytestmark = pytest.mark.nodejs


@pytest.fixture
def node(function):
    def make(source, file="index.js", **settings):
        return function(source, file=file, runtime="nodejs20.x", **{"handler": "index.handler", **settings})

    return make


def told(ran):
    return json.loads(ran.payload)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("index.js", "exports.handler = async (event) => event.n + 1"),
        ("index.cjs", "module.exports = { handler: async (event) => event.n + 1 }"),
        ("index.mjs", "export const handler = async (event) => event.n + 1"),
        ("index.js", "exports.handler = (event, context, callback) => callback(null, event.n + 1)"),
        (
            "index.js",
            "exports.handler = (event, context, done) => setTimeout(() => done(null, event.n + 1), 10)",
        ),
        ("index.js", "exports.handler = (event, context) => context.succeed(event.n + 1)"),
    ],
)
def test_handlers_of_each_style_answer(node, file, source):
    ran = node(source, file).run(b'{"n": 41}')
    assert (ran.outcome, told(ran)) == ("ok", 42)


def test_a_handler_that_answers_nothing_answers_null_when_nothing_is_left_to_do(node):
    silent = node("let n = 0; exports.handler = () => { setTimeout(() => console.log(`late ${++n}`), 30) }")
    for n in (1, 2):
        ran = silent.run()
        assert (ran.outcome, ran.payload) == ("ok", b"null")
        assert f"late {n}\n" in ran.log


def test_a_callback_waits_for_an_empty_event_loop_only_if_it_is_to(node):
    source = """
        exports.handler = (event, context, callback) => {
            context.callbackWaitsForEmptyEventLoop = event.waits
            setTimeout(() => console.log("done"), 200)
            callback(null, "answer")
        }
        """
    assert "done" in node(source).run(b'{"waits": true}').log
    assert "done" not in node(source).run(b'{"waits": false}').log


def test_a_nested_handler_is_found(node):
    ran = node(
        "exports.api = { handlers: { get: async () => 'got' } }", handler="index.api.handlers.get"
    ).run()
    assert told(ran) == "got"


def test_a_handler_may_be_in_a_folder(node):
    nested = node("", handler="src/orders.handler")
    (nested.code.root / "src").mkdir()
    (nested.code.root / "src" / "orders.mjs").write_text("export const handler = async () => 'here'")
    assert told(nested.run()) == "here"


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("index.js", "const { who } = require('shared'); exports.handler = async () => who"),
        ("index.mjs", "import { who } from 'shared'; export const handler = async () => who"),
    ],
)
def test_modules_of_both_kinds_find_layers(node, tmp_path, file, source):
    module = tmp_path / "opt" / "nodejs" / "node_modules" / "shared"
    module.mkdir(parents=True)
    (module / "index.js").write_text("exports.who = 'layer'")
    assert told(node(source, file, opt=tmp_path / "opt").run()) == "layer"


@pytest.mark.parametrize(
    "body",
    ["throw new TypeError('no such order')", "return Promise.reject(new TypeError('no such order'))"],
)
def test_an_error_is_answered_with_type_message_and_trace(node, body):
    ran = node(f"exports.handler = (event) => {{ {body} }}").run()
    assert ran.outcome == "error"
    assert (told(ran)["errorType"], told(ran)["errorMessage"]) == ("TypeError", "no such order")
    assert told(ran)["trace"][0] == "TypeError: no such order"
    assert "ERROR\tInvoke Error" in ran.log


def test_an_error_given_to_the_callback_is_the_answer(node):
    ran = node("exports.handler = (event, context, callback) => callback(new RangeError('far'))").run()
    assert (ran.outcome, told(ran)["errorType"]) == ("error", "RangeError")


def test_a_rejection_that_nobody_handles_ends_the_invocation(node):
    ran = node(
        """
        exports.handler = async () => {
            Promise.reject(new Error("lost"))
            await new Promise(() => setTimeout(() => 0, 5000))
        }
        """
    ).run()
    assert (ran.outcome, told(ran)["errorType"]) == ("error", "Runtime.UnhandledPromiseRejection")
    assert told(ran)["errorMessage"] == "Error: lost"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("require('surely-not-installed')", "Runtime.ImportModuleError"),
        ("exports.other = 1", "Runtime.HandlerNotFound"),
        ("exports.handler = 1", "Runtime.HandlerNotFound"),
        ("exports.handler = (", "Runtime.UserCodeSyntaxError"),
        ("throw new RangeError('far')", "RangeError"),
    ],
)
def test_a_handler_that_cant_be_loaded_is_told(node, source, kind):
    ran = node(source).run()
    assert (ran.outcome, told(ran)["errorType"]) == ("init-error", kind)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("index.js", "require('@aws-sdk/client-that-is-not-there')"),
        ("index.mjs", "import '@aws-sdk/client-that-is-not-there'"),
    ],
)
def test_an_sdk_that_isnt_there_comes_with_advice(node, file, source):
    ran = node(source, file).run()
    assert told(ran)["errorType"] == "Runtime.ImportModuleError"
    assert "npm install --global @aws-sdk/client-that-is-not-there" in ran.log


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("index.js", "const { request } = require('http'); exports.handler ="),
        ("index.mjs", "import { request } from 'node:http'; export const handler ="),
    ],
)
def test_what_goes_where_a_queues_url_leads_passes_the_gateway(node, file, source):
    """In the URL is loopback, wherever functions reach the gateway."""
    function = node(
        f"""
        {source} () => new Promise((resolve) => {{
            const asked = request({{ host: "127.0.0.1", port: 1, method: "POST", path: "/queue" }})
            asked.on("error", (error) => resolve(error.message))
            asked.end()
        }})
        """,
        file,
    )
    function.environment = ProcessEnvironment(function.code, lambda: "http://127.0.0.2:1")
    running.add(function.environment)
    assert told(function.run()) == "connect ECONNREFUSED 127.0.0.2:1"


def test_a_process_that_ends_is_a_crash(node):
    ran = node("exports.handler = async () => process.exit(7)").run()
    assert (ran.outcome, told(ran)["errorType"]) == ("crash", "Runtime.ExitError")
    assert told(ran)["errorMessage"].endswith("exit status 7")


def test_a_handler_that_hangs_is_timed_out(node):
    assert node("exports.handler = () => { for (;;); }", timeout_seconds=0.3).run().outcome == "timeout"


def test_more_memory_than_it_may_use_ends_a_function(node):
    ran = node(
        "exports.handler = () => { const big = Buffer.alloc(200_000_000, 1); setTimeout(() => big, 60_000) }"
    ).run()
    assert ran.outcome == "oom"


def test_what_is_logged_has_time_request_and_level(node):
    ran = node("exports.handler = async () => { console.log('at %s', 'work'); console.error('bad') }").run()
    assert re.search(r"\d{4}-\d\d-\d\dT[\d:.]+Z\tr-\d+\tINFO\tat work\n", ran.log)
    assert re.search(r"Z\tr-\d+\tERROR\tbad\n", ran.log)


def test_the_context_is_as_documented(node):
    ran = node(
        "exports.handler = async (event, context) => [context.awsRequestId, context.functionName,"
        " context.memoryLimitInMB, context.getRemainingTimeInMillis()]",
        timeout_seconds=20.0,
    ).run()
    request, name, memory, left = told(ran)
    assert (request, name, memory) == (re.search(r"START RequestId: (\S+)", ran.log)[1], "F", "128")
    assert 10_000 < left <= 20_000


@pytest.mark.libfaketime
def test_a_handler_sees_the_accounts_clock(node):
    looking = node("exports.handler = async () => Date.now() / 1000")
    looking.run()
    clock.skip(looking.account, 86_400)
    assert told(looking.run()) == pytest.approx(clock.now(looking.account), abs=5)


@pytest.mark.libfaketime
@pytest.mark.parametrize(
    ("looks", "acted"),
    [
        ("new Date()", ("skew",)),
        ("Date()", ("skew",)),
        ("Date.now()", ("skew",)),
        ("new Date(0)", ()),
        ("Date.UTC(2026, 0)", ()),
        ("console.log('late')", ()),
        ("performance.now()", ()),
    ],
)
def test_a_wrong_clock_has_acted_if_the_handler_looked_at_it(node, looks, acted):
    looking = node(f"exports.handler = async () => {{ {looks} }}")
    assert looking.run().acted == ()
    looking.environment.set_skew(-300.0)
    assert looking.run().acted == acted


@pytest.mark.libfaketime
def test_dates_are_dates_though_somebody_watches_who_looks(node):
    ran = node(
        """
        exports.handler = async () => [
          new Date(0).toISOString(),
          new Date() instanceof Date,
          typeof Date.now(),
          new Date(0).constructor === Date,
          new (class extends Date {})() instanceof Date,
          Date.parse("1970-01-01T00:00:01Z"),
          Object.prototype.toString.call(new Date()),
        ]
        """
    ).run()
    assert told(ran) == ["1970-01-01T00:00:00.000Z", True, "number", True, True, 1000, "[object Date]"]
