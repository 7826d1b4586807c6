"""Goal: `dateline import` files what it is given once, says what came of it, and can be stopped.

Method: made-up tables are imported in this process on a database of the test's own.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import signal
from pathlib import Path

import pytest

from store.store import Store, open_store
from tests.cli.conftest import Dateline
from tests.cli.program import DATELINE, environment
from tests.conftest import Database

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
        "on which the data set changed.\n"
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
    assert done.status == 1
    lines = done.err.splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("line 4, When: ")
    assert lines[-1] == "... and 5 more refused."
    assert done.out == "2 reports filed, 25 refused.\n"


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

    assert trial.out == "2 reports filed.\nNothing was written: this was a trial.\n"
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
        assert "Run it again to go on." in err.decode()
    assert again.out == f"{6_000 - position:,} reports filed, {position:,} unchanged.\n"
    async with open_store(database.app_dsn) as other:
        assert dict(await other.chronicles())["main"] == 6_000
