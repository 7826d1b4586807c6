"""Goal: `dateline import` files what it is given once, says what came of it, and can be stopped.

Method: made-up tables are imported in this process on a database of the test's own.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import re
import signal
from pathlib import Path

import pytest

from cli.importing import FIRST_MAPPING
from domain.query import Point
from store.store import Store, open_store
from tests.cli.conftest import Dateline
from tests.cli.program import DATELINE, environment
from tests.conftest import PROJECT, Database

MAPPING = """
dataset = "norvale"
id = "No"
title = "What"
source = {name = {column = "Who"}}
occurred = {edtf = "When"}
"""
TABLE = """No,What,Who,When
1,Flood,Norvale Post,2024-03-04
2,Storm,Estra Radio,2024-03-05
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "norvale.toml").write_text(MAPPING)
    (tmp_path / "norvale.csv").write_text(TABLE)
    (tmp_path / "norvale.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    (tmp_path / "changed.csv").write_text(TABLE.replace("Flood", "Deluge").partition("2,")[0])
    (tmp_path / "bad.csv").write_text(
        TABLE + "".join(f"{n},Fire,Estra Radio,tomorrow\n" for n in range(3, 28))
    )
    return tmp_path


def table(files: Path, name: str, *words: str) -> tuple[str, ...]:
    return (
        "import", "table", str(files / name), "--mapping", str(files / "norvale.toml"), *words,
    )  # fmt: skip


async def test_a_table_is_imported_and_nothing_is_written_twice(
    dateline: Dateline, store: Store, files: Path
) -> None:
    first = await dateline(*table(files, "norvale.csv"))
    zipped = await dateline(*table(files, "norvale.csv.gz"))

    assert (first.status, first.out, first.err) == (0, "2 reports filed.\n", "")
    assert (zipped.status, zipped.out) == (0, "0 reports filed, 2 unchanged.\n")


async def test_a_row_that_changed_is_told_and_written_with_a_release(
    dateline: Dateline, store: Store, files: Path
) -> None:
    await dateline(*table(files, "norvale.csv"))

    told = await dateline(*table(files, "changed.csv"))
    trial = await dateline(*table(files, "changed.csv", "--release", "2026-11-30", "--dry-run"))
    done = await dateline(*table(files, "changed.csv", "--release", "2026-11-24"))

    assert told.status == 0
    assert told.out == (
        "line 2: norvale/1 changed: title\n"
        "0 reports filed, 1 changed and not written.\n"
        "Rows that changed were not written: --release DAY corrects their reports, as of the day "
        "on which the data set changed. Rows of another table need another --dataset.\n"
    )
    assert (trial.status, "48 hours" in trial.err) == (1, True)
    assert (done.status, done.out) == (0, "0 reports filed, 1 corrected, 1 retracted.\n")


async def test_faults_are_told_with_line_and_column_and_the_status_is_1(
    dateline: Dateline, store: Store, files: Path
) -> None:
    strict = await dateline(*table(files, "bad.csv", "--strict"))
    position = dict(await store.chronicles())["main"]
    done = await dateline(*table(files, "bad.csv"))

    assert (strict.status, position) == (1, 0)
    assert strict.out.endswith("Nothing was written, since --strict was given.\n")
    assert (done.status, done.out) == (1, "2 reports filed, 25 refused.\n")
    assert done.err == (
        'line 4, When: "tomorrow" is not an EDTF date: a date like 2019, 2019-08 or 2019-08-27 '
        "was expected (at character 1).\n"
        "    24 more like it: lines 5, 6, 7, 8, 9, 10, 11, 12 and 16 more\n"
        "--faults FILE lists them all.\n"
    )


async def test_all_faults_are_listed_in_a_file(
    dateline: Dateline, store: Store, files: Path
) -> None:
    listed = files / "faults.csv"

    done = await dateline(*table(files, "bad.csv", "--faults", str(listed)))
    nowhere = await dateline(*table(files, "bad.csv", "--faults", str(files / "no" / "faults.csv")))

    with listed.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["line", "column", "detail"]
    assert [(line, column) for line, column, _ in rows] == [(str(n), "When") for n in range(4, 29)]
    assert all('"tomorrow" is not an EDTF date' in detail for _, _, detail in rows)
    assert "--faults" not in done.err
    assert (nowhere.status, nowhere.out) == (1, "")
    assert "faults.csv cannot be written" in nowhere.err


async def test_faults_of_many_kinds_are_told_by_kind(
    dateline: Dateline, store: Store, files: Path
) -> None:
    # given rows with 30 faults of their own, and one that is like the first but for its value
    words = [f"soon{'!' * n}" if n % 2 else f"2024-{'9' * n}" for n in range(1, 3)]
    lines = [f"{n},Flood,Norvale Post,{word}\n" for n, word in enumerate(words)]
    lines += [f"{n},,,2024-13-0{n}\n" for n in range(2, 5)]
    lines += [",Flood,Norvale Post,\n", "9,Flood\n"]
    (files / "many.csv").write_text("No,What,Who,When\n" + "".join(lines))

    # when
    done = await dateline(*table(files, "many.csv"))

    # then
    told = done.err.splitlines()
    assert [line.partition(":")[0].strip() for line in told] == [
        "line 2, When",
        "line 3, When",
        "line 4, Who",
        "2 more like it",
        "line 7, No",
        "line 8",
    ]
    assert told[3].endswith(": lines 5, 6")


async def test_json_is_what_http_answers(dateline: Dateline, store: Store, files: Path) -> None:
    done = await dateline(*table(files, "norvale.csv", "--json", "--release", "2024-04-01"))

    assert json.loads(done.out) == {
        "dataset": "norvale",
        "release": "2024-04-01",
        "dry_run": False,
        "basis": 2,
        "whole": True,
        "filed": 2,
        "corrected": 0,
        "refiled": 0,
        "retracted": 0,
        "unchanged": 0,
        "changed": 0,
        "refused": 0,
        "faults": [],
        "changes": [],
    }


async def test_a_chronicle_that_is_missing_is_made_but_not_by_a_trial(
    dateline: Dateline, store: Store, files: Path
) -> None:
    trial = await dateline(*table(files, "norvale.csv", "--chronicle", "estra", "--dry-run"))
    before = dict(await store.chronicles())
    done = await dateline(*table(files, "norvale.csv", "--chronicle", "estra"))

    assert trial.out == "That would be 2 reports filed.\nNothing was written: this was a trial.\n"
    assert "estra" not in before
    assert (done.status, dict(await store.chronicles())["estra"]) == (0, 2)


async def test_standard_input_is_read(
    dateline: Dateline, store: Store, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TABLE.encode())))

    done = await dateline(
        "import", "table", "-", "--strict", "--mapping", str(files / "norvale.toml")
    )

    assert (done.status, done.out) == (0, "2 reports filed.\n")


