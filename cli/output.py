"""Writing answers: for people in a terminal, for other programs in a pipe."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console, RenderableType

AsJson = Annotated[
    bool,
    Parameter(
        name="--json", negative="", show_default=False, help="Print what HTTP answers, as JSON."
    ),
]

ONE_LINE = 100_000
"""The width in which nothing is ever wrapped."""


def print_json(answer: Any) -> None:
    """An answer, byte for byte as HTTP gives it, and a line's end."""
    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def terminal_width() -> int | None:
    """How many columns there are; None where standard output is no terminal."""
    console = Console()
    return console.width if console.is_terminal else None


def show(*parts: RenderableType) -> None:
    """Write parts below each other. In a pipe without colour, and without spaces at line ends."""
    console = Console(highlight=False, markup=False, emoji=False)
    if console.is_terminal:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, str))
    else:
        print(as_text(parts, None), end="")


def as_text(parts: Sequence[RenderableType], width: int | None) -> str:
    """What `show` writes, without colour. `width` None is a pipe's."""
    written = io.StringIO()
    console = Console(
        file=written,
        width=width or ONE_LINE,
        color_system=None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str))
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())
