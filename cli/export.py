"""`dateline export`: a timeline as a file, the same bytes that HTTP gives."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from cyclopts import App, Group, Parameter

from api.exporting import FORMATS, check_format, export
from cli.asking import Asked, listing
from cli.database import Where, opened_chronicle
from domain.errors import Malformed
from domain.query import Query
from store.store import Store

FILE = Group("File", sort_key=0)
NOT_FOR_EYES = ("xlsx",)

app = App(
    name="export",
    help_epilogue="Examples:\n\n"
    "    dateline export idlib-2019 --format csv --as-of 2019-08-26 -o idlib.csv\n"
    "    dateline export khan-shaykhun --format ndjson | wc -l\n"
    "    dateline export --format geojson --kind battle --limit 1000 -o battles.geojson",
)


@app.default
async def write(
    name: Annotated[
        str | None, Parameter(help="Which timeline. Without it, all occurrences.")
    ] = None,
    /,
    *,
    format: Annotated[str, Parameter(group=FILE, help=f"One of {', '.join(FORMATS)}.")] = "csv",
    output: Annotated[
        Path | None,
        Parameter(
            name=["--output", "-o"],
            group=FILE,
            help="Where to write it. The file is there once it is whole, in place of what was "
            "there. Default: standard output.",
        ),
    ] = None,
    bom: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            group=FILE,
            help="Begin CSV with a byte order mark, by which some spreadsheets know UTF-8.",
        ),
    ] = False,
    asked: Asked = Asked(),  # noqa: B008 -- frozen
    where: Where = Where(),  # noqa: B008
) -> None:
    """Write a timeline as a file, as it was known on any day.

    JSON and GeoJSON are pages of at most 1,000 entries. The others hold all entries, unless --limit
    or --cursor asks for a page. Each file says what it is of, how to have it again, and what was
    left out. docs/formats.md says what every column means.
    """
    check_format(format)
    if output is None and format in NOT_FOR_EYES and sys.stdout.isatty():
        raise Malformed(f"{format} is no text for a terminal: name a file with --output FILE.")
    question = listing(asked)
    paged = asked.limit is not None or asked.cursor is not None
    async with opened_chronicle(where) as store:
        pieces = _pieces(store, where.chronicle, name, question, format, paged, bom)
        first = await anext(pieces, b"")  # what is refused leaves the file as it was
        with _opened(output) as file:
            file.write(first)
            async for piece in pieces:
                file.write(piece)


async def _pieces(
    store: Store,
    chronicle: str,
    name: str | None,
    question: Query,
    format: str,
    paged: bool,
    bom: bool,
) -> AsyncIterator[bytes]:
    if format == "json" and not bom:
        async with store.reading(chronicle) as reader:
            page = await (reader.timeline(name, question) if name else reader.occurrences(question))
        yield msgspec.json.encode(page)
        return
    made = await export(store, chronicle, name, question, format, paged=paged, mark=bom)
    async for piece in made.pieces:
        yield piece


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output; or a file beside the one that is named, which takes its place in the end."""
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if output.exists() and not output.is_file():
        with output.open("wb") as device:  # a pipe or a device cannot be replaced
            yield device
        return
    handle, beside = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(beside, 0o666 & ~mask)
        os.replace(beside, output)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
