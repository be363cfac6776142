"""Statements of PartiQL. Their conditions become the same trees as those of expressions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.sim.services.held.conditions.nodes import (
    Applied,
    Between,
    Compared,
    Condition,
    DocumentPath,
    Given,
    Joined,
    Not,
    Operand,
    Within,
)
from harness.sim.services.held.conditions.words import Wrong

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_]\w*)|(?P<sign><<|>>|<>|!=|<=|>=|\S))""",
    re.VERBOSE | re.ASCII,
)
_FUNCTIONS = ("attribute_type", "begins_with", "contains", "size")
_COMPARATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_WORDS: dict[str, dict[str, Any]] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
_KEYWORDS = frozenset(
    (
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "IS",
        "ORDER",
        "SET",
        "REMOVE",
        "RETURNING",
    )
)


@dataclass
class Statement:
    """A statement that was read. Names and values stand behind signs, as in expressions."""

    verb: str = ""
    table: str = ""
    index: str = ""
    selected: list[DocumentPath] = field(default_factory=list)
    item: Any = None
    sections: dict[str, list[str]] = field(default_factory=dict)
    where: Condition | None = None
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Attributes, and whether the largest comes first."""
    returning: str = ""
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def update(self) -> str:
        """The changes as an update expression."""
        return " ".join(f"{name} {', '.join(told)}" for name, told in self.sections.items())


def read(text: str, parameters: Iterable[Any]) -> Statement:
    """Raises `Wrong`."""
    return _Reader(text, parameters).whole()


class _Reader:
    def __init__(self, text: str, parameters: Iterable[Any]) -> None:
        found = [(str(each.lastgroup), each[str(each.lastgroup)]) for each in _TOKEN.finditer(text)]
        self._tokens = [*found, ("end", "")]
        self._at = 0
        self._waiting = list(parameters)
        self._made = Statement()

    def whole(self) -> Statement:
        verb = self._word()
        rule = {
            "SELECT": self._select,
            "INSERT": self._insert,
            "UPDATE": self._update,
            "DELETE": self._delete,
            "EXISTS": self._exists,
        }
        if verb not in rule:
            raise self._unexpected()
        self._at += 1
        self._made.verb = verb
        rule[verb]()
        self._skip(";")
        if self._tokens[self._at][0] != "end":
            raise self._unexpected()
        if self._waiting:
            raise Wrong("Number of parameters in request and statement don't match.")
        return self._made

    def _select(self) -> None:
        if not self._skip("*"):
            self._made.selected = [self._path()]
            while self._skip(","):
                self._made.selected.append(self._path())
        self._expect("FROM")
        self._from()
        self._where()
        if self._skip("ORDER"):
            self._expect("BY")
            self._made.order = [self._ordered()]
            while self._skip(","):
                self._made.order.append(self._ordered())

    def _exists(self) -> None:
        self._expect("(")
        self._expect("SELECT")
        self._select()
        self._expect(")")

    def _ordered(self) -> tuple[str, bool]:
        return self._identifier(), self._skip("DESC") or (self._skip("ASC") and False)

    def _insert(self) -> None:
        self._expect("INTO")
        self._from()
        self._expect("VALUE")
        self._made.item = self._literal().get("M")
        if self._made.item is None:
            raise Wrong("Expected a map as the value of an item")

    def _update(self) -> None:
        self._from()
        while self._word() in ("SET", "REMOVE"):
            act = self._set if self._word() == "SET" else self._remove
            self._at += 1
            act()
            while self._skip(","):
                act()
        if not self._made.sections:
            raise self._unexpected()
        self._where()
        self._returning()

    def _delete(self) -> None:
        self._expect("FROM")
        self._from()
        self._where()
        self._returning()

    def _from(self) -> None:
        self._made.table = self._identifier()
        if self._skip("."):
            self._made.index = self._identifier()

    def _where(self) -> None:
        if self._skip("WHERE"):
            self._made.where = self._condition()

    def _returning(self) -> None:
        if self._skip("RETURNING"):
            words = [self._take()[1].upper(), self._take()[1].upper()]
            self._expect("*")
            self._made.returning = " ".join(words)
            if words[0] not in ("ALL", "MODIFIED") or words[1] not in ("OLD", "NEW"):
                raise self._unexpected()

    def _set(self) -> None:
        path = _shown(self._path())
        self._expect("=")
        change = self._word()
        if change in ("SET_ADD", "SET_DELETE"):
            self._at += 1
            self._expect("(")
            self._path()
            self._expect(",")
            self._section("ADD" if change == "SET_ADD" else "DELETE", f"{path} {self._sign(self._literal())}")
            self._expect(")")
            return
        told = self._changed()
        if self._tokens[self._at][1] in ("+", "-"):
            told += f" {self._take()[1]} {self._changed()}"
        self._section("SET", f"{path} = {told}")

    def _changed(self) -> str:
        if self._word() != "LIST_APPEND":
            return _shown(self._operand())
        self._at += 1
        self._expect("(")
        first = self._changed()
        self._expect(",")
        second = self._changed()
        self._expect(")")
        return f"list_append({first}, {second})"

    def _remove(self) -> None:
        self._section("REMOVE", _shown(self._path()))

    def _section(self, name: str, told: str) -> None:
        self._made.sections.setdefault(name, []).append(told)

    def _condition(self) -> Condition:
        return self._joined("OR", lambda: self._joined("AND", self._negated))

    def _joined(self, word: str, read_part: Callable[[], Condition]) -> Condition:
        parts = [read_part()]
        while self._skip(word):
            parts.append(read_part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _negated(self) -> Condition:
        if self._skip("NOT"):
            return Not(self._negated())
        if self._skip("("):
            found = self._condition()
            self._expect(")")
            return found
        left = self._operand()
        if isinstance(left, Applied) and left.name != "size":
            return left
        if self._skip("IS"):
            is_not, kind = self._skip("NOT"), self._take()[1].upper()
            return Not(self._is(kind, left)) if is_not else self._is(kind, left)
        if self._skip("NOT"):
            return Not(self._related(left))
        return self._related(left)

    def _is(self, kind: str, left: Operand) -> Condition:
        if kind == "MISSING":
            return Applied("attribute_not_exists", (left,))
        if kind != "NULL":
            raise self._unexpected()
        return Applied("attribute_type", (left, Given(self._sign({"S": "NULL"}))))

    def _related(self, left: Operand) -> Condition:
        if self._skip("IN"):
            ends = {"[": "]", "(": ")"}
            begun = self._take()[1]
            choices = [self._operand()]
            while self._skip(","):
                choices.append(self._operand())
            self._expect(ends.get(begun, "]"))
            return Within(left, tuple(choices))
        if self._skip("BETWEEN"):
            lower = self._operand()
            self._expect("AND")
            return Between(left, lower, self._operand())
        how = self._take()[1]
        if how not in _COMPARATORS:
            self._at -= 1
            raise self._unexpected()
        return Compared("<>" if how == "!=" else how, left, self._operand())

    def _operand(self) -> Operand:
        kind, text = self._tokens[self._at]
        if kind == "word" and self._tokens[self._at + 1][1] == "(":
            name = text.lower()
            if name not in _FUNCTIONS:
                raise self._unexpected()
            self._at += 2
            arguments = [self._operand()]
            while self._skip(","):
                arguments.append(self._operand())
            self._expect(")")
            if len(arguments) != (1 if name == "size" else 2):
                raise Wrong(f"Incorrect number of operands for function {name}")
            return Applied(name, tuple(arguments))
        is_path = kind == "quoted" or (kind == "word" and text.upper() not in _WORDS)
        return self._path() if is_path else Given(self._sign(self._literal()))

    def _path(self) -> DocumentPath:
        parts: list[str | int] = [self._name()]
        while True:
            if self._skip("."):
                parts.append(self._name())
            elif self._skip("["):
                kind, text = self._take()
                if kind != "number" or not text.isdecimal():
                    raise self._unexpected()
                parts.append(int(text))
                self._expect("]")
            else:
                return DocumentPath(tuple(parts))

    def _name(self) -> str:
        name = self._identifier()
        sign = f"#n{len(self._made.names)}"
        self._made.names[sign] = name
        return sign

    def _identifier(self) -> str:
        kind, text = self._tokens[self._at]
        if kind not in ("word", "quoted") or text.upper() in _KEYWORDS:
            raise self._unexpected()
        self._at += 1
        return text[1:-1].replace('""', '"') if kind == "quoted" else text

    def _sign(self, value: Any) -> str:
        sign = f":v{len(self._made.values)}"
        self._made.values[sign] = value
        return sign

    def _literal(self) -> dict[str, Any]:
        kind, text = self._take()
        if kind == "text":
            return {"S": text[1:-1].replace("''", "'")}
        if kind == "number":
            return {"N": text}
        if kind == "word" and text.upper() in _WORDS:
            return _WORDS[text.upper()]
        if text == "-" and self._tokens[self._at][0] == "number":
            return {"N": f"-{self._take()[1]}"}
        if text == "?":
            if not self._waiting:
                raise Wrong("Number of parameters in request and statement don't match.")
            given: dict[str, Any] = self._waiting.pop(0)
            return given
        if text == "[":
            return {"L": self._literals("]")}
        if text == "<<":
            return _as_set(self._literals(">>"))
        if text != "{":
            self._at -= 1
            raise self._unexpected()
        return {"M": dict(self._members())}

    def _literals(self, end: str) -> list[Any]:
        found: list[Any] = []
        while not self._skip(end):
            if found:
                self._expect(",")
            found.append(self._literal())
        return found

    def _members(self) -> Iterable[tuple[str, Any]]:
        is_first = True
        while not self._skip("}"):
            if not is_first:
                self._expect(",")
            is_first = False
            kind, text = self._take()
            if kind not in ("text", "quoted"):
                self._at -= 1
                raise self._unexpected()
            self._expect(":")
            yield text[1:-1].replace("''", "'"), self._literal()

    def _word(self) -> str:
        kind, text = self._tokens[self._at]
        return text.upper() if kind == "word" else ""

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        if token[0] == "end":
            raise self._unexpected()
        self._at += 1
        return token

    def _skip(self, text: str) -> bool:
        kind, found = self._tokens[self._at]
        is_there = kind in ("word", "sign") and found.upper() == text
        self._at += is_there
        return is_there

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise self._unexpected()

    def _unexpected(self) -> Wrong:
        kind, text = self._tokens[self._at]
        told = "Unexpected end of statement" if kind == "end" else f"Unexpected token {text}"
        return Wrong(f"Statement wasn't well formed, can't be processed: {told}")


def _shown(operand: Operand) -> str:
    """The operand as it stands in an update expression."""
    if isinstance(operand, Given):
        return operand.sign
    if isinstance(operand, DocumentPath):
        return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in operand.parts)[1:]
    raise Wrong("Statement wasn't well formed, can't be processed: Unsupported function")


def _as_set(items: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {kind for item in items for kind in item}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise Wrong("A set has elements of one type: texts, numbers or binary values")
    (kind,) = kinds
    return {f"{kind}S": [item[kind] for item in items]}
