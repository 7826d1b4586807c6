"""Goal: no text of ours is run by a spreadsheet, and what was put before it can be taken away.

Method: laws over any text, and a list of what spreadsheets are known to run.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.columns import joined, parted
from exchange.defused import dangerous, defused, fused

TEXTS = st.text() | st.text("'\"=+-@\t\r\n \u200bＡ＝＋－＠−a", max_size=6)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx",
        "\nx", " =1", "  \u00a0+1", '"=1', "'=1",
        "“=1", "＝1", "＋1", "－1", "＠x", "﹢1", "−1", "\ufeff=1", "\u200b=1",
        " ' \" -x", "\x01=1",
    ],
)  # fmt: skip
def test_what_spreadsheets_run_gets_an_apostrophe(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Norvale", "1-2", "a=1", "'Ayn", "“last week”", " x", "#1"])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


@given(TEXTS)
def test_it_can_be_undone(text: str) -> None:
    assert fused(defused(text)) == text


@given(TEXTS)
def test_what_is_defused_begins_with_no_formula(text: str) -> None:
    safe = defused(text)
    assert not safe.strip().startswith(("=", "+", "-", "@"))
    assert dangerous(safe) == dangerous(text)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_several_values_in_a_cell_can_be_told_apart(values: list[str]) -> None:
    assert parted(joined(values)) == values
