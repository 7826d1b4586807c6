"""Importing a file, for HTTP and for the command line: which reader reads it, and what came of it.

Knows nothing of HTTP, so that the command line need not load it.
"""

from __future__ import annotations

import asyncio
import datetime
import gzip
import itertools
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Literal, cast, get_args

import msgspec
from msgspec import Struct

from domain.claims import Source
from domain.errors import DatelineError, Invalid, Malformed
from domain.events import ReportFiled
from domain.names import SLUG
from exchange import acled, cells, delimited, ged, mapping, table, timelinejs, timemap
from exchange.rows import Fault, Row
from store.importing import BATCH, Came, Import, released

Format = Literal["ged", "acled", "timelinejs", "timemap", "table"]
FORMATS: tuple[Format, ...] = get_args(Format)
Read = Callable[[BinaryIO], Iterator[Row | Fault]]
LISTED = 1_000
"""Faults, and rows that changed and were not written, that are named; all are counted."""
DATASET_LENGTH = 60
"""Characters of a data set's name, as in a mapping."""
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"


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

    def came(self, came: Came) -> None:
        """Count a row."""
        setattr(self, came.what, getattr(self, came.what) + 1)

    def change(self, change: RowChanged) -> None:
        """Name a row that was not written."""
        if len(self.changes) < LISTED:
            self.changes.append(change)

    def fault(self, found: FaultFound) -> None:
        """Count a row that is no report."""
        self.refused += 1
        if len(self.faults) < LISTED:
            self.faults.append(found)


# Which reader


class Options(Struct, frozen=True, kw_only=True):
    """What may be said of a file, by the names of HTTP's query parameters; None what was not.

    `dataset` is the name that its rows' ids live under, and by which its releases are compared;
    each format has its own, a timeline its speaker's, a table that of its mapping. `speaker` is who
    speaks in a timeline, `mapping` the TOML of a table, `encoding` that of a CSV, `date_order` that
    of the dates of a timemap.
    """

    speaker: str | None = None
    mapping: str | bytes | None = None
    release: str | None = None
    dataset: str | None = None
    encoding: str | None = None
    date_order: str | None = None


def reading(form: str, options: Options, *, sheet: bool | None = None) -> Reading:
    """How a file of a format is read.

    `sheet` says that a timeline is CSV, None that its beginning tells. Raises Invalid for what is
    missing, or means nothing for the format, and as `mapping.load` does.
    """
    if form not in FORMATS:
        raise Invalid(f"format is one of {', '.join(FORMATS)}, not {form!r}.", where="format")
    _check(form, options)
    if options.mapping is not None:
        return _table(options.mapping, options)
    encoding = options.encoding
    if form == "ged":
        until, named = _last_day(options.release), options.dataset or ged.DATASET
        return Reading(
            named, lambda stream: ged.read(stream, until=until, dataset=named, encoding=encoding)
        )
    if form == "acled":
        named = options.dataset or acled.DATASET
        return Reading(named, lambda stream: acled.read(stream, dataset=named, encoding=encoding))
    return _timeline(form, options, sheet)


def _check(form: str, options: Options) -> None:
    """Raises Invalid where an option is missing, cannot be, or is of no use to the format."""
    if (form == "table") != (options.mapping is not None):
        raise Invalid(
            "A table needs a mapping, which says what its columns mean; no other format takes one.",
            where="mapping",
        )
    named = form in ("timelinejs", "timemap")
    if named != (options.speaker is not None):
        raise Invalid(
            "A timeline does not say who speaks: name its source."
            if named
            else f"The source of {form} is known: leave it out.",
            where="speaker",
        )
    if options.date_order is not None:
        if form != "timemap":
            raise Invalid(
                "Only a timemap's dates can be in two orders; a table's mapping has `format`.",
                where="date_order",
            )
        if options.date_order not in timemap.ORDERS:
            raise Invalid(
                f"date_order is one of {', '.join(timemap.ORDERS)}, not {options.date_order!r}.",
                where="date_order",
            )
    if options.dataset is not None and not _is_name(options.dataset):
        raise Invalid(
            f"dataset is a name of up to {DATASET_LENGTH} small letters, digits and hyphens, such "
            f"as ged-syria, not {options.dataset!r}.",
            where="dataset",
        )
    if options.encoding is not None:
        delimited.check_encoding(options.encoding, "encoding")


def _is_name(name: str) -> bool:
    return len(name) <= DATASET_LENGTH and SLUG.fullmatch(name) is not None


def _table(toml: str | bytes, options: Options) -> Reading:
    given = mapping.load(toml.encode() if isinstance(toml, str) else toml)
    if options.dataset is not None:
        given = msgspec.structs.replace(given, dataset=options.dataset)
    if options.encoding is not None:
        if given.file.form != "csv":
            raise Invalid(
                f"Only CSV has an encoding to name, not {given.file.form}.", where="encoding"
            )
        file = msgspec.structs.replace(given.file, encoding=options.encoding)
        given = msgspec.structs.replace(given, file=file)
    return Reading(given.dataset, lambda stream: table.read(stream, given))


