"""Goal: real data sets are imported whole, add up to their own figures, and can be read as of each
of their releases.

Method: the files are read again here, plainly, with `csv` and `json`, and compared with what the
store believes and claims. Counts and ids only are printed. The files are not part of the project.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import asyncpg
import msgspec
import pytest

from api.importing import Imported, reading, run
from domain.beliefs import Belief
from domain.claims import Claims, Report
from store.importing import Import
from store.store import Store, open_store
from tests.conftest import Database

Find = Callable[[str], Path]
MAIN = "main"
NEVER = 2**63 - 1

_belief = msgspec.json.Decoder(Belief)
_claims = msgspec.json.Decoder(Claims)
_report = msgspec.json.Decoder(Report)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle(MAIN)
        yield store


@pytest.fixture
async def tables(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """The tables themselves, so that they are seen without the code that is tested."""
    connection = await asyncpg.connect(database.app_dsn)
    yield connection
    await connection.close()


def opened(path: Path) -> BinaryIO:
    return io.BytesIO(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    )


def plainly(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.TextIOWrapper(opened(path), "utf-8", newline="")))


async def imported(
    store: Store, form: str, stream: BinaryIO, *, toml: bytes | None = None, **given: Any
) -> Imported:
    read = reading(form, toml=toml, release=given.get("release"))
    return await run(Import(store, MAIN, read.dataset, **given), read.read, stream)


async def believed(tables: asyncpg.Connection) -> list[Belief]:
    rows = await tables.fetch(
        "SELECT value FROM belief WHERE position_to = $1 AND known_to = $1", NEVER
    )
    return [_belief.decode(row["value"]) for row in rows]


# UCDP GED


async def test_ged_is_imported_whole_and_its_figures_add_up(
    shared_data: Find, store: Store, tables: asyncpg.Connection
) -> None:
    # given
    path = shared_data("ucdp_ged_syria_2016_2019.csv.gz")
    rows = plainly(path)

    # when
    with path.open("rb") as stream:
        first = await imported(store, "ged", stream)
        second = await imported(store, "ged", stream)

    # then
    assert (first.filed, first.refused, first.basis) == (len(rows), 0, 16_566)
    assert (second.unchanged, second.rows, second.basis) == (16_566, 16_566, 16_566)
    beliefs = await believed(tables)
    assert len(beliefs) == 16_566

    def theirs(row: dict[str, str]) -> tuple[str, bool, list[int]]:
        figures = [int(row[name]) for name in ("low", "best", "high")]
        return row["date_start"][:7], row["adm_1"] == IDLIB, figures

    def ours(belief: Belief) -> tuple[str, bool, list[int | None]]:
        assert belief.occurred is not None
        start = datetime.date(1970, 1, 1) + datetime.timedelta(
            seconds=belief.occurred.bounds.start_earliest
        )
        (toll,) = belief.toll
        figures = [toll.low, toll.best, toll.high]
        return f"{start:%Y-%m}", (belief.attributes or {}).get("adm_1") == IDLIB, figures

    expected, found = sums(map(theirs, rows)), sums(map(ours, beliefs))
    assert found == expected
    months = [name for name in expected if name not in ("all", "idlib")]
    print(f"16,566 rows: {expected['all']}; Idlib {expected['idlib']}; {len(months)} months")


IDLIB = "Idlib Governorate"


def sums(figures: Iterable[tuple[str, bool, list[Any]]]) -> dict[str, list[int]]:
    """Rows, and the sums of low, best and high: of all, of Idlib, and by month."""
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for month, idlib, bands in figures:
        for name in ("all", month, *(("idlib",) if idlib else ())):
            for at, figure in enumerate((1, *bands)):
                totals[name][at] += figure
    return dict(totals)
