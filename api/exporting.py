"""Exports, for HTTP and for the command line: which writer writes a listing, and all its pages.

Knows nothing of HTTP, so that the command line need not load it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from msgspec import Struct

from domain import answers
from domain.answers import Listing
from domain.dates import quoted
from domain.errors import Invalid, Malformed, Unavailable
from domain.query import LATEST, LIMIT_DEFAULT, LIMIT_MOST, Query, read_cursor
from exchange import to_atom, to_geojson
from exchange.export import WRITERS, About, Writer
from exchange.to_atom import Atom
from exchange.to_csv import Csv
from exchange.to_geojson import GeoJson
from exchange.to_icalendar import Calendar
from exchange.to_ndjson import Lines
from exchange.to_timelinejs import Slides
from exchange.to_xlsx import Xlsx
from store.read import Extent
from store.store import Store

Format = Literal["json", "ndjson", "geojson", "csv", "xlsx", "icalendar", "atom", "timelinejs"]
FORMATS: tuple[Format, ...] = get_args(Format)
MOST_ROWS = 100_000
"""Entries of one export of all pages."""
MOST_SHOWN = 10_000
"""Entries of one export in a format that programs show as a whole."""
JSON = "application/json"


class Form(Struct, frozen=True):
    """How entries are written. `most` is how many a whole export may have, None where it is always
    a page; `streamed` says whether it is sent as it is written, rather than once it is whole.
    `table` says whether it has one header for all entries, on each page the same."""

    media_type: str
    suffix: str
    writer: Callable[[About], Writer]
    most: int | None = MOST_ROWS
    streamed: bool = False
    table: bool = False

    @property
    def content_type(self) -> str:
        """The media type, with the encoding where it is text."""
        text = self.media_type.startswith("text/") or self.media_type.endswith("+xml")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


FORMS: Mapping[str, Form] = {
    "ndjson": Form("application/x-ndjson", "ndjson", Lines, streamed=True),
    "geojson": Form(to_geojson.MEDIA_TYPE, "geojson", GeoJson, most=None),
    "csv": Form("text/csv", "csv", Csv, streamed=True, table=True),
    "xlsx": Form(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        Xlsx,
        table=True,
    ),
    "icalendar": Form("text/calendar", "ics", Calendar, most=MOST_SHOWN),
    "atom": Form(to_atom.MEDIA_TYPE, "atom", Atom, most=MOST_SHOWN),
    "timelinejs": Form("application/vnd.timelinejs+json", "json", Slides, most=MOST_SHOWN),
}
"""The formats besides JSON, in the order in which they are preferred where `Accept` takes several.
"""
MEDIA_TYPES = (JSON, *(form.media_type for form in FORMS.values()))
_PAGE = ("limit", "cursor", "claims", "sort", "as_of", "basis", "policy")


class Export(Struct, frozen=True):
    """An export that is about to be written: `pieces` are its bytes, to be asked for once.

    `version` is that of the timeline's definition. Same question, same basis, same `digest`.
    """

    form: Form
    about: About
    version: int | None
    digest: str
    pieces: AsyncIterator[bytes]

    @property
    def filename(self) -> str:
        """`idlib-2019_as-of-2019-08-26_basis-44.csv`."""
        of = self.about.timeline or f"{self.about.chronicle}-occurrences"
        known = "latest" if self.about.as_of == LATEST else f"as-of-{self.about.as_of}"
        known = re.sub(r"[^0-9A-Za-z.-]+", "-", known)
        return f"{of}_{known}_basis-{self.about.basis}.{self.form.suffix}"


def check_format(name: str) -> str:
    """A format's name. Raises Malformed."""
    if name not in FORMATS:
        raise Malformed(
            f"format must be one of {', '.join(FORMATS)}, not {quoted(name)}.", where="format"
        )
    return name


