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
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import asyncpg
import msgspec
import pytest

from api.importing import Imported, Options, reading, run
from domain import instants
from domain.answers import Entry
from domain.beliefs import Belief
from domain.claims import Claims, Report
from domain.errors import DatelineError
from domain.events import ReportFiled, Select, TimelineDefined
from domain.query import Point, Query
from exchange import ged, table
from exchange.mapping import load
from exchange.rows import Row, slug
from store.changes import Changes
from store.importing import Import
from store.known import Append
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
    read = reading(form, Options(mapping=toml, release=given.get("release")))
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


# Two releases of GED

PAIRS = "ged_two_releases_changed_pairs.csv"
RELEASES = ("2020-06-30", "2023-06-30")
CLAIMED = {
    "low": "toll",
    "best": "toll",
    "high": "toll",
    "date_start": "occurred",
    "date_end": "occurred",
    "where_coordinates": "place",
    "where_prec": "place",
    "latitude": "place",
    "longitude": "place",
    "side_a": "actors",
    "side_b": "actors",
}
"""Columns, and the field of an entry that shows each; all others are attributes, but for these."""
NOT_SHOWN = ("id", "geom_wkt", "source_headline")


async def test_two_releases_of_ged_differ_by_their_corrections(
    shared_data: Find, store: Store
) -> None:
    # given
    pairs = plainly(shared_data(PAIRS))
    rows = [[release_of(pair, end) for pair in pairs] for end in ("_a", "_b")]

    # when
    first, second = [
        await imported(store, "ged", as_csv(release), release=day)
        for release, day in zip(rows, RELEASES, strict=True)
    ]

    # then
    assert (first.filed, first.refused) == (15, 0)
    # Whoever a report came by is part of what it is: then it is retracted, and filed anew.
    assert (second.corrected + second.refiled, second.retracted, second.refused) == (15, 0, 0)
    await define_all(store)
    async with store.reading(MAIN) as reader:
        diff = await Changes.over(reader).diff("all", *map(as_of, RELEASES))
    assert (diff.added, diff.removed) == ((), ())
    changed = {change.occurrence: change for change in diff.changed}
    assert len(changed) == 15
    fields = 0
    for before, after in zip(*rows, strict=True):
        change = changed[f"ged-{before['id']}"]
        assert {by.reason for by in change.by if by.reason} == {"Release 2023-06-30 of ged"}
        for column in before:
            if column not in NOT_SHOWN and before[column] != after[column]:
                fields += 1
                ours = [shown(entry, column) for entry in (change.before, change.after)]
                theirs = [as_number(row[column]) for row in (before, after)]
                assert [as_number(text) for text in ours] == theirs, (before["id"], column)
    print(f"15 reports: {second.corrected} corrected, {second.refiled} refiled; {fields} fields")


def as_number(text: str) -> str | float:
    """`35.442080` and `35.44208` are one number."""
    return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else text


def release_of(pair: dict[str, str], end: str) -> dict[str, str]:
    """One of the two rows that stand side by side, without the columns' ends."""
    row = {name.removesuffix(end): value for name, value in pair.items() if name.endswith(end)}
    return {"id": pair["id"], **row}


def as_csv(rows: list[dict[str, str]]) -> BinaryIO:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return io.BytesIO(text.getvalue().encode())


def as_of(day: str) -> Point:
    return Point(as_of=day, known=instants.parse(day, name="as_of").known)


async def define_all(store: Store) -> None:
    event = TimelineDefined(timeline="all", title="All", select=Select(), expected_version="none")
    await store.append(MAIN, Append(events=(event,)))


