"""The revisions of a timeline: the positions that changed what a read of it shows.

Appends write them down (the table `revision`) where they note `stream.changed`; so between one
revision and the next every read gives the same, but for the basis that it names. Where a read asks
for places, actors or sources, what is registered of these changes it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from msgspec import Struct

from store.statements import sql


class Revision(Struct, frozen=True):
    """One revision. `recorded_at` is microseconds since 1970 UTC."""

    position: int
    recorded_at: int


class Revisions(Struct, frozen=True):
    """The revision that a position shows, the ones beside it, the first and the last of all.

    `here` is None where the position lies before the first.
    """

    first: Revision
    last: Revision
    here: Revision | None = None
    prev: Revision | None = None
    next: Revision | None = None


async def around(
    connection: asyncpg.Connection,
    chronicle_id: int,
    timeline: UUID,
    kinds: Sequence[str],
    position: int,
) -> Revisions:
    """The revisions around a position; `kinds` are those of the registries that are asked by."""
    rows = await connection.fetch(
        sql("revisions_around"), chronicle_id, timeline, list(kinds), position
    )
    return Revisions(
        **{row["which"]: Revision(row["position"], row["recorded_at"]) for row in rows}
    )


async def after(
    connection: asyncpg.Connection,
    chronicle_id: int,
    timeline: UUID,
    kinds: Sequence[str],
    position: int,
    limit: int,
) -> list[Revision]:
    """The revisions after a position, in order, up to `limit` of them."""
    rows = await connection.fetch(
        sql("revisions"), chronicle_id, timeline, list(kinds), position, limit
    )
    return [Revision(row["position"], row["recorded_at"]) for row in rows]