def _timeline(form: str, options: Options, sheet: bool | None) -> Reading:
    assert options.speaker is not None
    source, encoding = Source(name=options.speaker), options.encoding
    dataset = options.dataset or cells.tag(source.name)[:DATASET_LENGTH].strip("-")
    order = next((order for order in timemap.ORDERS if order == options.date_order), None)
    if not dataset:
        raise Invalid(
            "The data set is named after its source, in Latin letters: name the source with some, "
            "or give `dataset`.",
            where="speaker",
        )
    if len(source.name) > 300:
        raise Invalid("A source's name has at most 300 characters.", where="speaker")

    def reads(stream: BinaryIO) -> Iterator[Row | Fault]:
        as_sheet = not _begins_json(stream) if sheet is None else sheet
        if encoding is not None and not as_sheet:
            raise Invalid("Only CSV has an encoding to name: JSON is UTF-8.", where="encoding")
        if form == "timelinejs":
            return timelinejs.read(
                stream, source=source, dataset=dataset, encoding=encoding, sheet=as_sheet
            )
        return timemap.read(
            stream, source=source, dataset=dataset, order=order, encoding=encoding, sheet=as_sheet
        )

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


class Watching:
    """Who is told how an import comes on: here nobody, which is enough for HTTP."""

    def moved(self, imported: Imported, read: int) -> None:
        """A batch is done: what came of the file so far, and how many of its bytes were read. In
        the trial that `strict` begins with, `imported` is one of a trial."""

    def refused(self, fault: FaultFound) -> None:
        """A row is at fault. All are told, however many `Imported` names."""

    def changed(self, change: RowChanged) -> None:
        """A row says something else than its report does, and was not written. All are told."""


async def run(
    importing: Import,
    read: Read,
    stream: BinaryIO,
    *,
    strict: bool = False,
    watching: Watching | None = None,
) -> Imported:
    """Import a file, from its beginning; `stream` can be sought in, and may be gzipped.

    With `strict` the whole is read and compared first, and nothing is written if there is any
    fault. Raises Malformed and Invalid where nothing of the file can be read. If it is cancelled,
    the batch that was begun is written, and told, before it ends; it can be run again.
    """
    watching = watching or Watching()
    if strict and not importing.dry_run:
        tried = await _run(importing.trial(), read, stream, watching)
        if tried.refused:
            return tried
    return await _run(importing, read, stream, watching)


async def _run(importing: Import, read: Read, stream: BinaryIO, watching: Watching) -> Imported:
    imported = Imported(
        dataset=importing.dataset, release=importing.release, dry_run=importing.dry_run
    )
    try:
        found = _Found(await asyncio.to_thread(read, _unpacked(stream)))
    except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
        raise Malformed(
            f"The file begins as gzip does, and cannot be unpacked: {broken}."
        ) from None
    while batch := await asyncio.to_thread(found.next):
        taken = asyncio.ensure_future(_take(importing, batch, imported, watching))
        try:
            await asyncio.shield(taken)
        except asyncio.CancelledError:
            await taken
            raise
        finally:
            watching.moved(imported, stream.tell())
    if not imported.rows:
        raise Malformed("The file has no rows: at least one was expected.", where="")
    if importing.release is not None and imported.whole:
        imported.retracted = await importing.gone()
    imported.basis = await importing.head()
    return imported


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """The file from its beginning, taken out of gzip or of a zip that holds nothing else.

    A workbook is a zip as well, and left as it is. Raises Malformed and Invalid.
    """
    stream.seek(0)
    begins = stream.read(len(ZIP))
    stream.seek(0)
    if begins.startswith(GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if begins != ZIP:
        return stream
    try:
        archive = zipfile.ZipFile(stream)
        names = archive.namelist()
        if "[Content_Types].xml" in names:
            stream.seek(0)
            return stream
        files = [n for n in names if not n.endswith("/") and not n.startswith("__MACOSX/")]
        if len(files) != 1:
            raise Invalid(
                f"The archive holds {len(files)} files: unpack it, and import them one by one. "
                f"They are: {', '.join(files[:10])}.",
                where="",
            )
        return cast("BinaryIO", archive.open(files[0]))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Malformed(f"The archive cannot be unpacked: {error}.", where="") from None


async def _take(
    importing: Import, batch: Sequence[Row | Fault], imported: Imported, watching: Watching
) -> None:
    """File the rows of a batch, and count what came of each."""
    faults = [one for one in batch if isinstance(one, Fault)]
    imported.whole = imported.whole and not faults
    rows = [one for one in batch if isinstance(one, Row)]
    events = [
        ReportFiled(occurrence=row.occurrence, report=row.report, claims=row.claims) for row in rows
    ]
    for row, outcome in zip(rows, await importing.take(events), strict=True):
        if isinstance(outcome, DatelineError):
            faults.append(Fault(row.line, row.column(outcome.where), outcome.detail))
            continue
        imported.came(outcome)
        if outcome.what == "changed":
            change = RowChanged(line=row.line, record=row.record, fields=outcome.fields)
            imported.change(change)
            watching.changed(change)
    for fault in sorted(faults, key=lambda fault: fault.line):
        found = FaultFound(line=fault.line, column=fault.column, detail=fault.detail)
        imported.fault(found)
        watching.refused(found)


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
        except (DatelineError, EOFError, OSError, zlib.error, zipfile.BadZipFile) as broken:
            detail = broken.detail if isinstance(broken, DatelineError) else f"{broken}."
            if self._line == 0 and isinstance(broken, DatelineError):
                raise
            batch.append(Fault(self._line + 1, None, f"The file breaks off here. {detail}"))
            self._read = iter(())
        return batch