def shown(entry: Entry, column: str) -> str:
    """What an entry shows of a column of GED, as the column would have it."""
    attributes = entry.attributes or {}
    if column.startswith("deaths_"):
        (toll,) = entry.toll
        # In the order of their columns, behind the total.
        return str(toll.groups[1 + ged.SIDES.index(column)].best)
    if column not in CLAIMED:
        return str(attributes.get(ged.RENAMED.get(column, column), ""))
    if CLAIMED[column] == "occurred":
        assert entry.occurred is not None
        days = entry.occurred.edtf.strip("[]").split("..")
        return days[0 if column == "date_start" else -1]
    if CLAIMED[column] == "actors":
        return entry.actors[0 if column == "side_a" else 1].name
    if CLAIMED[column] == "toll":
        return str(getattr(entry.toll[0], column))
    assert entry.place is not None
    code = {name: str(number) for number, name in ged.PRECISIONS.items()}
    return {
        "where_coordinates": entry.place.name,
        "where_prec": code[entry.place.precision or ""],
        "latitude": str(entry.place.lat),
        "longitude": str(entry.place.lon),
    }[column]


# MAVERICK

RANGES = """
dataset = "maverick"
id = "id"
occurrence = "event_id"
reported_at = {column = "source", match = '\\((\\d{4}-\\d{2}-\\d{2})\\)'}
source = {name = {column = "source_author", otherwise = "not named"}}
occurred = {start = "date_start", end = "date_end", means = "possible", reversed = "undated"}
actors = [{repeat = 6, name = "actor{n}"}]

[[toll]]
outcome = {value = "killed"}
low = "deaths_low"
best = "deaths_best"
high = "deaths_high"
"""
POINTS = """
dataset = "maverick"
id = "id"
occurrence = "event_id"
source = {name = {column = "source_author", otherwise = "not named"}}
occurred = {edtf = "date_start"}
actors = [{name = "actor1"}]
toll = [{outcome = {value = "killed"}, exactly = "deaths_best"}]
"""


@pytest.mark.parametrize("mapping", [RANGES, POINTS], ids=["ranges", "points"])
async def test_the_reports_of_maverick_disagree_where_their_rows_do(
    shared_data: Find, store: Store, tables: asyncpg.Connection, mapping: str
) -> None:
    # given
    path = shared_data("maverick_event_report.csv")
    about: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in plainly(path):
        about[slug("maverick", row["event_id"])].append(row)

    # when
    done = await imported(store, "table", opened(path), toml=mapping.encode())

    # then
    assert (done.filed, done.refused) == (3_287, 0)
    found = {
        row["name"]: (_belief.decode(row["value"]), row["claims"])
        for row in await tables.fetch(
            """
            SELECT s.name, b.value, (
                SELECT array_agg(c.report) FROM claim c
                WHERE c.chronicle_id = b.chronicle_id AND c.occurrence_id = b.occurrence_id
                  AND c.known_to = $1 AND c.position_to = $1
            ) AS claims
            FROM belief b JOIN stream s USING (chronicle_id)
            WHERE s.stream_id = b.occurrence_id AND b.known_to = $1 AND b.position_to = $1
            """,
            NEVER,
        )
    }
    assert len(found) == 2_200
    assert sum(len(claims) > 1 for _, claims in found.values()) == 407
    for name, (_, claims) in found.items():
        records = sorted(_report.decode(report).record or "" for report in claims)
        assert records == sorted(f"maverick/{row['id']}" for row in about[name])
    if mapping == POINTS:
        points_disagree(about, {name: belief for name, (belief, _) in found.items()})
    else:
        ranges_disagree(about, {name: belief for name, (belief, _) in found.items()})


def points_disagree(about: dict[str, list[dict[str, str]]], found: dict[str, Belief]) -> None:
    """Rows that give different values. A row that names no first actor does not contradict."""
    for field, column, count in (
        ("toll.killed", "deaths_best", 185),
        ("occurred", "date_start", 176),
        ("actors", "actor1", 210),
    ):
        expected = {n for n, r in about.items() if len({c[column] for c in r if c[column]}) > 1}
        unequal = {n for n, b in found.items() if field in (*b.differ, *b.contested)}
        assert len(expected) == count
        assert unequal == expected


