"""What every writer is given, and what every export says about itself.

Writers are pure: entries in, bytes out, a module a format (`to_csv`, `to_xlsx`, ...). None reads a
clock, so that the same question on the same basis gives the same bytes. docs/formats.md says what
each makes of an entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from uuid import UUID

from msgspec import Struct

from domain.answers import Entry
from domain.query import LATEST

WRITERS = "formats/1"
"""The version of all writers: another where the same entries are written as other bytes."""


class About(Struct, frozen=True, kw_only=True):
    """What an export is of: the facts of its listing, and how much of that it holds.

    `rows` is how many entries it has. `next` is the address of the page that follows, where it is
    one page of several. `outcomes` are those that the columns of a table are of: all that any toll
    in the whole listing has, so that each of its pages has the same. Addresses are below the
    server's own.
    """

    chronicle: str
    chronicle_id: UUID
    timeline: str | None
    title: str
    description: str | None
    as_of: str
    basis: int
    settled: bool
    policy: str
    selected_by: str
    rules: str
    filters: tuple[tuple[str, str], ...]
    left_out: Mapping[str, int]
    permalink: str
    cite: str
    rows: int
    next: str | None
    outcomes: tuple[str, ...]

    @property
    def question(self) -> tuple[tuple[str, str], ...]:
        """The parameters that pin an answer to the same cell and policy."""
        as_of = (("as_of", self.as_of),) if self.as_of != LATEST else ()
        policy = (("policy", self.policy),) if self.policy != self.selected_by else ()
        return (*as_of, ("basis", str(self.basis)), *policy)

    def link(self, occurrence: str) -> str:
        """The address at which one occurrence can be read as it is here, with its claims."""
        asked = urlencode(self.question)
        return f"/v1/chronicles/{self.chronicle}/occurrences/{quote(occurrence)}?{asked}"


class Writer(Protocol):
    """Writes one export: first `begin`, then `add` for each page of entries, then `end`."""

    def begin(self) -> bytes:
        """What stands before the entries."""

    def add(self, entries: Sequence[Entry]) -> bytes:
        """Some entries; those formats that must know all first keep them, and give nothing yet."""

    def end(self) -> bytes:
        """What stands behind the entries."""


NOT_ASKED = "retracted and merged occurrences"
"""What a listing leaves out where `status` does not ask for it, and does not count."""
REASONS = {
    "undated": "without a date, so that during cannot judge them",
    "unlocated": "without an area, so that bbox cannot judge them",
}


def facts(about: About) -> dict[str, Any]:
    """What is said of an export in each format, by name."""
    return {
        "title": about.title,
        "description": about.description,
        "chronicle": about.chronicle,
        "timeline": about.timeline,
        "as_of": about.as_of,
        "basis": about.basis,
        "settled": about.settled,
        "policy": about.policy,
        "selected_by": about.selected_by,
        "rules": about.rules,
        "filters": dict_of_lists(about.filters),
        "left_out": dict(about.left_out),
        "rows": about.rows,
        "permalink": about.permalink,
        "next": about.next,
        "cite": about.cite,
    }


def dict_of_lists(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Parameters by name; each may be given several times."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def filters_text(about: About) -> str:
    """The filters as they were asked, `during=2019-08; kind=battle`; "none" without any."""
    return "; ".join(f"{name}={value}" for name, value in about.filters) or "none"


def left_out_text(about: About, besides: Mapping[str, int] | None = None) -> str:
    """What is not in the export, and why. `besides` counts, by reason, what its format lacks."""
    said = [f"{count} {REASONS[name]}" for name, count in about.left_out.items()]
    said += [f"{count} {reason}" for reason, count in (besides or {}).items() if count]
    if not any(name == "status" for name, _ in about.filters):
        said.append(f"{NOT_ASKED} (status asks for them)")
    if about.next is not None:
        said.append(f"all behind this page, which goes on at {about.next}")
    return "; ".join(said) or "nothing"


_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Text without the characters that XML 1.0 forbids (section 2.2): U+FFFD stands for each."""
    return _UNPRINTABLE.sub("\ufffd", text)
