"""`dateline replay`: what changed in a timeline, day by day, as it became known."""

from __future__ import annotations

import asyncio
import sys
from itertools import groupby
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import RenderableType
from rich.text import Text

from cli import words
from cli.asking import KNOWLEDGE, PAGE, Recorded, replaying
from cli.database import Where, opened_chronicle
from cli.diff import came_in_words, changed_in_words
from cli.output import show
from domain.answers import Change, Step
from domain.query import LATEST
from store.changes import Begun, Changes, batches

app = App(
    name="replay",
    help_epilogue="Examples:\n\n"
    "    dateline replay khan-shaykhun --from 2019-08-16 --to 2019-08-28\n"
    "    dateline replay idlib-2019 --from 2019-08-01 --to latest --pace 1\n"
    "    dateline replay idlib-2019 --from 2019-08-01 --to latest --json",
)
MARKS = {
    "added": ("Added", "green"),
    "changed": ("Changed", "yellow"),
    "removed": ("Removed", "red"),
}


@app.default
async def replay(
    name: Annotated[str, Parameter(help="Which timeline.")],
    /,
    *,
    from_: Annotated[
        str,
        Parameter(
            name="--from",
            group=KNOWLEDGE,
            help="Begin after the end of this day: what was known by then is not told.",
        ),
    ],
    to: Annotated[
        str,
        Parameter(group=KNOWLEDGE, help="The last day; `latest` is all that ever was reported."),
    ],
    recorded: Recorded = Recorded(),  # noqa: B008 -- frozen
    where: Where = Where(),  # noqa: B008
    pace: Annotated[
        str | None,
        Parameter(
            group=PAGE,
            help="Seconds to wait, 0 to 60, before what became known next, however long it took "
            "then. Default: 0.",
        ),
    ] = None,
    after: Annotated[
        str | None, Parameter(group=PAGE, help="Go on after the change with this id.")
    ] = None,
    limit: Annotated[
        str | None, Parameter(group=PAGE, help="At most so many changes. Default: all.")
    ] = None,
    json: Annotated[
        bool,
        Parameter(
            name="--json",
            negative="",
            show_default=False,
            help="Print what HTTP answers, as NDJSON: a change on each line.",
        ),
    ] = False,
) -> None:
    """Play what changed in a timeline, day by day, as it became known.

    Each day on which something was said that changed the timeline is a heading; beneath it stand
    the entries that came, became others (each field before and after) or went, with the reports
    behind that. A day is that of the report, not that on which something happened. Ctrl-C ends it.
    """
    asked = replaying(from_, to, recorded, {"pace": pace, "after": after, "limit": limit})
    async with opened_chronicle(where) as store:
        async with store.reading(where.chronicle) as reader:
            begun = await Changes.over(reader).begun(name, asked)
        if not json:
            show(*heading(begun))
        known: str | None = None
        told = Told()
        async for some in batches(store, where.chronicle, begun, asked.limit):
            for point, at_it in groupby(some, key=lambda step: step.known):
                if asked.pace and known not in (None, point):
                    await asyncio.sleep(asked.pace)
                known = point
                if json:
                    _print_lines([*at_it])
                else:
                    show(*told.point([*at_it]))
                    sys.stdout.flush()
    if not json:
        show(*told.end())


def _print_lines(steps: list[Step]) -> None:
    sys.stdout.buffer.write(b"".join(msgspec.json.encode(step) + b"\n" for step in steps))
    sys.stdout.buffer.flush()


def heading(begun: Begun) -> list[RenderableType]:
    """What is played, and on which basis."""
    to = "now" if begun.to == LATEST else words.until(begun.to)
    return [
        Text.assemble((words.plain(begun.timeline), "bold")),
        Text(
            f"How it changed from {words.until(begun.from_)} to {to}, as recorded up to position "
            f"{begun.basis}{'' if begun.settled else ' (not settled)'}"
        ),
    ]


class Told:
    """What was told so far: which day it is, and how many changes there were."""

    def __init__(self) -> None:
        self._day: str | None = None
        self._days = 0
        self._changes = dict.fromkeys(MARKS, 0)

    def point(self, steps: list[Step]) -> list[RenderableType]:
        """The changes at one point of knowledge, under its day where that is another."""
        parts: list[RenderableType] = []
        day = steps[0].known.partition("T")[0]
        if day != self._day:
            self._day = day
            self._days += 1
            parts.append(Text.assemble("\n", (f"Known on {words.day(day)}", "bold underline")))
        for step in steps:
            self._changes[step.change] += 1
            parts += in_words(step)
        return parts

    def end(self) -> list[RenderableType]:
        """How much that was."""
        if not self._days:
            return [Text("\nNothing.")]
        total = sum(self._changes.values())
        each = ", ".join(f"{n:,} {change}" for change, n in self._changes.items() if n)
        on = words.counted(self._days, "day")
        return [Text(f"\n{words.counted(total, 'change')} on {on}: {each}.")]


def in_words(step: Step) -> list[RenderableType]:
    """A change as differences tell it, after what it was."""
    word, colour = MARKS[step.change]
    mark = Text(f"{word}  ", style=colour)
    if step.before is not None and step.after is not None:
        change = Change(
            occurrence=step.occurrence,
            fields=step.fields,
            before=step.before,
            after=step.after,
            by=step.by,
        )
        return changed_in_words(change, mark)
    entry = step.after or step.before
    assert entry is not None, "a change is of an entry"
    return came_in_words(entry, step.by, mark)
