"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

import logging

from litestar import route
from litestar.di import NamedDependency
from msgspec import Struct

from api.operation import GET, Operation
from api.problems import UNAVAILABLE, Refused
from api.requests import AnyRequest
from api.responses import Sent, sent
from store.store import Store

logger = logging.getLogger("dateline.api")
_FRESH = {"Cache-Control": "no-store"}


class Health(Struct, frozen=True):
    """That it is well."""

    status: str


@route(
    "/health/live",
    http_method=GET,
    opt=Operation(name="live", needs=None, answers={200: Health}).opt,
)
async def live(request: AnyRequest) -> Sent:
    """Say that the server runs."""
    return sent(request, b'{"status":"live"}', headers=_FRESH)


@route(
    "/health/ready",
    http_method=GET,
    opt=Operation(name="ready", needs=None, answers={200: Health}, refuses=(503,)).opt,
)
async def ready(request: AnyRequest, store: NamedDependency[Store]) -> Sent:
    """Say whether the database answers, and is of the version that this server needs."""
    try:
        await store.ready()
    except Exception as error:
        logger.warning("not ready: %s", error)
        raise Refused(UNAVAILABLE, "The database does not answer as it must.") from None
    return sent(request, b'{"status":"ready"}', headers=_FRESH)
