"""Reading what is registered: actors, places and sources."""

from __future__ import annotations

from litestar import route
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.operation import GET, Operation
from api.reads import RECORDED
from api.requests import AnyRequest, named
from api.responses import Sent, reading
from domain import query
from domain.answers import Actors, Places, Sources
from store.store import Store


@route(
    "/actors",
    http_method=GET,
    opt=Operation(
        name="actors", query=RECORDED, answers={200: Actors}, kept=True, refuses=(404, 422)
    ).opt,
)
async def actors(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """List the registered actors, each as it stands at the basis."""
    point = query.point(request.state.asked.once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.actors(point)
    return reading(request, shown, settled=shown.settled)


@route(
    "/places",
    http_method=GET,
    opt=Operation(
        name="places", query=RECORDED, answers={200: Places}, kept=True, refuses=(404, 422)
    ).opt,
)
async def places(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """List the registered places, each as it stands at the basis."""
    point = query.point(request.state.asked.once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.places(point)
    return reading(request, shown, settled=shown.settled)


@route(
    "/sources",
    http_method=GET,
    opt=Operation(
        name="sources", query=RECORDED, answers={200: Sources}, kept=True, refuses=(404, 422)
    ).opt,
)
async def sources(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """List the registered sources, each as it stands at the basis."""
    point = query.point(request.state.asked.once)
    async with store.reading(named(chronicle, "chronicle")) as reader:
        shown = await reader.sources(point)
    return reading(request, shown, settled=shown.settled)
