"""Goal: the seeds are well-formed, say what their sources say, and show what their README says.

Method: read the packaged NDJSON as plain JSON, with a hand-written account of the event format;
compare each UCDP figure with GED's own row, and the README's tables with the raw reports. No
code of the other rooms takes part, so a slip there cannot hide one here.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import seeds

PROJECT = Path(__file__).parents[2]
README = PROJECT / "seeds" / "README.md"
ARTICLE_DAY = date(2019, 8, 27)

EVENTS: list[dict[str, Any]] = [json.loads(line) for line in seeds.events().splitlines()]
REPORTS = [event for event in EVENTS if event["type"] == "report.filed"]
LINKS = [event for event in EVENTS if event["type"] == "occurrence.linked"]
TIMELINES = {event["timeline"]: event for event in EVENTS if event["type"] == "timeline.defined"}

FIELDS = {
    "report.filed": {"type", "event_id", "occurrence", "report", "claims"},
    "occurrence.linked": {"type", "event_id", "occurrence", "to", "relation", "reported_at"},
    "timeline.defined": {"type", "event_id", "timeline", "title", "description", "select",
                         "include", "exclude", "expected_version"},
    "report": {"source", "via", "document", "reported_at", "language"},
    "source": {"name", "url"},
    "claims": {"title", "summary", "kind", "occurred", "place", "actors", "toll", "tags",
               "attributes"},
    "occurred": {"edtf", "phrase"},
    "place": {"name", "lat", "lon", "precision"},
    "actor": {"name", "role"},
    "toll": {"outcome", "group", "exactly", "at_least", "at_most", "about", "low", "best", "high",
             "words", "claimant", "scope", "since", "of"},
    "select": {"during", "match", "kind", "tag"},
}  # fmt: skip
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of the README, row by row, without its head."""
    section = README.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


def unexpected(kind: str, fields: dict[str, Any]) -> list[str]:
    return [f"{kind}.{name}" for name in fields.keys() - FIELDS[kind]]


def surplus_fields(event: dict[str, Any]) -> list[str]:
    """The fields of a seed event that the event format does not have."""
    found = unexpected(event["type"], event)
    if event["type"] == "timeline.defined":
        return found + unexpected("select", event["select"])
    if event["type"] == "occurrence.linked":
        return found
    claims, report = event["claims"], event["report"]
    found += unexpected("report", report) + unexpected("source", report["source"])
    found += unexpected("claims", claims) + unexpected("occurred", claims["occurred"])
    found += unexpected("place", claims.get("place", {}))
    for actor in claims.get("actors", []):
        found += unexpected("actor", actor)
    for toll in claims.get("toll", []):
        found += unexpected("toll", toll)
    return found


def test_each_line_is_one_event_of_a_known_type_without_unknown_fields() -> None:
    assert Counter(event["type"] for event in EVENTS) == {
        "report.filed": 29, "occurrence.linked": 13, "timeline.defined": 2,
    }  # fmt: skip
    assert [surplus for event in EVENTS for surplus in surplus_fields(event)] == []


def test_event_ids_are_version_seven_of_their_making_day_and_rise_line_by_line() -> None:
    ids = [UUID(event["event_id"]) for event in EVENTS]

    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert {datetime.fromtimestamp((i.int >> 80) / 1000, UTC).date() for i in ids} == {
        date(2026, 11, 22)
    }
    assert all(before < after for before, after in pairwise(ids))
    assert [str(i) for i in ids] == [event["event_id"] for event in EVENTS]


def test_occurrences_and_timelines_are_named_by_slugs() -> None:
    names = [event["occurrence"] for event in REPORTS + LINKS]
    names += [link["to"] for link in LINKS] + list(TIMELINES)

    assert [name for name in names if not SLUG.fullmatch(name)] == []


def test_reports_come_in_the_order_in_which_they_were_made() -> None:
    days = [date.fromisoformat(event["report"]["reported_at"]) for event in REPORTS]

    assert days == sorted(days)


def test_nothing_happened_after_it_was_reported() -> None:
    for event in REPORTS:
        edtf = event["claims"]["occurred"].get("edtf", "")
        assert edtf <= event["report"]["reported_at"], event["occurrence"]


def test_reports_of_one_document_have_one_source_and_one_reported_day() -> None:
    documents: dict[str, set[tuple[str, str]]] = {}
    for event in REPORTS:
        report = event["report"]
        said = (report["source"]["name"], report["reported_at"])
        documents.setdefault(report["document"], set()).add(said)

    assert all(len(said) == 1 for said in documents.values()), documents
    assert documents["trt-2019-08-27"] == {("TRT World", "2019-08-27")}


def test_a_toll_has_one_form_of_figure_and_cumulative_tolls_say_since_when() -> None:
    forms = [{"exactly"}, {"at_least"}, {"at_most"}, {"about"}, {"low", "best", "high"}, set()]
    for event in REPORTS:
        for toll in event["claims"].get("toll", []):
            given = toll.keys() & set().union(*forms)
            assert given in forms, toll
            assert given or toll["words"]
            assert ("since" in toll) == (toll.get("scope") == "cumulative"), toll


