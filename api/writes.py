"""Appending: one event, a batch, lines, and the definition of a timeline."""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec
from litestar import post, put
from litestar.datastructures import Headers
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from api.gate import media_type
from api.operation import Operation
from api.problems import FAILURE, Problem, logger, problem_of
from api.requests import (
    JSON,
    NDJSON,
    AnyRequest,
    body,
    conditioned,
    expected_version,
    idempotency_key,
    named,
    refuse_conditions,
)
from api.responses import Sent, occurrence_at, registry_at, timeline_at, written
from domain.answers import Appended, EventAppended
from domain.claims import Given
from domain.errors import DatelineError, Malformed
from domain.events import AnyEvent, Batch, TimelineDefined
from domain.reading import read_definition, read_event, read_events
from store.known import Append
from store.store import Store

LINES_AT_ONCE = 512
"""Lines of one body that wait to be appended; more would make others wait for them."""
LINES_MOST = 100_000

Definition = msgspec.defstruct(
    "Definition",
    [
        (field.name, field.type, field.default)
        if field.default is not msgspec.NODEFAULT
        else (field.name, field.type)
        for field in msgspec.structs.fields(TimelineDefined)
        if field.name != "timeline"
    ],
    bases=(Given,),
    namespace={"__doc__": "A timeline's definition: its event, without what the address says."},
    frozen=True,
    kw_only=True,
)


class LineAppended(Struct, frozen=True, kw_only=True, tag_field="result", tag="appended"):
    """A line that was appended, or had been before."""

    line: int
    event: EventAppended


class LineRefused(Struct, frozen=True, kw_only=True, tag_field="result", tag="refused"):
    """A line that was refused."""

    line: int
    problem: Problem


class LinesReport(Struct, frozen=True, kw_only=True):
    """What came of each line, in their order. Lines count from 1, and empty ones are passed over.

    A line about a document stands here once for each event that it became.

    `basis` is the position from which all that was appended can be read; null where nothing was.
    """

    basis: int | None
    appended: int
    refused: int
    lines: tuple[LineAppended | LineRefused, ...]


