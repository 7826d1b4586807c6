"""Goal: what docs/formats.md promises is so.

Method: its tables are compared with the code, its command line is parsed, and its examples are made
again from the seeds.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path
from uuid import UUID

import seeds
from api.exporting import FORMATS, FORMS, JSON, export
from cli.app import build
from domain.query import Filter, Point, Query, known_at
from domain.reading import read_event
from exchange.columns import TOLL, columns
from exchange.export import About
from exchange.to_csv import FACTS
from store.known import Append
from store.store import open_store
from tests.conftest import Database

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ABOUT = About(
    chronicle="main", chronicle_id=UUID(int=0), timeline=None, title="", description=None,
    as_of="latest", basis=0, settled=True, policy="", selected_by="", rules="", filters=(),
    left_out={}, permalink="", cite="", rows=0, next=None, outcomes=(),
)  # fmt: skip


def table(header: str, at: int = 0) -> list[tuple[str, ...]]:
    """The cells of the rows of a table with this header, the `at`-th of them."""
    rows = PAGE.split(f"{header}\n")[at + 1].split("\n\n")[0].splitlines()[1:]
    return [tuple(cell.strip() for cell in row.strip("|").split(" | ")) for row in rows]


def test_the_formats_that_are_listed_are_all_that_there_are() -> None:
    listed = [
        (row[0].strip("`"), row[1].strip("`"))
        for row in table("| `format` | `Accept` | What it holds |")
    ]

    types = {"json": JSON, **{name: form.media_type for name, form in FORMS.items()}}
    assert dict(listed) == types
    assert set(types) == set(FORMATS)
    for name, _, held in table("| `format` | `Accept` | What it holds |"):
        most = FORMS[name.strip("`")].most if name != "`json`" else None
        assert ("page" in held) == (most is None)
        found = re.search(r"up to ([\d,]*\d)", held)
        if found:
            assert found[1] == f"{most:,}"


def test_the_columns_are_those_that_are_written_and_mean_what_is_said() -> None:
    header = "| Column | What stands in it |"

    assert table(header, 0) == [(f"`{c.name}`", c.meaning) for c in columns(ABOUT)]
    assert table(header, 1) == [
        (f"`toll_killed_{part}`", meaning.format(outcome="killed"))
        for part, meaning in TOLL.items()
    ]
    assert table(header, 2) == [(f"`{name}`", meaning) for name, meaning in FACTS.items()]


def test_the_command_line_is_one_that_the_program_takes() -> None:
    lines = [line for _, block in BLOCKS for line in block.splitlines()]
    shown = [line for line in lines if line.startswith("dateline ")]

    assert shown
    for line in shown:
        _, *words = shlex.split(line)
        build(words[0]).parse_args(words, exit_on_error=False, print_error=False)


async def test_the_examples_are_what_the_seeds_give(database: Database) -> None:
    query = Query(
        point=Point(as_of="2019-08-28", known=known_at("2019-08-28", "as_of")),
        filter=Filter(kind=("attack",)),
    )
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        for line in seeds.events().splitlines():
            await store.append("main", Append(events=(read_event(line),)))
        made = {}
        for name in ("ndjson", "csv"):
            done = await export(store, "main", "khan-shaykhun", query, name, paged=False)
            made[name] = b"".join([piece async for piece in done.pieces]).decode()
            filename = done.filename

    (lines,) = [block.splitlines() for form, block in BLOCKS if form == "json"]
    first, entry, last = made["ndjson"].splitlines()
    assert (lines[0], lines[2]) == (first, last)
    assert json.loads(lines[1].replace(", ...", ""))["occurrence"] in entry
    (shown,) = [block for form, block in BLOCKS if form == "csv"]
    (row,) = csv.DictReader(io.StringIO(made["csv"], newline=""))
    (told,) = csv.DictReader(io.StringIO(shown))
    assert {name: row[name] for name in told} == told
    assert filename.replace(".ndjson", ".csv") in PAGE
