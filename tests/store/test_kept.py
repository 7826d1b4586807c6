"""Goal: what a process keeps in memory between its transactions never shows, whoever else writes.

Method: random histories, told in turn by two stores that each keep what they wrote last; what is
stored in the end must be what the log gives to a replay that keeps nothing of theirs.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DatelineError
from domain.reading import read_event
from store import kept
from store.kept import EVENTS_KEPT
from store.known import Append
from store.rebuild import compare
from store.store import Store, open_store
from tests.conftest import Database
from tests.histories import History, histories
from tests.store.test_oracle import EXAMPLES

numbers = itertools.count(1)


@pytest.fixture
async def two(database: Database) -> AsyncIterator[tuple[Store, Store]]:
    """Two stores on one database, as two processes have them."""
    async with open_store(database.app_dsn) as one, open_store(database.app_dsn) as other:
        yield one, other


async def told(store: Store, chronicle: str, history: History) -> None:
    """Append each batch of some groups by itself; what is refused is left out."""
    dated = msgspec.json.encode(history).replace(b"@tomorrow", b"2019-09-01")
    for batch in itertools.chain.from_iterable(msgspec.json.decode(dated)):
        events = tuple(
            read_event(msgspec.json.encode({"expected_version": "any", **event})) for event in batch
        )
        try:
            await store.append(chronicle, Append(events=events))
        except DatelineError:
            continue


@settings(max_examples=2 * EXAMPLES)
@given(histories(longest=12), st.sampled_from([0, 3, EVENTS_KEPT]))
async def test_two_that_write_in_turn_derive_what_the_log_gives(
    two: tuple[Store, Store], database: Database, history: History, events_kept: int
) -> None:
    chronicle = f"kept-{next(numbers)}"
    await two[0].create_chronicle(chronicle)

    with patch.object(kept, "EVENTS_KEPT", events_kept):
        for group, store in zip(history, itertools.cycle(two), strict=False):
            await told(store, chronicle, [group])

    (checked,) = await compare(database.owner_dsn, chronicle, lambda *_: None)
    assert not any(checked.differing.values()), checked
