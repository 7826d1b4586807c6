"""What the tests over HTTP share: an application on a fresh database, asked in process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from api.app import create_app
from api.settings import Settings
from store.store import Store
from tests.api.asking import SERVER
from tests.conftest import dsn_for


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Litestar]:
    """An application that has started.

    Its lifespan must be entered and left by one task, and a fixture is set up and torn down by two.
    """
    app, started, ended = create_app(settings), asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await ended.wait()

    living = asyncio.create_task(live())
    starting = asyncio.create_task(started.wait())
    await asyncio.wait((living, starting), return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    try:
        if not living.done():
            yield app
    finally:
        ended.set()
        await living


def asking(app: Litestar, chronicle: str, key: str | None = None) -> httpx.AsyncClient:
    """A client of the application in process, at a chronicle, with a key or without."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url=f"{SERVER}/v1/chronicles/{chronicle}",
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


@pytest.fixture(scope="session")
async def dsn(server: str, template: str) -> AsyncIterator[str]:
    """One database for all tests; each has its own chronicle there."""
    name = f"dateline_api_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER dateline")
    yield dsn_for(server, name, "dateline_app")
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="session")
async def app(dsn: str) -> AsyncIterator[Litestar]:
    """One application for all tests, as it is on a machine of one's own."""
    async with running(Settings(database=dsn)) as app:
        yield app


@pytest.fixture
def store(app: Litestar) -> Store:
    return app.state.store


@pytest.fixture(scope="session")
async def key(app: Litestar) -> str:
    """The secret of a key that may append to every chronicle."""
    store: Store = app.state.store
    return await store.create_key("desk", "admin")


@pytest.fixture
async def chronicle(store: Store) -> str:
    """A chronicle of the test's own. The clients' addresses begin there."""
    name = f"norvale-{uuid4().hex[:12]}"
    await store.create_chronicle(name)
    return name


@pytest.fixture
async def reader(app: Litestar, chronicle: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks without a key."""
    async with asking(app, chronicle) as client:
        yield client


@pytest.fixture
async def writer(app: Litestar, chronicle: str, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks with a key that may append."""
    async with asking(app, chronicle, key) as client:
        yield client
