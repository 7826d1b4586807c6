"""Goal: a file sent over HTTP becomes reports, or it is said why not, row by row.

Method: a made-up table and a made-up timeline are sent in process; what was filed is read back.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

import httpx
import pytest

from api import imports
from api.importing import Imported, Options, Watching, reading, run
from api.settings import Settings
from domain.errors import Invalid
from store.importing import Import
from store.store import Store
from tests.api.asking import OCCURRENCES, head_of, refused
from tests.api.conftest import asking, running
from tests.exchange import test_ged

CSV = {"Content-Type": "text/csv"}
MAPPING = """
dataset = "norvale"
id = "No"
title = "What"
source = {name = {column = "Who"}}
occurred = {edtf = "When"}
toll = [{outcome = {value = "killed"}, exactly = "Killed"}]
"""
TABLE = """No,What,Who,When,Killed
1,Flood,Norvale Post,2024-03-04,2
2,Storm,Estra Radio,2024-03-05,
"""
TIMELINE = {
    "events": [
        {
            "unique_id": "flood",
            "start_date": {"year": "2024", "month": "3"},
            "text": {"headline": "Flood in Norvale"},
        }
    ]
}


async def sent(
    client: httpx.AsyncClient, content: str | bytes = TABLE, **given: str
) -> dict[str, Any]:
    query = {"format": "table", "mapping": MAPPING, **given}
    answer = await client.post("imports", params=query, content=content, headers=CSV)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(answer: dict[str, Any]) -> dict[str, int]:
    """The counts that are not nothing."""
    return {n: v for n, v in answer.items() if type(v) is int and v and n != "basis"}


async def test_each_row_is_filed_once(writer: httpx.AsyncClient) -> None:
    first = await sent(writer)
    again = await sent(writer)

    assert counts(first) == {"filed": 2}
    assert (first["dataset"], first["release"], first["basis"]) == ("norvale", None, 2)
    assert counts(again) == {"unchanged": 2}
    assert again["basis"] == await head_of(writer) == 2
    listed = (await writer.get(OCCURRENCES)).json()["entries"]
    assert [entry["occurrence"] for entry in listed] == ["norvale-1", "norvale-2"]
    assert [entry["sources"][0]["name"] for entry in listed] == ["Norvale Post", "Estra Radio"]


async def test_a_release_corrects_refiles_and_retracts(writer: httpx.AsyncClient) -> None:
    # given
    await sent(writer, TABLE + "3,Fire,Estra Radio,2024-03-06,\n", release="2024-04-01")
    changed = TABLE.replace(",2\n", ",3\n").replace("Estra Radio", "Tellin Radio")

    # when
    without = await sent(writer, changed)
    trial = await sent(writer, changed, release="2024-05-01", dry_run="true")
    position = await head_of(writer)
    done = await sent(writer, changed, release="2024-05-01")

    # then
    assert counts(without) == {"changed": 2}
    assert without["changes"] == [
        {"line": 2, "record": "norvale/1", "fields": ["toll"]},
        {"line": 3, "record": "norvale/2", "fields": ["source"]},
    ]
    assert position == 3
    assert counts(trial) == counts(done) == {"corrected": 1, "refiled": 1, "retracted": 1}
    assert (trial["dry_run"], done["dry_run"]) == (True, False)
    assert await head_of(writer) == 3 + 1 + 2 + 1


async def test_a_bad_row_is_told_by_line_and_column_and_the_others_are_filed(
    writer: httpx.AsyncClient,
) -> None:
    bad = TABLE + "3,Fire,Estra Radio,tomorrow,\n4,Fire,Estra Radio,2024-03-06,few\n2,Again,X,,\n"

    strict = await sent(writer, bad, strict="true")
    nothing = await head_of(writer)
    done = await sent(writer, bad)

    assert counts(strict) == counts(done) == {"filed": 2, "refused": 3}
    assert (strict["dry_run"], nothing, await head_of(writer)) == (True, 0, 2)
    assert [(f["line"], f["column"]) for f in done["faults"]] == [
        (4, "When"),
        (5, "Killed"),
        (6, "No"),
    ]
    assert "before" in done["faults"][2]["detail"]


async def test_rows_that_cannot_be_read_are_not_taken_to_be_gone(
    writer: httpx.AsyncClient,
) -> None:
    await sent(writer, release="2024-04-01")

    done = await sent(writer, TABLE.replace("2024-03-05", "tomorrow"), release="2024-05-01")

    assert counts(done) == {"unchanged": 1, "refused": 1}
    assert done["whole"] is False


async def test_where_a_file_breaks_off_is_a_fault_behind_the_rows_before(
    writer: httpx.AsyncClient,
) -> None:
    done = await sent(writer, TABLE + '3,"Fire')

    assert counts(done) == {"filed": 2, "refused": 1}
    assert "not CSV as of line" in done["faults"][0]["detail"]


async def test_a_timeline_names_its_source(writer: httpx.AsyncClient) -> None:
    query = {"format": "timelinejs", "speaker": "Norvale Post"}

    answer = await writer.post("imports", params=query, json=TIMELINE)

    assert counts(answer.json()) == {"filed": 1}
    assert (await writer.get(f"{OCCURRENCES}/norvale-post-flood")).status_code == 200


async def test_a_zipped_file_is_read_as_what_is_in_it(writer: httpx.AsyncClient) -> None:
    assert counts(await sent(writer, gzip.compress(TABLE.encode()))) == {"filed": 2}


@pytest.mark.parametrize(
    "broken", [b"\x1f\x8bnone", b"\x1f\x8b\x08", gzip.compress(b"No", mtime=0)[:12]]
)
async def test_a_file_that_cannot_be_unpacked_is_refused(
    writer: httpx.AsyncClient, broken: bytes
) -> None:
    query = {"format": "table", "mapping": MAPPING}
    answer = await writer.post("imports", params=query, content=broken, headers=CSV)

    refused(answer, 400, "malformed", "unpacked")
    assert await head_of(writer) == 0


@pytest.mark.parametrize(
    ("query", "status", "slug", "said"),
    [
        ({}, 400, "malformed", "format is needed"),
        ({"format": "xml"}, 422, "invalid", "format is one of"),
        ({"format": "table"}, 422, "invalid", "needs a mapping"),
        ({"format": "ged", "mapping": MAPPING}, 422, "invalid", "no other format"),
        ({"format": "timemap"}, 422, "invalid", "name its source"),
        ({"format": "ged", "speaker": "Norvale Post"}, 422, "invalid", "leave it out"),
        ({"format": "timemap", "speaker": "نور"}, 422, "invalid", "Latin letters"),
        ({"format": "table", "mapping": "x ="}, 400, "malformed", "not TOML"),
        ({"format": "ged", "dry_run": "yes"}, 400, "malformed", "true or false"),
        ({"format": "ged", "release": "soon"}, 422, "invalid", "release must be"),
        ({"format": "ged", "strictly": "true"}, 400, "malformed", "Unknown query parameter"),
        ({"format": "ged", "dataset": "GED Syria"}, 422, "invalid", "small letters"),
        ({"format": "ged", "encoding": "wingdings"}, 422, "invalid", "not an encoding"),
        ({"format": "ged", "date_order": "day-month"}, 422, "invalid", "Only a timemap's"),
        (
            {"format": "timemap", "speaker": "N", "date_order": "year-day"},
            422,
            "invalid",
            "month-day, day-month",
        ),
        ({"format": "ged"}, 422, "invalid", "The header lacks"),
    ],
)
async def test_what_cannot_be_read_is_refused_at_once(
    writer: httpx.AsyncClient, query: dict[str, str], status: int, slug: str, said: str
) -> None:
    answer = await writer.post("imports", params=query, content=TABLE, headers=CSV)

    refused(answer, status, slug, said)
    assert await head_of(writer) == 0


async def test_a_body_of_another_type_or_none_is_refused(writer: httpx.AsyncClient) -> None:
    query = {"format": "table", "mapping": MAPPING}

    as_json = await writer.post("imports", params=query, json=[])
    as_book = {**query, "mapping": MAPPING + 'file = {form = "xlsx"}'}
    workbook = await writer.post("imports", params=as_book, content="x", headers=CSV)
    empty = await writer.post("imports", params=query, content="", headers=CSV)
    other = await writer.post(
        "imports", params=query, content="x", headers={"Content-Type": "text/plain"}
    )

    refused(as_json, 422, "invalid", "text/csv")
    refused(workbook, 422, "invalid", "command line")
    refused(empty, 400, "malformed", "empty")
    refused(other, 415, "unsupported-media-type", "text/csv")


async def test_it_needs_a_key_that_may_append(reader: httpx.AsyncClient) -> None:
    answer = await reader.post("imports", params={"format": "ged"}, content="x", headers=CSV)

    refused(answer, 401, "key-required")


async def test_its_limit_is_its_own(dsn: str, chronicle: str, key: str) -> None:
    assert imports.BODY_LIMIT == 200 * 1024 * 1024
    async with (
        running(Settings(database=dsn, body_limit=100)) as app,
        asking(app, chronicle, key) as client,
    ):
        query = {"format": "table", "mapping": MAPPING}
        long = await client.post("imports", params=query, content=TABLE * 2, headers=CSV)
        too_long = {**CSV, "Content-Length": str(imports.BODY_LIMIT + 1)}
        answer = await client.post("imports", params=query, content=TABLE, headers=too_long)

    assert long.status_code == 200
    refused(answer, 413, "too-large", "209,715,200")


async def test_progress_is_told_batch_by_batch(store: Store, chronicle: str) -> None:
    # given
    lines = [f"{n},Flood,Norvale Post,2024-03-04,2\n" for n in range(1_200)]
    table = ("No,What,Who,When,Killed\n" + "".join(lines)).encode()
    read = reading("table", Options(mapping=MAPPING.encode()))
    told: list[tuple[int, int]] = []

    class Told(Watching):
        def moved(self, imported: Imported, read: int) -> None:
            told.append((imported.rows, read))

    # when
    done = await run(
        Import(store, chronicle, read.dataset),
        read.read,
        io.BytesIO(table),
        watching=Told(),
    )

    # then
    assert [rows for rows, _ in told] == [500, 1_000, 1_200]
    assert [at for _, at in told] == sorted(at for _, at in told)
    assert told[-1][1] == len(table)
    assert done.basis == 1_200


async def test_only_some_of_many_faults_are_named(store: Store, chronicle: str) -> None:
    lines = "".join(f"{n},Flood,Norvale Post,tomorrow,\n" for n in range(1_100))
    read = reading("table", Options(mapping=MAPPING.encode()))

    done = await run(
        Import(store, chronicle, read.dataset),
        read.read,
        io.BytesIO(f"No,What,Who,When,Killed\n{lines}".encode()),
    )

    assert (done.refused, len(done.faults)) == (1_100, 1_000)


def test_the_release_is_a_day_for_ged_too() -> None:
    with pytest.raises(Invalid, match="release"):
        reading("ged", Options(release="soon"))


async def test_what_only_filing_finds_is_told_by_its_column_too(writer: httpx.AsyncClient) -> None:
    # given a report from the future, a phrase that a release cannot read, an id that stands twice
    mapping = """
        dataset = "norvale"
        id = "No"
        title = "What"
        source = {name = "Who"}
        occurred = {phrase = "When"}
        reported_at = "Said"
    """
    rows = "No,What,Who,When,Said\n1,Flood,Norvale Post,yesterday,2024-03-05\n"
    ahead = rows + "2,Storm,Norvale Post,yesterday,2199-01-01\n1,Fire,Estra Radio,,2024-03-05\n"

    # when
    filed = await sent(writer, ahead, mapping=mapping)
    released = await sent(writer, rows, mapping=mapping, release="2024-04-01")

    # then
    assert counts(filed) == {"filed": 1, "refused": 2}
    assert [(f["line"], f["column"]) for f in filed["faults"]] == [(3, "Said"), (4, "No")]
    assert "48 hours" in filed["faults"][0]["detail"]
    assert [(f["line"], f["column"]) for f in released["faults"]] == [(2, "When")]


async def test_two_tables_with_the_same_ids_are_kept_apart_by_the_names_of_their_data_sets(
    writer: httpx.AsyncClient,
) -> None:
    # given
    await sent(writer, release="2024-04-01")
    other = TABLE.replace("Flood", "Fire").partition("2,")[0]

    # when
    mistaken = await sent(writer, other, release="2024-05-01", dry_run="true")
    apart = await sent(writer, other, release="2024-05-01", dataset="tellin")
    again = await sent(writer, TABLE, release="2024-06-01")

    # then
    assert counts(mistaken) == {"corrected": 1, "retracted": 1}
    assert (apart["dataset"], counts(apart)) == ("tellin", {"filed": 1})
    assert counts(again) == {"unchanged": 2}
    listed = (await writer.get(OCCURRENCES)).json()["entries"]
    assert sorted(one["occurrence"] for one in listed) == ["norvale-1", "norvale-2", "tellin-1"]


async def test_extracts_of_ged_with_one_event_report_on_one_occurrence(
    writer: httpx.AsyncClient,
) -> None:
    content = test_ged.file_of({}).read()

    for dataset in ("ged", "ged-estra"):
        query = {"format": "ged", "dataset": dataset, "release": "2020-06-30"}
        answer = await writer.post("imports", params=query, content=content, headers=CSV)
        assert counts(answer.json()) == {"filed": 1}, answer.text

    (entry,) = (await writer.get(OCCURRENCES)).json()["entries"]
    assert (entry["occurrence"], len(entry["sources"])) == ("ged-901", 1)


async def test_the_encoding_of_a_csv_can_be_given(writer: httpx.AsyncClient) -> None:
    arabic = TABLE.replace("Flood", "فيضان").encode("windows-1256")

    wrong = await writer.post(
        "imports", params={"format": "table", "mapping": MAPPING}, content=arabic, headers=CSV
    )
    right = await sent(writer, arabic, encoding="windows-1256")

    assert "not UTF-8" in str(wrong.json())
    assert counts(right) == {"filed": 2}
    first = (await writer.get(OCCURRENCES)).json()["entries"][0]
    assert first["title"] == "فيضان"


async def test_json_has_no_encoding_to_name(writer: httpx.AsyncClient) -> None:
    query = {"format": "timelinejs", "speaker": "Norvale Post", "encoding": "utf-16"}

    answer = await writer.post("imports", params=query, json=TIMELINE)

    refused(answer, 422, "invalid", "JSON is UTF-8")


async def test_the_order_of_a_timemap_s_dates_is_asked_for(writer: httpx.AsyncClient) -> None:
    events = [{"description": "Shells.", "date": "03/05/2024"}]
    query = {"format": "timemap", "speaker": "Norvale Post"}

    asked = await writer.post("imports", params=query, json=events)
    given = await writer.post("imports", params={**query, "date_order": "day-month"}, json=events)

    refused(asked, 422, "invalid", "item 1 (03/05/2024)")
    assert counts(given.json()) == {"filed": 1}
    (entry,) = (await writer.get(OCCURRENCES)).json()["entries"]
    assert entry["occurred"]["edtf"] == "2024-05-03"


@pytest.mark.parametrize("content", ["No,What,Who,When,Killed\n", "No,What,Who,When,Killed"])
async def test_a_file_without_rows_is_refused_and_nothing_is_taken_to_be_gone(
    writer: httpx.AsyncClient, content: str
) -> None:
    await sent(writer, release="2024-04-01")

    query = {"format": "table", "mapping": MAPPING, "release": "2024-05-01"}
    answer = await writer.post("imports", params=query, content=content, headers=CSV)

    refused(answer, 400, "malformed", "no rows")
    assert await head_of(writer) == 2


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


async def test_a_zip_with_one_file_is_read_as_what_is_in_it(writer: httpx.AsyncClient) -> None:
    query = {"format": "table", "mapping": MAPPING}

    one = await sent(writer, zipped(table=TABLE, **{"__MACOSX/table": "x"}), strict="true")
    two = await writer.post("imports", params=query, content=zipped(a=TABLE, b=TABLE), headers=CSV)
    torn = await writer.post("imports", params=query, content=zipped(a=TABLE)[:90], headers=CSV)

    assert counts(one) == {"filed": 2}
    refused(
        two, 422, "invalid", "holds 2 files: unpack it, and import them one by one. They are: a, b"
    )
    refused(torn, 400, "malformed", "cannot be unpacked")
