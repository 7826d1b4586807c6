"""New ids. They are random beyond their time, and never derived from names."""

from __future__ import annotations

import os
from uuid import UUID

from asyncpg.pgproto import pgproto


def uuid7(now: int) -> UUID:
    """A UUIDv7 of a time in microseconds since 1970 UTC.

    It keeps the microsecond (RFC 9562, 6.2, method 3), so that ids sort as their times do: what
    happened on one day is listed in the order in which it was first recorded.
    """
    milliseconds, rest = divmod(now, 1_000)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (rest * 4_096 // 1_000) << 64
    value |= 0x2 << 62 | int.from_bytes(os.urandom(8)) >> 2
    # As ids are when they come from the database: a UUID that is hashed and sent much faster.
    made: UUID = pgproto.UUID(value.to_bytes(16))
    return made
