"""A migration happens whole or not at all, once, and never to a database from the future.

On empty databases of the run's PostgreSQL, with made-up revisions in a folder of the test's own;
and the project's own revisions, whatever they are by now, must agree with what Alembic makes of
them.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from store.migrate import (
    REVISIONS,
    DatabaseNewer,
    DatabaseOlder,
    Migrated,
    check,
    current,
    head,
    migrate,
    sql,
)
from tests.conftest import Database, dsn_for

FIRST = "CREATE TABLE report (id int PRIMARY KEY)"
SECOND = "CREATE TABLE claim (id int PRIMARY KEY)"


@pytest.fixture
async def empty(server: str, template: str) -> AsyncIterator[Database]:
    """A database without schema. (The template's fixture sees to the roles.)"""
    name = f"dateline_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name} OWNER dateline")
        yield Database(
            name, dsn_for(server, name, "dateline"), dsn_for(server, name, "dateline_app")
        )
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
def revisions(tmp_path: Path) -> Path:
    """A folder for revisions like the project's, without any."""
    folder = tmp_path / "100% made up" / "migrations"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(REVISIONS / "env.py", folder)
    shutil.copy(REVISIONS / "script.py.mako", folder)
    return folder


def write(revisions: Path, *statements: str) -> None:
    """One revision a statement: 0001, 0002 and so on."""
    for number, statement in enumerate(statements, start=1):
        name, before = f"{number:04}", f"{number - 1:04}" if number > 1 else None
        (revisions / "versions" / f"{name}_made_up.py").write_text(
            "from alembic import op\n"
            f"revision = {name!r}\n"
            f"down_revision = {before!r}\n"
            "def upgrade() -> None:\n"
            f"    op.execute({statement!r})\n"
        )


async def ask(dsn: str, question: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def tables(dsn: str) -> list[str]:
    names = "SELECT array_agg(tablename::text ORDER BY tablename) FROM pg_tables "
    listed: list[str] = await ask(dsn, names + "WHERE schemaname = 'public'")
    return listed


async def test_an_empty_database_is_brought_to_the_head(empty, revisions):
    write(revisions, FIRST, SECOND)

    assert await migrate(empty.owner_dsn, revisions) == Migrated(None, "0002")
    assert await tables(empty.owner_dsn) == ["alembic_version", "claim", "report"]


async def test_a_migrated_database_is_left_as_it_is(empty, revisions):
    write(revisions, FIRST)
    await migrate(empty.owner_dsn, revisions)
    await ask(empty.owner_dsn, "INSERT INTO report VALUES (1)")

    assert await migrate(empty.owner_dsn, revisions) == Migrated("0001", "0001")
    assert await ask(empty.owner_dsn, "SELECT count(*) FROM report") == 1


async def test_only_what_is_new_is_done(empty, revisions):
    write(revisions, FIRST)
    await migrate(empty.owner_dsn, revisions)
    write(revisions, FIRST, SECOND)

    assert await migrate(empty.owner_dsn, revisions) == Migrated("0001", "0002")
    assert await tables(empty.owner_dsn) == ["alembic_version", "claim", "report"]


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty, revisions):
    write(revisions, FIRST, "CREATE TABLE claim (id no_such_type)")

    with pytest.raises(asyncpg.UndefinedObjectError):
        await migrate(empty.owner_dsn, revisions)

    assert await tables(empty.owner_dsn) is None
    write(revisions, FIRST, SECOND)
    assert await migrate(empty.owner_dsn, revisions) == Migrated(None, "0002")


async def test_of_several_migrators_one_migrates_and_the_others_find_it_done(empty, revisions):
    write(revisions, FIRST, SECOND)

    done = await asyncio.gather(*(migrate(empty.owner_dsn, revisions) for _ in range(4)))

    assert sorted(done, key=lambda one: one.before or "") == [
        Migrated(None, "0002"),
        *[Migrated("0002", "0002")] * 3,
    ]


async def test_a_database_from_the_future_is_refused(empty, revisions):
    write(revisions, FIRST, SECOND)
    await migrate(empty.owner_dsn, revisions)
    (revisions / "versions" / "0002_made_up.py").unlink()
    connection = await asyncpg.connect(empty.app_dsn)

    with pytest.raises(DatabaseNewer, match=r"revision 0002.*Upgrade Dateline"):
        await migrate(empty.owner_dsn, revisions)
    with pytest.raises(DatabaseNewer):
        await check(connection, revisions)
    with pytest.raises(DatabaseNewer):
        sql("0002", revisions=revisions)

    await connection.close()


