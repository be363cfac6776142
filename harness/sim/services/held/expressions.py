"""Expressions of DynamoDB as AWS reads them, where moto reads some of them otherwise or not at all.

Any white space stands between words. moto knows spaces in most places, and one digit of indices in some.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing.tokens import ExpressionTokenizer

from harness.sim.patches.patching import Replaced

_ONE_WORD = "_lex_one_node"
_SPACE = re.compile(r"\s+")
_PATH = re.compile(r"#?\w[\w-]*(?: ?\. ?#?\w[\w-]*| ?\[ ?[0-9]+ ?\])+")
_real_one_word: Callable[..., Any] = getattr(ConditionExpressionParser, _ONE_WORD)
_real_keys, _real_tokens = responses.parse_expression, ExpressionTokenizer.make_list


def read_as_on_aws() -> Replaced:
    """Inside the block moto reads them so."""
    return Replaced(
        (ConditionExpressionParser, _ONE_WORD, _one_word),
        (responses, "parse_expression", _keys),
        (ExpressionTokenizer, "make_list", lambda text: _real_tokens(in_a_line(text))),
    )


def in_a_line(expression: str) -> str:
    """The same expression with one space for all white space.

    >>> in_a_line("id = :id\\n\\tAND n > :n")
    'id = :id AND n > :n'
    """
    return _SPACE.sub(" ", expression)


def _one_word(parser: ConditionExpressionParser, rest: str) -> tuple[Any, str]:
    rest = in_a_line(rest)
    found = _PATH.match(rest)
    if found is None:
        word: tuple[Any, str] = _real_one_word(parser, rest)
        return word
    path = found[0].replace(" ", "")
    node = parser.Node(parser.Nonterminal.OPERAND, parser.Kind.LITERAL, path, path, [])
    return node, rest[found.end() :]


def _keys(key_condition_expression: str, **more: Any) -> Any:
    return _real_keys(key_condition_expression=in_a_line(key_condition_expression).strip(), **more)
