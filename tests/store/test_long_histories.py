"""Goal: whoever appends much to one occurrence keeps nobody else waiting for an answer.

Method: deciding is held up by the test until another read was answered; what is decided beside the
others must come out as it always does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import msgspec
import pytest

from domain.query import Query
from domain.reading import read_event
from store.append import EVENTS_IN_PASSING
from store.known import Append, Written
from store.store import Store, open_store
from store.transaction import Transaction


@pytest.fixture
async def store(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        yield store


def reports(count: int) -> Append:
    """Reports of one occurrence, the latest first."""
    return Append(
        events=tuple(
            read_event(
                msgspec.json.encode(
                    {
                        "type": "report.filed",
                        "occurrence": "norvale-flood",
                        "report": {
                            "source": {"name": "Norvale Post"},
                            "reported_at": f"{2020 - number}-03-05",
                        },
                        "claims": {"title": f"Flood in Norvale, {number}"},
                    }
                )
            )
            for number in range(count)
        )
    )


async def test_reads_are_answered_while_many_events_are_decided(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding, answered, take = asyncio.Event(), threading.Event(), Transaction.take
    loop, in_time = asyncio.get_running_loop(), []

    def held_up(self: Transaction, append: Append) -> tuple[Written, ...]:
        loop.call_soon_threadsafe(deciding.set)
        in_time.append(answered.wait(10))
        return take(self, append)

    monkeypatch.setattr(Transaction, "take", held_up)
    appending = asyncio.create_task(store.append("main", reports(EVENTS_IN_PASSING + 1)))
    await deciding.wait()
    async with store.reading("main") as reader:
        before = await reader.occurrences(Query())
    answered.set()
    appended = await appending

    assert in_time == [True]
    assert before.entries == ()
    assert appended.basis == EVENTS_IN_PASSING + 1


async def test_one_more_report_for_a_long_history_is_decided_aside_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("main", reports(EVENTS_IN_PASSING))
    threads, take = [], Transaction.take

    def noted(self: Transaction, append: Append) -> tuple[Written, ...]:
        threads.append(threading.current_thread())
        return take(self, append)

    monkeypatch.setattr(Transaction, "take", noted)
    await store.append("main", reports(1))

    assert threads[0] is not threading.main_thread()
    async with store.reading("main") as reader:
        (entry,) = (await reader.occurrences(Query())).entries
    assert (entry.title, entry.version) == ("Flood in Norvale, 0", EVENTS_IN_PASSING + 1)
