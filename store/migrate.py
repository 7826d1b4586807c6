"""Brings a database to the schema that this version of Dateline knows.

Alembic orders the revisions in `migrations/` and renders them as SQL; asyncpg runs that, in one
transaction: a migration happens whole or not at all. Alembic takes almost a second to import, so
that is left until there is something to render; what the revisions are called is read from their
files.
"""

from __future__ import annotations

import ast
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from domain.errors import DatelineError
from store.reach import DatabaseUnreachable, reaching

REVISIONS = Path(__file__).resolve().parents[1] / "migrations"
"""The room beside this one, in a checkout as in an installed package."""
BASE = "base"
"""Alembic's name for a database before the first revision."""
LOCK = int.from_bytes(b"dateline", "big")
"""The advisory lock that keeps two migrators apart."""


class DatabaseNewer(DatelineError):
    """The database was migrated by a later version of Dateline than this one."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this version of Dateline does not "
            "know. Upgrade Dateline."
        )
        self.revision = revision


class DatabaseOlder(DatelineError):
    """The database has not been migrated to what this version of Dateline needs."""

    def __init__(self, revision: str | None, head: str) -> None:
        found = f"is at revision {revision}" if revision else "has no schema yet"
        super().__init__(
            f"The database {found}, and this version of Dateline needs revision {head}. "
            "Run `dateline migrate`."
        )
        self.revision = revision
        self.head = head


@dataclass(frozen=True)
class Migrated:
    """What a migration did: nothing, where both are the same."""

    before: str | None
    """The revision found; None for a database without schema."""
    after: str


def head(revisions: Path = REVISIONS) -> str:
    """The revision that this version of Dateline needs."""
    followed = _followed(revisions)
    last = followed.keys() - followed.values()
    if not followed:
        return BASE
    if len(last) != 1:
        raise ValueError(f"The revisions in {revisions} are not one line: {sorted(last)} are last.")
    return last.pop()


async def current(connection: asyncpg.Connection) -> str | None:
    """The revision that the database is at; None for one without schema."""
    if await connection.fetchval("SELECT to_regclass('public.alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval(
        "SELECT version_num FROM public.alembic_version"
    )
    return revision


async def check(connection: asyncpg.Connection, revisions: Path = REVISIONS) -> None:
    """Raise DatabaseOlder or DatabaseNewer unless the database fits this version of Dateline."""
    found, needed = await current(connection), head(revisions)
    _refuse_newer(found, revisions)
    if (found or BASE) != needed:
        raise DatabaseOlder(found, needed)


async def migrate(dsn: str, revisions: Path = REVISIONS) -> Migrated:
    """Bring the database to `head`, connecting as its owner.

    Raises DatabaseNewer, DatabaseUnreachable.

    May be called by several at once: one migrates, the others wait and find nothing to do.
    """
    with reaching():
        connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            before, after = await current(connection), head(revisions)
            _refuse_newer(before, revisions)
            if (before or BASE) != after:
                await connection.execute(_render(before, after, revisions))
            return Migrated(before, after)
    except asyncpg.InsufficientPrivilegeError as refused:
        raise DatabaseUnreachable(
            f"Migrating needs a role that owns the database and may make roles: {refused}."
        ) from None
    finally:
        await connection.close()


def sql(before: str | None, after: str | None = None, revisions: Path = REVISIONS) -> str:
    """The script that `migrate` would run, for those who run such things by hand.

    From one revision (None: an empty database) to another (None: the head). Raises DatabaseNewer.
    """
    _refuse_newer(before, revisions)
    return f"BEGIN;\n\n{_render(before, after or head(revisions), revisions)}COMMIT;\n"


def _refuse_newer(revision: str | None, revisions: Path) -> None:
    if revision is not None and revision not in _followed(revisions):
        raise DatabaseNewer(revision)


def _followed(revisions: Path) -> dict[str, str | None]:
    """Each revision, and the one that it follows, read from the files without running them."""
    followed: dict[str, str | None] = {}
    for path in sorted((revisions / "versions").glob("*.py")):
        named: dict[str, Any] = {}
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(name)], value=ast.Constant(value))
                    | ast.AnnAssign(target=ast.Name(name), value=ast.Constant(value))
                ):
                    named[name] = value
        if "revision" in named:
            followed[named["revision"]] = named.get("down_revision")
    return followed


def _render(before: str | None, after: str, revisions: Path) -> str:
    from alembic import command
    from alembic.config import Config

    rendered = io.StringIO()
    config = Config(output_buffer=rendered, stdout=rendered)
    config.set_main_option("script_location", str(revisions).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, f"{before}:{after}" if before else after, sql=True)
    if before is None:
        # The application's role asks which revision it is on.
        rendered.write("GRANT SELECT ON alembic_version TO PUBLIC;\n\n")
    return rendered.getvalue()
