"""The abilities of clouds: `Cloud` has those of every cloud, and each further ability is a protocol.

Code that needs one asks with `isinstance`, and raises `lacks(cloud, …)` if it can't do without:

    if not isinstance(cloud, HasOutbox):
        raise lacks(cloud, "outbox", "the simulator and LocalStack keep one")

Code that asks in every run uses `follows`, which is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.aws.rules.http.model import HttpRequest, HttpResponse, ServedApi
    from harness.aws.rules.http.usage import Usage
    from harness.history import History, Names, Recorder
    from harness.plan import Fault


P = TypeVar("P")

_followed: dict[tuple[type, object], bool] = {}


def follows(thing: object, protocol: Callable[..., P]) -> TypeGuard[P]:
    """`isinstance` for a protocol, remembered by class: Python takes some µs for each."""
    key = type(thing), protocol
    try:
        return _followed[key]
    except KeyError:
        known = _followed[key] = isinstance(thing, protocol)  # type: ignore[arg-type]
        return known


class Unsupported(Exception):
    """This cloud can't do that. The message names an alternative."""


class StubError(Exception):
    """The test's function that answers for a third party raised, or returned no valid answer."""


class Cloud(Protocol):
    """A cloud to which an app is deployed.

    `names` maps physical names, ARNs and URLs to the template's logical ids.
    """

    name: str
    region: str
    account: str
    names: Names
    recorder: Recorder

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud; its calls are the test's."""

    def code(self, folder: Path) -> dict[str, Any]:
        """The `Code` argument of CreateFunction for a folder of code."""

    def layer(self, folder: Path) -> dict[str, Any]:
        """The `Content` argument of PublishLayerVersion for a folder of code."""

    def settle(self, within_seconds: float) -> bool:
        """Wait until nothing is in flight, at most `within_seconds`. False: the time was up before."""

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""

    def deploying(self) -> AbstractContextManager[None]:
        """An app is deployed inside the block: only faults with `in_deployment` hit it."""
        return self.recorder.deploying()

    def inject(self, fault: Fault) -> None:
        """Add a fault from now on."""

    def history(self) -> History:
        """The history so far."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left the cloud: a request to an HTTP endpoint, a mail or a text message.

    `at`: virtual seconds since the run began; `subscription`: its ARN, "" for a text message published to a
    phone number; `headers`: those of a request to an HTTP endpoint.
    """

    protocol: str
    endpoint: str
    body: str
    at: float
    subscription: str = ""
    subject: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


@runtime_checkable
class Peeks(Protocol):
    """It can show a queue's messages without receiving them."""

    def peek(self, queue_arn: str) -> list[dict[str, Any]]:
        """Every message of a queue, as ReceiveMessage would return it."""


@runtime_checkable
class HasOutbox(Protocol):
    """It keeps the messages that left it."""

    @property
    def outbox(self) -> list[Sent]:
        """Everything sent to HTTP endpoints, e-mail addresses and phones, in order."""


@runtime_checkable
class RunsSchedules(Protocol):
    """It can run schedules out of their time."""

    def has_schedule(self, target: str) -> bool:
        """Is there an enabled schedule that has this target (an ARN)?"""

    def run_schedules(self, target: str) -> int:
        """Run all schedules with this target now. Returns their number."""


@runtime_checkable
class RunsDurably(Protocol):
    """It runs durable functions."""

    def await_callback(self, execution_arn: str, name: str, within_seconds: float) -> str:
        """Let time pass until an execution waits for a callback, of this name if not "". Returns its id.

        Raises `LookupError` if the execution ends before, or after `within_seconds`.
        """


@runtime_checkable
class PatchesFunctions(Protocol):
    """It runs functions in the process of the test, and can put doubles into their code."""

    def patch_function(self, function: str, target: str, value: Any) -> None:
        """In each environment of a function, bind `module.name` of its code to a value."""


@runtime_checkable
class StubsHttp(Protocol):
    """It runs functions in the process of the test, and can answer for third parties."""

    def stub_http(self, host: str, answer: Any, idempotent_by: str = "") -> Any:
        """Answer requests to this host from now on. Requests with the same header `idempotent_by` have one
        effect."""

    def stubbed(self, host: str) -> Any | None:
        """The stub of a host. It has `effects()`."""

    def idle_stubs(self) -> list[Any]:
        """The stubs without a request, in the order of their making. Each has its `host`."""

    def broken_stubs(self) -> list[str]:
        """A sentence for each stub whose function raised or returned no valid answer."""


