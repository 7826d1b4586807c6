"""`dateline import`: reports out of others' data sets."""

from __future__ import annotations

import asyncio
import csv
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from api.importing import (
    FORMATS,
    FaultFound,
    Format,
    Imported,
    Options,
    Read,
    RowChanged,
    Watching,
    reading,
    run,
)
from cli import words
from cli.alike import Alike, bare
from cli.database import Where, opened
from cli.file import author
from cli.output import print_json
from domain.errors import Malformed, Unavailable
from exchange.timemap import DateOrder
from store.importing import Import

BEHIND = 65
"""Columns that are kept for the words beside the bar."""

FIRST_MAPPING = """\
dataset = "norvale"       # the name of the data set
id = "No"                 # the column with the id of each row
title = "What"
kind = {column = "Type", slug = true}    # "Air strike" is air-strike
source = {name = "Who"}   # or {name = {value = "Norvale Post"}}
reported_at = "Said"      # a day like 2024-03-06, or an instant
occurred = {edtf = {column = "When", format = "%d/%m/%Y"}}
place = {name = "Town", lat = "Lat", lon = "Lon"}

[[toll]]                  # once for each figure
outcome = {value = "killed"}
exactly = "Killed"        # or about, at_least, at_most
"""
"""A mapping for a first table, as docs/import.md has it."""

app = App(
    name="import",
    help_epilogue="Examples:\n\n"
    "    dateline import ged ged201.csv.gz --release 2020-06-30 --chronicle ged\n"
    "    dateline import table incidents.xlsx --mapping incidents.toml --dry-run\n"
    "    dateline import timelinejs timeline.json --source 'Norvale Post'\n\n"
    "A first mapping, incidents.toml. What stands in quotes behind the equals signs are names of "
    "columns; only `dataset`, `id` and `source` are needed, and what is not named is kept too:\n\n"
    + "".join(f"    {line}\n" for line in FIRST_MAPPING.splitlines())
    + '\nFor XLSX or JSON add `file = {form = "xlsx"}` at its top. Try it with --dry-run; '
    "docs/import.md has every key.",
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
            help="The file, also as .gz or .zip; - is standard input.",
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
    faults: Annotated[
        Path | None,
        Parameter(
            name="--faults",
            help="A file, CSV, in which all rows at fault are listed: line, column, detail.",
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
            with _faults_file(faults) as file, Watched(stream, file) as watched:
                imported = await _run(importing, read.read, stream, watched, strict=strict)
    if json:
        print_json(imported)
    else:
        _tell(imported, watched, strict=strict and not dry_run, faults=faults)
    return 1 if imported.refused else 0


async def _run(
    importing: Import, read: Read, stream: BinaryIO, watched: Watched, *, strict: bool
) -> Imported:
    try:
        return await run(importing, read, stream, strict=strict, watching=watched)
    except (asyncio.CancelledError, Unavailable):
        watched.stop()
        last = watched.last
        if last is None or last.dry_run:
            print("Stopped. Nothing was written.", file=sys.stderr)
        else:
            print(
                f"Stopped after {words.counted(last.rows, 'row')}: {summary(last)} What is written "
                "stays, and is not written twice: give the same command again to go on.",
                file=sys.stderr,
            )
        raise


@contextmanager
def _faults_file(path: Path | None) -> Iterator[TextIO | None]:
    """The file that all faults are listed in, with the mark at its beginning that Excel needs."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Malformed(f"{path} cannot be written: {error.strerror}.") from None
    with file:
        yield file


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


def _tell(imported: Imported, watched: Watched, *, strict: bool, faults: Path | None) -> None:
    for line in watched.faults.told("more refused for other reasons"):
        print(line, file=sys.stderr)
    if not watched.faults.whole and faults is None:
        print("--faults FILE lists them all.", file=sys.stderr)
    for line in watched.changes.told("more changed otherwise"):
        print(line)
    would = "That would be " if imported.dry_run else ""
    print(f"{would}{summary(imported)}")
    if imported.changed:
        print(
            "Rows that changed were not written: --release DAY corrects their reports, as of the "
            "day on which the data set changed. Rows of another table need another --dataset."
        )
    if imported.release is not None and not imported.whole:
        print("Rows that are gone were not looked for, since some could not be read.")
    if strict and imported.refused:
        print("Nothing was written, since --strict was given.")
    elif imported.dry_run:
        print("Nothing was written: this was a trial.")


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


class Watched(Watching):
    """How an import comes on: a bar on standard error, where that is a terminal; what is alike
    among its faults; and all of them in a file, if there is one."""

    def __init__(self, stream: BinaryIO, file: TextIO | None = None) -> None:
        self._total = stream.seek(0, 2)
        self._file = csv.writer(file) if file is not None else None
        if self._file is not None:
            self._file.writerow(("line", "column", "detail"))
        self._task: TaskID | None = None
        console = Console(stderr=True)
        # Never the whole width: a terminal shows ^C behind the bar, and must not break the line.
        width = max(8, min(40, console.width - BEHIND))
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=width),
            TextColumn("{task.fields[told]}"),
            console=console,
            transient=True,
        )
        self._trial: bool | None = None
        self._began = time.monotonic()
        self.last: Imported | None = None
        self.faults = Alike()
        self.changes = Alike()

    def __enter__(self) -> Watched:
        if self._progress.console.is_terminal:
            self._progress.start()
            self._task = self._progress.add_task("Reading", total=self._total, told="")
        return self

    def moved(self, imported: Imported, read: int) -> None:
        """So much of the file has been read, and this came of it."""
        now = time.monotonic()
        if self._trial != imported.dry_run:  # a trial comes before what it is a trial of
            self._trial = imported.dry_run
            self._began = now if self.last is not None else self._began
        self.last = imported
        if self._task is not None:
            self._progress.update(
                self._task,
                completed=read,
                description="Checking" if imported.dry_run else "Importing",
                told=told(imported, read, self._total, now - self._began),
            )

    def refused(self, fault: FaultFound) -> None:
        """A row at fault, for the list and for the file."""
        column = f", {fault.column}" if fault.column else ""
        said = f"line {fault.line:,}{column}: {fault.detail}"
        self.faults.add((fault.column, bare(fault.detail)), fault.line, said)
        if self._file is not None:
            self._file.writerow((fault.line, fault.column or "", fault.detail))

    def changed(self, change: RowChanged) -> None:
        """A row that changed, for the list."""
        said = f"line {change.line:,}: {change.record} changed: {', '.join(change.fields)}"
        self.changes.add(change.fields, change.line, said)

    def stop(self) -> None:
        """Take the bar away, so that something can be said."""
        if self._task is not None:
            self._progress.stop()
            self._task = None

    def __exit__(self, *ended: object) -> None:
        self.stop()


def told(imported: Imported, read: int, total: int, seconds: float) -> str:
    """What stands behind the bar: how much, how many, how fast, how long still, how many bad."""
    share = read / total if total else 1.0
    parts = [f"{share:.0%}", words.counted(imported.rows, "row")]
    if seconds > 0 and imported.rows:
        parts.append(f"{imported.rows / seconds:,.0f}/s")
        if 0 < share < 1:
            left = round(seconds / share - seconds)
            parts.append(f"{left // 60}:{left % 60:02} left")
    if imported.refused:
        parts.append(f"{imported.refused:,} refused")
    return "  ".join(parts)
