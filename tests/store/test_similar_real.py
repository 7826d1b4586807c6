"""Goal: how many duplicates are found in real data, and how much else is listed, is known.

Method: MAVERICK's coders grouped reports by event. Here every report is an occurrence of its own,
and their groups are the truth. UCDP GED is filed into a real database. Only counts are printed.
The figures are those of `docs/duplicates.md`. The files are not part of the project.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import itertools
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

from domain.beliefs import fold
from domain.events import Recorded, ReportFiled
from domain.query import Query
from domain.similar import Account, Rarity, Sweep, account, likeness
from exchange import ged, table
from exchange.mapping import load
from exchange.rows import Row
from store.known import Append
from store.similar import COUNTED, WINDOW, Similarity
from store.store import open_store
from tests.exchange.reading import RECORDED_AT, all_rows, filed

Find = Callable[[str], Path]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "duplicates.md"

MAVERICK = r"""
dataset = "maverick"
id = "id"
absent = ["Unknown", "Other context"]
reported_at = {column = "source", match = '\((\d{4}-\d{2}-\d{2})\)'}
kind = {column = "event_context", slug = true}
source = {name = {column = "source_author", otherwise = "not named"}}

[title]
column = "source"
match = '\(\d{4}-\d{2}-\d{2}\)\s*(.+)$'
otherwise = "Report"

[occurred]
start = "date_start"
end = "date_end"
means = "possible"
reversed = "undated"

[place]
name = {columns = ["location", "city"]}
lat = "latitude"
lon = "longitude"

[place.precision]
column = "geo_precision"

[place.precision.words]
"1.0" = "country"
"2.0" = "region"
"3.0" = "city"
"4.0" = "town"
"5.0" = "neighbourhood"
"6.0" = "exact"

[[actors]]
repeat = 6
name = "actor{n}"

[[toll]]
outcome = {value = "killed"}
low = "deaths_low"
best = "deaths_best"
high = "deaths_high"

[[toll]]
outcome = {value = "injured"}
low = "injuries_low"
best = "injuries_best"
high = "injuries_high"
"""
"""Every report is an occurrence of its own. What precision its codes stand for was read off its
places: a country, a region, a city, a part of one, a quarter, a building."""


def accounts(rows: Iterable[Row]) -> list[Account]:
    """Each row as the only report of an occurrence."""
    made = []
    for number, row in enumerate(rows, start=1):
        decided, id = filed(row), UUID(int=number)
        event = Recorded(
            position=number,
            event_id=id,
            type="report.filed",
            recorded_at=RECORDED_AT,
            known_from=decided.known_from,
            target=None,
            statement=decided.statement,
            claims=decided.claims,
            stream_id=id,
            version=1,
        )
        (span,) = fold([event])[id].beliefs
        made.append(account(id, row.record, span.belief, [row.report.source.name]))
    return made


def test_how_many_duplicates_of_maverick_are_found_and_how_much_else(shared_data: Find) -> None:
    # given
    path = shared_data("maverick_event_report.csv")
    read = table.read(io.BytesIO(path.read_bytes()), load(MAVERICK.encode()))
    told = accounts(row for row in read if isinstance(row, Row))
    with path.open(encoding="utf-8", newline="") as file:
        events = {f"maverick/{cells['id']}": cells["event_id"] for cells in csv.DictReader(file)}
    by_event: dict[str, list[Account]] = {}
    for one in told:
        by_event.setdefault(events[one.occurrence], []).append(one)
    truth = {
        frozenset((a.id, b.id))
        for group in by_event.values()
        for a, b in itertools.combinations(group, 2)
    }
    several = {one.id for group in by_event.values() if len(group) > 1 for one in group}

    # when
    rarity = Rarity(one.belief for one in told[:COUNTED])
    sweep = Sweep(rarity, WINDOW)
    for one in sorted(told, key=lambda a: a.order):
        sweep.next(one)

    # then
    found = {frozenset((a.id, b.id)) for a, b in sweep.found}
    right = found & truth
    with_partner = {id for pair in right for id in pair}
    measured = (
        f"{len(found):,}",
        f"{100 * len(right) / len(found):.0f} %",
        f"{100 * len(right) / len(truth):.0f} %",
        f"{100 * len(with_partner) / len(several):.0f} %",
        f"{2 * len(found) / len(told):.1f}",
    )
    print(len(told), "reports,", len(truth), "right pairs:", *measured)
    row = re.search(r"^\| \*\*45\*\* \| (.*) \|$", DOCUMENT.read_text(encoding="utf-8"), re.M)
    assert row is not None
    assert measured == tuple(cell.strip("* ") for cell in row[1].split(" | "))


async def test_both_ways_of_looking_through_a_month_of_ged_agree(
    database, shared_data: Find
) -> None:
    # given: all that may have happened in August 2019, each row an event of its own to its coders
    raw = gzip.decompress(shared_data("ucdp_ged_syria_2016_2019.csv.gz").read_bytes())
    rows = all_rows(ged.read(io.BytesIO(raw), until=datetime.date(2020, 1, 31)))
    told = accounts(rows)
    month = [
        (row, one)
        for row, one in zip(rows, told, strict=True)
        if one.belief.occurred and "2019-08" in one.belief.occurred.edtf
    ]
    events = [
        ReportFiled(occurrence=row.occurrence, report=row.report, claims=row.claims)
        for row, _ in month
    ]

    # when
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        for at in range(0, len(events), 500):
            await store.append("main", Append(events=tuple(events[at : at + 500])))
        async with store.reading("main") as reader:
            over = Similarity.over(reader)
            swept = await over.duplicates(None, Query(limit=1_000))
            each = {
                row.occurrence: await over.similar(row.occurrence or "", Query())
                for row, _ in month
            }

    # then
    rarity = Rarity(one.belief for _, one in month[:COUNTED])
    expected = {
        frozenset((f"ged-{a.occurrence[4:]}", f"ged-{b.occurrence[4:]}"))
        for (_, a), (_, b) in itertools.combinations(month, 2)
        if likeness(a, b, rarity) is not None
    }
    print(len(month), "rows of August 2019:", len(expected), "pairs")
    assert {frozenset((p.one.occurrence, p.other.occurrence)) for p in swept.pairs} == expected
    assert {
        frozenset((name, other.occurrence))
        for name, shown in each.items()
        for other in shown.candidates
    } == expected
    assert (swept.looked_at, swept.limited) == (len(month), 0)
