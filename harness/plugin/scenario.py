"""The `@scenario` decorator: a test that gets its app deployed."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pytest

    from harness.app.parts import Templates
    from harness.plan import Fault

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True)
class Scenario:
    """The declaration that `@scenario` attaches to a test."""

    template: Templates
    parameters: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    seed: int | None = None

    def deploy(self, cloud: Any) -> Any:
        """Deploy the app."""
        return cloud.deploy(self.template, parameters=self.parameters or None, ignore=self.ignore)


def scenario(
    template: Templates,
    *,
    parameters: Mapping[str, str] | None = None,
    ignore: str | Sequence[str] = (),
    faults: Sequence[Fault] = (),
    seed: int | None = None,
) -> Callable[[Test], Test]:
    """Make a test of an app: the decorated function gets it, deployed, as its argument `app`.

    `template` is a SAM or CloudFormation file, several, or the folder that a tool has made, taken from the
    test's own folder first, then from the root of the test run; `parameters` are the template's, `ignore`
    lists resource types that need not be known. `faults` go wrong from the beginning. `seed` decides the run
    unless `--seed` does. Any other argument of the function is a fixture, as usual.
    """
    if callable(template):
        raise TypeError('a scenario names its template: @scenario("template.yaml")')
    if not isinstance(faults, list | tuple):
        raise TypeError("a scenario's faults are a list, as in faults=[faults.crash()]")
    left_out = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    declared = Scenario(template, dict(parameters or {}), left_out, tuple(faults), seed)

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        if "app" not in signature.parameters:
            raise TypeError(f"{test.__name__}: a scenario takes the deployed app as its argument `app`")
        wants_cloud = "cloud" in signature.parameters

        def arguments(fixtures: dict[str, Any]) -> dict[str, Any]:
            cloud = fixtures["cloud"] if wants_cloud else fixtures.pop("cloud")
            return {**fixtures, "app": declared.deploy(cloud)}

        if inspect.iscoroutinefunction(test):

            @functools.wraps(test)
            async def run(*args: Any, **fixtures: Any) -> Any:
                return await test(*args, **arguments(fixtures))
        else:

            @functools.wraps(test)
            def run(*args: Any, **fixtures: Any) -> Any:
                return test(*args, **arguments(fixtures))

        run.__signature__ = _with_cloud(signature)  # type: ignore[attr-defined]
        run.harness_scenario = declared  # type: ignore[attr-defined]
        return run  # type: ignore[return-value]

    return decorate


def declared_by(item: pytest.Item) -> Scenario | None:
    """The declaration of this test, if it is a `@scenario`."""
    found = getattr(getattr(item, "obj", None), "harness_scenario", None)
    return found if isinstance(found, Scenario) else None


def _with_cloud(signature: inspect.Signature) -> inspect.Signature:
    """The arguments that pytest has to fill: `cloud` instead of `app`."""
    kept = [parameter for name, parameter in signature.parameters.items() if name != "app"]
    if "cloud" not in signature.parameters:
        kept.append(inspect.Parameter("cloud", inspect.Parameter.KEYWORD_ONLY))
    return signature.replace(parameters=kept)
