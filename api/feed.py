"""The feed: every event of a chronicle in the order of its log, in pages, as lines, or live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from litestar import route
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ASGIApp

from api import streaming
from api.negotiation import negotiated
from api.operation import GET, Operation
from api.requests import EVENT_STREAM, JSON, NDJSON, AnyRequest, named
from api.responses import kept, reading, with_parameter
from api.streaming import LAST_EVENT_ID, RETRY_MILLISECONDS, Streamed
from domain import query
from domain.answers import FeedPage
from domain.dates import quoted
from domain.errors import Malformed, Unavailable
from domain.events import MAX_POSITION
from domain.query import FeedQuery
from exchange import to_cloudevents
from store.feed import Feed, Passing, Told
from store.store import Store

CLOUDEVENTS = to_cloudevents.MEDIA_TYPE
ALSO = (NDJSON, CLOUDEVENTS, EVENT_STREAM)
VARY = "Accept, Authorization"


@route(
    "/events",
    http_method=GET,
    opt=Operation(
        name="feed",
        query=("after", "limit"),
        lists=("type", "kind", "place"),
        answers={200: FeedPage},
        also=ALSO,
        kept=True,
        refuses=(404, 406, 422),
    ).opt,
)
async def feed(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> ASGIApp:
    """Read the events of a chronicle in the order of its log, or follow them as they come.

    JSON is a page, and its `next` the `after` of the one that follows; so is a batch of
    CloudEvents, with `next` as a `Link` until the last event was told. `application/x-ndjson` is
    all up to the last event, an event on each line. `text/event-stream` goes on with whatever is
    appended: each event's id is its position, so that who comes back with `Last-Event-ID` misses
    none and sees none twice. A heartbeat has the position up to which nothing else passed the
    filters, and no data.

    `kind` and `place` are those of the occurrence that an event is about, as it was believed to be
    just before it or after it.
    """
    asked = query.feed(request.state.asked.once, request.state.asked.several)
    wanted = negotiated(request, [JSON, *ALSO])
    found = await store.feed(named(chronicle, "chronicle"))
    if wanted == JSON:
        return reading(request, await found.page(asked), vary=VARY)
    if wanted == CLOUDEVENTS:
        source = await store.chronicle(chronicle)
        page = await found.page(asked)
        body = to_cloudevents.batch(source.uuid, page.events)
        link = f'<{with_parameter(request, "after", str(page.next))}>; rel="next"'
        headers = {"Vary": VARY, **({"Link": link} if page.next < page.basis else {})}
        return kept(request, body, media_type=CLOUDEVENTS, headers=headers)
    if wanted == EVENT_STREAM:
        asked = _resumed(request, asked)
    passing = await found.passing(asked)
    after, head = await found.start(asked)
    head_only = request.method == "HEAD"
    if wanted == NDJSON:
        lines = _lines(found, passing, after, head, asked.limit)
        return Streamed(NDJSON, lines, head=head_only)
    return Streamed(EVENT_STREAM, _followed(found, passing, after), head=head_only)


def _resumed(request: AnyRequest, asked: FeedQuery) -> FeedQuery:
    """Where a stream goes on: the header is the newer, since browsers come back to one address."""
    if asked.limit is not None:
        raise Malformed("A stream has no end: leave limit out.", where="limit")
    given = request.headers.get(LAST_EVENT_ID)
    if given is None:
        return asked
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(MAX_POSITION))):
        raise Malformed(
            f"Last-Event-ID must be the position of an event, not {quoted(given)}.",
            where="Last-Event-ID",
        )
    return msgspec.structs.replace(asked, after=int(given))


async def _lines(
    feed: Feed, passing: Passing, after: int, head: int, limit: int | None
) -> AsyncIterator[bytes]:
    left = limit if limit is not None else head
    while after < head and left > 0:
        events = await feed.between(after, head, passing)
        after = events[-1].shown.position
        passed = [told for told in events if passing(told)][:left]
        left -= len(passed)
        yield b"".join(told.json + b"\n" for told in passed)


async def _followed(feed: Feed, passing: Passing, after: int) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    async with feed.following():
        # Something must be sent first: headers alone may be held back on the way.
        yield b": the events of this chronicle\nretry: %d\n\n" % RETRY_MILLISECONDS
        silent_since = clock()
        while True:
            patience = silent_since + streaming.HEARTBEAT_SECONDS - clock()
            try:
                events = await feed.coming(after, max(patience, 0))
            except Unavailable:
                return  # who follows comes back, and goes on where this ends
            if events is None:
                return
            if events:
                after = events[-1].shown.position
            message = b"".join(_message(told) for told in events if passing(told))
            if not message and clock() >= silent_since + streaming.HEARTBEAT_SECONDS:
                message = b"id: %d\n\n" % after
            if message:
                yield message
                silent_since = clock()


def _message(told: Told) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (told.shown.position, told.json)
