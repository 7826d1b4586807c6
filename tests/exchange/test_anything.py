"""Goal: whatever stands in a cell, its row is one that can be filed, or a fault, and never more.

Method: in a good row one cell is replaced by text, or in JSON by any value.
"""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.claims import Source
from exchange import acled, ged, table, timelinejs
from exchange.mapping import load
from exchange.rows import Fault, Row
from tests.exchange import test_acled, test_ged, test_timemap
from tests.exchange.reading import LAST, filed
from tests.exchange.test_objects import values

SOURCE = Source(name="Norvale Post")
cells = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.text("0123456789-.:/;, \x00", max_size=12),
    st.dates().map(str),
    st.integers().map(str),
)
members = values | st.integers(-(10**30), 10**30) | cells


def can_be_filed(read: Any) -> None:
    """The one row of a file, if it is no fault."""
    (one,) = read
    assert isinstance(one, Row | Fault)
    if isinstance(one, Row):
        assert one.record == one.report.record
        filed(one, LAST)  # how far ahead of now it was said, no reader knows


@given(st.sampled_from(list(test_ged.ROW)), cells)
def test_of_ged(column: str, value: str) -> None:
    can_be_filed(ged.read(test_ged.file_of({column: value})))


@given(st.sampled_from(list(test_acled.ROW)), cells)
def test_of_acled(column: str, value: str) -> None:
    can_be_filed(acled.read(test_acled.file_of({column: value}, delimiter=",")))


@given(st.sampled_from(list(test_timemap.EVENT)), members)
def test_of_timemap(column: str, value: Any) -> None:
    can_be_filed(test_timemap.read({**test_timemap.EVENT, column: value}))


SLIDE = {
    "start_date": {"year": 2024, "month": 3, "day": 5, "hour": 1, "minute": 2, "time": ""},
    "end_date": {"year": 2024, "month": 3},
    "text": {"headline": "Flood", "text": "Water"},
    "media": {"url": "https://norvale.example"},
    "display_date": "March",
    "unique_id": "a",
    "group": "Floods",
}
PLACES = [(name, part) for name, given_parts in SLIDE.items()
          for part in (None, *(given_parts if isinstance(given_parts, dict) else ()))]  # fmt: skip


@given(st.sampled_from(PLACES), members)
def test_of_timelinejs(place: tuple[str, str | None], value: Any) -> None:
    slide = json.loads(json.dumps(SLIDE))
    if place[1] is None:
        slide[place[0]] = value
    else:
        slide[place[0]][place[1]] = value

    raw = io.BytesIO(json.dumps({"events": [slide]}).encode())
    can_be_filed(timelinejs.read(raw, source=SOURCE, dataset="norvale"))


MAPPING = load(
    b"""
dataset = "norvale"
file = {form = "json"}
id = "id"
occurrence = "incident"
reported_at = "said"
title = "title"
kind = {column = "kind", slug = true}
tags = "tags"
via = ["via", "quoting"]
evidence = {column = "urls", separator = " "}
source = {name = "who", url = "web"}
occurred = {start = "from", end = "to", means = "possible", reversed = "undated"}
place = {name = "town", lat = "lat", lon = "lon", precision = "prec"}
[[actors]]
name = "actor"
roles = {victim = "hurt"}
[[toll]]
outcome = "what"
best = "killed"
words = "many"
"""
)
ITEM = {
    "id": "a", "incident": "b", "said": "2024-03-06", "title": "Flood", "kind": "Flood", "tags": [],
    "via": "x", "quoting": None, "urls": "https://norvale.example", "who": "Norvale Post",
    "web": "https://norvale.example", "from": "2024-03-05", "to": "2024-03-06", "town": "Norvale",
    "lat": 10.5, "lon": 20.25, "prec": "town", "actor": "Residents", "hurt": True,
    "what": "killed", "killed": 3, "many": "some",
}  # fmt: skip


@given(st.sampled_from(list(ITEM)), members)
def test_of_a_table(column: str, value: Any) -> None:
    raw = io.BytesIO(json.dumps([{**ITEM, column: value}]).encode())
    can_be_filed(table.read(raw, MAPPING))
