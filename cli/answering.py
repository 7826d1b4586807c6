"""Appending one event about two occurrences, on the versions that were just read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from cyclopts import Parameter

from cli.database import Where, opened_chronicle
from cli.file import author, written
from cli.output import print_json
from domain.answers import Entry
from domain.events import AnyEvent
from domain.query import Point
from domain.reading import read_event
from store.known import Append

Occurrence = Annotated[str, Parameter(help="An occurrence, by its name or its id.")]
Reported = Annotated[
    str | None,
    Parameter(
        name="--reported",
        help="The day or the instant that it counts from, on the axis of what was said. Default: "
        "now.",
    ),
]


async def append_about(
    one: str, other: str, where: Where, made: Callable[[Entry, Entry], AnyEvent], *, json: bool
) -> None:
    """Append what is made of two occurrences as they stand, and tell where it came to stand.

    Raises DatelineError where one of them is not there, was merged, or has changed meanwhile.
    """
    async with opened_chronicle(where) as store:
        async with store.reading(where.chronicle) as reader:
            first = (await reader.occurrence(one, Point())).entry
            second = (await reader.occurrence(other, Point())).entry
        event = read_event(msgspec.json.encode(made(first, second)))  # as strictly as others'
        appended = await store.append(where.chronicle, Append(events=(event,), author=author()))
    if json:
        print_json(appended)
    else:
        print(written(appended.events))
