"""Patterns from their JSON text, and AWS's complaints about what is none.

The text is read token by token in the order in which AWS reads it, so that the first thing wrong is the one
complained about, in AWS's words and with the place that AWS names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from . import operators
from .dialects import EVENTBRIDGE, Dialect
from .matching import Field, Pattern, ValueRule
from .operators import BadOperand
from .tokens import Malformed, Token, place_of, tokens
from .wildcards import TOO_COMPLEX, too_complex

BRANCHES_MAX = 1000
"""More ways through the `$or`s of a pattern are too many.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""
RESERVED = EVENTBRIDGE.operators | {
    *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"),
    *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
    *("ip-address-in-range", "ip-address-not-in-range"),
}
"""Words of the language: no option of an `$or` can have a field of such a name."""
_OR = "$or"
_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"
_IN_A_LIST = "Inside anything but list"
_NOT_THE_OPERAND = "Value of anything-but must be an array or single string/number value."

Branch = dict[str, Field]
T = TypeVar("T")


class PatternError(ValueError):
    """This is no pattern. The text is AWS's complaint, with the place, if there is one."""

    @property
    def reason(self) -> str:
        """The complaint without the place."""
        return str(self).partition("\n")[0]


def read(text: str, dialect: Dialect) -> Pattern:
    """The pattern of a JSON text. Raises `PatternError`."""
    try:
        return Pattern(_Reading(text, dialect).pattern())
    except Malformed as problem:
        raise PatternError(problem.told(text)) from None
    except BadOperand as problem:
        raise PatternError(str(problem)) from None
    except RecursionError:
        raise PatternError("nested too deep") from None


def is_disjunction(name: str, wanted: Any) -> bool:
    """Is this field an `$or` over patterns? It needs two objects at least, without reserved names.

    https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html
    """
    return (
        name == _OR
        and isinstance(wanted, list)
        and len(wanted) >= 2
        and all(isinstance(option, Mapping) and not RESERVED & set(option) for option in wanted)
    )


