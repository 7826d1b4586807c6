"""CSV and its kin: bytes to records."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO

from domain.errors import Invalid, Malformed
from exchange.rows import Fault, Record

LONGEST = 10 * 1024 * 1024
"""Characters of one cell. Python's own limit, 131,072, is less than an outline of a country has."""
csv.field_size_limit(LONGEST)

DELIMITERS = (",", ";", "\t")


def records(
    stream: BinaryIO,
    *,
    required: Iterable[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Record | Fault]:
    """The rows below the header, as text; lines without any cell are passed over.

    Without `encoding` UTF-8 is expected; a byte order mark is no part of the text. Without
    `delimiter` it is the one of comma, semicolon and tab that the header has most of. The header is
    read at once: Malformed where it cannot be, Invalid where a column of `required` is missing. The
    rest is read as it is asked for; Malformed where the text is broken off or wrongly encoded.
    """
    lines = _lines(stream, encoding)
    first = next(lines, "")
    # Blank lines may stand before the header, and count.
    skipped = 0
    while first and not first.strip():
        first, skipped = next(lines, ""), skipped + 1
    if not first:
        raise Malformed("The file is empty: a first line with the names of columns was expected.")
    chosen = _delimiter(first, delimiter)
    reader = csv.reader(_with(first, lines), delimiter=chosen, strict=True)
    header = _named(_next(reader, skipped + 1) or [])
    check_columns(header, required)
    return _records(reader, header, skipped)


def check_columns(header: list[str], required: Iterable[str]) -> None:
    """Raises Malformed where a column's name stands twice, Invalid where one is missing."""
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise Malformed(f"The header has the column {twice[0]!r} twice: each name once is needed.")
    missing = [name for name in required if name not in header]
    if missing:
        raise Invalid(
            f"The header lacks {', '.join(missing)}. It has: {', '.join(header)}."
            f"{meant(missing, header)}"
        )


def meant(missing: Iterable[str], names: Collection[str]) -> str:
    """A question for each name near which there is one that was likely meant; else ""."""
    found = [(name, near) for name in missing if (near := nearest(name, names))]
    return "".join(f" Was {name} meant to be {near}?" for name, near in found)


def nearest(name: str, names: Collection[str]) -> str | None:
    """The name that was likely meant, whatever its capitals; None where none is near."""
    by_key: dict[str, str] = {}
    for one in names:
        by_key.setdefault(one.casefold(), one)
    found = difflib.get_close_matches(name.casefold(), by_key, n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


def _named(header: list[str]) -> list[str]:
    """Names without spaces around them; a column without one is called by its number."""
    return [name.strip() or f"column {at}" for at, name in enumerate(header, start=1)]


def check_encoding(encoding: str, where: str | None = None) -> None:
    """Raises Invalid where text has no such encoding."""
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise Invalid(
            f"{encoding!r} is not an encoding that is known; utf-8, utf-16 and windows-1256 are.",
            where=where,
        ) from None


def _lines(stream: BinaryIO, encoding: str | None) -> Iterator[str]:
    codec = encoding or "utf-8"
    check_encoding(codec)
    if codecs.lookup(codec).name == "utf-8":
        codec = "utf-8-sig"
    # Line ends stay as they are, so that those inside of quotes are kept.
    return _decoded(io.TextIOWrapper(stream, encoding=codec, newline=""), encoding)


def _decoded(wrapped: io.TextIOWrapper, encoding: str | None) -> Iterator[str]:
    number = 0
    try:
        for line in wrapped:
            number += 1
            yield line
    except UnicodeError:
        advice = "" if encoding else " Name the encoding, such as windows-1256 or utf-16."
        raise Malformed(
            f"The file is not {encoding or 'UTF-8'}: bytes behind line {number} cannot be read."
            f"{advice}"
        ) from None
    finally:
        if not wrapped.closed:
            wrapped.detach()  # the stream is whoever's handed it in, and is not closed


def _with(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _delimiter(header: str, given: str | None) -> str:
    if given is not None:
        if len(given) != 1 or given in '\r\n"':
            raise Invalid(f"{given!r} cannot part columns: one character was expected.")
        return given
    bare = "".join(header.split('"')[::2])  # what stands outside of quotes
    return max(DELIMITERS, key=bare.count)


def _next(reader: Iterator[list[str]], line: int) -> list[str] | None:
    """The next row, which begins on that line; None at the end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        said = "quotes that open there are not closed" if "end of data" in str(error) else error
        raise Malformed(f"The file is not CSV as of line {line:,}: {said}.") from None


def _records(
    reader: Iterator[list[str]], header: list[str], skipped: int
) -> Iterator[Record | Fault]:
    while True:
        line = getattr(reader, "line_num", 0) + skipped + 1
        cells = _next(reader, line)
        if cells is None:
            return
        if not any(cells):
            continue
        if len(cells) != len(header):
            yield Fault(
                line=line,
                column=None,
                detail=f"The row has {len(cells)} cells, and the header names {len(header)}.",
            )
            continue
        yield Record(line, dict(zip(header, cells, strict=True)))
