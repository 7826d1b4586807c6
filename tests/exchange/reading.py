"""What the tests of all readers share: asking for rows and faults, and filing a row for real."""

from __future__ import annotations

from collections.abc import Iterable

from domain import instants
from domain.events import ReportFiled
from domain.occurrence import Decided, file
from exchange.rows import Fault, Row

RECORDED_AT = instants.parse("2026-11-24T12:00:00Z", name="recorded_at").known
"""When the rows of the tests are filed: microseconds since 1970, UTC."""


def all_rows(read: Iterable[Row | Fault]) -> list[Row]:
    """The rows of a file that has no fault."""
    rows: list[Row] = []
    for one in read:
        assert isinstance(one, Row), one
        rows.append(one)
    return rows


def only_row(read: Iterable[Row | Fault]) -> Row:
    """The row of a file that has one."""
    (row,) = all_rows(read)
    return row


def only_fault(read: Iterable[Row | Fault]) -> Fault:
    """The fault of a file that has one, whatever rows it has."""
    (fault,) = [one for one in read if isinstance(one, Fault)]
    return fault


LAST = instants.parse("9999", name="recorded_at").known
"""So late that nothing was reported ahead of it."""


def filed(row: Row, recorded_at: int = RECORDED_AT) -> Decided:
    """What the log would keep of a row."""
    event = ReportFiled(occurrence=row.occurrence, report=row.report, claims=row.claims)
    return file(event, recorded_at)
