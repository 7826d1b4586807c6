"""What all tests share: one PostgreSQL for the run, and a fresh database for each test.

The server is the embedded one, in a folder that is thrown away, or the one that
DATELINE_TEST_DATABASE names: as a superuser, since databases and roles are made there, and with a
password, if any, that the roles dateline and dateline_app have as well. Migrations run once, into a
template; each test gets a copy of that, and the copy is dropped after it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from store.embedded import ROLES, Embedded
from store.migrate import migrate

PROJECT = Path(__file__).resolve().parents[1]

# Examples share one event loop and one server with everything else that runs, so that their time
# says nothing. On CI what failed is printed in a form that can be run again elsewhere.
settings.register_profile(
    "dev", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("ci", settings.get_profile("dev"), print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@dataclass(frozen=True)
class Database:
    """A database of a test's own."""

    name: str
    owner_dsn: str
    """Connects as the role that owns everything, as migrations do."""
    app_dsn: str
    """Connects as the role that the application has."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The DSN of a superuser on the PostgreSQL that the tests run on."""
    if named := os.environ.get("DATELINE_TEST_DATABASE"):
        yield named
        return
    # Not pytest's own temporary folder: when root runs the tests, the server's account may not
    # enter that, and it is too deep for a socket's path.
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-"))
    folder.chmod(0o711)
    embedded = Embedded(folder, durable=False)
    try:
        embedded.start()
        yield embedded.superuser_dsn
    finally:
        embedded.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def template(server: str) -> AsyncIterator[str]:
    """The name of a migrated database that nobody is connected to, for copying."""
    name = f"dateline_template_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(ROLES)
        await connection.execute(f"CREATE DATABASE {name} OWNER dateline")
        await migrate(dsn_for(server, name, "dateline"))
        yield name
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database(server: str, template: str) -> AsyncIterator[Database]:
    """A fresh, migrated database."""
    name = f"dateline_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {template} OWNER dateline STRATEGY file_copy"
        )
        yield Database(
            name, dsn_for(server, name, "dateline"), dsn_for(server, name, "dateline_app")
        )
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Finds real data, which is not part of the project, by its file's name."""
    folder = Path(os.environ.get("DATELINE_TEST_DATA") or PROJECT.parent / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"{path} is not here; DATELINE_TEST_DATA names the folder with real data")
        return path

    return find


def dsn_for(server: str, database: str, role: str) -> str:
    """The same server, another database and role."""
    parts = urlsplit(server)
    login, _, host = parts.netloc.rpartition("@")
    password = login.partition(":")[2]
    as_role = f"{role}:{password}" if password else role
    return urlunsplit(parts._replace(netloc=f"{as_role}@{host}", path=f"/{database}"))