@runtime_checkable
class ServesHttp(Protocol):
    """It has HTTP in front of an app: APIs of API Gateway and URLs, known by ARNs of execute-api."""

    def put_api(self, api: ServedApi) -> None:
        """Keep an API, in place of one with the same ARN."""

    def api(self, arn: str) -> ServedApi:
        """An API. Raises `LookupError`."""

    @property
    def usage(self) -> Usage:
        """The API keys and usage plans of the account."""

    def api_known(self, api_id: str) -> ServedApi:
        """The API, or the URL of a function, that has this id in its host. Raises `LookupError`."""

    def request(self, arn: str, request: HttpRequest, stage: str = "") -> HttpResponse:
        """Send a request of the test's to an API, and wait for the answer.

        Raises `ConnectionError` if none came after all tries of the client.
        """


@dataclass(frozen=True)
class StackOutput:
    """An output of a stack; `exported_as`: the name for other stacks, "" for none."""

    key: str
    value: str
    description: str = ""
    exported_as: str = ""


@dataclass(frozen=True)
class DeployedStack:
    """A stack as clients are told of it; `complete`: all of its resources are there."""

    name: str
    id: str
    region: str
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[StackOutput, ...] = ()
    complete: bool = False


@runtime_checkable
class TellsOfStacks(Protocol):
    """It tells clients of the stacks that are deployed here."""

    def put_stack(self, stack: DeployedStack) -> None:
        """Keep a stack, in place of what was known of it."""


@runtime_checkable
class KeepsExports(Protocol):
    """It keeps the exports of stacks for later deployments."""

    exports: dict[str, Any]


@runtime_checkable
class RefusesCallsAbout(Protocol):
    """It can refuse calls about resources that were accepted without effect, naming them."""

    def refuse_calls_about(self, forms: Collection[str], service: str, shown: str) -> None:
        """Refuse calls to a service about a resource: `forms` are its ARN and its names."""


@runtime_checkable
class HasTolerance(Protocol):
    """Its times vary from run to run, without a fault."""

    tolerance_seconds: float
    """Delay up to which a path still counts as unaffected."""


@runtime_checkable
class HasControlRun(Protocol):
    """It knows the control run, which has no faults and with which this run is compared."""

    is_control_run: bool
    """Is this the control run? Nothing is injected then, and nothing is judged."""

    @property
    def can_have_control(self) -> bool:
        """Is there a control run, or can one be made?"""

    def control_history(self) -> History:
        """The control run's history. May end this run to make the control run first."""


@runtime_checkable
class MakesCalls(Protocol):
    """It makes the calls of deployments itself, faster than by a client."""

    def call(
        self,
        service: str,
        method: str,
        arguments: dict[str, Any],
        fit: Callable[[Any, str, dict[str, Any]], dict[str, Any]],
    ) -> Any:
        """Do the same as `client(service).method(**arguments)`. `fit` turns the arguments of a client's
        method into its operation's, by their content alone."""


@runtime_checkable
class HasRuntimes(Protocol):
    """It runs functions of some runtimes only."""

    def check_runs(self, runtime: str) -> None:
        """Raise `Unsupported` for a runtime whose functions it can't run."""


@runtime_checkable
class ChecksMovers(Protocol):
    """It sees the deliveries of some of its services only."""

    def check_seen(self, service: str) -> None:
        """Raise `Unsupported` for a service whose deliveries it doesn't see."""


@runtime_checkable
class ChecksPlan(Protocol):
    """It can check the faults of its plan against the resources that exist by now."""

    def check_plan(self) -> None:
        """Raises `Unsupported` for the first fault that can't act, with an alternative."""


@runtime_checkable
class MayEnd(Protocol):
    """It runs as a process or a container, which may end before the test does."""

    def ended(self) -> str:
        """How it has ended, with its last lines; "" while it runs."""


@runtime_checkable
class LosesState(Protocol):
    """A fault can delete its state."""

    @property
    def lost(self) -> str:
        """Why it has lost its state; "" if it hasn't."""


def lacks(cloud: Cloud, ability: str, instead: str) -> Unsupported:
    """The error for a cloud without an ability. `instead`: an alternative, or a cloud that has it."""
    return Unsupported(f"{ability}: the cloud {cloud.name!r} doesn't offer it; {instead}")
