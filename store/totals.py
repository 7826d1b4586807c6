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
from domain.claims import Actor, Occurred, Place
from domain.errors import Invalid
from domain.policy import GRADED_LATEST, Policy
from domain.query import TotalsQuery
from domain.tolls import Resolved
from domain.totals import Counted, Sums, sums
from store.claimed import Claimed, as_held, claimed
from store.statements import sql

MOST = 100_000
"""Entries that one answer adds up."""
AT_ONCE = 1_000
"""Up to so many entries are added up at once; more of them by a thread, while others are served."""


class Value(Struct, frozen=True):
    """The part of a belief that totals ask for."""

    kind: str | None = None
    occurred: Occurred | None = None
    place: Place | None = None
    actors: tuple[Actor, ...] = ()
    toll: tuple[Resolved, ...] = ()


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
    counted = [
        Counted(
            row["occurrence_id"],
            row["name"] or str(row["occurrence_id"]),
            _valued(row, said, query.policy),
        )
        for row in rows
    ]
    return sums(counted, wholes, query.by)


def _valued(row: Any, said: Claimed, policy: Policy) -> Value | Belief:
    if policy == GRADED_LATEST:
        return _value.decode(row["value"])
    live = [as_held(claim) for claim in said.get(row["occurrence_id"], ())]
    return under(_belief.decode(row["value"]), live, policy)
