"""What every reader gives: rows that can be filed as they are, and faults that say where."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from domain import instants
from domain.claims import FIELDS, ClaimsGiven, Report
from domain.errors import DatelineError
from domain.events import ReportFiled
from domain.names import SLUG, SLUG_LENGTH
from domain.occurrence import file
from domain.reading import read_event
from domain.reading_faults import escaped, unescaped


class Row(Struct, frozen=True, kw_only=True):
    """One report of a data set, checked: `domain.occurrence.file` takes it.

    Only its `reported_at` can still lie too far ahead of the time of filing, which no reader knows.
    `line` counts the file's lines from 1, the header included; in JSON it counts the items of the
    array, and in XLSX the rows of the sheet. `record` is the id that the report has in its data
    set, `ged/305891`, and stands in the report as well. `occurrence` is a slug, or None where each
    report is an occurrence of its own. `columns` says what each part was made from, as in `Made`.
    """

    line: int
    record: str
    occurrence: str | None
    report: Report
    claims: ClaimsGiven
    columns: Mapping[str, str] = {}

    def column(self, where: str | None) -> str | None:
        """The column behind a place in the event, so that what is found wrong with the row only
        when it is filed can be said of the file as well. None where no column alone is."""
        return _column(self, where or "")


class Fault(Struct, frozen=True):
    """A row that cannot be a report: where it stands, counted as in `Row`, and what was expected.

    `column` is None where the row as a whole is at fault.
    """

    line: int
    column: str | None
    detail: str


class Record(Struct, frozen=True):
    """One row as the file has it. `line` counts as in `Row`."""

    line: int
    cells: dict[str, Any]


class Refused(Exception):
    """One cell that cannot be read; becomes a Fault."""

    def __init__(self, column: str | None, detail: str) -> None:
        super().__init__(detail)
        self.column = column
        self.detail = detail


class Made(Struct, frozen=True):
    """What a reader makes of a record, and the columns that it was made from.

    `columns` maps JSON Pointers into the event (`/claims/title`) to columns, so that whatever is
    found wrong with the event can be said of the file. A place that several columns make has them
    all, `date_start and date_end`; what is not noted is made from what the place around it is.
    Attributes are not noted where they have the name of their column.
    """

    record: str
    occurrence: str | None
    report: Report
    claims: ClaimsGiven
    columns: Mapping[str, str]


def rows(
    records: Iterable[Record | Fault], make: Callable[[dict[str, Any]], Made]
) -> Iterator[Row | Fault]:
    """Each record made into a checked row, or a fault that names its line and column."""
    for record in records:
        if isinstance(record, Fault):
            yield record
            continue
        try:
            made = make(record.cells)
        except Refused as refused:
            yield Fault(line=record.line, column=refused.column, detail=refused.detail)
            continue
        yield _checked(record.line, made)


_LATEST = instants.parse("9999", name="year").known
"""When a row is filed to see whether it can be: so late that nothing is too far ahead."""


def _checked(line: int, made: Made) -> Row | Fault:
    """The row, read back as strictly as what people send, and filed for a try."""
    claims = _without_nulls(made.claims)
    event = ReportFiled(occurrence=made.occurrence, report=made.report, claims=claims)
    try:
        read = read_event(msgspec.json.encode(event))
        assert isinstance(read, ReportFiled)
        event = read
        file(event, _LATEST)
    except DatelineError as error:
        return Fault(line, _column(made, error.where or ""), error.detail)
    except (UnicodeEncodeError, OverflowError, RecursionError) as error:
        return Fault(line=line, column=_column(made, _unkept(event)), detail=_UNKEPT[type(error)])
    return Row(
        line=line,
        record=made.record,
        occurrence=event.occurrence,
        report=event.report,
        claims=event.claims,
        columns=made.columns,
    )


_UNKEPT = {
    UnicodeEncodeError: "Text must be Unicode, and half of a surrogate pair stands alone.",
    OverflowError: "Whole numbers of more than 64 bits cannot be kept.",
    RecursionError: "The values are nested too deeply.",
}


def _unkept(event: ReportFiled) -> str:
    """The place of the first value that no JSON of ours can hold."""
    report, claims = event.report, event.claims
    attributes = claims.attributes if isinstance(claims.attributes, dict) else {}
    places = [
        *((f"/report/{name}", getattr(report, name)) for name in report.__struct_fields__),
        *((f"/claims/{name}", getattr(claims, name)) for name in FIELDS if name != "attributes"),
        *((f"/claims/attributes/{escaped(n)}", {n: v}) for n, v in attributes.items()),
    ]
    for where, value in places:
        try:
            msgspec.json.encode(None if value is UNSET else value)
        except (UnicodeEncodeError, OverflowError, RecursionError):
            return where
    return ""


def _without_nulls(claims: ClaimsGiven) -> ClaimsGiven:
    """In a report null says no more than leaving a claim out, so that it is left out."""
    nulls = {field: UNSET for field in FIELDS if getattr(claims, field) is None}
    return msgspec.structs.replace(claims, **nulls) if nulls else claims


def _column(made: Made | Row, where: str) -> str | None:
    """The column behind a place in the event: the one noted for it, or for what it is part of."""
    place = where
    while place:
        if place in made.columns:
            return made.columns[place]
        place = place.rpartition("/")[0]
    within = where.removeprefix("/claims/attributes/")
    if within == where or not isinstance(made.claims.attributes, dict):
        return None
    attribute = unescaped(within.partition("/")[0])
    return attribute if attribute in made.claims.attributes else None


_BETWEEN = re.compile(r"[^a-z0-9]+")


def slug(prefix: str, name: str) -> str:
    """A slug for a name of a data set: `acled-est12` for `EST12`.

    Two names never share one, but for names that differ only in being all capitals or all small.
    Where anything else is lost on the way, ten digits of the name's SHA-256 are put behind.
    """
    lower = name.lower()
    plain = _BETWEEN.sub("-", lower).strip("-")
    whole = f"{prefix}-{plain}" if prefix else plain
    one_case = name in (lower, name.upper())
    if plain == lower and one_case and len(whole) <= SLUG_LENGTH and SLUG.fullmatch(whole):
        return whole
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    kept = whole[: SLUG_LENGTH - len(mark) - 1].strip("-")
    return f"{kept}-{mark}" if kept else mark