def test_a_part_of_a_group_names_a_group_of_the_same_report_that_is_not_smaller() -> None:
    parts = []
    for event in REPORTS:
        groups = {toll.get("group"): toll for toll in event["claims"].get("toll", [])}
        for toll in groups.values():
            if "of" in toll:
                parts.append((toll["group"], toll["of"]))
                assert toll["exactly"] <= groups[toll["of"]]["exactly"]

    assert parts == [("rebels", "opponents")]


def test_more_than_a_number_is_entered_as_at_least_that_number_with_its_words() -> None:
    at_least = {
        toll["at_least"]: toll["words"]
        for event in REPORTS
        for toll in event["claims"].get("toll", [])
        if "at_least" in toll
    }

    assert at_least == {n: f"more than {n:,}" for n in (50, 920, 370_000, 400_000)}


def test_the_articles_figures_are_filed_under_the_one_who_gave_them() -> None:
    figures = [
        (event["report"].get("via", ["TRT World"])[-1], toll.get("group"), toll.get("words")
         or toll["exactly"])
        for event in REPORTS
        if event["report"]["document"] == "trt-2019-08-27"
        for toll in event["claims"].get("toll", [])
    ]  # fmt: skip

    assert figures == [
        ("TRT World", None, "more than 370,000"),
        ("TRT World", None, "millions"),
        ("SOHR", "civilians", "more than 920"),
        ("UN", None, "more than 400,000"),
        ("SOHR", "civilians", 12),
        ("SOHR", "combatants", "more than 50"),
        ("SOHR", "government forces", 23),
        ("SOHR", "opponents", 20),
        ("SOHR", "rebels", 13),
        ("SOHR", "rebels", 8),
    ]


def test_links_point_to_filed_occurrences_and_are_not_older_than_either_end() -> None:
    first_known: dict[str, str] = {}
    for event in EVENTS:
        if event["type"] == "report.filed":
            first_known.setdefault(event["occurrence"], event["report"]["reported_at"])
        if event["type"] == "occurrence.linked":
            for end in (event["occurrence"], event["to"]):
                assert first_known[end] <= event["reported_at"]
            assert event["relation"] in {"part-of", "follows", "breaches"}


def test_part_of_links_are_a_forest() -> None:
    pairs = [(e["occurrence"], e["to"]) for e in LINKS if e["relation"] == "part-of"]
    whole = dict(pairs)

    assert len(whole) == len(pairs) == 8, "no occurrence is part of two"
    for part in whole:
        above = [part]
        while above[-1] in whole:
            above.append(whole[above[-1]])
            assert len(set(above)) == len(above), f"{above} is a circle"


def test_titles_sentences_and_groups_use_neither_sides_words() -> None:
    words = "regime|terroris|liberat|martyr|occupied|occupation|jihad|militia"
    loaded = re.compile(words, re.IGNORECASE)
    text = json.dumps(
        [(e["claims"], e.get("description")) for e in REPORTS] + list(TIMELINES.values())
    )

    assert loaded.findall(text) == []


# What the README says


def year_span(occurred: dict[str, str]) -> tuple[int, int]:
    """The first and last year that an occurrence may lie in, from its EDTF or README phrase."""
    if "edtf" in occurred:
        return int(occurred["edtf"][:4]), int(occurred["edtf"][:4])
    spans = {phrase: (start, end) for phrase, start, _, end in table("Phrases")}
    start, end = spans[occurred["phrase"]]
    return int(start[:4]), 9999 if end == "still going on" else int(end[:4])


def selected(timeline: str, event: dict[str, Any]) -> bool:
    """Whether a timeline's definition takes a report's occurrence, by tag, year or name."""
    definition = TIMELINES[timeline]
    if event["occurrence"] in definition.get("include", []):
        return True
    during = definition["select"].get("during")
    first, last = year_span(event["claims"]["occurred"])
    in_time = during is None or first <= int(during) <= last
    return in_time and bool(set(definition["select"]["tag"]) & set(event["claims"]["tags"]))


def test_what_each_timeline_shows_as_of_each_day_is_what_the_readme_says() -> None:
    shown: dict[str, set[str]] = {name: set() for name in TIMELINES}
    rows = table("What the timelines show")

    assert len(rows) == 8
    for day, timeline, entries, reports, new in rows:
        shown[timeline] |= {name.strip() for name in new.split(",") if name.strip()}
        known = [
            event
            for event in REPORTS
            if event["report"]["reported_at"] <= day and selected(timeline, event)
        ]
        assert {event["occurrence"] for event in known} == shown[timeline], (day, timeline)
        assert (len(shown[timeline]), len(known)) == (int(entries), int(reports))