def ranges_disagree(about: dict[str, list[dict[str, str]]], found: dict[str, Belief]) -> None:
    """Rows whose ranges do not meet."""
    for field, low, high, read, count in (
        ("toll.killed", "deaths_low", "deaths_high", int, 181),
        ("occurred", "date_start", "date_end", str, 63),
    ):
        expected = {
            name
            for name, rows in about.items()
            if len(rows) > 1 and max(read(r[low]) for r in rows) > min(read(r[high]) for r in rows)
        }
        contested = {name for name, belief in found.items() if field in belief.contested}
        assert len(expected) == count
        apart = expected ^ contested
        assert apart == (REVERSED if field == "occurred" else set())
        for name in apart:
            rows = [r for r in about[name] if read(r[low]) <= read(r[high])]
            assert len(rows) < len(about[name])
            assert not rows or max(read(r[low]) for r in rows) <= min(read(r[high]) for r in rows)


REVERSED = {
    f"maverick-{name}"
    for name in ("civ-0159", "ke-6068", "ke-7532", "ke-7574", "ke-9080", "ke-9086")
}
"""Here a row ends before it begins, so that as a range it meets nothing, itself not either. It is
filed without a date, which contradicts nobody; the rows that are left meet."""


# The history of a public list, version by version

LIST = """
dataset = "pb2020"
file = {form = "ndjson"}
id = "id"
source = {name = {value = "2020PB/police-brutality"}}
title = "name"
summary = "description"
tags = {column = "tags", slug = true}
occurred = {edtf = "date"}
place = {name = {columns = ["city", "state"]}}
"""
Item = dict[str, Any]


@dataclass(frozen=True)
class Version:
    """One commit: when, the rows that it wrote, the ids that it removed, and all its rows, each as
    `written_out`."""

    at: str
    written: list[Item]
    removed: list[str]
    rows: dict[str, str]


def versions(folder: Path) -> Iterator[Version]:
    """The versions, made of nothing but the log of changes."""
    changes: dict[str, list[Item]] = defaultdict(list)
    for line in opened(folder / "changes.jsonl.gz"):
        change = json.loads(line)
        changes[change["commit"]].append(change)
    rows: dict[str, Item] = {}
    texts: dict[str, str] = {}
    for version in plainly(folder / "versions.csv"):
        written, removed = [], []
        for change in changes.pop(version["commit"], ()):
            number = change["id"]
            if change["op"] == "remove":
                del rows[number], texts[number]
                removed.append(number)
                continue
            before = {} if change["op"] == "add" else rows[number]
            kept = {k: v for k, v in before.items() if k not in change.get("unset", ())}
            rows[number] = kept | change.get("row", {}) | change.get("set", {})
            written.append(rows[number])
            texts[number] = written_out(rows[number])
        assert len(rows) == int(version["rows"])
        at = datetime.datetime.fromtimestamp(int(version["unix_time"]), datetime.UTC)
        yield Version(f"{at:%Y-%m-%dT%H:%M:%SZ}", written, removed, dict(texts))
    assert not changes


