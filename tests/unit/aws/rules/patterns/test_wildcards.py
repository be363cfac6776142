"""Wildcards of one field that are too complex together.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
"""

from __future__ import annotations

import pytest

from harness.aws.rules.patterns.wildcards import too_complex


@pytest.mark.parametrize(
    ("alternatives", "refused"),
    [
        (["*"], False),
        (["/usr/*/dir/dir/dir/dir/dir/doc.txt"], False),
        (["*a*a*a*a*a"], False),
        (["*a*a*a*a*a*"], True),
        (["*aaaaaaaaa"], False),
        (["*aaaaaaaaaa"], True),
        ([r"*a\*a\*a\*a\*a\*"], False),
        (["*.bif", "*.svs", "*.tif", "*.tiff"], False),
        (["*/in/*.bif", "*/in/*.tif"], False),
        (["*/in/*.bif", "*/in/*.svs", "*/in/*.tif", "*/in/*.tiff"], True),
    ],
)
def test_a_value_is_at_ten_places_of_wildcards_at_most(alternatives, refused):
    assert too_complex(tuple((each,) for each in alternatives)) == refused


def test_wildcards_that_are_excluded_together_share_their_beginning():
    excluded = tuple(f"abc*{letter}" for letter in "pqrstuvwxyz")
    assert not too_complex((excluded,))
    assert too_complex(tuple((each,) for each in excluded))
