"""NDJSON: what the export is on the first line, each entry on a line of its own, and on the last
how many there were. A file without that last line was cut short."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.answers import Entry
from exchange.export import About, facts

_encoder = msgspec.json.Encoder()


class Lines:
    """`{"about": {...}}`, then entries as in JSON, then `{"end": {"rows": 6}}`."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._rows = 0

    def begin(self) -> bytes:
        """The facts."""
        return _encoder.encode({"about": facts(self._about)}) + b"\n"

    def add(self, entries: Sequence[Entry]) -> bytes:
        """A line for each."""
        self._rows += len(entries)
        return _encoder.encode_lines(entries)

    def end(self) -> bytes:
        """How many there were, and where it goes on."""
        return _encoder.encode({"end": {"rows": self._rows, "next": self._about.next}}) + b"\n"
