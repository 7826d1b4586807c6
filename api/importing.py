"""Importing a file, for HTTP and for the command line: which reader reads it, and what came of it.

Knows nothing of HTTP, so that the command line need not load it.
"""

from __future__ import annotations

import asyncio
import datetime
import gzip
import itertools
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal, cast, get_args

from msgspec import Struct

from domain.claims import Source
from domain.errors import DatelineError, Invalid
from domain.events import ReportFiled
from exchange import acled, cells, ged, mapping, table, timelinejs, timemap
from exchange.rows import Fault, Row
from store.importing import BATCH, Came, Import, released

Format = Literal["ged", "acled", "timelinejs", "timemap", "table"]
FORMATS: tuple[Format, ...] = get_args(Format)
Read = Callable[[BinaryIO], Iterator[Row | Fault]]
LISTED = 1_000
"""Faults, and rows that changed and were not written, that are named; all are counted."""
GZIP = b"\x1f\x8b"


class Reading(Struct, frozen=True):
    """How a file is read: the name of its data set, and its reader."""

    dataset: str
    read: Read


class FaultFound(Struct, frozen=True, kw_only=True):
    """A row that is no report: where it stands, and what was expected. Lines count from 1, with the
    header; in JSON items are counted. `column` is its name in the header, in JSON the member, and
    names all where several make one claim; null where the row as a whole is at fault."""

    line: int
    column: str | None
    detail: str


class RowChanged(Struct, frozen=True, kw_only=True):
    """A row that says something else than its report does, and was not written: a correction needs
    the day on which the data set said so, its release."""

    line: int
    record: str
    fields: tuple[str, ...]


class Imported(Struct, kw_only=True):
    """What came of a file's rows; with `dry_run`, what would.

    `retracted` are the reports of rows that are gone; `refiled` those retracted and filed anew, for
    who said it changed. `changed` are the rows that need a release and were not written, `refused`
    those with faults. At most 1,000 of each are named. `whole` is false where rows could not be
    read: then none is taken to be gone. `basis` is the position from which it can be read.
    """

    dataset: str
    release: str | None
    dry_run: bool
    basis: int | None = None
    whole: bool = True
    filed: int = 0
    corrected: int = 0
    refiled: int = 0
    retracted: int = 0
    unchanged: int = 0
    changed: int = 0
    refused: int = 0
    faults: list[FaultFound] = []
    changes: list[RowChanged] = []

    @property
    def rows(self) -> int:
        """Rows that were read, whatever came of them."""
        done = self.filed + self.corrected + self.refiled
        return done + self.unchanged + self.changed + self.refused

    def came(self, row: Row, outcome: Came | DatelineError) -> None:
        """Count a row."""
        if isinstance(outcome, DatelineError):
            self.fault(Fault(row.line, row.column(outcome.where), outcome.detail))
            return
        setattr(self, outcome.what, getattr(self, outcome.what) + 1)
        if outcome.what == "changed" and len(self.changes) < LISTED:
            self.changes.append(RowChanged(line=row.line, record=row.record, fields=outcome.fields))

    def fault(self, fault: Fault) -> None:
        """Count a row that is no report."""
        self.refused += 1
        if len(self.faults) < LISTED:
            self.faults.append(
                FaultFound(line=fault.line, column=fault.column, detail=fault.detail)
            )


# Which reader


def reading(
    form: str,
    *,
    source: str | None = None,
    toml: bytes | None = None,
    release: str | None = None,
    sheet: bool | None = None,
) -> Reading:
    """How a file of a format is read.

    `source` names who speaks in a timeline, and the data set after it; `toml` is the mapping of a
    table; `sheet` says that a timeline is CSV, None that its beginning tells. Raises Invalid for
    what is missing, or means nothing for the format, and as `mapping.load` does.
    """
    if form not in FORMATS:
        raise Invalid(f"format is one of {', '.join(FORMATS)}, not {form!r}.", where="format")
    if (form == "table") != (toml is not None):
        raise Invalid(
            "A table needs a mapping, which says what its columns mean; no other format takes one.",
            where="mapping",
        )
    named = form in ("timelinejs", "timemap")
    if named != (source is not None):
        raise Invalid(
            "A timeline does not say who speaks: name its source."
            if named
            else f"The source of {form} is known: leave it out.",
            where="speaker",
        )
    if toml is not None:
        given = mapping.load(toml)
        return Reading(given.dataset, lambda stream: table.read(stream, given))
    if form == "ged":
        until = _last_day(release)
        return Reading("ged", lambda stream: ged.read(stream, until=until))
    if form == "acled":
        return Reading("acled", acled.read)
    assert source is not None
    return _timeline(form, source, sheet)