async def export(
    store: Store,
    chronicle: str,
    timeline: str | None,
    query: Query,
    name: str,
    *,
    paged: bool,
    mark: bool = False,
) -> Export:
    """A timeline, or all occurrences, in one of `FORMS`.

    `paged` says that one page was asked for; else it is all pages, on the first one's basis. What
    can be refused is refused here: Invalid where there are more entries than one export may have.
    `mark` puts a byte order mark before CSV.
    """
    if mark and name != "csv":
        raise Malformed("bom is of CSV only: it tells spreadsheets that it is UTF-8.", where="bom")
    form = FORMS[name]
    if query.claims != "none" and name != "ndjson":
        raise Malformed("claims are shown in JSON and NDJSON only.", where="claims")
    paged = paged or form.most is None
    asked = query if paged else msgspec.structs.replace(query, limit=LIMIT_MOST)
    found = await store.chronicle(chronicle)
    async with store.reading(chronicle) as reader:
        page = await (reader.timeline(timeline, asked) if timeline else reader.occurrences(asked))
        if paged and not form.table:
            extent = Extent(len(page.entries), ())
        else:
            most = None if paged or form.most is None else form.most + 1
            extent = await reader.extent(timeline, query, page.basis, most)
    if not paged and form.most is not None and extent.entries > form.most:
        raise Invalid(
            f"More than {form.most:,} entries are selected, which is more than one file has: ask "
            f"for a shorter time (during) or fewer kinds, or page by page, with limit={LIMIT_MOST} "
            "and then each page's next.",
            where="limit",
        )

    def address(asked: Query) -> str:
        """Of an export in this form, on this basis."""
        path = f"timelines/{timeline}" if timeline else "occurrences"
        link = answers.permalink(found.name, path, asked, page.basis)
        more = [("limit", str(asked.limit))] if paged and asked.limit == LIMIT_DEFAULT else []
        more += [("format", name)]
        more += [("bom", "true")] if mark else []
        return f"{link}&{urlencode(more)}"

    following = None
    if paged and page.next is not None:
        following = address(msgspec.structs.replace(query, cursor=read_cursor(page.next)))
    rows = len(page.entries) if paged else extent.entries
    permalink = address(query)
    about = About(
        chronicle=found.name,
        chronicle_id=found.uuid,
        timeline=page.timeline,
        title=page.title or "All occurrences",
        description=page.description,
        as_of=page.as_of,
        basis=page.basis,
        settled=page.settled,
        policy=page.policy,
        selected_by=page.selected_by,
        rules=page.rules,
        filters=_filters(page.permalink),
        left_out=page.left_out,
        permalink=permalink,
        cite=page.cite,
        rows=rows,
        next=following,
        outcomes=extent.outcomes,
    )
    writer = Csv(about, mark=mark) if name == "csv" else form.writer(about)
    return Export(
        form=form,
        about=about,
        version=page.version,
        digest=_digest(about),
        pieces=_written(store, chronicle, timeline, asked, page, writer, rows, whole=not paged),
    )


def _filters(permalink: str) -> tuple[tuple[str, str], ...]:
    """The filters in a permalink, as they were read."""
    pairs = parse_qsl(urlsplit(permalink).query, keep_blank_values=True)
    return tuple((name, value) for name, value in pairs if name not in _PAGE)


def _digest(about: About) -> str:
    """Of the question and all that is known of the answer before it is written. The permalink has
    the basis and the format, and `WRITERS` stands for how these make bytes of entries."""
    asked = msgspec.json.encode((WRITERS, about), order="sorted")
    return hashlib.blake2b(asked, digest_size=12).hexdigest()


async def _written(
    store: Store,
    chronicle: str,
    timeline: str | None,
    query: Query,
    page: Listing,
    writer: Writer,
    rows: int,
    *,
    whole: bool,
) -> AsyncIterator[bytes]:
    """The bytes of an export. No connection is held while they are being sent.

    Raises Unavailable where there are not as many entries as were counted: a file must not look
    whole that is not.
    """
    yield writer.begin()
    written = 0
    while True:
        written += len(page.entries)
        yield await asyncio.to_thread(writer.add, page.entries)
        if not whole or page.next is None:
            break
        query = msgspec.structs.replace(query, cursor=read_cursor(page.next))
        async with store.reading(chronicle) as reader:
            page = await (
                reader.timeline(timeline, query) if timeline else reader.occurrences(query)
            )
    if written != rows:
        raise Unavailable(f"{rows} entries were to be written, and {written} were found.")
    yield await asyncio.to_thread(writer.end)
