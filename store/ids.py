"""New ids. They are random beyond their time, and never derived from names."""

from __future__ import annotations

import os
from uuid import UUID


def uuid7(now: int) -> UUID:
    """A UUIDv7 (RFC 9562) of a time in microseconds since 1970 UTC; it keeps milliseconds."""
    random = int.from_bytes(os.urandom(10))
    value = (now // 1_000 & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
