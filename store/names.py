"""What the names in a filter stand for, as parameters of statements: found by an index, and kept.

What is registered up to a position never changes: so what a name stands for is kept under the
position of the last registration up to the basis, which is asked of the database each time. Nothing
that is kept can be out of date, however many processes write; it is left out only to make room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import asyncpg
from msgspec import Struct

from domain.names import folded
from domain.registries import Sought, sought
from store.filling import looked_for
from store.statements import sql

ROOM = 16_000_000
"""Letters of parameters that a process keeps. A place with 10,000 in it takes half a million."""
ABOUT = 500
"""What an entry takes besides, in letters."""


class Meant(Struct, frozen=True):
    """What some names stand for, and the same as the parameter of `borne.sql`, None where none is
    asked for; and the names that mean several things, each with their ids."""

    sought: Sought = ()
    keys: str | None = None
    ambiguous: dict[str, tuple[str, ...]] = {}


class Names:
    """What was asked for last, of all chronicles of a database. `room` is in letters."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[tuple[int, str, int, tuple[str, ...]], Meant] = OrderedDict()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def meant(
        self,
        connection: asyncpg.Connection,
        chronicle_id: int,
        kind: str,
        asked: tuple[str, ...],
        basis: int,
    ) -> Meant:
        """What ids or names of one kind stand for at a basis that is in the log."""
        last = await connection.fetchval(sql("last_registered"), chronicle_id, [kind], basis)
        key = (chronicle_id, kind, last or 0, asked)
        found = self._kept.get(key)
        if found is None:
            found = await _found(connection, chronicle_id, kind, asked, basis)
            self._keep(key, found)
        else:
            self._kept.move_to_end(key)
        return found

    def _keep(self, key: tuple[int, str, int, tuple[str, ...]], found: Meant) -> None:
        if key not in self._kept:
            self._kept[key] = found
            self._taken += _size(key[3], found)
        while self._taken > self._room:
            (*_, asked), dropped = self._kept.popitem(last=False)
            self._taken -= _size(asked, dropped)


def _size(asked: Sequence[str], found: Meant) -> int:
    return ABOUT + sum(map(len, asked)) + len(found.keys or "")


async def _found(
    connection: asyncpg.Connection,
    chronicle_id: int,
    kind: str,
    asked: tuple[str, ...],
    basis: int,
) -> Meant:
    rows = await connection.fetch(
        sql("names_at"), chronicle_id, kind, basis, asked, [folded(name) for name in asked]
    )
    keys = sought(
        (row["word"], row["valid_from"], row["valid_to"]) for row in rows if row["given"] is None
    )
    several: dict[str, tuple[str, ...]] = {}
    for given, id in sorted((r["given"], r["id"]) for r in rows if r["given"] is not None):
        several[given] = (*several.get(given, ()), id)
    return Meant(keys, looked_for(keys), several)
