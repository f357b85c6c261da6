"""Text of others, as a terminal can show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_fdw.cli.errors import plain_lines
from iam_fdw.text import escaped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain \u00e9 \u65e5 \\", "plain \u00e9 \u65e5 \\"),
        ("\x1b[31m\x00\x7f\x85", "\\x1b[31m\\x00\\x7f\\x85"),
        ("a\tb\nc", "a\\tb\\nc"),
        ("\u202e\u200b\ud800\U000e0001", "\\u202e\\u200b\\ud800\\U000e0001"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.text())
def test_whatever_the_text_the_result_is_printable(text: str) -> None:
    assert escaped(text).isprintable()


def test_lines_stay_lines_and_tabs_are_spaces() -> None:
    assert plain_lines("a\tb\n\x1bc", "  ") == "a   b\n  \\x1bc"
