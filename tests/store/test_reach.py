"""Goal: a database that cannot be reached says so in one sentence, and no password is ever in it.

Method: addresses where no server is, or that cannot be read, and the run's own PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import asyncpg
import pytest

from store.migrate import DatabaseOlder, migrate
from store.reach import DatabaseUnreachable
from store.store import open_store
from tests.conftest import dsn_for

SECRET = "7hidden7"


async def opened(dsn: str) -> None:
    async with open_store(dsn):
        pass


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://u:{SECRET}@127.0.0.1:1/x",
        f"postgresql://u:{SECRET}@nohost.invalid/x",
        f"postgresql://u:{SECRET}@127.0.0.1:port/x",
        f"postgresql://u:{SECRET}@127.0.0.1:99999/x",
        f"postgresql://u:{SECRET}/{SECRET}@127.0.0.1/x",
        f"postgresql:///x?host=/nowhere&password={SECRET}",
        f"mysql://u:{SECRET}@127.0.0.1/x",
        f"host=127.0.0.1 password={SECRET}",
    ],
)
@pytest.mark.parametrize("opening", [migrate, opened])
async def test_what_cannot_be_reached_is_told_without_its_password(
    dsn: str, opening: Callable[[str], Awaitable[object]]
) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        await opening(dsn)

    assert SECRET not in refused.value.detail
    assert "\n" not in refused.value.detail


async def test_a_database_that_is_not_there_is_named(server: str, template: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="no_such_one"):
        await opened(dsn_for(server, "no_such_one", "dateline"))


@pytest.fixture
async def empty(server: str, template: str) -> AsyncIterator[str]:
    """The DSN of a database without schema. (The template's fixture sees to the roles.)"""
    name = f"dateline_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield dsn_for(server, name, "postgres")
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def test_a_server_that_never_was_migrated_asks_for_it(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.store.APP_ROLE", "dateline_unheard_of")
    with pytest.raises(DatabaseOlder, match="dateline migrate"):
        await opened(empty)


async def test_a_role_that_may_not_migrate_is_told_so(empty: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="owns the database"):
        await migrate(empty.replace("postgres@", "dateline_app@"))


async def test_an_empty_database_asks_for_its_migration(empty: str) -> None:
    with pytest.raises(DatabaseOlder, match="dateline migrate"):
        await opened(empty)