async def test_what_cannot_be_read_is_refused_in_one_line(
    dateline: Dateline, store: Store, files: Path
) -> None:
    for words, said in (
        (("import", "ged", str(files / "nothing.csv")), "nothing.csv cannot be read"),
        (("import", "ged", str(files / "norvale.csv")), "The header lacks"),
        (("import", "table", str(files / "norvale.csv")), "needs a mapping"),
        (table(files, "norvale.csv", "--release", "soon"), "--release must be a day"),
    ):
        ran = await dateline(*words)
        assert (ran.status, ran.out) == (1, "")
        assert said in ran.err
        assert ran.err.startswith("dateline: ")
        assert ran.err.count("\n") == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_an_import_that_was_stopped_is_run_again(
    store: Store, database: Database, files: Path, dateline: Dateline, how: signal.Signals
) -> None:
    # given
    lines = "".join(f"{n},Flood,Norvale Post,2024-03-04\n" for n in range(6_000))
    (files / "long.csv").write_text("No,What,Who,When\n" + lines)
    process = await asyncio.create_subprocess_exec(
        *DATELINE,
        *table(files, "long.csv"),
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        while not dict(await store.chronicles())["main"]:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)

    # when
    process.send_signal(how)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    position = dict(await store.chronicles())["main"]
    again = await dateline(*table(files, "long.csv"))

    # then
    assert 0 < position < 6_000
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert err.decode() == (
            f"Stopped after {position:,} rows: {position:,} reports filed. What is written stays, "
            "and is not written twice: give the same command again to go on.\n"
        )
    assert again.out == f"{6_000 - position:,} reports filed, {position:,} unchanged.\n"
    async with open_store(database.app_dsn) as other:
        assert dict(await other.chronicles())["main"] == 6_000


async def test_options_of_http_have_the_same_names(
    dateline: Dateline, store: Store, files: Path
) -> None:
    # given
    (files / "arabic.csv").write_bytes(TABLE.replace("Flood", "فيضان").encode("windows-1256"))
    (files / "map.csv").write_text("description,date\nShells.,03/05/2024\n")

    # when
    apart = await dateline(
        *table(files, "arabic.csv", "--encoding", "windows-1256", "--dataset", "tellin")
    )
    timemap = ("import", "timemap", str(files / "map.csv"), "--speaker", "Norvale Post")
    asked = await dateline(*timemap)
    told = await dateline(*timemap, "--date-order", "day-month", "--json")

    # then
    assert (apart.status, apart.out) == (0, "2 reports filed.\n")
    assert (asked.status, asked.err.count("\n")) == (1, 1)
    assert asked.err.startswith("dateline: --date-order is needed, month-day or day-month: line 2")
    assert json.loads(told.out)["filed"] == 1
    async with store.reading("main") as reader:
        shown = await reader.occurrence("tellin-1", Point())
    assert shown.entry.title == "فيضان"


async def test_the_help_has_a_mapping_to_begin_with_that_reads_the_page_s_first_table(
    dateline: Dateline, store: Store, files: Path
) -> None:
    # given what the page and the help show
    page = (PROJECT / "docs" / "import.md").read_text(encoding="utf-8")
    section = page[page.index("## Any table") :]
    mapping, first = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[:2]
    helped = await dateline("import", "table", "--help")
    (files / "first.toml").write_text(mapping)
    (files / "first.csv").write_text(first)

    # when
    done = await dateline(
        "import", "table", str(files / "first.csv"), "--mapping", str(files / "first.toml")
    )

    # then
    assert mapping == FIRST_MAPPING
    shown = [line.strip() for line in helped.out.splitlines()]
    assert all(line.strip() in shown for line in mapping.splitlines())
    assert (done.status, done.out, done.err) == (0, "2 reports filed.\n", "")
    async with store.reading("main") as reader:
        entry = (await reader.occurrence("norvale-1", Point())).entry
    assert (entry.title, entry.kind) == ("Strike on the market", "air-strike")
    assert entry.occurred is not None
    assert entry.occurred.edtf == "2024-03-05"
