"""Totals of a selection in one cell: what is selected is read by SQL, and added up here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from domain.beliefs import Belief, under
from domain.claims import Occurred
from domain.errors import Invalid
from domain.policy import GRADED_LATEST, Policy
from domain.query import TotalsQuery
from domain.totals import Counted, Sums, sums
from store.claimed import Claimed, as_held, claimed
from store.statements import sql

MOST = 100_000
"""Entries that one answer adds up."""
AT_ONCE = 1_000
"""Up to so many entries are added up at once; more of them by a thread, while others are served."""


class Name(Struct, frozen=True, gc=False):
    """A place or an actor, as far as totals ask."""

    name: str


class Figure(Struct, frozen=True, gc=False):
    """A toll as far as totals ask. None of these is ever part of a circle, and the collector of
    garbage need not look at them: with so many, that took most of the time."""

    outcome: str
    low: int | None
    best: int | None
    high: int | None
    scope: str = "incident"


class Value(Struct, frozen=True, gc=False):
    """A belief as far as totals ask."""

    kind: str | None = None
    occurred: Occurred | None = None
    place: Name | None = None
    actors: tuple[Name, ...] = ()
    toll: tuple[Figure, ...] = ()


_value = msgspec.json.Decoder(Value)
_belief = msgspec.json.Decoder(Belief)


async def added_up(
    connection: asyncpg.Connection,
    chronicle_id: int,
    selection: Sequence[Any],
    query: TotalsQuery,
    known: int,
    basis: int,
) -> tuple[Sums, int]:
    """The sums of what is selected, and of how many occurrences.

    `selection` are the parameters of `totals_at` between the chronicle and the limit. Raises
    Invalid where it selects more than `MOST`.
    """
    rows = await connection.fetch(sql("totals_at"), chronicle_id, *selection, MOST + 1)
    if len(rows) > MOST:
        raise Invalid(
            f"More than {MOST:,} occurrences are selected, which is more than one answer adds up: "
            "ask for a shorter time, or for fewer kinds or tags.",
            where="during",
        )
    links = await connection.fetch(sql("wholes_at"), chronicle_id, known, basis)
    wholes = {link["part_id"]: link["whole_id"] for link in links}
    said: Claimed = {}
    if query.policy != GRADED_LATEST:
        ids = [row["occurrence_id"] for row in rows]
        said = await claimed(connection, chronicle_id, ids, known, basis)
    if len(rows) <= AT_ONCE:
        return _sums(rows, wholes, said, query), len(rows)
    return await asyncio.to_thread(_sums, rows, wholes, said, query), len(rows)


def _sums(
    rows: Sequence[Any], wholes: Mapping[UUID, UUID], said: Claimed, query: TotalsQuery
) -> Sums:
    counted = [_counted(row, said, query.policy) for row in rows]
    return sums(counted, wholes, query.by)


def _counted(row: Any, said: Claimed, policy: Policy) -> Counted:
    name = row["name"] or str(row["occurrence_id"])
    if policy == GRADED_LATEST:
        value = _value.decode(row["value"])
        if all(toll.scope == "incident" for toll in value.toll):
            return Counted(row["occurrence_id"], name, value)
    live = [as_held(claim) for claim in said.get(row["occurrence_id"], ())]
    belief = under(_belief.decode(row["value"]), live, policy)
    listed = tuple(toll for toll in belief.toll if toll.scope != "incident")
    return Counted(row["occurrence_id"], name, belief, listed)
