"""Memento (RFC 7089): a timeline as it was recorded at an earlier time, and the list of such times.

A timeline's own address is the original and the TimeGate; it is in `api/reads.py`.
"""

from __future__ import annotations

import msgspec
from litestar import route
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.negotiation import negotiated
from api.operation import GET, Operation
from api.problems import MALFORMED, Refused
from api.requests import AnyRequest, named
from api.responses import REVALIDATE, Sent, kept, reading, varied
from api.revisions import (
    ACCEPT_DATETIME,
    LINK_FORMAT,
    LINKSET,
    PAGE_AFTER,
    Addresses,
    TimeLinks,
    TimeMap,
    around,
    http_date,
    last_microsecond,
    mementos,
    pinned,
    texts,
)
from domain import query
from domain.answers import Listing
from domain.dates import quoted
from domain.errors import NotFound
from domain.events import MAX_POSITION
from domain.query import Query
from store.read import Reader
from store.store import Store

ASKED = ("as_of", "during", "match", "bbox", "policy", "sort", "limit", "claims")
"""What is asked of a timeline, but for the basis and the page."""
LISTS = ("kind", "tag", "place", "actor", "source", "status")
NEGOTIATED = varied("Accept", "Authorization", "Accept-Datetime")
PAGE = 1_000
"""Mementos on one page of a TimeMap."""


async def original(request: AnyRequest, reader: Reader, name: str, asked: Query) -> Sent:
    """A timeline as it is, or the way to what it was at the time that Accept-Datetime names.

    A read that names its basis is not negotiated about: it says itself which time it shows.
    """
    at = Addresses(request, request.path_params["chronicle"], name)
    if pinned(asked):
        page = await reader.timeline(name, asked)
        links, vary = around(at), "Accept, Authorization"
    elif ACCEPT_DATETIME in request.headers:
        return await _gate(request, reader, name, asked, at)
    else:
        page = await reader.timeline(name, asked)
        found = await reader.revisions(name, asked.filter, page.basis)
        # Not what was appended since the page was read.
        links = [*around(at), *mementos(at, first=found.first, last=found.here)]
        vary = NEGOTIATED
    return reading(
        request,
        page,
        version=page.version,
        settled=page.settled,
        cursor=page.next,
        vary=vary,
        links=texts(links),
    )


async def _gate(
    request: AnyRequest, reader: Reader, name: str, asked: Query, at: Addresses
) -> Sent:
    given = ", ".join(request.headers.getall(ACCEPT_DATETIME)).strip()
    instant = last_microsecond(given)
    found = await reader.revisions_at(name, asked.filter, instant or 0)
    links = [*around(at), *mementos(at, first=found.first, last=found.last)]
    headers = {"Link": ", ".join(texts(links)), "Vary": NEGOTIATED}
    if instant is None:
        raise Refused(
            MALFORMED,
            "Accept-Datetime must be a time in GMT as HTTP writes it, as "
            f"{quoted(http_date(found.last.recorded_at))}, not {quoted(given)}.",
            where="Accept-Datetime",
            headers=headers,
        )
    chosen = found.here or found.first
    return Sent(
        302, {"Location": at.memento(chosen.position), "Cache-Control": REVALIDATE, **headers}
    )


@route(
    "/timelines/{timeline:str}/at/{position:str}",
    http_method=GET,
    opt=Operation(
        name="memento",
        query=(*ASKED, "cursor"),
        lists=LISTS,
        answers={200: Listing, 307: None},
        tells=("Link", "Memento-Datetime"),
        kept=True,
        refuses=(404, 422),
    ).opt,
)
async def memento(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    position: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read a timeline as it was recorded at one of its revisions: a memento (RFC 7089).

    A revision is a position in the log that changed what the timeline shows. Another position
    redirects to the revision whose state it shows. `Memento-Datetime` is when that was recorded.
    `Link` leads to the revisions beside it; `next` without `memento` is the next page of this one.
    """
    asked = query.query(request.state.asked.once, request.state.asked.several)
    name, there = named(timeline, "timeline"), _position(position)
    at = Addresses(request, chronicle, name)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        found = await reader.revisions(name, asked.filter, there)
        here = found.here
        assert here is not None, "there is none is told as an error"
        if str(here.position) != position:
            return Sent(
                307,
                {
                    "Location": at.memento(here.position),
                    "Cache-Control": REVALIDATE,
                    "Vary": "Authorization",
                },
            )
        point = msgspec.structs.replace(asked.point, basis=there)
        page = await reader.timeline(name, msgspec.structs.replace(asked, point=point))
    links = mementos(at, first=found.first, prev=found.prev, next=found.next, last=found.last)
    return reading(
        request,
        page,
        version=page.version,
        cursor=page.next,
        links=texts([*around(at), *links]),
        headers={"Memento-Datetime": http_date(here.recorded_at)},
    )


def _position(given: str) -> int:
    """A position in the address. Raises NotFound for what no position is written as."""
    if not (given.isascii() and given.isdigit() and 0 < int(given[:17]) <= MAX_POSITION):
        raise NotFound(
            f"There is no position {quoted(given)}: positions are whole numbers from 1 to "
            f"{MAX_POSITION}."
        )
    return int(given[:17])


@route(
    "/timelines/{timeline:str}/timemap",
    http_method=GET,
    opt=Operation(
        name="timemap",
        query=(*ASKED, PAGE_AFTER),
        lists=LISTS,
        answers={200: TimeLinks},
        form=LINKSET,
        also=(LINK_FORMAT,),
        tells=("Link",),
        kept=True,
        refuses=(404, 406, 422),
    ).opt,
)
async def timemap(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """List the revisions of a timeline, with when each was recorded: a TimeMap (RFC 7089).

    As `application/link-format`, or by `Accept` as `application/linkset+json` (RFC 9264). Up to
    1,000 stand on a page; a link with the relation `timemap` leads to the next. Whatever is asked
    of the timeline is kept in the addresses of its mementos.
    """
    once = request.state.asked.once
    asked = query.query(
        {name: value for name, value in once.items() if name != PAGE_AFTER},
        request.state.asked.several,
    )
    after = query.whole_number(once.get(PAGE_AFTER, "0"), PAGE_AFTER, 0, MAX_POSITION)
    form = negotiated(request, [LINK_FORMAT, LINKSET])
    name = named(timeline, "timeline")
    at = Addresses(request, chronicle, name)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        first = (await reader.revisions_at(name, asked.filter, 0)).first
        page = await reader.revisions_after(name, asked.filter, after, PAGE + 1)
    following = page[PAGE] if len(page) > PAGE else None
    found = TimeMap(at, after, page[:PAGE], first, following)
    body = found.link_format() if form == LINK_FORMAT else msgspec.json.encode(found.linkset())
    headers = {"Link": ", ".join(texts(around(at))), "Vary": varied("Accept", "Authorization")}
    return kept(request, body, media_type=form, headers=headers)
