"""`dateline file`: append events from a file or from standard input."""

from __future__ import annotations

import asyncio
import os
import pwd
import stat
import sys
from collections.abc import AsyncIterator, Iterable
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cli import words
from cli.database import Where, opened_chronicle
from domain.answers import Appended, EventAppended
from domain.errors import DatelineError, Malformed
from domain.reading import read_events
from store.known import Append
from store.reach import LOST, DatabaseUnreachable
from store.store import Store

AT_ONCE = 256
"""Lines that wait to be appended together."""
CHUNK = 1 << 18
DOCUMENT_LIMIT = 10 * 1024 * 1024
"""Bytes of one line, or of one document. As much as HTTP takes."""
LISTED = 25
"""Appended lines that are told one by one; refused ones always are."""
STANDARD_INPUT = 0
FILLING_SECONDS = 0.1
"""Between two looks at how far timelines are filled."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Numbered = tuple[int, bytes]
"""A line's number, from 1, and its bytes."""
Outcome = Appended | DatelineError

app = App(
    name="file",
    help_epilogue="Examples:\n\n"
    "    dateline file reports.ndjson\n"
    "    some-program | dateline file -\n"
    "    dateline file reports.ndjson --chronicle estra --json",
)


@app.default
async def file(
    path: Annotated[
        str,
        Parameter(
            name="FILE",
            allow_leading_hyphen=True,
            help="Where the events are; - is standard input.",
        ),
    ] = "-",
    /,
    *,
    where: Where = Where(),  # noqa: B008 -- frozen
    json: Annotated[
        bool,
        Parameter(
            name="--json",
            negative="",
            show_default=False,
            help="Tell what came of each line as JSON, a line each, as HTTP does.",
        ),
    ] = False,
) -> int:
    """Append reports, corrections and other events.

    Taken are NDJSON (one event a line), one event as JSON, or a batch, `{"events": [...]}`, which
    is appended whole or not at all. Lines are appended in their order, and each succeeds or fails
    alone: those that are refused are told with their number, the reason and the place (a JSON
    Pointer). The exit status is 1 if any was refused.

    An event with an `event_id` may be sent again: what is there already is not written twice. So a
    file that was stopped half-way, by Ctrl-C or by a fault, can be given again as it is.

    A timeline that selects among much is filled in the end. It can be read before; Ctrl-C leaves
    the rest to the next server, or to the next file.

    The author that is recorded is this account's name, as `cli:NAME`.
    """
    source = _open(path)
    try:
        async with opened_chronicle(where, make=True) as store:
            head = dict(await store.chronicles())[where.chronicle]
            filing = Filing(store, where.chronicle, Told(json, head))
            with Bar(source) as bar:
                status = await filing.all(source, bar)
            await filled(store, where.chronicle)
            return status
    finally:
        if source != STANDARD_INPUT:
            os.close(source)


def _open(path: str) -> int:
    if path == "-":
        if os.isatty(STANDARD_INPUT):
            print("Reading events from the terminal; Ctrl-D ends them.", file=sys.stderr)
        return STANDARD_INPUT
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Malformed(f"{path} cannot be read: {error.strerror}.") from None
    if stat.S_ISDIR(os.fstat(source).st_mode):
        os.close(source)
        raise Malformed(f"{path} is a folder, not a file with events.")
    return source


