"""Which database and which chronicle a command works on, and how it gets there.

Without an address it is the embedded PostgreSQL in the data folder, which belongs to Dateline: the
command starts it where it is not running, and brings it up to date where it is not. A server of
one's own is only ever changed by `dateline migrate`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from cyclopts import Group, Parameter

from cli.progress import Rebuilding
from domain.errors import NotFound
from store.embedded import Embedded, default_folder
from store.migrate import Migrated, migrate
from store.rebuild import rebuild_otherwise
from store.store import Store, open_store

MAIN = "main"
"""The chronicle that is meant where none is named."""
WHERE = Group("Where", sort_key=9)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Database:
    """Which database."""

    database: Annotated[
        str | None,
        Parameter(
            name="--database",
            group=WHERE,
            env_var="DATELINE_DATABASE",
            help="A PostgreSQL server of your own: postgresql://USER@HOST:PORT/DATABASE. Name it "
            "by the variable rather than the option where it holds a password, since others on "
            "this machine can see a program's options. Default: the embedded database in the "
            "folder DATELINE_DATA.",
        ),
    ] = field(default=None, repr=False)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Where(Database):
    """Which database, and which chronicle in it."""

    chronicle: Annotated[
        str,
        Parameter(name="--chronicle", group=WHERE, help="The chronicle to read or write."),
    ] = MAIN


def embedded() -> Embedded:
    """The embedded database of this account or of DATELINE_DATA. Nothing is started."""
    return Embedded(default_folder(os.environ))


async def brought_up(dsn: str) -> Migrated:
    """Migrate a database, as its owner, and derive anew what was derived otherwise."""
    done = await migrate(dsn)
    with Rebuilding() as progress:
        rebuilt = await rebuild_otherwise(dsn, progress)
    for one in rebuilt:
        if one.basis:
            print(f"Derived {one.chronicle} anew from its log, by {one.make}.", file=sys.stderr)
    return done


async def prepare(server: Embedded) -> Migrated:
    """Start the embedded database, bring it up to date, and make its first chronicle."""
    server.start()
    done = await brought_up(server.owner_dsn)
    if done.before is None:
        async with open_store(server.app_dsn) as store:
            await store.create_chronicle(MAIN)
    return done


async def owner(where: Database) -> str:
    """The address by which a database's owner connects: the one that is named, or the embedded
    one's, once that runs."""
    if where.database:
        return where.database
    await _embedded_dsn(make=False)
    return embedded().owner_dsn


@asynccontextmanager
async def opened(where: Database, *, make: bool = False) -> AsyncIterator[Store]:
    """The store of a database. `make`: also where no embedded one has been made yet.

    An embedded database that had to be started stays up: another command may be using it by the
    time that this one ends.
    """
    dsn = where.database or await _embedded_dsn(make=make)
    async with open_store(dsn) as store:
        yield store


@asynccontextmanager
async def opened_chronicle(where: Where, *, make: bool = False) -> AsyncIterator[Store]:
    """The store, once the chronicle is there for sure. Raises NotFound, saying what helps."""
    async with opened(where, make=make) as store:
        try:
            await store.chronicle(where.chronicle)
        except NotFound as missing:
            names = ", ".join(name for name, _ in await store.chronicles())
            there = f"There are: {names}. " if names else ""
            raise NotFound(
                f"{missing.detail} {there}`dateline chronicles create NAME` makes one."
            ) from None
        yield store


async def _embedded_dsn(*, make: bool) -> str:
    server = embedded()
    if not make and not server.status().made:
        raise NotFound(
            f"There is no database in {server.folder} yet. `dateline demo` makes one with sample "
            "records, `dateline file` an empty one; DATELINE_DATABASE names a server of your own."
        )
    try:
        await prepare(server)
    finally:  # also where it cannot be used: it stays up all the same
        if server.started:
            print(
                f"Started the database in {server.folder}. `dateline db stop` stops it.",
                file=sys.stderr,
            )
    return server.app_dsn
