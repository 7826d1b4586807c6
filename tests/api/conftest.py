"""What the tests over HTTP share: an application on a fresh database, asked in process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar

from api.app import create_app
from api.settings import Settings
from store.store import Store


@pytest.fixture
def settings(database) -> Settings:
    return Settings(database=database.app_dsn)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Litestar]:
    """An application that has started, on a database with the chronicle `main`.

    Its lifespan must be entered and left by one task, and a fixture is set up and torn down by two.
    """
    app, started, ended = create_app(settings), asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            await app.state.store.create_chronicle("main")
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


def asking(app: Litestar, key: str | None = None) -> httpx.AsyncClient:
    """A client of the application in process, with a key or without."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    async with running(settings) as app:
        yield app


@pytest.fixture
def store(app: Litestar) -> Store:
    return app.state.store


@pytest.fixture
async def key(store: Store) -> str:
    return await store.create_key("desk", "admin")


@pytest.fixture
async def reader(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Asks without a key."""
    async with asking(app) as client:
        yield client


@pytest.fixture
async def writer(app: Litestar, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks with a key that may append."""
    async with asking(app, key) as client:
        yield client
