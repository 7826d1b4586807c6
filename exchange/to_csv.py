"""CSV (RFC 4180, UTF-8): a header, then a row for each entry. What the export is stands in columns
of its own on every row, so that a row that is copied elsewhere still says where it is from, and no
reader meets anything before the header or behind the last row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from domain.answers import Entry
from exchange.columns import Value, columns, joined
from exchange.defused import defused
from exchange.export import About, filters_text, left_out_text

FACTS = {
    "as_of": "As known on this day or at this instant; latest: all that was ever reported.",
    "basis": "As recorded up to this position of the log.",
    "policy": "By which policy a claim wins.",
    "rules": "The versions of the rules that it was made by.",
    "filters": "Which occurrences were asked for.",
    "left_out": "What is not in the file, and why.",
    "permalink": "The address, below the server's own, at which this file can be had again.",
    "cite": "How to cite it, in one line.",
    "row": "The number of the row, from 1.",
    "rows": "How many rows the file has. Where the last row's number is less, it was cut short.",
}
"""The columns behind those of the entry, and what they mean."""
MARK = "\ufeff".encode()


class Csv:
    """Rows, with a byte order mark before the first where it is asked for."""

    def __init__(self, about: About, *, mark: bool = False) -> None:
        self._about = about
        self._columns = columns(about)
        self._mark = MARK if mark else b""
        self._row = 0

    def begin(self) -> bytes:
        """The header."""
        names = (*(column.name for column in self._columns), *FACTS)
        return self._mark + _rows([[defused(name) for name in names]])

    def add(self, entries: Sequence[Entry]) -> bytes:
        """A row for each."""
        about = self._about
        facts: list[Value] = [
            about.as_of,
            about.basis,
            about.policy,
            about.rules,
            filters_text(about),
            left_out_text(about),
            about.permalink,
            about.cite,
        ]
        constant = [cell(value) for value in facts]
        rows = []
        for entry in entries:
            self._row += 1
            own = [cell(column.of(entry)) for column in self._columns]
            rows.append([*own, *constant, self._row, about.rows])
        return _rows(rows)

    def end(self) -> bytes:
        """Nothing: the last row says that it is the last."""
        return b""


def cell(value: Value) -> str | int | float:
    """A value as it stands in a cell: numbers as they are, text so that nothing runs it."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return defused(joined(value))
    return defused(value) if isinstance(value, str) else value


def _rows(rows: Sequence[Sequence[object]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()
