"""Goal: any table is read as its mapping says, whatever file it is in, and nothing of it is lost.

Method: one table in all four forms gives the same reports; each part of a mapping by example; over
generated rows every cell is found again in the claims.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from domain.claims import Actor, Evidence, OccurredGiven, Place, Toll
from domain.errors import Invalid
from exchange.mapping import load
from exchange.rows import Fault, Row
from exchange.table import read
from tests.exchange.reading import all_rows, filed, only_fault, only_row
from tests.exchange.test_workbook import book

LEAST = 'dataset = "norvale"\nid = "id"\nsource = {name = {value = "Norvale Post"}}\n'


def table(toml: str, *items: dict[str, Any], least: str = LEAST) -> Iterator[Row | Fault]:
    """Rows of a JSON array, where cells can be of any type."""
    mapping = load(f'{least}file = {{form = "json"}}\n{toml}'.encode())
    return read(io.BytesIO(json.dumps(items).encode()), mapping)


def row(toml: str, **cells: Any) -> Row:
    found = only_row(table(toml, {"id": "1", **cells}))
    filed(found)
    return found


def fault(toml: str, **cells: Any) -> Fault:
    return only_fault(table(toml, {"id": "1", **cells}))


# Forms


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "ndjson"])
def test_one_table_gives_the_same_reports_in_every_form(form: str) -> None:
    # given
    names = ["id", "when", "town", "killed"]
    cells = [["1", "2024-03-05", "Norvale", "3"], ["2", "", "Tellin", "0"]]
    items = [{n: v for n, v in zip(names, line, strict=True) if v} for line in cells]
    text = "\n".join(",".join(line) for line in [names, *cells])
    streams = {
        "csv": io.BytesIO(text.encode()),
        "xlsx": book(names, *cells),
        "json": io.BytesIO(json.dumps(items).encode()),
        "ndjson": io.BytesIO("\n".join(map(json.dumps, items)).encode()),
    }
    mapping = load(
        f"""{LEAST}
        file = {{form = "{form}"}}
        occurred = {{edtf = "when"}}
        place = {{name = "town"}}
        [[toll]]
        outcome = {{value = "killed"}}
        exactly = "killed"
        """.encode()
    )

    # when
    one, two = all_rows(read(streams[form], mapping))

    # then
    first = 2 if form in ("csv", "xlsx") else 1
    assert (one.line, two.line) == (first, first + 1)
    assert one.claims.occurred == OccurredGiven(edtf="2024-03-05")
    assert two.claims.occurred is UNSET
    assert one.claims.toll == (Toll(outcome="killed", exactly=3),)
    assert two.claims.toll == (Toll(outcome="killed", exactly=0),)
    assert one.claims.attributes is two.claims.attributes is UNSET


def test_a_workbook_s_numbers_and_dates_are_read_as_such() -> None:
    mapping = load(
        f"""{LEAST}
        file = {{form = "xlsx"}}
        reported_at = {{column = "said", offset = "+03:00"}}
        occurred = {{edtf = {{column = "when", format = "%d/%m/%Y"}}}}
        [[toll]]
        outcome = {{value = "killed"}}
        exactly = "killed"
        """.encode()
    )
    moment = datetime.datetime(2024, 3, 6, 14, 5)
    stream = book(
        ["id", "when", "said", "killed", "seen"],
        [7, datetime.datetime(2024, 3, 5), moment, 12.0, datetime.datetime(2024, 3, 7)],
    )

    found = only_row(read(stream, mapping))

    assert found.record == "norvale/7"
    assert found.report.reported_at == "2024-03-06T14:05:00+03:00"
    assert found.claims.occurred == OccurredGiven(edtf="2024-03-05")
    assert found.claims.toll == (Toll(outcome="killed", exactly=12),)
    assert found.claims.attributes
    assert found.claims.attributes["seen"] == "2024-03-07"


def test_the_array_of_an_object_is_named_by_the_mapping() -> None:
    mapping = load(f'{LEAST}file = {{form = "json", array = "data"}}\ntitle = "a"'.encode())
    raw = json.dumps({"made": "2024", "data": [{"id": "1", "a": "Flood"}]}).encode()

    assert only_row(read(io.BytesIO(raw), mapping)).claims.title == "Flood"


def test_a_column_that_is_not_there_is_refused_in_a_table() -> None:
    mapping = load(f'{LEAST}title = "name"'.encode())

    with pytest.raises(Invalid, match=r"lacks name\. It has: id, title"):
        read(io.BytesIO(b"id,title\n1,a\n"), mapping)


def test_the_columns_that_were_likely_meant_are_told() -> None:
    mapping = load(f'{LEAST}title = "titel"\nsummary = "notes"'.encode())

    with pytest.raises(Invalid) as refused:
        read(io.BytesIO(b"id,Title,What\n1,a,b\n"), mapping)

    assert refused.value.detail == (
        "The header lacks titel, notes. It has: id, Title, What. Was titel meant to be Title?"
    )
    found = list(table('title = "titel"', {"id": "1", "Title": "x"}))
    assert isinstance(found[-1], Fault)
    assert found[-1].detail.endswith("They have: id, Title. Was titel meant to be Title?")


def test_a_member_that_no_item_has_is_a_fault_behind_the_last() -> None:
    items = [{"id": "1", "a": "x"}, {"id": "2", "b": "y"}]

    found = list(table('title = "a"\nsummary = "c"', *items))

    detail = 'The mapping names "c", and no item has it. They have: id, a, b.'
    assert found[-1] == Fault(2, "c", detail)
    assert len(found) == 3


# Parts of a mapping


def test_several_rows_can_report_on_one_occurrence() -> None:
    rows = all_rows(table('occurrence = "event"', {"id": "a", "event": "E-1", "n": 1},
                          {"id": "b", "event": "E-1", "n": 2}))  # fmt: skip

    assert [(one.record, one.occurrence) for one in rows] == [
        ("norvale/a", "norvale-e-1"),
        ("norvale/b", "norvale-e-1"),
    ]


def test_occurrences_that_are_there_already_can_be_named() -> None:
    toml = 'title = "t"\noccurrence = "event"\noccurrence_prefix = '

    named = row(f'{toml}""', t="Flood", event="norvale-flood")
    other = row(f'{toml}"estra"', t="Flood", event="flood")

    assert (named.occurrence, other.occurrence) == ("norvale-flood", "estra-flood")


def test_who_said_it_and_when_can_stand_inside_of_a_text() -> None:
    toml = r"""
    reported_at = {column = "cited", match = '\((\d{4}-\d{2}-\d{2})\)'}
    via = {column = "quoting", separator = ";"}
    document = "file"
    grade = "grade"
    language = "language"
    evidence = {column = "urls", separator = " "}
    source = {name = {column = "cited", match = '^(.*?) \(', otherwise = "not named"}, url = "web"}
    """
    cells = {
        "cited": "Estra Radio (2024-03-06), evening news",
        "quoting": "Norvale clinic; Estra police ;",
        "file": "radio-6",
        "grade": "B2",
        "language": "en",
        "urls": "https://estra.example/a https://estra.example/b",
        "web": "https://estra.example",
    }
    least = 'dataset = "norvale"\nid = "id"\n'

    named, unnamed = all_rows(table(toml, {"id": "1", **cells}, {"id": "2", "x": "y"}, least=least))

    assert (named.report.source.name, named.report.source.url) == (
        "Estra Radio",
        "https://estra.example",
    )
    assert named.report.reported_at == "2024-03-06"
    assert named.report.via == ("Norvale clinic", "Estra police")
    assert (named.report.document, named.report.grade, named.report.language) == (
        "radio-6",
        "B2",
        "en",
    )
    assert named.report.evidence == (
        Evidence(url="https://estra.example/a"),
        Evidence(url="https://estra.example/b"),
    )
    assert unnamed.report.source.name == "not named"
    assert unnamed.report.reported_at is None


@pytest.mark.parametrize(
    ("occurred", "cells", "edtf"),
    [
        ('edtf = "a"', {"a": "2024-03~"}, "2024-03~"),
        ('edtf = "a"', {"a": "2024-03-05T14:05"}, "[2024-03-05T14:05:00..2024-03-05T14:05:59]"),
        ('edtf = {column = "a", format = "%d/%m/%Y"}', {"a": "05/03/2024"}, "2024-03-05"),
        ('edtf = {column = "a", format = "%m/%d/%Y"}', {"a": "05/03/2024"}, "2024-05-03"),
        ('edtf = {column = "a", format = "%d %b %y"}', {"a": "5 Mar 24"}, "2024-03-05"),
        ('edtf = {column = "a", format = "%B %Y"}', {"a": "March 2024"}, "2024-03"),
        ('edtf = {column = "a", format = "%Y"}', {"a": "2024"}, "2024"),
        (
            'edtf = {column = "a", format = "%d/%m/%Y %H:%M"}',
            {"a": "05/03/2024 14:05"},
            "[2024-03-05T14:05:00..2024-03-05T14:05:59]",
        ),
        (
            'edtf = {column = "a", format = "%d/%m/%Y %H:%M:%S"}',
            {"a": "05/03/2024 14:05:06"},
            "2024-03-05T14:05:06",
        ),
        (
            'edtf = {column = "a", format = "%d/%m/%Y %I %p", offset = "+03:00"}',
            {"a": "05/03/2024 2 PM"},
            "[2024-03-05T14:00:00+03:00..2024-03-05T14:59:59+03:00]",
        ),
        ('start = "a"', {"a": "2024-03"}, "2024-03"),
        (
            'start = "a"\nend = "b"\nmeans = "duration"',
            {"a": "2024-03", "b": "2024-05"},
            "2024-03/2024-05",
        ),
        (
            'start = "a"\nend = "b"\nmeans = "possible"',
            {"a": "2024-03-05", "b": "2024-03-07"},
            "[2024-03-05..2024-03-07]",
        ),
        (
            'start = "a"\nend = "b"\nmeans = "duration"',
            {"a": "2024-03-05T14:05", "b": "2024-03-05T15"},
            "2024-03-05T14:05:00/2024-03-05T15:59:59",
        ),
        ('start = "a"\nend = "b"\nmeans = "duration"', {"a": "2024", "b": "2024"}, "2024"),
        ('start = "a"\nend = "b"\nmeans = "duration"', {"a": "2024", "b": ""}, "2024"),
    ],
)
def test_when_it_happened(occurred: str, cells: dict[str, str], edtf: str) -> None:
    assert row(f"[occurred]\n{occurred}", **cells).claims.occurred == OccurredGiven(edtf=edtf)


def test_a_phrase_is_kept_in_the_source_s_words() -> None:
    toml = 'reported_at = "said"\noccurred = {phrase = "words"}'

    found = row(toml, said="2024-03-06", words="last week")

    assert found.claims.occurred == OccurredGiven(phrase="last week")


def test_an_end_before_its_start_is_a_fault_or_leaves_the_date_out() -> None:
    toml = '[occurred]\nstart = "a"\nend = "b"\nmeans = "possible"\n'
    cells = {"a": "2024-03-05", "b": "2024-03-04"}

    assert fault(toml, **cells).column == "a and b"
    claims = row(f'{toml}reversed = "undated"', **cells).claims
    assert claims.occurred is UNSET
    assert claims.attributes == cells


def test_a_time_of_saying_without_seconds_counts_from_its_last() -> None:
    toml = 'title = "t"\nreported_at = {column = "a", format = "%d/%m/%Y %H:%M", offset = "Z"}'

    assert row(toml, t="x", a="05/03/2024 14:05").report.reported_at == "2024-03-05T14:05:59Z"


@pytest.mark.parametrize(
    ("place", "cells", "expected"),
    [
        ('name = "t"', {"t": "Norvale"}, Place(name="Norvale")),
        (
            'name = {columns = ["t", "s"]}\nprecision = {value = "town"}',
            {"t": "Norvale", "s": ""},
            Place(name="Norvale", precision="town"),
        ),
        (
            'name = {columns = ["t", "s"]}',
            {"t": "Norvale", "s": "Estra"},
            Place(name="Norvale, Estra"),
        ),
        (
            'name = "t"\nlat = "a"\nlon = "b"',
            {"t": "Norvale", "a": "10.5", "b": 20},
            Place(name="Norvale", lat=10.5, lon=20.0),
        ),
        ('lat = "a"\nlon = "b"', {"a": 1, "b": 2}, Place(name="1.0, 2.0", lat=1.0, lon=2.0)),
        ('latlon = "a"', {"a": "10.5, -20"}, Place(name="10.5, -20.0", lat=10.5, lon=-20.0)),
    ],
)
def test_where_it_happened(place: str, cells: dict[str, Any], expected: Place) -> None:
    assert row(f"[place]\n{place}", **cells).claims.place == expected


def test_who_took_part() -> None:
    toml = """
    [[actors]]
    repeat = 3
    name = "actor{n}"
    roles = {perpetrator = "actor{n} did", victim = "actor{n} hurt"}
    [[actors]]
    name = "witness"
    role = {value = "witness"}
    """
    cells = {
        "actor1": "Estra air force",
        "actor1 did": "1.0",
        "actor1 hurt": "0.0",
        "actor2": "Residents",
        "actor2 did": "yes",
        "actor2 hurt": True,
        "actor3": "Norvale council",
        "actor3 did": "",
        "actor3 hurt": "no",
        "witness": "A shopkeeper",
    }

    assert row(toml, **cells).claims.actors == (
        Actor(name="Estra air force", role="perpetrator"),
        Actor(name="Residents", role="perpetrator"),
        Actor(name="Residents", role="victim"),
        Actor(name="Norvale council"),
        Actor(name="A shopkeeper", role="witness"),
    )


def test_any_number_of_tolls_in_any_form() -> None:
    toml = """
    [[toll]]
    outcome = {value = "killed"}
    group = {value = "all"}
    low = "a"
    best = "b"
    high = "c"
    claimant = "by"
    [[toll]]
    outcome = {value = "killed"}
    group = {value = "children"}
    of = {value = "all"}
    at_least = "d"
    at_most = "e"
    [[toll]]
    outcome = {value = "displaced"}
    about = "f"
    words = "g"
    scope = "cumulative"
    since = "h"
    [[toll]]
    outcome = {value = "injured"}
    exactly = "i"
    """
    cells = {"a": 5, "b": "4.0", "c": "", "by": "Norvale clinic", "d": 1, "e": "2", "f": 1000,
             "g": "a thousand", "h": "2024-01", "i": None}  # fmt: skip

    assert row(toml, **cells).claims.toll == (
        Toll(outcome="killed", group="all", low=5, best=4, claimant="Norvale clinic"),
        Toll(outcome="killed", group="children", of="all", at_least=1, at_most=2),
        Toll(outcome="displaced", about=1000, words="a thousand", scope="cumulative",
             since="2024-01"),
    )  # fmt: skip


def test_words_for_words() -> None:
    toml = """
    kind = {column = "a", words = {"Luftangriff" = "air-strike"}, otherwise = "unknown"}
    tags = {column = "b", separator = "|", words = {"lgbtq+" = "lgbtq"}}
    title = {columns = ["c", "d"], join = " in "}
    """

    claims = row(toml, a="Luftangriff", b="lgbtq+|market|lgbtq+", c="Flood", d="Norvale").claims

    assert (claims.kind, claims.tags) == ("air-strike", ("lgbtq", "market"))
    assert claims.title == "Flood in Norvale"
    assert row(toml, a="", b="", c="", d="Norvale").claims.kind == "unknown"


def test_words_for_nothing_are_as_good_as_empty_only_where_the_mapping_says_so() -> None:
    toml = 'title = "t"\n[[toll]]\noutcome = {value = "killed"}\nexactly = "n"\n'

    assert fault(toml, t="Flood", n="n/a").column == "n"
    claims = row(f'absent = ["n/a"]\n{toml}', t="Flood", n=" n/a ").claims
    assert claims.toll is UNSET
    assert claims.attributes is UNSET


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ('"rest"', {"b": "x", "c": " spaced "}),
        ('"all"', {"id": "1", "a": "Flood", "b": "x", "c": " spaced ", "d": ""}),
        ('["a", "d"]', {"a": "Flood"}),
    ],
)
def test_which_columns_are_kept_as_attributes(chosen: str, kept: dict[str, str]) -> None:
    toml = f'title = "a"\nsummary = "c"\nattributes = {chosen}'

    assert row(toml, a="Flood", b="x", c=" spaced ", d="").claims.attributes == kept


@pytest.mark.parametrize(
    ("toml", "cells", "column", "expected"),
    [
        ('title = "a"', {"id": "", "a": "x"}, "id", "id is empty"),
        ('title = "a"', {"a": "x" * 301}, "a", "at most 300 characters"),
        ('title = "a"', {"a": ["x"]}, "a", "holds several values"),
        ('kind = "a"', {"a": "Air strike"}, "a", "`slug = true` makes it so"),
        ('tags = "a"', {"a": ["x", "Y z"]}, "a", '"Y z" is not made of small letters'),
        ('tags = "a"', {"a": [["x"]]}, "a", "is no list of words"),
        ('reported_at = "a"\ntitle = "id"', {"a": "soon"}, "a", "reported_at must be a day"),
        ('grade = "a"\ntitle = "id"', {"a": "G9"}, "a", "a grade like B2"),
        ('evidence = "a"\ntitle = "id"', {"a": "see file"}, "a", "http:// or https://"),
        ('occurred = {edtf = "a"}', {"a": "05/03/2024"}, "a", "is not an EDTF date"),
        ('occurred = {phrase = "a"}', {"a": "last week"}, "a", "against the day of the report"),
        (
            'occurred = {edtf = {column = "a", format = "%d/%m/%Y"}}',
            {"a": "31/02/2024"},
            "a",
            "not a date as %d/%m/%Y writes it",
        ),
        (
            '[occurred]\nstart = "a"\nend = "b"\nmeans = "duration"',
            {"a": "", "b": "2024"},
            "a",
            "an end and no start",
        ),
        ('place = {name = "a", lat = "b", lon = "c"}', {"a": "x", "b": 1, "c": ""}, "c", "both"),
        ('place = {name = "a", lat = "b", lon = "c"}', {"a": "x", "b": 99, "c": 1}, "b", "-90"),
        ('place = {latlon = "a"}', {"a": "10.5"}, "a", "two numbers"),
        (
            'actors = [{name = "a", roles = {victim = "b"}}]',
            {"a": "x", "b": "perhaps"},
            "b",
            "neither yes",
        ),
        ('toll = [{outcome = "a", best = "b"}]', {"a": "", "b": 1}, "a", "a is empty"),
        ('toll = [{outcome = "a", best = "b"}]', {"a": "k", "b": "-1"}, "b", "number of people"),
        ('toll = [{outcome = "a", best = "b"}]', {"a": "k", "b": 1.5}, "b", "number of people"),
        (
            'toll = [{outcome = "a", best = "b", of = "c"}]',
            {"a": "k", "b": 1, "c": "all"},
            "c",
            "no toll here counts",
        ),
        (
            'toll = [{outcome = "a", best = "b", exactly = "c"}]',
            {"a": "k", "b": 1, "c": 2},
            "c and b",
            "one form",
        ),
    ],
)
def test_a_bad_cell_is_named_by_its_line_and_column(
    toml: str, cells: dict[str, Any], column: str | None, expected: str
) -> None:
    good = {"id": "0", "x": "a good row, with every column empty"}

    _, found, _ = list(table(f'summary = "x"\n{toml}', good, {"id": "1", **cells}, good))[:3]

    assert isinstance(found, Fault)
    assert (found.line, found.column) == (2, column)
    assert expected in found.detail


# Nothing is lost


texts = st.text(st.characters(codec="utf-8", blacklist_characters="\x00"), max_size=20)
names = st.one_of(texts, st.sampled_from(["A", "a", "A-1", "a-1", " a", "a b"]))
dates = st.sampled_from(["", "2024", "2024-03-05", "2024-03-06 ", "2024-03-07", "2024-03-08"])
places = st.sampled_from([("", ""), ("10.5", "20"), ("10.50", "-20.25"), (" 7", "8e0"), ("1", "x")])
ITEMS = st.fixed_dictionaries(
    {
        "id": names,
        "event": names,
        "title": texts,
        "who": names,
        "from": dates,
        "to": dates,
        "town": texts,
        "actor": names,
        "hurt": st.sampled_from(["", "1", "1.0", "no", "X", "0"]),
        "killed": st.sampled_from(["", "0", "12", "12.0", " 7", "٣", "-1", "007"]),
        "tag": st.sampled_from(["", "market", "Market", "a;b", "a;a", "a; b", "a;", "lgbtq+"]),
        "first": names,
        "second": names,
        "other": texts,
    }
)
NAMES = ("id", "event", "title", "who", "from", "to", "town", "lat", "lon", "actor", "hurt",
         "killed", "tag", "first", "second", "other")  # fmt: skip
KEEPS = load(
    b"""
