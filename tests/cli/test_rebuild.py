"""Goal: `dateline rebuild` mends what is derived; `--check` names what differs and writes nothing.

Method: command lines on a test's own database, whose derived rows the test tampers with as their
owner; the exit status and every line that is printed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from domain.beliefs import RULES
from store.rebuild import make
from store.store import Store
from tests.cli.conftest import Dateline
from tests.conftest import Database


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def as_owner(flood: Store, alone: Dateline, database: Database, monkeypatch) -> Dateline:
    """Runs a command line as the owner of a database with the flood in it."""
    monkeypatch.setenv("DATELINE_DATABASE", database.owner_dsn)
    return alone


async def test_what_is_as_it_should_be_stays_so(as_owner: Dateline) -> None:
    checked = await as_owner("rebuild", "--check")
    rebuilt = await as_owner("rebuild")

    assert (checked.status, checked.err, rebuilt.status, rebuilt.err) == (0, "", 0, "")
    assert checked.out == "main: 5 events; stored is what the log gives.\n"
    assert rebuilt.out == f"main: rebuilt from 5 events by {make()}, no row changed.\n"


async def test_differences_are_named_and_mended(
    as_owner: Dateline, owner: asyncpg.Connection
) -> None:
    await owner.execute("UPDATE entry SET kind = 'fire', flags = 0 WHERE position_from = 4")
    await owner.execute("DELETE FROM claim WHERE position_from = 4")

    checked = await as_owner("rebuild", "--check")
    again = await as_owner("rebuild", "--check", "--json")
    rebuilt = await as_owner("rebuild", "--chronicle", "main")

    assert (checked.status, again.status, rebuilt.status) == (1, 1, 0)
    first, *rest = checked.out.splitlines()
    assert first == (
        "main: 5 events; 1 in claim, 4 in entry differ from what the log gives. "
        "`dateline rebuild` mends them."
    )
    assert rest == [
        "  claim, norvale-flood, position 4 is missing",
        # Two spans of knowledge, in the timeline and among all.
        *["  entry, norvale-flood, position 4 differs: flags, kind"] * 4,
    ]
    (one,) = msgspec.json.decode(again.out)["chronicles"]
    assert {table: n for table, n in one["differing"].items() if n} == {"claim": 1, "entry": 4}
    assert one["first"][0]["key"]["position_from"] == 4
    assert rebuilt.out == f"main: rebuilt from 5 events by {make()}, 5 rows replaced.\n"
    assert (await as_owner("rebuild", "--check")).status == 0


async def test_what_a_rebuild_did_is_told_as_json(as_owner: Dateline) -> None:
    (done,) = msgspec.json.decode((await as_owner("rebuild", "--json")).out)["chronicles"]

    assert (done["chronicle"], done["basis"], done["make"]) == ("main", 5, make())
    assert set(done["added"].values()) == set(done["removed"].values()) == {0}


async def test_the_applications_role_may_not_rebuild_and_is_told_who_may(
    as_owner: Dateline, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_DATABASE", database.app_dsn)
    refused = await as_owner("rebuild")

    assert refused.status == 1
    assert "needs the role that owns the database" in refused.err


async def test_an_unknown_chronicle_is_refused(as_owner: Dateline) -> None:
    refused = await as_owner("rebuild", "--chronicle", "nowhere")

    assert (refused.status, refused.out) == (1, "")
    assert refused.err == "dateline: There is no chronicle 'nowhere'.\n"


async def test_serving_what_was_derived_otherwise_is_refused_until_it_is_migrated(
    as_owner: Dateline,
    owner: asyncpg.Connection,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await owner.execute("UPDATE derived SET version = 'beliefs/0 tables/1'")
    await owner.execute("UPDATE belief SET value = 'null'")

    monkeypatch.setenv("DATELINE_DATABASE", database.app_dsn)
    for words in (("serve", "--port", "0"), ("timeline",)):
        refused = await as_owner(*words)
        assert (refused.status, refused.out) == (1, "")
        assert refused.err == (
            "dateline: The beliefs of chronicle main were derived by beliefs/0 tables/1, and this "
            f"version needs {make()}. Run `dateline migrate`.\n"
        )
    monkeypatch.setenv("DATELINE_DATABASE", database.owner_dsn)
    migrated = await as_owner("migrate")

    assert migrated.status == 0
    assert migrated.err == f"Derived main anew from its log, by {make()}.\n"
    assert make().startswith(RULES)
    assert (await as_owner("rebuild", "--check")).status == 0
    monkeypatch.setenv("DATELINE_DATABASE", database.app_dsn)
    assert (await as_owner("timeline", "norvale")).status == 0
