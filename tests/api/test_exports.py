"""Goal: a listing is had in the format that is asked for, whole or as the page that was asked for,
and says what it is of and what it lacks; a file that was cut short does not look whole.

Method: records that are hard to write are asked for over HTTP in each format, and read back with
readers that are not ours. Streams are broken on a real server.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest

from api import exporting
from api.exporting import FORMS
from domain.errors import Unavailable
from domain.query import Query
from exchange.columns import parted
from exchange.defused import fused
from store.read import Extent
from store.store import Store
from tests.api.asking import OCCURRENCES, TIMELINES, refused
from tests.exporting import HARD, file, report

NORVALE = f"{TIMELINES}/norvale"
Json = dict[str, Any]


@pytest.fixture
async def norvale(store: Store, chronicle: str) -> str:
    """A chronicle with the hard records in it."""
    await file(store, chronicle, *HARD)
    return chronicle


async def got(client: httpx.AsyncClient, path: str = NORVALE, **asked: Any) -> httpx.Response:
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer


def rows(answer: httpx.Response | bytes) -> list[dict[str, str]]:
    """CSV as Python's own reader has it."""
    body = answer if isinstance(answer, bytes) else answer.content
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True))


# Which format


@pytest.mark.parametrize("name", FORMS)
async def test_a_format_is_had_by_its_name_and_by_its_media_type(
    reader: httpx.AsyncClient, norvale: str, name: str
) -> None:
    form = FORMS[name]
    by_name = await got(reader, format=name)
    by_type = await reader.get(NORVALE, headers={"Accept": form.media_type})

    assert by_name.content == by_type.content
    assert by_name.headers["content-type"].partition(";")[0] == form.media_type
    for answer in (by_name, by_type):
        assert answer.headers["vary"] == "Accept, Authorization"
        assert answer.headers["etag"] == by_name.headers["etag"]
        assert re.fullmatch(
            rf'attachment; filename="norvale_latest_basis-7.{form.suffix}"',
            answer.headers["content-disposition"],
        )


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/*", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0.5, application/*;q=0.6", "application/json"),
        ("*/*, application/json;q=0", "application/x-ndjson"),
        ("TEXT/CSV; charset=utf-8", "text/csv"),
        ("text/csv;q=2, application/x-ndjson;q=0.001", "application/x-ndjson"),
    ],
)
async def test_accept_is_weighed(
    reader: httpx.AsyncClient, norvale: str, accept: str, expected: str
) -> None:
    answer = await reader.get(NORVALE, headers={"Accept": accept})

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == expected


@pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "application/json;q=0.0", "csv"])
async def test_what_is_not_to_be_had_is_refused_with_the_list(
    reader: httpx.AsyncClient, norvale: str, accept: str
) -> None:
    refused(
        await reader.get(NORVALE, headers={"Accept": accept}),
        406,
        "not-acceptable",
        *(f"{form.media_type} (format={name})" for name, form in FORMS.items()),
    )
    named = await reader.get(NORVALE, params={"format": "csv"}, headers={"Accept": accept})
    assert named.headers["content-type"] == "text/csv; charset=utf-8"