def author() -> str:
    """Who files from the command line: the account's name."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


class Filing:
    """Appends lines in their order, many of them waiting at once."""

    def __init__(self, store: Store, chronicle: str, told: Told) -> None:
        self._store = store
        self._chronicle = chronicle
        self._author = author()
        self._told = told

    async def all(self, source: int, bar: Bar) -> int:
        """Append all there is; the exit status. Ctrl-C still lets what was begun be told."""
        whole = False
        try:
            async for lines in windows(source):
                await self._window(lines)
                bar.moved(lines)
            whole = True
        finally:
            self._told.end(whole=whole)
        return 1 if self._told.refused else 0

    async def _window(self, lines: list[Numbered]) -> None:
        # Tasks start in the order in which they are made, and the store keeps the order of asking.
        tasks = [asyncio.create_task(self._one(line)) for _, line in lines]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            await asyncio.wait(tasks)
            self._tell(lines, tasks)
            raise
        self._tell(lines, tasks)

    def _tell(self, lines: list[Numbered], tasks: list[asyncio.Task[Outcome]]) -> None:
        lost = [error for error in (task.exception() for task in tasks) if error is not None]
        for (number, _), task in zip(lines, tasks, strict=True):
            if task.exception() is None:
                self._told.line(number, task.result())
        sys.stdout.flush()  # whoever reads through a pipe is told as it happens
        if lost:
            if not isinstance(lost[0], LOST):
                raise lost[0]
            raise DatabaseUnreachable(
                f"The database was lost: {lost[0]}. Lines with an event_id may be given again."
            )

    async def _one(self, line: bytes) -> Outcome:
        try:
            events, _ = read_events(line)
            return await self._store.append(
                self._chronicle, Append(events=events, author=self._author)
            )
        except DatelineError as refused:
            return refused


# Reading


async def windows(source: int) -> AsyncIterator[list[Numbered]]:
    """The lines that are there, up to `AT_ONCE`, as they come in. Empty ones are passed over.

    Raises Malformed for a line that is too long. One JSON document that is set over several lines
    is one line, with the number 1.
    """
    chunks = _chunks(source)
    head, ended = await _head(chunks)
    if _is_document(head) and ended:
        yield [(1, head)]
        return
    number, rest = 0, head
    while True:
        *lines, rest = rest.split(b"\n")
        if ended:
            lines.append(rest)
            rest = b""
        for window in _gathered(lines, number):
            yield window
        number += len(lines)
        if len(rest) > DOCUMENT_LIMIT:
            raise Malformed(
                f"Line {number + 1} is longer than {DOCUMENT_LIMIT:,} bytes. Expected is one event "
                "a line."
            )
        if ended:
            return
        try:
            rest += await anext(chunks)
        except StopAsyncIteration:
            ended = True


async def _head(chunks: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """As much as tells lines from a document, and whether that is all.

    Where the first line is JSON by itself, that is enough; else it may be a document that goes on.
    """
    head = b""
    async for chunk in chunks:
        head = (head + chunk).removeprefix(BYTE_ORDER_MARK)
        first, ends, _ = head.lstrip().partition(b"\n")
        if (ends and _is_json(first)) or len(head) > DOCUMENT_LIMIT:
            return head, False
    return head, True


def _is_document(text: bytes) -> bool:
    """Whether a text is one JSON document rather than lines of them.

    One that is broken cannot be told for sure: then it is lines if any of the first few is JSON.
    """
    lines = [line for line in text.split(b"\n") if line.strip()]
    return len(lines) > 1 and (_is_json(text) or not any(map(_is_json, lines[:LISTED])))


def _is_json(text: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _gathered(lines: Iterable[bytes], before: int) -> Iterable[list[Numbered]]:
    numbered = [(n, line) for n, line in enumerate(lines, start=before + 1) if line.strip()]
    for at in range(0, len(numbered), AT_ONCE):
        yield numbered[at : at + AT_ONCE]


async def _chunks(source: int) -> AsyncIterator[bytes]:
    """What can be read, as soon as it can. Waiting for a pipe must not keep Ctrl-C waiting."""
    while True:
        await _readable(source)
        chunk = os.read(source, CHUNK)
        if not chunk:
            return
        yield chunk


async def _readable(source: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(source, ready.set)
    except PermissionError:
        return  # a file on a disk: it cannot be waited for, and need not be
    try:
        await ready.wait()
    finally:
        loop.remove_reader(source)


# Telling


class Told:
    """What came of each line, as it is told; and the counts."""

    def __init__(self, json: bool, head: int) -> None:
        """`head` is the position of the last event before: what stands there is not new."""
        self.appended = 0
        self.again = 0
        self.refused = 0
        self._json = json
        self._last_line = 0
        self._last_position = head

    def line(self, number: int, outcome: Outcome) -> None:
        """Tell what came of one line."""
        self._last_line = number
        if isinstance(outcome, DatelineError):
            self.refused += 1
            self._refused(number, outcome)
            return
        fresh = outcome.basis > self._last_position
        self._last_position = max(self._last_position, outcome.basis)
        self.appended += fresh
        self.again += not fresh
        if self._json:
            for event in outcome.events:
                _print_json({"result": "appended", "line": number, "event": event})
        elif self.appended + self.again <= LISTED:
            there = "" if fresh else "there already, "
            print(f"line {number}: {there}{written(outcome.events)}")
        elif self.appended + self.again == LISTED + 1:
            print("Further lines are told only where they are refused.")

    def _refused(self, number: int, refused: DatelineError) -> None:
        if self._json:
            from api.problems import problem_of  # takes half a second, and is seldom needed

            _print_json({"result": "refused", "line": number, "problem": problem_of(refused)})
            return
        sys.stdout.flush()
        print(f"line {number}: refused: {refusal(refused)}", file=sys.stderr)

    def end(self, *, whole: bool) -> None:
        """Tell the counts. `whole`: whether all that was given was read."""
        if self._json:
            return
        stopped = "" if whole else f"Stopped after line {self._last_line}. "
        counts = [f"{words.counted(self.appended, 'line')} appended"]
        if self.again:
            counts.append(f"{self.again:,} there already")
        counts.append(f"{self.refused:,} refused")
        print(f"{stopped}{', '.join(counts)}.")


def written(events: tuple[EventAppended, ...]) -> str:
    """Where the events of a line came to stand."""
    first, last = events[0], events[-1]
    if len(events) > 1:
        return f"{len(events):,} events, positions {first.position:,} to {last.position:,}"
    named = first.timeline or first.occurrence or first.actor or first.place or first.source
    return f"position {first.position:,}, {named} version {first.version}"


def refusal(refused: DatelineError) -> str:
    """Why an event was refused, and where in it."""
    where = refused.where or ""
    if refused.index is not None and not where.startswith("/events/"):
        where = f"/events/{refused.index}{where}"
    return f"{refused.detail} (at {where})" if where else refused.detail


def _print_json(line: dict[str, object]) -> None:
    print(msgspec.json.encode(line).decode())


class Bar:
    """How far reading has come, on standard error, where that is a terminal."""

    def __init__(self, source: int) -> None:
        found = os.fstat(source)
        self._total = found.st_size if stat.S_ISREG(found.st_mode) else None
        self._task: TaskID | None = None
        self._lines = 0
        self._progress = Progress(
            TextColumn("Appending"),
            BarColumn(),
            TextColumn("{task.fields[lines]} lines"),
            console=Console(stderr=True),
            transient=True,
        )

    def __enter__(self) -> Bar:
        if self._progress.console.is_terminal:
            self._progress.start()
            self._task = self._progress.add_task("", total=self._total, lines=0)
        return self

    def moved(self, lines: list[Numbered]) -> None:
        """So many lines more."""
        if self._task is not None:
            self._lines += len(lines)
            read = sum(len(line) + 1 for _, line in lines)
            self._progress.update(self._task, advance=read, lines=f"{self._lines:,}")

    def __exit__(self, *ended: object) -> None:
        if self._task is not None:
            self._progress.stop()


async def filled(store: Store, chronicle: str) -> None:
    """Wait until the timelines that were defined are filled, which the store does meanwhile."""
    store.filler.wake()
    left = total = await store.to_fill(chronicle)
    if total is None or left is None:
        return
    columns = (TextColumn("Filling timelines"), BarColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=total)
        while left is not None:
            progress.update(task, completed=total - left)
            await asyncio.sleep(FILLING_SECONDS)
            left = await store.to_fill(chronicle)
