"""The HTTP application: its routes, and what surrounds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from api import (
    chronicles,
    feed,
    health,
    imports,
    memento,
    pages,
    reads,
    registries,
    replay,
    similar,
    writes,
)
from api.gate import Gate
from api.openapi import document
from api.problems import Refused, answer_problem
from api.settings import Settings
from domain.errors import DatelineError
from store.store import Store, open_store


def create_app(settings: Settings) -> Litestar:
    """The application. It opens the store when it starts, and closes it when it ends."""

    @asynccontextmanager
    async def kept_open(app: Litestar) -> AsyncIterator[None]:
        async with open_store(settings.database) as store:
            app.state.store = store
            store.filler.wake()
            yield

    of_a_chronicle = Router(
        "/v1/chronicles/{chronicle:str}",
        route_handlers=[
            writes.append,
            feed.feed,
            imports.import_file,
            reads.occurrences,
            reads.occurrence,
            reads.history,
            similar.similar,
            reads.timelines,
            reads.timeline,
            memento.memento,
            memento.timemap,
            writes.define,
            reads.diff,
            replay.replay,
            reads.filling,
            reads.timeline_totals,
            reads.totals,
            registries.actors,
            registries.places,
            registries.sources,
        ],
    )
    app = Litestar(
        [
            chronicles.chronicles,
            chronicles.create_chronicle,
            of_a_chronicle,
            health.live,
            health.ready,
            pages.problem,
            pages.root,
        ],
        lifespan=[kept_open],
        dependencies={"store": Provide(_store, sync_to_thread=False)},
        before_request=Gate(settings),
        exception_handlers={
            DatelineError: answer_problem,
            Refused: answer_problem,
            HTTPException: answer_problem,
            Exception: answer_problem,
        },
        request_max_body_size=settings.body_limit,
        logging_config=None,
        openapi_config=None,
    )
    app.state.open_reading = settings.reads_openly
    described = document(app.routes, open_reading=settings.reads_openly)
    for handler in pages.documentation(described):
        app.register(handler)
    return app


def _store(state: State) -> Store:
    store: Store = state.store
    return store