async def test_what_does_not_fit_the_format_is_refused(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    for asked, said in [
        ({"format": "pdf"}, "one of json, ndjson"),
        ({"format": "ndjson", "bom": "true"}, "CSV only"),
        ({"bom": "true"}, "CSV only"),
        ({"format": "csv", "bom": "yes"}, "true or false"),
        ({"format": "csv", "claims": "all"}, "JSON and NDJSON"),
    ]:
        refused(await reader.get(NORVALE, params=asked), 400, "malformed", said)
    refused(await reader.get(f"{TIMELINES}/nowhere?format=csv"), 404, "not-found")


# NDJSON


async def test_lines_are_the_entries_of_json_between_what_it_is_and_the_end(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    listing = (await got(reader)).json()
    lines = [json.loads(line) for line in (await got(reader, format="ndjson")).text.splitlines()]

    assert lines[1:-1] == listing["entries"]
    about, end = lines[0]["about"], lines[-1]
    assert end == {"end": {"rows": 5, "next": None}}
    for name in ("as_of", "basis", "settled", "policy", "rules", "cite", "title", "left_out"):
        assert about[name] == listing[name]
    assert about["rows"] == 5
    assert about["permalink"] == f"{listing['permalink']}&format=ndjson"


async def test_lines_show_the_claims_that_are_asked_for(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    listing = (await got(reader, claims="all")).json()
    answer = await got(reader, format="ndjson", claims="all")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[1:-1] == listing["entries"]
    assert [len(entry["claims"]) for entry in lines[1:-1]] == [1, 1, 2, 1, 1]


# CSV


async def test_a_row_says_what_the_entry_says(reader: httpx.AsyncClient, norvale: str) -> None:
    entries = {e["occurrence"]: e for e in (await got(reader)).json()["entries"]}
    found = rows(await got(reader, format="csv"))

    assert [row["occurrence"] for row in found] == list(entries)
    for row in found:
        entry = entries[row["occurrence"]]
        for name in ("title", "summary", "kind", "id", "version", "independent", "known_from"):
            assert fused(row[name]) == ("" if entry[name] is None else str(entry[name]))
        when = entry["occurred"] or {}
        assert fused(row["occurred"]) == when.get("edtf", "")
        for name in ("earliest", "start_latest", "end_earliest", "latest", "phrase"):
            assert fused(row[name]) == (when.get(name) or "")
        place = entry["place"] or {}
        assert fused(row["place"]) == place.get("name", "")
        for name in ("lat", "lon"):
            assert (float(row[name]) if row[name] else None) == place.get(name)
        area = place.get("area") or {}
        for name in ("radius_m", "west", "south", "east", "north"):
            assert (float(row[name]) if row[name] else None) == area.get(name)
        for name in ("tags", "status", "differ", "contested"):
            assert parted(fused(row[name])) == entry[name]
        assert json.loads(fused(row["attributes"]) or "null") == entry["attributes"]


async def test_several_values_are_parted_again_whatever_they_hold(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    (row,) = [r for r in rows(await got(reader, format="csv")) if r["kind"] == "shelling"]

    assert row["actors"] == r"Norvale Guard \| East [perpetrator] | Estra \\ Relief"
    assert parted(row["actors"]) == ["Norvale Guard | East [perpetrator]", "Estra \\ Relief"]
    assert parted(row["sources"]) == ["Estra Observer", "Tellin Radio"]


async def test_a_figure_stands_beside_its_doubt_and_unknown_is_never_nought(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    found = {row["occurrence"]: row for row in rows(await got(reader, format="csv"))}

    def figures(occurrence: str, outcome: str) -> tuple[str, ...]:
        parts = ("low", "best", "high", "claimant", "claimants")
        return tuple(found[occurrence][f"toll_{outcome}_{part}"] for part in parts)

    assert figures("norvale-shelling", "killed") == ("3", "5", "", "Tellin Radio", "2")
    assert figures("norvale-shelling", "injured") == ("", "20", "", "Estra Observer", "1")
    assert figures("estra-island", "killed") == ("0", "0", "0", "Estra Observer", "1")
    assert figures("estra-island", "injured") == ("",) * 5
    shelling = found["norvale-shelling"]
    assert "cumulative since 2019-04: 100 to 150, best 120" in shelling["toll_cumulative"]
    assert "100" not in shelling["toll"]


async def test_every_row_says_what_the_file_is_of(reader: httpx.AsyncClient, norvale: str) -> None:
    asked = {"as_of": "2019-08-28", "during": "2019-08", "match": "possible"}
    answer = await got(reader, format="csv", **asked)
    found = rows(answer)

    assert [row["occurrence"] for row in found] == [
        "tellin-siege",
        "norvale-shelling",
        "estra-island",
    ]
    for number, row in enumerate(found, start=1):
        assert (row["as_of"], row["basis"], row["policy"]) == ("2019-08-28", "7", "graded-latest/1")
        assert row["filters"] == "during=2019-08; match=possible"
        assert row["left_out"].startswith("1 without a date, so that during cannot judge them; ")
        assert "as known on 2019-08-28" in row["cite"]
        assert (row["row"], row["rows"]) == (str(number), "3")
        again = await reader.get(f"http://localhost{row['permalink']}")
        assert again.content == answer.content
        one = await reader.get(f"http://localhost{row['link']}")
        assert one.json()["entry"]["id"] == row["id"]
    assert answer.headers["content-disposition"].endswith('"norvale_as-of-2019-08-28_basis-7.csv"')


async def test_the_byte_order_mark_is_there_on_request(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    plain, marked = await got(reader, format="csv"), await got(reader, format="csv", bom="true")

    assert plain.content.startswith(b"occurrence,")
    assert marked.content.startswith(b"\xef\xbb\xbfoccurrence,")
    assert plain.headers["etag"] != marked.headers["etag"]
    again = await reader.get(f"http://localhost{rows(plain)[0]['permalink']}")
    assert again.content == plain.content


async def test_nothing_in_a_cell_is_a_formula(reader: httpx.AsyncClient, norvale: str) -> None:
    found = rows(await got(reader, format="csv"))

    by_name = {row["occurrence"]: row for row in found}
    assert by_name["estra-island"]["title"].startswith("'=HYPERLINK(")
    assert by_name["estra-island"]["lat"] == "-17.0"
    assert by_name["tellin-founding"]["occurred"] == "'-0044-03-15"
    assert by_name["norvale-rumour"]["title"].startswith("'Ayn")
    for row in found:
        for value in row.values():
            assert not re.match(r"[=+@\t\r]|-(?![0-9.]+$)", value), value


# Whole, or a page


async def test_all_pages_are_written_as_they_were_at_the_first(
    reader: httpx.AsyncClient, store: Store, chronicle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LIMIT_MOST", 2)
    await file(store, chronicle, *(report(f"fire-{n}", title=f"Fire {n}") for n in range(5)))

    for name in ("csv", "ndjson"):
        whole = await got(reader, OCCURRENCES, format=name)
        assert whole.text.count('"fire-' if name == "ndjson" else "\r\nfire-") >= 5
    ids = [row["occurrence"] for row in rows(await got(reader, OCCURRENCES, format="csv"))]
    assert sorted(ids) == [f"fire-{n}" for n in range(5)]


async def test_pages_that_are_asked_for_lead_to_each_other_and_have_the_same_columns(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    whole = rows(await got(reader, format="csv", sort="-occurred"))
    answer = await got(reader, format="csv", sort="-occurred", limit=2)
    pages = [answer]
    while 'rel="next"' in answer.headers["link"]:
        address = re.search(r'<([^>]*)>; rel="next"', answer.headers["link"])[1]
        assert address in rows(answer)[0]["left_out"]
        answer = await reader.get(f"http://localhost{address}")
        pages.append(answer)

    assert [len(rows(page)) for page in pages] == [2, 2, 1]
    assert [r["id"] for page in pages for r in rows(page)] == [r["id"] for r in whole]
    assert len({tuple(rows(page)[0]) for page in pages}) == 1
    assert [r["row"] for r in rows(pages[1])] == ["1", "2"]


async def test_more_than_one_file_may_hold_is_refused_and_can_be_had_in_pages(
    reader: httpx.AsyncClient, norvale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from msgspec.structs import replace

    small = {name: replace(form, most=4) if form.most else form for name, form in FORMS.items()}
    monkeypatch.setattr(exporting, "FORMS", small)

    answer = await reader.get(NORVALE, params={"format": "csv"})
    refused(answer, 422, "invalid", "More than 4 entries are selected", "limit=")
    assert len(rows(await got(reader, format="csv", limit=1000))) == 5
    assert len(rows(await got(reader, format="csv", kind="shelling"))) == 1


# Conditions


@pytest.mark.parametrize("name", FORMS)
async def test_who_has_it_is_told_so_and_head_is_told_all_but_the_body(
    reader: httpx.AsyncClient, store: Store, norvale: str, name: str
) -> None:
    answer = await got(reader, format=name)
    head = await reader.head(NORVALE, params={"format": name})
    same = {"If-None-Match": answer.headers["etag"]}
    unchanged = await reader.get(NORVALE, params={"format": name}, headers=same)

    for header in ("etag", "vary", "link", "content-disposition", "content-type"):
        assert head.headers[header] == answer.headers[header]
    assert head.content == b""
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == answer.headers["etag"]

    pinned = await got(reader, format=name, basis=7)
    await file(store, norvale, report("norvale-fire", title="Fire", tags=["norvale"]))
    changed = await reader.get(NORVALE, params={"format": name}, headers=same)
    assert changed.status_code == 200
    assert changed.headers["etag"] != answer.headers["etag"]
    assert (await got(reader, format=name, basis=7)).content == pinned.content


async def test_formats_have_etags_of_their_own_that_begin_with_the_version(
    reader: httpx.AsyncClient, norvale: str
) -> None:
    tags = [(await got(reader, format=name)).headers["etag"] for name in ("json", *FORMS)]

    assert len(set(tags)) == len(tags)
    assert all(tag.startswith('"1-') for tag in tags)


@pytest.mark.parametrize("name", ["csv", "ndjson"])
async def test_what_is_appended_while_a_file_is_written_is_not_in_it(
    reader: httpx.AsyncClient, store: Store, norvale: str, name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    pinned = await got(reader, format=name, basis=7)
    monkeypatch.setattr(exporting, "LIMIT_MOST", 2)

    made = await exporting.export(store, norvale, "norvale", Query(), name, paged=False)
    pieces = [await anext(made.pieces), await anext(made.pieces)]
    await file(
        store,
        norvale,
        report("norvale-fire", title="Fire", tags=["norvale"]),
        report("norvale-rumour", title="No rumour"),
    )
    pieces += [piece async for piece in made.pieces]

    assert b"".join(pieces) == pinned.content


async def test_a_file_that_has_fewer_rows_than_were_counted_is_not_ended(
    reader: httpx.AsyncClient, store: Store, norvale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counted(*_: Any) -> Extent:
        return Extent(6, ())

    monkeypatch.setattr("store.read.Reader.extent", counted)
    made = await exporting.export(store, norvale, "norvale", Query(), "ndjson", paged=False)

    with pytest.raises(Unavailable, match="6 entries were to be written, and 5 were found"):
        await drained(made)


async def drained(made: exporting.Export) -> None:
    async for _ in made.pieces:
        pass