def test_every_report_of_an_occurrence_carries_the_tags_that_select_it() -> None:
    tags: dict[str, set[tuple[str, ...]]] = {}
    for event in REPORTS:
        tags.setdefault(event["occurrence"], set()).add(tuple(event["claims"]["tags"]))

    assert {name: given for name, given in tags.items() if len(given) > 1} == {}


def test_the_readme_explains_every_phrase_and_no_other() -> None:
    used = {
        event["claims"]["occurred"]["phrase"]
        for event in REPORTS
        if "phrase" in event["claims"]["occurred"]
    }

    phrases = table("Phrases")
    assert {row[0] for row in phrases} == used
    for phrase, first, last, end in phrases:
        ends = [] if end == "still going on" else [date.fromisoformat(end)]
        said = [date.fromisoformat(first), date.fromisoformat(last), *ends]
        assert said == sorted(said)
        assert said[-1] <= ARTICLE_DAY
        if " on " in f" {phrase} ":
            assert f"{said[0]:%A}" == phrase.split()[-1]
            assert (ARTICLE_DAY - said[0]).days < 7


# What UCDP says


@pytest.fixture(scope="module")
def ged_rows(shared_data: Callable[[str], Path]) -> dict[int, dict[str, str]]:
    extract = shared_data("ucdp_ged_syria_2016_2019.csv.gz")
    wanted = {event["claims"]["attributes"]["ged_id"] for event in ucdp_reports()}
    with gzip.open(extract, "rt", encoding="utf-8", newline="") as file:
        return {int(row["id"]): row for row in csv.DictReader(file) if int(row["id"]) in wanted}


def ucdp_reports() -> list[dict[str, Any]]:
    return [event for event in REPORTS if event["report"]["source"]["name"] == "UCDP"]


def test_the_eleven_events_of_ged_are_all_here() -> None:
    ids = {event["claims"]["attributes"]["ged_id"] for event in ucdp_reports()}

    assert ids == {305891, 305903, 305909, *range(306671, 306677), 307003, 307012}


def test_every_ucdp_figure_is_the_figure_in_its_row(ged_rows: dict[int, dict[str, str]]) -> None:
    column = {"government forces": "deaths_a", "insurgents": "deaths_b",
              "civilians": "deaths_civilians"}  # fmt: skip
    counted: Counter[int] = Counter()
    for event in ucdp_reports():
        ged_id = event["claims"]["attributes"]["ged_id"]
        row = ged_rows[ged_id]
        tolls = event["claims"].get("toll", [])
        if not tolls:
            continue
        counted[ged_id] += 1
        best = {column[t["group"]]: t.get("exactly", t.get("best")) for t in tolls}
        assert best == {c: int(row[c]) for c in column.values() if row[c] != "0"}, ged_id
        bands = [(t.get("low", n), n, t.get("high", n)) for t in tolls
                 for n in (t.get("exactly", t.get("best")),)]  # fmt: skip
        sums = [sum(bound) for bound in zip(*bands, strict=True)]
        assert sums == [int(row["low"]), int(row["best"]), int(row["high"])], ged_id
        assert row["deaths_unknown"] == "0"
        assert {t["claimant"] for t in tolls} == {"UCDP"}

    assert counted == dict.fromkeys(ged_rows, 1), "each row's figures are filed once"


def test_ucdp_reports_keep_their_rows_day_place_and_document(
    ged_rows: dict[int, dict[str, str]],
) -> None:
    for event in ucdp_reports():
        claims, report = event["claims"], event["report"]
        row = ged_rows[claims["attributes"]["ged_id"]]
        place = claims["place"]
        assert claims["occurred"] == {"edtf": row["date_start"]} == {"edtf": row["date_end"]}
        assert report["document"] == f"ucdp-ged-{row['id']}"
        assert report["reported_at"] == max(row["source_date"].split(";"))
        assert place["lat"] == pytest.approx(float(row["latitude"]), abs=5.1e-5)
        assert place["lon"] == pytest.approx(float(row["longitude"]), abs=5.1e-5)
        assert row["where_coordinates"].startswith(place["name"])
        near = row["where_prec"] == "2"
        assert place["precision"] == ("near" if near else row["where_coordinates"].split()[-1])


def test_each_office_that_ged_names_is_the_origin_of_one_report(
    ged_rows: dict[int, dict[str, str]],
) -> None:
    offices: dict[int, list[str]] = {ged_id: [] for ged_id in ged_rows}
    for event in ucdp_reports():
        offices[event["claims"]["attributes"]["ged_id"]] += event["report"]["via"]

    for ged_id, row in ged_rows.items():
        assert sorted(offices[ged_id]) == sorted(set(row["source_office"].split(";")))


def test_no_five_words_in_a_row_are_those_of_a_headline(
    ged_rows: dict[int, dict[str, str]],
) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}

    headlines = set().union(*(runs(row["source_headline"]) for row in ged_rows.values()))
    for event in REPORTS:
        claims = event["claims"]
        assert not headlines & (runs(claims["title"]) | runs(claims.get("summary", "")))