def _timeline(form: Format, name: str, sheet: bool | None) -> Reading:
    dataset = cells.tag(name)[:60].strip("-")
    if not dataset:
        raise Invalid(
            "The data set is named after its source, in Latin letters: name the source with some.",
            where="speaker",
        )
    if len(name) > 300:
        raise Invalid("A source's name has at most 300 characters.", where="speaker")
    read = timelinejs.read if form == "timelinejs" else timemap.read

    def reads(stream: BinaryIO) -> Iterator[Row | Fault]:
        as_sheet = not _begins_json(stream) if sheet is None else sheet
        return read(stream, source=Source(name=name), dataset=dataset, sheet=as_sheet)

    return Reading(dataset, reads)


def _begins_json(stream: BinaryIO) -> bool:
    at = stream.tell()
    first = stream.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    stream.seek(at)
    return first in (b"{", b"[")


def _last_day(release: str | None) -> datetime.date:
    """The last day on which a source can have been published."""
    today = datetime.datetime.now(datetime.UTC).date()
    if release is None:
        return today
    known = datetime.timedelta(microseconds=released(release).known)
    return min(today, (datetime.datetime(1970, 1, 1) + known).date())


# Running


async def run(
    importing: Import,
    read: Read,
    stream: BinaryIO,
    *,
    strict: bool = False,
    progress: Callable[[Imported, int], None] = lambda imported, read: None,
) -> Imported:
    """Import a file, from its beginning; `stream` can be sought in, and may be gzipped.

    With `strict` the whole is read and compared first, and nothing is written if there is any
    fault. `progress` is told after each batch, with the bytes read. Raises Malformed and Invalid
    where nothing of the file can be read. If it is cancelled, whole batches have been written, and
    it can be run again.
    """
    if strict and not importing.dry_run:
        tried = await _run(importing.trial(), read, stream, progress)
        if tried.refused:
            return tried
    return await _run(importing, read, stream, progress)


async def _run(
    importing: Import,
    read: Read,
    stream: BinaryIO,
    progress: Callable[[Imported, int], None],
) -> Imported:
    imported = Imported(
        dataset=importing.dataset, release=importing.release, dry_run=importing.dry_run
    )
    stream.seek(0)
    zipped = stream.read(len(GZIP)) == GZIP
    stream.seek(0)
    content = cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if zipped else stream
    found = _Found(await asyncio.to_thread(read, content))
    while batch := await asyncio.to_thread(found.next):
        for fault in batch:
            if isinstance(fault, Fault):
                imported.fault(fault)
                imported.whole = False
        rows = [one for one in batch if isinstance(one, Row)]
        events = [
            ReportFiled(occurrence=row.occurrence, report=row.report, claims=row.claims)
            for row in rows
        ]
        for row, outcome in zip(rows, await importing.take(events), strict=True):
            imported.came(row, outcome)
        progress(imported, stream.tell())
    if importing.release is not None and imported.whole:
        imported.retracted = await importing.gone()
    imported.basis = await importing.head()
    return imported


class _Found:
    """What a reader gives, batch by batch. Where the file breaks off, that is a last fault."""

    def __init__(self, read: Iterator[Row | Fault]) -> None:
        self._read = read
        self._line = 0

    def next(self) -> list[Row | Fault]:
        """The next batch; empty at the end."""
        batch: list[Row | Fault] = []
        try:
            for one in itertools.islice(self._read, BATCH):
                batch.append(one)
                self._line = one.line
        except (DatelineError, EOFError, OSError, zlib.error) as broken:
            detail = broken.detail if isinstance(broken, DatelineError) else f"{broken}."
            if self._line == 0 and isinstance(broken, DatelineError):
                raise
            batch.append(Fault(self._line + 1, None, f"The file breaks off here. {detail}"))
            self._read = iter(())
        return batch