class _Reading:
    """One text on its way to a pattern."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._tokens = tokens(text)
        self._at = 0
        self._wildcards: list[tuple[str, ...]] = []
        self._of_fields: list[tuple[tuple[str, ...], ...]] = []

    def pattern(self) -> tuple[tuple[Field, ...], ...]:
        """The branches; the fields of each by path, as AWS looks at them in this order."""
        if self._next().kind != "{":
            self._complain("Filter is not an object")
        branches = self._object([{}], (), inside_or=False)
        if self._dialect.limits_wildcards and any(map(too_complex, self._of_fields)):
            raise PatternError(TOO_COMPLEX)
        return tuple(tuple(branch[path] for path in sorted(branch)) for branch in branches)

    def _next(self) -> Token:
        token = next(self._tokens)
        self._at = token.at
        return token

    def _text_of(self, token: Token) -> str:
        """Its characters; from now on the text is read to its end."""
        self._at = token.end
        return token.text

    def _complain(self, reason: str) -> NoReturn:
        raise PatternError(f"{reason}\n at {place_of(self._text, self._at)}")

    def _object(self, branches: list[Branch], path: tuple[str, ...], *, inside_or: bool) -> list[Branch]:
        empty = True
        while (token := self._next()).kind != "}":
            empty = False
            name = token.text
            following = None
            if name == _OR:
                following = self._next()
                if self._is_or(following):
                    branches = self._or(branches, path, following)
                    continue
            elif inside_or and name in RESERVED:
                self._complain(f"{name} is Ruler reserved fieldName which cannot be used inside {_OR}.")
            token = following or self._next()
            if token.kind == "{":
                branches = self._object(branches, (*path, name), inside_or=inside_or)
            elif token.kind == "[":
                field = self._field(".".join((*path, name)))
                branches = [{**branch, field.path: field} for branch in branches]
            else:
                self._complain(f'"{name}" must be an object or an array')
        if empty:
            self._complain("Empty objects are not allowed")
        return branches

    def _is_or(self, token: Token) -> bool:
        return not self._dialect.or_can_be_name or is_disjunction(_OR, _value_at(self._text, token))

    def _or(self, branches: list[Branch], path: tuple[str, ...], token: Token) -> list[Branch]:
        if token.kind != "[":
            self._complain(f"It must be an Array followed with {_OR}.")
        found: list[Branch] = []
        options = 0
        while (token := self._next()).kind != "]":
            options += 1
            if token.kind != "{":
                self._complain(f"Only JSON object is allowed in array of {_OR} relationship.")
            found += self._object(branches, path, inside_or=True)
            if len(found) > BRANCHES_MAX:
                raise PatternError("Rule is too complex")
        if options < 2:
            self._complain(f"There must have at least 2 Objects in {_OR} relationship.")
        return found

    def _field(self, path: str) -> Field:
        tests: list[ValueRule] = []
        absent = null = False
        self._wildcards = []
        while (token := self._next()).kind != "]":
            if token.kind == "{":
                rule = self._operator()
                absent = absent or rule is None
                tests += [rule] if rule is not None else []
            elif token.kind == "[":
                self._complain("Match value must be String, number, true, false, or null")
            else:
                self._text_of(token)
                null = null or token.value is None
                tests.append(operators.exactly(self._dialect, token.value))
        if not tests and not absent:
            self._complain("Empty arrays are not allowed")
        if self._wildcards:
            self._of_fields.append(tuple(dict.fromkeys(self._wildcards)))
        return Field(path, tuple(tests), absent, null)

    def _operator(self) -> ValueRule | None:
        """The rule of an object like {"prefix": "a"}; None for {"exists": false}."""
        token = self._next()
        if token.kind != "name":
            self._complain("Match expression name not found")
        name = token.text
        if name not in self._dialect.operators:
            self._complain(f"Unrecognized match type {name}")
        if name == "exists":
            return self._exists()
        if name == "numeric":
            return self._numeric()
        if name == "anything-but":
            return self._anything_but()
        return self._of_text(name)

    def _exists(self) -> ValueRule | None:
        token = self._next()
        if token.kind != "word" or token.value is None:
            self._complain("exists match pattern must be either true or false.")
        self._end(_ONE_KEY)
        return operators.exists(self._dialect) if token.value else None

    def _of_text(self, name: str) -> ValueRule:
        token = self._next()
        if token.kind == "{" and name in ("prefix", "suffix") and self._dialect.folds_ends:
            return self._folded(name)
        shown = {"cidr": "prefix", "exactly": "exact"}.get(name, name)
        operand = self._string(token, f"{shown} match pattern must be a string")
        if name == "wildcard":
            self._wildcards.append((self._checked(operand),))
        rule = operators.cidr(operand) if name == "cidr" else operators.text(name, operand)
        self._end(_ONE_KEY)
        return rule

    def _folded(self, name: str) -> ValueRule:
        """{"equals-ignore-case": …} as what a prefix or suffix takes."""
        token = self._next()
        if token.kind != "name":
            self._complain(f"{name.capitalize()} expression name not found")
        if token.text != "equals-ignore-case":
            self._complain(f"Unsupported {name} pattern: {token.text}")
        operand = self._string(self._next(), "equals-ignore-case match pattern must be a string")
        self._end(_ONE_KEY)
        self._end(_ONE_KEY)
        return operators.text(name, operand, fold=True)

    def _anything_but(self) -> ValueRule:
        token = self._next()
        operator = ""
        if token.kind == "{":
            token = self._next()
            if token.kind != "name":
                self._complain("Anything-But expression name not found")
            operator = token.text
            if operator not in self._dialect.exclusions:
                self._complain(f"Unsupported anything-but pattern: {operator}")
            token = self._next()
        if token.kind not in ("[", "string", "number"):
            self._complain(_NOT_THE_OPERAND)
        if operator:
            operands = self._all(token, lambda each: self._excluded_text(each, operator))
            rule = operators.anything_like(operator, operands)
            if operator == "wildcard":
                self._wildcards.append(tuple(operands))
            self._end(_TOO_MANY)
        else:
            rule = self._anything_but_values(token)
        self._end(_TOO_MANY)
        return rule

    def _anything_but_values(self, token: Token) -> ValueRule:
        def value(each: Token) -> Any:
            if each.kind not in ("string", "number"):
                self._complain(f"{_IN_A_LIST}, start|null|boolean is not supported.")
            self._text_of(each)
            return each.value

        values = self._all(token, value)
        if len({isinstance(each, str) for each in values}) != 1:
            self._complain(
                f"{_IN_A_LIST}, either all values are number or string, mixed type is not supported"
            )
        if token.kind != "[":
            return operators.anything_but(self._dialect, values)
        return self._or_complain(lambda: operators.anything_but(self._dialect, values))

    def _excluded_text(self, token: Token, operator: str) -> str:
        complaint = {
            "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is "
            "not supported.",
            "wildcard": "wildcard match pattern must be a string",
        }
        operand = self._string(token, complaint.get(operator, "prefix/suffix match pattern must be a string"))
        if operator in ("prefix", "suffix") and not operand:
            self._complain("Null prefix/suffix not allowed")
        return self._checked(operand) if operator == "wildcard" else operand

    def _all(self, token: Token, read_one: Callable[[Token], Any]) -> list[Any]:
        """One operand, or those of a list. AWS names the place of a complaint about one of a list twice."""
        if token.kind != "[":
            return [read_one(token)]
        found = []
        try:
            while (token := self._next()).kind != "]":
                found.append(read_one(token))
        except PatternError as problem:
            self._complain(str(problem))
        return found

    def _numeric(self) -> ValueRule:
        if self._next().kind != "[":
            self._complain("Value of numeric must be an array.")
        token = self._next()
        if token.kind != "string":
            self._complain(f"Invalid member in numeric match: {self._text_of(token) or token.kind}")
        operator = self._text_of(token)
        token = self._next()
        if operator not in ("=", "<", "<=", ">", ">="):
            self._complain(f"Unrecognized numeric range operator: {operator}")
        bounds = [(operator, self._number(token, "equals" if operator == "=" else operator))]
        token = self._next()
        if token.kind != "]" and operator not in (">", ">="):
            self._complain(_TOO_MANY)
        if token.kind != "]":
            bounds.append(self._top(token))
        rule = self._or_complain(lambda: operators.numeric(self._dialect, bounds))
        if len(bounds) > 1 and bounds[0][1] >= bounds[1][1]:
            self._complain("Bottom must be less than top")
        self._end(_TOO_MANY)
        return rule

    def _top(self, token: Token) -> tuple[str, float]:
        """The upper bound of a range."""
        text = self._text_of(token) or token.kind
        if token.kind != "string":
            self._complain(f"Bad value in numeric range: {text}")
        if text not in ("<", "<="):
            self._complain(f"Bad numeric range operator: {text}")
        bound = self._number(self._next(), text)
        self._end("Too many terms in numeric range expression", "]")
        return text, bound

    def _number(self, token: Token, operator: str) -> float:
        if token.kind != "number":
            self._complain(f"Value of {operator} must be numeric")
        value: float = token.value
        return value

    def _string(self, token: Token, complaint: str) -> str:
        if token.kind != "string":
            self._complain(complaint)
        return self._text_of(token)

    def _checked(self, wildcard: str) -> str:
        self._or_complain(lambda: operators.wildcard_pieces(wildcard))
        return wildcard

    def _or_complain(self, make: Callable[[], T]) -> T:
        try:
            return make()
        except BadOperand as problem:
            self._complain(str(problem))

    def _end(self, complaint: str, bracket: str = "}") -> None:
        if self._next().kind != bracket:
            self._complain(complaint)


def _value_at(text: str, token: Token) -> Any:
    """The value that begins with this token."""

    try:
        return json.JSONDecoder().raw_decode(text, token.end - 1)[0] if token.kind in ("{", "[") else None
    except ValueError:
        return None