dataset = "norvale"
id = "id"
occurrence = "event"
title = "title"
source = {name = {column = "who", otherwise = "not named"}}
tags = {column = "tag", slug = true, separator = ";"}
via = ["first", "second"]
occurred = {start = "from", end = "to", means = "possible", reversed = "undated"}
place = {name = "town", lat = "lat", lon = "lon"}
actors = [{name = "actor", roles = {victim = "hurt"}}]
toll = [{outcome = {value = "killed"}, best = "killed"}]
"""
)


@given(st.lists(st.tuples(ITEMS, places), max_size=4))
def test_every_cell_is_found_again_word_for_word(
    drawn: list[tuple[dict[str, str], tuple[str, str]]],
) -> None:
    # given
    items = [{**item, "lat": lat, "lon": lon} for item, (lat, lon) in drawn]
    out = io.StringIO()
    writer = csv.DictWriter(out, NAMES)
    writer.writeheader()
    writer.writerows(items)

    # when
    found = list(read(io.BytesIO(out.getvalue().encode()), KEEPS))

    # then
    kept = [item for item in items if any(item.values())]
    for item, one in zip(kept, found, strict=True):
        if isinstance(one, Row):
            for name in NAMES:
                # of a cell with spaces alone it is not kept how many there were
                assert recovered(one, name) == item[name] or not item[name].strip(), name


def recovered(row: Row, name: str) -> str | None:
    """What a cell held, by what the documentation says of each claim."""
    attributes = row.claims.attributes or {}
    if name in attributes:
        return str(attributes[name])
    claims, report = row.claims, row.report
    occurred = (claims.occurred or OccurredGiven()).edtf or ""
    first, _, last = occurred.strip("[]").partition("..")
    place = claims.place or Place(name="")
    values: dict[str, Any] = {
        "id": row.record.removeprefix("norvale/"),
        "event": (row.occurrence or "").removeprefix("norvale-"),
        "title": claims.title,
        "who": report.source.name,
        "from": first,
        "to": last or first,
        "town": place.name,
        "lat": place.lat,
        "lon": place.lon,
        "hurt": None,  # a role does not say in which word it was said
        "actor": claims.actors and claims.actors[0].name,
        "killed": claims.toll and claims.toll[0].best,
        "tag": ";".join(claims.tags or ()),
    }
    return str(values.get(name))


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!"])
def test_a_spreadsheet_s_error_is_no_value_unless_it_is_said_to_be_none(error: str) -> None:
    found = fault('title = "a"', a=error)

    assert (found.column, "is a spreadsheet's error" in found.detail) == ("a", True)
    assert (
        row(f'title = "a"\nsummary = "b"\nabsent = ["{error}"]', a=error, b="x").claims.title
        is UNSET
    )


@pytest.mark.parametrize("number", [2.0**53, 1e22, 123456789012345678.0])
def test_an_id_that_lost_digits_as_a_number_is_refused(number: float) -> None:
    items = [{"id": number, "a": "x"}]

    found = only_fault(table('title = "a"', *items))

    assert (found.column, "keep all its digits" in found.detail) == ("id", True)


def test_a_long_number_of_a_workbook_is_refused_and_one_as_text_is_not() -> None:
    mapping = load(f'{LEAST}file = {{form = "xlsx"}}\ntitle = "a"'.encode())
    stream = book(["id", "a"], [10**15, "x"], ["1234567890123456789", "y"], [10**15 - 1, "z"])

    one, two, three = read(stream, mapping)

    assert isinstance(one, Fault)
    assert (one.line, one.column) == (2, "id")
    assert isinstance(two, Row)
    assert isinstance(three, Row)
    assert (two.record, three.record) == ("norvale/1234567890123456789", "norvale/999999999999999")
