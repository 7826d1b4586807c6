"""Saying in Dateline's words why a database cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from domain.errors import DatelineError

EXPECTED = "Expected is postgresql://USER@HOST:PORT/DATABASE."


class DatabaseUnreachable(DatelineError):
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
    except (asyncpg.InterfaceError, ValueError):
        raise DatabaseUnreachable(
            f"The database is named by an address that cannot be read. {EXPECTED}"
        ) from None