async def test_the_application_is_told_when_a_migration_is_due(empty, revisions):
    connection = await asyncpg.connect(empty.app_dsn)
    write(revisions, FIRST)

    with pytest.raises(DatabaseOlder, match=r"no schema yet.*needs revision 0001.*migrate"):
        await check(connection, revisions)
    await migrate(empty.owner_dsn, revisions)
    await check(connection, revisions)
    assert await current(connection) == "0001"
    write(revisions, FIRST, SECOND)
    with pytest.raises(DatabaseOlder, match=r"at revision 0001.*needs revision 0002.*migrate"):
        await check(connection, revisions)

    await connection.close()


async def test_without_revisions_there_is_nothing_to_do(empty, revisions):
    connection = await asyncpg.connect(empty.app_dsn)

    assert await migrate(empty.owner_dsn, revisions) == Migrated(None, "base")
    await check(connection, revisions)

    await connection.close()


async def test_the_script_for_running_by_hand_does_the_same(empty, revisions):
    write(revisions, FIRST, SECOND)
    script = sql(None, revisions=revisions)

    assert script.startswith("BEGIN;")
    assert script.endswith("COMMIT;\n")
    connection = await asyncpg.connect(empty.owner_dsn)
    await connection.execute(script)
    await connection.close()

    assert await tables(empty.owner_dsn) == ["alembic_version", "claim", "report"]
    assert await migrate(empty.owner_dsn, revisions) == Migrated("0002", "0002")


def test_the_script_may_stop_at_a_revision(revisions):
    write(revisions, FIRST, SECOND)

    assert FIRST in sql(None, "0001", revisions)
    assert SECOND not in sql(None, "0001", revisions)
    assert FIRST not in sql("0001", "0002", revisions)


@pytest.mark.parametrize(
    "statement",
    [
        "COMMENT ON SCHEMA public IS '100% of it; 50%% of it'",
        "COMMENT ON SCHEMA public IS 'at 01:00:00, 2019-08-27T01:00:00+03:00'",
        "COMMENT ON SCHEMA public IS 'Хан-Шейхун, خان شيخون'",
        'COMMENT ON SCHEMA public IS \'{"a":1,"b":c}\'',
        "DO $$ DECLARE n int := 1; BEGIN PERFORM n::text; END $$",
        "DO $body$ BEGIN PERFORM format('%I %s', 'a', 'b'); END $body$",
    ],
)
def test_a_statement_is_run_as_it_was_written(revisions, statement):
    write(revisions, statement)

    assert statement in sql(None, revisions=revisions)


@pytest.mark.parametrize("form", ["revision = '0001'", "revision: str = '0001'"])
def test_a_revision_may_be_annotated(revisions, form):
    (revisions / "versions" / "0001_made_up.py").write_text(
        f"{form}\ndown_revision = None\n\n\ndef upgrade() -> None: ...\n"
    )

    assert head(revisions) == ScriptDirectory(str(revisions)).get_current_head() == "0001"


def test_two_last_revisions_are_a_mistake_of_ours(revisions):
    for name in ("a", "b"):
        (revisions / "versions" / f"{name}.py").write_text(
            f"revision = {name!r}\ndown_revision = None\n"
        )

    with pytest.raises(ValueError, match="not one line"):
        head(revisions)


def test_the_projects_own_revisions_are_one_line_and_alembic_agrees():
    scripts = ScriptDirectory(str(REVISIONS))

    assert head() == (scripts.get_current_head() or "base")
    assert len(scripts.get_heads()) <= 1


async def test_a_copy_of_the_template_is_at_the_head(database):
    connection = await asyncpg.connect(database.app_dsn)

    await check(connection)

    await connection.close()


def test_looking_for_the_head_does_not_wait_for_alembic():
    program = "import sys; from store.migrate import head; head(); print('alembic' in sys.modules)"
    command = [sys.executable, "-c", program]
    said = subprocess.run(
        command, cwd=REVISIONS.parent, capture_output=True, text=True, check=True
    ).stdout

    assert said == "False\n"
