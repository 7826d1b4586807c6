"""A timeline's changes in the order in which they became known: a page, as lines, or played."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import groupby
from urllib.parse import quote, urlencode

import msgspec
from litestar import route
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ASGIApp

from api import streaming
from api.negotiation import negotiated
from api.operation import GET, Operation
from api.requests import EVENT_STREAM, JSON, NDJSON, AnyRequest, named
from api.responses import Sent, reading, timeline_at
from api.streaming import LAST_EVENT_ID, RETRY_MILLISECONDS, Cut, Streamed
from domain import query
from domain.answers import Replay, Step
from domain.errors import Malformed, Unavailable
from domain.query import ReplayQuery
from store.changes import Begun, Changes, batches
from store.store import Store

Batches = AsyncIterator[list[Step]]
"""The steps of a replay, some at a time."""


@route(
    "/timelines/{timeline:str}/replay",
    http_method=GET,
    opt=Operation(
        name="replay",
        query=("from", "to", "basis", "recorded_as_of", "after", "limit", "pace"),
        answers={200: Replay, 204: None},
        also=(NDJSON, EVENT_STREAM),
        kept=True,
        refuses=(404, 406, 422),
    ).opt,
)
async def replay(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> ASGIApp:
    """Replay what changed in a timeline between two points of knowledge, in the order it was known.

    At each point, each entry that came, became another or went is a change: the difference between
    just before that point and the point itself. All is read on one basis: the one that is asked
    for, or the last position that changed the timeline when the replay began. Ids have it in them,
    so that whoever goes on after one stays on it.

    JSON is a page, and its `next` the `after` of the one that follows. `application/x-ndjson` is
    all, a change on each line. `text/event-stream` has each change under its id, and begins with a
    message that has only an id; where `Last-Event-ID` is the last one, 204 says that nothing
    follows. Of lines and streams, Content-Location is the address of the same replay on its basis,
    and `pace` the seconds between two points of knowledge.
    """
    asked = query.replay(request.state.asked.once)
    wanted = negotiated(request, [JSON, NDJSON, EVENT_STREAM])
    chronicle, name = named(chronicle, "chronicle"), named(timeline, "timeline")
    if wanted == JSON:
        return await _page(request, store, chronicle, name, asked)
    if wanted == EVENT_STREAM:
        asked = _resumed(request, asked)
    async with store.reading(chronicle) as reader:
        begun = await Changes.over(reader).begun(name, asked)
    steps = batches(store, chronicle, begun, asked.limit)
    if wanted == NDJSON:
        pieces = _lines(store, steps, asked)
    else:
        first = await anext(steps, None)
        if first is None and LAST_EVENT_ID in request.headers:
            return Sent(204, {"Cache-Control": "no-store", "Vary": "Accept, Authorization"})
        pieces = _messages(store, begun, first, steps, asked)
    headers = {"Content-Location": _address(chronicle, begun, asked)}
    return Streamed(wanted, pieces, head=request.method == "HEAD", headers=headers)


async def _page(
    request: AnyRequest, store: Store, chronicle: str, name: str, asked: ReplayQuery
) -> Sent:
    if asked.pace is not None:
        raise Malformed(
            f"pace plays {NDJSON} and {EVENT_STREAM}: a page comes at once, so leave it out.",
            where="pace",
        )
    async with store.reading(chronicle) as reader:
        page = await Changes.over(reader).replay(name, asked)
    return reading(request, page, settled=page.settled, vary="Accept, Authorization")


def _resumed(request: AnyRequest, asked: ReplayQuery) -> ReplayQuery:
    """Where a stream goes on: the header is the newer, since browsers come back to one address."""
    if asked.limit is not None:
        raise Malformed("A stream goes on to its end: leave limit out.", where="limit")
    given = request.headers.get(LAST_EVENT_ID)
    if given is None:
        return asked
    return msgspec.structs.replace(asked, reached=query.reached(given, "Last-Event-ID"))


def _address(chronicle: str, begun: Begun, asked: ReplayQuery) -> str:
    """The address of the same replay on its basis."""
    pairs = {"from": begun.from_, "to": begun.to, "basis": begun.basis}
    if asked.reached is not None:
        pairs["after"] = asked.reached.id
    if asked.limit is not None:
        pairs["limit"] = asked.limit
    path = f"{timeline_at(chronicle, begun.timeline)}/replay"
    return f"{path}?{urlencode(pairs, safe='/:', quote_via=quote)}"


async def _lines(store: Store, steps: Batches, asked: ReplayQuery) -> AsyncIterator[bytes]:
    try:
        async for piece in _played(store, steps, asked.pace, _line):
            if piece is not None:  # lines have no heartbeats: what reads them may not expect any
                yield piece
    except Unavailable:
        raise Cut from None


def _line(step: Step) -> bytes:
    return msgspec.json.encode(step) + b"\n"


async def _messages(
    store: Store, begun: Begun, first: list[Step] | None, steps: Batches, asked: ReplayQuery
) -> AsyncIterator[bytes]:
    # Who is cut off before the first change goes on with this id, on the same basis.
    yield b": %s on basis %d\nretry: %d\nid: %s\n\n" % (
        *(begun.timeline.encode(), begun.basis, RETRY_MILLISECONDS),
        begun.reached.id.encode(),
    )
    try:
        async for piece in _played(store, _joined(first, steps), asked.pace, _message):
            yield piece if piece is not None else b":\n\n"
    except (Cut, Unavailable):
        return  # who follows comes back, and goes on where this ends
    yield b'event: end\ndata: {"basis":%d}\n\n' % begun.basis


def _message(step: Step) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (step.id.encode(), msgspec.json.encode(step))


async def _joined(first: list[Step] | None, rest: Batches) -> Batches:
    if first is not None:
        yield first
        async for steps in rest:
            yield steps


async def _played(
    store: Store, steps: Batches, pace: float | None, told: Callable[[Step], bytes]
) -> AsyncIterator[bytes | None]:
    """Steps as bytes, at their pace; None where it has been silent for long.

    Raises Cut where the server is to end.
    """
    known: str | None = None
    async for some in steps:
        for point, of_it in groupby(some, key=lambda step: step.known if pace else ""):
            waiting = pace if pace and known not in (None, point) else 0.0
            while waiting > streaming.HEARTBEAT_SECONDS:
                waiting -= streaming.HEARTBEAT_SECONDS
                if await store.ends_within(streaming.HEARTBEAT_SECONDS):
                    raise Cut
                yield None
            if await store.ends_within(waiting):
                raise Cut
            known = point
            yield b"".join(map(told, of_it))
