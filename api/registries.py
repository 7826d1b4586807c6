"""Reading what is registered: actors, places and sources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar import route
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from api.operation import GET, Operation
from api.reads import RECORDED
from api.requests import AnyRequest, named
from api.responses import Sent, reading
from domain import query
from domain.answers import Actors, Places, Sources
from domain.query import Point
from store.read import Reader
from store.store import Store

Registered = Actors | Places | Sources


def _registry(
    name: str,
    answer: type[Registered],
    read: Callable[[Reader, Point], Awaitable[Registered]],
) -> HTTPRouteHandler:
    """The handler that lists one registry."""

    async def registry(
        request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
    ) -> Sent:
        point = query.point(request.state.asked.once)
        async with store.reading(named(chronicle, "chronicle")) as reader:
            shown = await read(reader, point)
        return reading(request, shown, settled=shown.settled)

    registry.__doc__ = (
        f"List the registered {name}, each as it stands at the basis: the names that it goes by, "
        "and when."
    )
    operation = Operation(
        name=name, query=RECORDED, answers={200: answer}, kept=True, refuses=(404, 422)
    )
    return route(f"/{name}", http_method=GET, opt=operation.opt)(registry)


actors = _registry("actors", Actors, Reader.actors)
places = _registry("places", Places, Reader.places)
sources = _registry("sources", Sources, Reader.sources)