@post(
    "/events",
    opt=Operation(
        name="append",
        needs="admin",
        bodies={JSON: (AnyEvent, Batch), NDJSON: AnyEvent},
        answers={200: LinesReport, 201: Appended, 202: Appended},
        refuses=(404, 409, 412, 422, 428),
    ).opt,
)
async def append(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """Append one event, a batch, or lines.

    A batch, `{"events": [...]}`, is appended whole or not at all. Lines (NDJSON) are appended one
    by one in their order; each succeeds or fails alone, and the answer reports on each.

    202 says that a timeline was defined whose entries are filled behind the appends: it can be read
    at once, and its `filling` tells how far that is.
    """
    await store.chronicle(named(chronicle, "chronicle"))
    headers, raw = request.headers, await body(request)
    if media_type(headers["content-type"]) == NDJSON:
        _refuse_of_lines(headers)
        report = await append_lines(store, chronicle, raw.split(b"\n"), request.auth.name)
        return written(report, status=200)
    events, in_batch = read_events(raw)
    if in_batch:
        refuse_conditions(headers, "a batch")
    else:
        events = (conditioned(events[0], expected_version(headers)),)
    asked = Append(
        events=events, author=request.auth.name, idempotency_key=idempotency_key(headers)
    )
    appended = await _appended(store, chronicle, asked, in_batch=in_batch)
    status = 202 if _filled_behind(store, asked, appended) else 201
    return written(appended, status=status, headers=_place(chronicle, appended))


@put(
    "/timelines/{timeline:str}",
    opt=Operation(
        name="define",
        needs="admin",
        bodies={JSON: Definition},
        answers={200: Appended, 201: Appended, 202: Appended},
        refuses=(404, 409, 412, 422, 428),
    ).opt,
)
async def define(
    request: AnyRequest,
    chronicle: FromPath[str],
    timeline: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Define a timeline, or define it anew.

    The version that this was decided on must be named: `If-None-Match: *` for a new timeline, or
    `If-Match` with the timeline's ETag.

    202 says that its entries are filled behind the appends: it can be read at once, and its
    `filling` tells how far that is.
    """
    await store.chronicle(named(chronicle, "chronicle"))
    headers = request.headers
    event = read_definition(await body(request), named(timeline, "timeline"))
    asked = Append(
        events=(conditioned(event, expected_version(headers)),),
        author=request.auth.name,
        idempotency_key=idempotency_key(headers),
    )
    appended = await _appended(store, chronicle, asked, in_batch=False)
    status = 201 if appended.events[0].version == 1 else 200
    if _filled_behind(store, asked, appended):
        status = 202
    return written(appended, status=status, headers=_place(chronicle, appended))


async def _appended(store: Store, chronicle: str, asked: Append, *, in_batch: bool) -> Appended:
    try:
        return await store.append(chronicle, asked)
    except DatelineError as fault:
        if not in_batch:
            fault.index = None
        elif len(asked.events) == 1:
            fault.index = 0
        raise


def _filled_behind(store: Store, asked: Append, appended: Appended) -> bool:
    """Whether a definition among these is filled behind the appends."""
    definitions = [event for event in asked.events if isinstance(event, TimelineDefined)]
    done = [event for event in appended.events if event.timeline is not None]
    return any(
        store.filler.behind(written.position, selects=event.select is not None)
        for event, written in zip(definitions, done, strict=True)
    )


def _place(chronicle: str, appended: Appended) -> dict[str, str]:
    """Where the one event that was appended can be read, and the version that it made."""
    if len(appended.events) != 1:
        return {}
    (event,) = appended.events
    if event.timeline is not None:
        location = timeline_at(chronicle, event.timeline)
    elif event.occurrence is None:
        location = registry_at(chronicle, event)
    else:
        location = occurrence_at(chronicle, event.occurrence)
    return {"Location": location, "ETag": f'"{event.version}"'}


def _refuse_of_lines(headers: Headers) -> None:
    refuse_conditions(headers, "NDJSON")
    if "idempotency-key" in headers:
        raise Malformed(
            "Idempotency-Key belongs to one append, and each line is one of its own: give each "
            "an event_id, and it may be sent again.",
            where="Idempotency-Key",
        )


async def append_lines(
    store: Store, chronicle: str, lines: list[bytes], author: str
) -> LinesReport:
    """Append each line as an event of its own.

    Many wait at once, so that they are committed together. They are handed over in their order, and
    the store keeps the order in which it is asked. Raises Malformed for too many.
    """
    if len(lines) > LINES_MOST:
        raise Malformed(f"Send at most {LINES_MOST:,} lines at once.", where="")

    async def one(number: int, line: bytes) -> list[LineAppended | LineRefused]:
        try:
            asked = Append(events=(read_event(line),), author=author)
            appended = await store.append(chronicle, asked)
        except DatelineError as fault:
            return [LineRefused(line=number, problem=problem_of(fault))]
        except Exception as error:
            logger.error("a line could not be appended", exc_info=error)
            return [LineRefused(line=number, problem=FAILURE)]
        return [LineAppended(line=number, event=event) for event in appended.events]

    done: list[LineAppended | LineRefused] = []
    waiting: deque[asyncio.Task[list[LineAppended | LineRefused]]] = deque()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(waiting) == LINES_AT_ONCE:
            done += await waiting.popleft()
        waiting.append(asyncio.create_task(one(number, line)))
    for task in waiting:
        done += await task
    positions = [line.event.position for line in done if isinstance(line, LineAppended)]
    return LinesReport(
        basis=max(positions, default=None),
        appended=len(positions),
        refused=len(done) - len(positions),
        lines=tuple(done),
    )