async def test_each_version_of_a_list_is_what_was_known_at_its_commit(
    shared_data: Find, store: Store, tables: asyncpg.Connection
) -> None:
    # given
    folder = shared_data("police_brutality_2020")
    history = list(versions(folder))
    snapshots = sorted(folder.glob("snapshot_*.json"))
    mapping = load(LIST.encode())

    # when
    bases = []
    for version in history:
        importing = Import(store, MAIN, "pb2020", release=version.at)
        lines = b"".join(json.dumps(item).encode() + b"\n" for item in version.written)
        read = table.read(io.BytesIO(lines), mapping) if lines else iter(())
        rows = [one for one in read if isinstance(one, Row)]
        assert len(rows) == len(version.written)
        came = await importing.take(
            [ReportFiled(occurrence=r.occurrence, report=r.report, claims=r.claims) for r in rows]
        )
        assert not [one for one in came if isinstance(one, DatelineError)]
        await importing.withdraw([f"pb2020/{number}" for number in version.removed])
        bases.append(await importing.head())

    # then
    assert len(history) == 627
    await tables.execute(
        "CREATE TEMPORARY TABLE numbered AS SELECT row_number() OVER () AS number, * FROM claim"
    )
    claimed = {row["number"]: recovered(row) for row in await tables.fetch("TABLE numbered")}
    for version, basis in zip(history, bases, strict=True):
        for known, position in ((as_of(version.at).known, bases[-1]), (NEVER - 1, basis)):
            found = [claimed[n] for n in await tables.fetchval(CELL, known, position)]
            assert len(found) == len(version.rows), version.at
            assert dict(found) == version.rows, version.at
    print(f"627 versions; {bases[-1]} events; {len(claimed)} claims")
    await read_versions(store, history, bases)
    await read_snapshots(store, snapshots)


CELL = """
    SELECT array_agg(number) FROM numbered
    WHERE known_from <= $1 AND known_to > $1 AND position_from <= $2 AND position_to > $2
"""


def recovered(row: Any) -> tuple[str, str]:
    """A row of the list, as a claim recovers it: its id, and the whole `written_out`."""
    report, claims = _report.decode(row["report"]), _claims.decode(row["value"])
    values: Item = {
        "id": (report.record or "").removeprefix("pb2020/"),
        "name": claims.title or None,
        "description": claims.summary or None,
        "tags": list(claims.tags or ()),
        "date": claims.occurred.edtf if claims.occurred else None,
    }
    return values["id"], written_out(values | (claims.attributes or {}))


def written_out(item: Item) -> str:
    """A row as text that is the same for the same row; without what is empty."""
    return json.dumps(kept(item), sort_keys=True)


def kept(item: Item) -> Item:
    return {name: value for name, value in item.items() if value not in ("", None, [])}


async def read_versions(store: Store, history: list[Version], bases: list[int]) -> None:
    """Every fortieth version as a listing shows it, as of its time and on its basis."""
    for version, basis in list(zip(history, bases, strict=True))[::40]:
        expected = named(map(json.loads, version.rows.values()))
        for point in (as_of(version.at), Point(basis=basis)):
            assert await listed(store, point) == expected, version.at


async def listed(store: Store, point: Point) -> dict[str, Item]:
    """The rows that a listing shows, by the names of their occurrences."""
    async with store.reading(MAIN) as reader:
        listing = await reader.occurrences(Query(point=point, limit=2_000))
    assert listing.next is None
    found = {}
    for entry in listing.entries:
        item: Item = {
            "name": entry.title,
            "description": entry.summary,
            "tags": entry.tags,
            "date": entry.occurred.edtf if entry.occurred else None,
            **(entry.attributes or {}),
        }
        found[entry.occurrence] = kept({**item, "tags": sorted(item["tags"])})
    return found


def named(items: Iterable[Item]) -> dict[str, Item]:
    """Rows by the names that their occurrences get, without their ids. Tags have no order there."""
    return {
        slug("pb2020", item["id"]): kept(
            {k: sorted(v) if k == "tags" else v for k, v in item.items() if k != "id"}
        )
        for item in items
    }


async def read_snapshots(store: Store, snapshots: list[Path]) -> None:
    """The first and the last version against the files of that day, field by field."""
    assert len(snapshots) == 2
    for path in snapshots:
        at = datetime.datetime.fromtimestamp(int(path.name.split("_")[1]), datetime.UTC)
        expected = named(json.loads(path.read_bytes())["data"])
        found = await listed(store, as_of(f"{at:%Y-%m-%dT%H:%M:%SZ}"))
        assert found.keys() == expected.keys()
        for number, item in expected.items():
            for field, value in item.items():
                assert found[number][field] == value, (number, field)
            assert found[number].keys() == item.keys()
