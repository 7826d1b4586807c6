"""Long lists told shortly: what is alike once, with where else it is."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

from msgspec import Struct

SHOWN = 20
"""Kinds that are told; of the others it is said how many there are."""
LINES = 8
"""Further lines that are named of each kind."""
_VALUES = re.compile(r'"(?:[^"\\]|\\.)*"|\S*[\d/]\S*')


class _Kind(Struct):
    first: str
    count: int = 0
    lines: list[int] = []


class Alike:
    """What is said of the lines of a file. Holds a few lines of each kind, however long it gets."""

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Kind] = {}
        self._others = 0

    def add(self, kind: Hashable, line: int, said: str) -> None:
        """Something that is said of a line, and what it is alike by."""
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) == SHOWN:
                self._others += 1
                return
            found = self._kinds[kind] = _Kind(said)
        elif len(found.lines) < LINES:
            found.lines.append(line)
        found.count += 1

    def told(self, others: str) -> Iterator[str]:
        """The lines to print. `others` is what the rest are called: `more refused`."""
        for kind in self._kinds.values():
            yield kind.first
            if kind.count > 1:
                yield f"    {kind.count - 1:,} more like it: {_lines(kind)}"
        if self._others:
            yield f"... and {self._others:,} {others}."

    @property
    def whole(self) -> bool:
        """Whether `told` names every line."""
        shown = (kind.count == 1 + len(kind.lines) for kind in self._kinds.values())
        return not self._others and all(shown)


def _lines(kind: _Kind) -> str:
    named = ", ".join(f"{line:,}" for line in kind.lines)
    more = kind.count - 1 - len(kind.lines)
    plural = "line" if kind.count == 2 else "lines"
    return f"{plural} {named}{f' and {more:,} more' if more else ''}"


def bare(said: str) -> str:
    """A sentence without the values in it, so that sentences about other values are alike."""
    return _VALUES.sub("#", said)
