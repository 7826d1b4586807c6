"""What the tests of the command line share: running it in this process, on a database of the test's
own, with made-up records in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass

import pytest

import seeds
from cli.app import run
from domain.reading import read_event
from store.known import Append
from store.store import Store, open_store
from tests.conftest import Database

REPORT = "01920000-0000-7000-8000-000000000001"
FLOOD = f"""
{{"type": "report.filed", "event_id": "{REPORT}", "occurrence": "norvale-flood", "report": {{"source": {{"name": "Norvale Post"}}, "via": ["Estra Relief"], "reported_at": "2024-03-05", "grade": "B2"}}, "claims": {{"title": "Flood in Norvale", "kind": "flood", "occurred": {{"phrase": "yesterday"}}, "place": {{"name": "Norvale"}}, "toll": [{{"outcome": "killed", "exactly": 4}}], "tags": ["norvale"]}}}}
{{"type": "report.corrected", "event_id": "01920000-0000-7000-8000-000000000002", "occurrence": "norvale-flood", "target": "{REPORT}", "fault": "source", "reason": "One person was counted twice", "reported_at": "2024-03-07", "expected_version": 1, "claims": {{"toll": [{{"outcome": "killed", "exactly": 3}}]}}}}
{{"type": "report.corrected", "event_id": "01920000-0000-7000-8000-000000000003", "occurrence": "norvale-flood", "target": "{REPORT}", "fault": "entry", "reason": "Typed the wrong town", "expected_version": 2, "claims": {{"place": {{"name": "Upper Norvale"}}}}}}
{{"type": "report.filed", "event_id": "01920000-0000-7000-8000-000000000004", "occurrence": "norvale-flood", "report": {{"source": {{"name": "Tellin Radio"}}, "reported_at": "2024-03-08"}}, "claims": {{"toll": [{{"outcome": "killed", "at_least": 6}}], "tags": ["norvale"]}}}}
{{"type": "timeline.defined", "event_id": "01920000-0000-7000-8000-000000000005", "timeline": "norvale", "title": "Norvale", "select": {{"tag": ["norvale"]}}, "expected_version": "none"}}
"""  # noqa: E501 -- one event a line is the format
"""What was said of a flood that never was, in a town that is nowhere."""


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    status: int
    out: str
    err: str


Dateline = Callable[..., Coroutine[None, None, Ran]]


@pytest.fixture
def alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Dateline:
    """Runs a command line that gets as far as no database.

    It has an event loop of its own, and so a thread.
    """
    monkeypatch.setenv("DATELINE_DATABASE", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    async def ran(*words: str) -> Ran:
        capsys.readouterr()
        status = await asyncio.to_thread(run, words)
        written = capsys.readouterr()
        return Ran(status, written.out, written.err)

    return ran


@pytest.fixture
def dateline(alone: Dateline, database: Database, monkeypatch: pytest.MonkeyPatch) -> Dateline:
    """Runs a command line on the test's database."""
    monkeypatch.setenv("DATELINE_DATABASE", database.app_dsn)
    return alone


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    """The test's database, with the chronicle main and nothing in it."""
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        await store.chronicle("main")
        yield store


async def append(store: Store, lines: bytes | str) -> None:
    """Append events that are given a line each."""
    raw = lines.encode() if isinstance(lines, str) else lines
    for line in raw.strip().splitlines():
        await store.append("main", Append(events=(read_event(line),)))


@pytest.fixture
async def flood(store: Store) -> Store:
    """The store with the flood in it."""
    await append(store, FLOOD)
    return store


@pytest.fixture
async def seeded(store: Store) -> Store:
    """The store with the seeds in it."""
    await append(store, seeds.events())
    return store
