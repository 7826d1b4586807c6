"""Goal: `dateline export` writes the bytes that HTTP gives, and no file that is not whole.

Method: the command is run on the hard records, and compared with an application on the same
database; then it is made to fail in the middle.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api import exporting
from api.exporting import FORMATS
from api.settings import Settings
from domain.errors import Unavailable
from store.store import Store
from tests.api.conftest import asking, running
from tests.cli.conftest import Dateline
from tests.conftest import Database
from tests.exporting import HARD, file


@pytest.fixture
async def norvale(store: Store) -> Store:
    await file(store, "main", *HARD)
    return store


@pytest.mark.parametrize("format", FORMATS)
async def test_a_file_has_the_bytes_that_http_gives(
    norvale: Store, dateline: Dateline, database: Database, tmp_path: Path, format: str
) -> None:
    path = tmp_path / "norvale"
    asked = {"format": format, "as_of": "2019-08-28", "kind": "shelling"}
    words = ("--format", format, "--as-of", "2019-08-28", "--kind", "shelling")

    ran = await dateline("export", "norvale", *words, "-o", str(path))

    assert (ran.status, ran.out, ran.err) == (0, "", "")
    async with (
        running(Settings(database=database.app_dsn)) as app,
        asking(app, "main") as client,
    ):
        answer = await client.get("timelines/norvale", params=asked)
    assert path.read_bytes() == answer.content
    assert os.listdir(tmp_path) == ["norvale"]


async def test_all_occurrences_go_to_standard_output(norvale: Store, dateline: Dateline) -> None:
    ran = await dateline("export", "--limit", "2", "--bom")

    assert ran.status == 0
    assert ran.out.startswith("\ufeffoccurrence,")
    assert len([line for line in ran.out.splitlines() if ",2" in line[-5:]]) == 2


async def test_what_fails_in_the_middle_leaves_the_file_as_it_was(
    norvale: Store, dateline: Dateline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "norvale.csv"
    path.write_text("what was there")

    class Broken(exporting.Csv):
        def end(self) -> bytes:
            raise Unavailable("The database went away.")

    monkeypatch.setattr(exporting, "Csv", Broken)
    ran = await dateline("export", "norvale", "-o", str(path))

    assert (ran.status, ran.err) == (1, "dateline: The database went away.\n")
    assert path.read_text() == "what was there"
    assert os.listdir(tmp_path) == ["norvale.csv"]


async def test_what_cannot_be_is_refused_in_a_line(
    norvale: Store, dateline: Dateline, tmp_path: Path
) -> None:
    for words, said in [
        (("norvale", "--format", "pdf"), "--format must be one of"),
        (("nowhere",), "no timeline"),
        (("norvale", "--format", "ndjson", "--bom"), "CSV only"),
        (("norvale", "-o", str(tmp_path / "no" / "file.csv")), "No such file"),
    ]:
        ran = await dateline("export", *words)
        assert ran.status == 1, ran
        assert said in ran.err
        assert ran.err.count("\n") == 1


async def test_a_workbook_is_not_written_to_a_terminal(
    norvale: Store, dateline: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.export.sys.stdout.isatty", lambda: True)

    ran = await dateline("export", "norvale", "--format", "xlsx")

    assert (ran.status, ran.out) == (1, "")
    assert "name a file with --output" in ran.err
