"""`dateline import`: reports out of others' data sets."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from api.importing import FORMATS, Format, Imported, Options, Read, reading, run
from cli import words
from cli.database import Where, opened
from cli.file import author
from cli.output import print_json
from domain.errors import Malformed, Unavailable
from exchange.timemap import DateOrder
from store.importing import Import

SHOWN = 20
"""Faults, and rows that changed, that are told one by one; of the others it is said how many."""

app = App(
    name="import",
    help_epilogue="Examples:\n\n"
    "    dateline import ged ged201.csv.gz --release 2020-06-30 --chronicle ged\n"
    "    dateline import table incidents.xlsx --mapping incidents.toml --dry-run\n"
    "    dateline import timelinejs timeline.json --source 'Norvale Post'",
)


def _switch(help: str) -> Parameter:
    return Parameter(negative="", show_default=False, help=help)


@app.default
async def import_file(
    form: Annotated[Format, Parameter(name="FORMAT", help=f"One of {', '.join(FORMATS)}.")],
    path: Annotated[
        str,
        Parameter(
            name="FILE",
            allow_leading_hyphen=True,
            help="The file, which may be gzipped; - is standard input.",
        ),
    ],
    /,
    *,
    mapping: Annotated[
        Path | None, Parameter(name="--mapping", help="What the columns of a table mean, in TOML.")
    ] = None,
    source: Annotated[
        str | None,
        Parameter(
            name=("--source", "--speaker"),
            help="Who speaks in a timeline; the data set is named after it.",
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        Parameter(
            name="--dataset",
            help="The name that the ids of the rows live under, and by which releases are "
            "compared. Two tables whose rows have the same ids need names of their own. Default: "
            "ged, acled, the mapping's, or the source's.",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        Parameter(
            name="--encoding", help="The encoding of a CSV, such as windows-1256. Default: utf-8."
        ),
    ] = None,
    date_order: Annotated[
        DateOrder | None,
        Parameter(
            name="--date-order",
            help="Whether dates like 03/05/2024 in a timemap have the month or the day first. "
            "Needed where any could be read both ways.",
        ),
    ] = None,
    release: Annotated[
        str | None,
        Parameter(
            name="--release",
            help="The day or instant on which this release of the data set came out. Rows that "
            "changed then correct their reports, rows that are gone retract them, and all of it "
            "counts from there.",
        ),
    ] = None,
    dry_run: Annotated[bool, _switch("Say what would be written, and write nothing.")] = False,
    strict: Annotated[bool, _switch("Write nothing at all if any row is at fault.")] = False,
    json: Annotated[bool, _switch("Print what HTTP answers, as JSON.")] = False,
    where: Where = Where(),  # noqa: B008 -- frozen
) -> int:
    """Import a data set: a report for each of its rows.

    What is there already is not written again, so that a file can be imported again as it is, also
    where an import was stopped. A row that changed since is told, and written with --release only.
    Rows at fault are told with line and column, and the others are filed; then the exit status is
    that of a failure, 1. The chronicle is made if it is not there.

    docs/import.md says what becomes of every column.
    """
    toml = None if mapping is None else _read(mapping)
    options = Options(
        speaker=source,
        mapping=toml,
        release=release,
        dataset=dataset,
        encoding=encoding,
        date_order=date_order,
    )
    read = reading(form, options)
    with _opened(path) as stream:
        async with opened(where, make=True) as store:
            if not dry_run:
                await store.create_chronicle(where.chronicle)
            importing = Import(
                store,
                where.chronicle,
                read.dataset,
                author=author(),
                release=release,
                dry_run=dry_run,
            )
            with Bar(stream) as bar:
                imported = await _run(importing, read.read, stream, bar, strict=strict)
    if json:
        print_json(imported)
    else:
        _tell(imported, strict=strict and not dry_run)
    return 1 if imported.refused else 0


async def _run(
    importing: Import, read: Read, stream: BinaryIO, bar: Bar, *, strict: bool
) -> Imported:
    try:
        return await run(importing, read, stream, strict=strict, progress=bar.moved)
    except (asyncio.CancelledError, Unavailable):
        if not importing.dry_run:
            done = "" if bar.last is None else f" {summary(bar.last)}"
            print(f"Stopped.{done} Run it again to go on.", file=sys.stderr)
        raise


def _read(mapping: Path) -> bytes:
    try:
        return mapping.read_bytes()
    except OSError as error:
        raise Malformed(f"{mapping} cannot be read: {error.strerror}.") from None


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A file that can be sought in. Standard input is kept in one that is thrown away."""
    if path == "-":
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            yield kept
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115 -- closed below
    except OSError as error:
        raise Malformed(f"{path} cannot be read: {error.strerror}.") from None
    with stream:
        if not stream.seekable():
            with tempfile.TemporaryFile() as kept:
                shutil.copyfileobj(stream, kept)
                yield kept
            return
        yield stream


# Telling


def _tell(imported: Imported, *, strict: bool) -> None:
    for fault in imported.faults[:SHOWN]:
        column = f", {fault.column}" if fault.column else ""
        print(f"line {fault.line:,}{column}: {fault.detail}", file=sys.stderr)
    _and_more(imported.refused, "refused", sys.stderr)
    for change in imported.changes[:SHOWN]:
        print(f"line {change.line:,}: {change.record} changed: {', '.join(change.fields)}")
    _and_more(imported.changed, "changed", sys.stdout)
    print(summary(imported))
    if imported.changed:
        print(
            "Rows that changed were not written: --release DAY corrects their reports, as of the "
            "day on which the data set changed."
        )
    if imported.release is not None and not imported.whole:
        print("Rows that are gone were not looked for, since some could not be read.")
    if strict and imported.refused:
        print("Nothing was written, since --strict was given.")
    elif imported.dry_run:
        print("Nothing was written: this was a trial.")


def _and_more(count: int, what: str, to: TextIO) -> None:
    if count > SHOWN:
        print(f"... and {count - SHOWN:,} more {what}.", file=to)


def summary(imported: Imported) -> str:
    """The counts, those that are nothing left out."""
    counts = [f"{words.counted(imported.filed, 'report')} filed"]
    for count, what in (
        (imported.corrected, "corrected"),
        (imported.refiled, "retracted and filed anew"),
        (imported.retracted, "retracted"),
        (imported.unchanged, "unchanged"),
        (imported.changed, "changed and not written"),
        (imported.refused, "refused"),
    ):
        if count:
            counts.append(f"{count:,} {what}")
    return f"{', '.join(counts)}."


class Bar:
    """How far reading has come, on standard error, where that is a terminal."""

    def __init__(self, stream: BinaryIO) -> None:
        self._total = stream.seek(0, 2)
        self._task: TaskID | None = None
        self._progress = Progress(
            TextColumn("Importing"),
            BarColumn(),
            TextColumn("{task.fields[rows]} rows"),
            console=Console(stderr=True),
            transient=True,
        )
        self.last: Imported | None = None

    def __enter__(self) -> Bar:
        if self._progress.console.is_terminal:
            self._progress.start()
            self._task = self._progress.add_task("", total=self._total, rows=0)
        return self

    def moved(self, imported: Imported, read: int) -> None:
        """So much of the file has been read, and this came of it."""
        self.last = imported
        if self._task is not None:
            self._progress.update(self._task, completed=read, rows=f"{imported.rows:,}")

    def __exit__(self, *ended: object) -> None:
        if self._task is not None:
            self._progress.stop()
