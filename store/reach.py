"""Saying in Dateline's words why a database cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from domain.errors import Unavailable

EXPECTED = "Expected is postgresql://USER@HOST:PORT/DATABASE."


LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What asyncpg raises when a connection is gone, and with it the answer to what was asked."""


class DatabaseUnreachable(Unavailable):
    """The database does not answer, or does not let us in. Never repeats a DSN or a part of it:
    what cannot be read may hold a password anywhere."""


@contextmanager
def reaching() -> Iterator[None]:
    """Around the opening of a connection. Raises DatabaseUnreachable."""
    try:
        yield
    except asyncpg.PostgresError as refused:
        raise DatabaseUnreachable(f"The database refuses: {refused}.") from None
    except TimeoutError:
        raise DatabaseUnreachable("The database does not answer: it took too long.") from None
    except OSError as error:
        raise DatabaseUnreachable(f"The database does not answer: {error}.") from None
    except (asyncpg.InterfaceError, ValueError, OverflowError):
        raise DatabaseUnreachable(
            f"The database is named by an address that cannot be read. {EXPECTED}"
        ) from None


@contextmanager
def answering() -> Iterator[None]:
    """Around the use of a connection. Raises DatabaseUnreachable where it is lost."""
    try:
        yield
    except LOST:
        raise DatabaseUnreachable("The database does not answer: try again.") from None
