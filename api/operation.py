"""What each handler declares of itself: it is checked before the handler runs, and documented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from litestar import HttpMethod
from msgspec import Struct

Role = Literal["admin", "reader"]
GET = (HttpMethod.GET, HttpMethod.HEAD)
"""What is read can be asked for without its body too."""
OPERATION = "operation"
"""Where in a handler's `opt` its declaration stands."""


class File:
    """The type of a body that is a file in another's format."""


class Operation(Struct, frozen=True, kw_only=True):
    """One operation.

    `needs` is the role that may do it, None where anybody may. `query` are the parameters that may
    be given once, `lists` those that may be repeated. `bodies` are the types of body that it takes,
    by media type; `answers` those that it gives, by status; `also` the media types besides JSON
    that it answers in, where `Accept` asks for them; `refuses` the statuses of its problems
    besides those that any such operation has. `form` is the media type of its JSON; `hears` are
    headers of the request that it goes by, and `tells` headers of its answers, besides those that
    any such operation has. `limit` is the most bytes of a body, where it is not
    the server's; `conditions` says whether a body goes with the headers that a write is decided on.
    """

    name: str
    needs: Role | None = "reader"
    query: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    bodies: Mapping[str, Any] = {}
    answers: Mapping[int, Any] = {}
    form: str = "application/json"
    also: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    refuses: tuple[int, ...] = ()
    kept: bool = False
    limit: int | None = None
    conditions: bool = True

    @property
    def opt(self) -> dict[str, Any]:
        """For a handler's `opt`."""
        return {OPERATION: self}
