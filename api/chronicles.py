"""Chronicles: which there are, and making one."""

from __future__ import annotations

from litestar import put, route
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from api.operation import GET, Operation
from api.requests import AnyRequest
from api.responses import Sent, reading, written
from store.store import Store


class ChronicleShown(Struct, frozen=True, kw_only=True):
    """A chronicle, and the position of its last event; 0 where there is none yet."""

    chronicle: str
    position: int


class Chronicles(Struct, frozen=True, kw_only=True):
    """The chronicles that the asker may read."""

    chronicles: tuple[ChronicleShown, ...]


@route(
    "/v1/chronicles",
    http_method=GET,
    opt=Operation(name="chronicles", answers={200: Chronicles}, kept=True).opt,
)
async def chronicles(request: AnyRequest, store: NamedDependency[Store]) -> Sent:
    """List the chronicles that may be read."""
    shown = await _shown(store)
    only = request.auth.chronicle if request.auth and not request.app.state.open_reading else None
    return reading(
        request,
        Chronicles(chronicles=tuple(c for c in shown if only in (None, c.chronicle))),
    )


@put(
    "/v1/chronicles/{chronicle:str}",
    opt=Operation(
        name="create_chronicle",
        needs="admin",
        answers={200: ChronicleShown, 201: ChronicleShown},
        refuses=(409, 422),
    ).opt,
)
async def create_chronicle(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """Make a chronicle. One that is there stays as it is."""
    made = await store.create_chronicle(chronicle)
    shown = next(c for c in await _shown(store) if c.chronicle == chronicle)
    if not made:
        return written(shown, status=200)
    return written(shown, status=201, headers={"Location": f"/v1/chronicles/{chronicle}"})


async def _shown(store: Store) -> list[ChronicleShown]:
    return [
        ChronicleShown(chronicle=name, position=position)
        for name, position in await store.chronicles()
    ]
