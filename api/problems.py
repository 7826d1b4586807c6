"""Problems: every refusal and every failure as application/problem+json (RFC 9457).

The only place where errors become statuses. A problem's `type` is a path on this server that says
what it means: `/problems/wrong-expected-version`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from domain.errors import (
    Conflict,
    DatelineError,
    Invalid,
    Malformed,
    NotFound,
    Unavailable,
    VersionRequired,
    WrongExpectedVersion,
)

MEDIA_TYPE = "application/problem+json"
TYPES_AT = "/problems"
logger = logging.getLogger("dateline.api")


class Kind(Struct, frozen=True):
    """One sort of problem. `statuses` are those that it may come with."""

    slug: str
    statuses: tuple[int, ...]
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """The URI reference that stands in `type`."""
        return f"{TYPES_AT}/{self.slug}"


MALFORMED = Kind(
    "malformed",
    (400,),
    "The request cannot be read",
    "Its syntax, a type, a field or a parameter is not as expected. `errors` names the place.",
)
KEY_REQUIRED = Kind(
    "key-required",
    (401,),
    "A key is required",
    "Send `Authorization: Bearer dl_...` with a key that is in force.",
)
FORBIDDEN = Kind(
    "forbidden",
    (403,),
    "Not allowed",
    "The key's role, its chronicle, or the page that the request came from does not allow this.",
)
NOT_FOUND = Kind(
    "not-found",
    (404,),
    "Not found",
    "Nothing is at this address, or what it names did not exist yet at the basis asked for.",
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    (405,),
    "Method not allowed",
    "The header `Allow` lists the methods of this address.",
)
NOT_ACCEPTABLE = Kind(
    "not-acceptable",
    (406,),
    "Not to be had in this form",
    "The header `Accept` names no media type that this address answers in.",
)
CONFLICT = Kind(
    "conflict",
    (409,),
    "It contradicts the log",
    "The same event id or Idempotency-Key was used for other content, or what is asked for cannot "
    "stand beside what is already recorded.",
)
WRONG_EXPECTED_VERSION = Kind(
    "wrong-expected-version",
    (409, 412),
    "It has changed since",
    "Something was recorded after the version that this change was decided on. `expected` and "
    "`actual` are the two versions. 412 where the version came as If-Match or If-None-Match (the "
    "ETag is the one in force), 409 where it came in the body.",
)
TOO_LARGE = Kind(
    "too-large",
    (413,),
    "The body is too large",
    "Send less at once, in several requests.",
)
UNSUPPORTED_MEDIA_TYPE = Kind(
    "unsupported-media-type",
    (415,),
    "The body's type is not taken here",
    "Send application/json, uncompressed; events also as application/x-ndjson.",
)
MISDIRECTED = Kind(
    "misdirected",
    (421,),
    "Addressed to another host",
    "The header `Host` names no host that this server answers for.",
)
INVALID = Kind(
    "invalid",
    (422,),
    "It cannot be so",
    "The request can be read, but what it says cannot be so. `errors` names the place.",
)
VERSION_REQUIRED = Kind(
    "version-required",
    (428,),
    "The version must be named",
    "A change to what is shown must name, as If-Match or expected_version, the version that it was "
    "decided on. Of what is about a document `versions` are those of all occurrences that it would "
    "change.",
)
FAILED = Kind(
    "failed",
    (500,),
    "The server failed",
    "An error of ours, which was logged. Trying again is safe with an event id or Idempotency-Key.",
)
UNAVAILABLE = Kind(
    "unavailable",
    (503,),
    "Not available now",
    "The database does not answer, or is not of this version, or too many follow. Try again later.",
)
KINDS = {
    kind.slug: kind
    for kind in (
        MALFORMED,
        KEY_REQUIRED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        CONFLICT,
        WRONG_EXPECTED_VERSION,
        TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        MISDIRECTED,
        INVALID,
        VERSION_REQUIRED,
        FAILED,
        UNAVAILABLE,
    )
}

_OF_ERRORS: tuple[tuple[type[DatelineError], Kind], ...] = (
    (Unavailable, UNAVAILABLE),
    (Malformed, MALFORMED),
    (Invalid, INVALID),
    (NotFound, NOT_FOUND),
    (VersionRequired, VERSION_REQUIRED),
    (WrongExpectedVersion, WRONG_EXPECTED_VERSION),
    (Conflict, CONFLICT),
)


class Fault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place at fault: a JSON Pointer into the body, a parameter, or a header."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. `index` is the event of a batch at fault, from 0."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Fault, ...] = ()
    index: int | None = None
    expected: int | str | None = None
    actual: int | None = None
    versions: dict[str, int] | None = None


class Refused(Exception):
    """A request that HTTP itself refuses, before anything is asked of the store."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        where: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.where = where
        self.headers = dict(headers or {})


def problem_of(error: DatelineError, *, by_header: bool = False) -> Problem:
    """A refusal as a problem. `by_header`: the expected version came as a header."""
    kind = next(kind for family, kind in _OF_ERRORS if isinstance(error, family))
    where = error.where
    stale = error if isinstance(error, WrongExpectedVersion) else None
    if stale and by_header:
        where = "If-None-Match" if stale.expected == "none" else "If-Match"
    elif error.index is not None and _inside(where) and not str(where).startswith("/events/"):
        where = f"/events/{error.index}{where}"
    return Problem(
        type=kind.type,
        title=kind.title,
        status=412 if stale and by_header else kind.statuses[0],
        detail=error.detail,
        errors=_faults(error.detail, where),
        index=error.index,
        expected=stale.expected if stale else None,
        actual=stale.actual if stale else None,
        versions=error.versions if isinstance(error, VersionRequired) else None,
    )


def _inside(where: str | None) -> bool:
    """Whether a place lies in the body, rather than in the query or the headers."""
    return where is not None and (where == "" or where.startswith("/"))


def _faults(detail: str, where: str | None) -> tuple[Fault, ...]:
    if where is None:
        return ()
    if _inside(where):
        return (Fault(detail=detail, pointer=where),)
    if where[0].isupper():
        return (Fault(detail=detail, header=where),)
    return (Fault(detail=detail, parameter=where),)


def _refused(refused: Refused) -> Problem:
    return Problem(
        type=refused.kind.type,
        title=refused.kind.title,
        status=refused.kind.statuses[0],
        detail=refused.detail,
        errors=_faults(refused.detail, refused.where),
    )


def _of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Refused:
    """What the framework refuses, in our words."""
    path, headers = request.scope["path"], error.headers
    match error.status_code:
        case 404:
            return Refused(NOT_FOUND, f"There is nothing at {path}: /docs lists the addresses.")
        case 405:
            allowed = (headers or {}).get("allow", "")
            detail = f"{request.method} is not a method of {path}, which takes {allowed}."
            return Refused(METHOD_NOT_ALLOWED, detail, headers={"Allow": allowed})
        case 413:
            limit = request.app.request_max_body_size
            return Refused(TOO_LARGE, f"A body may have at most {limit:,} bytes.")
        case status if status < 500:
            return Refused(MALFORMED, f"The request cannot be read: {error.detail}.")
    if error.detail != "client disconnected prematurely":
        logger.error("%s %s failed", request.method, path, exc_info=error)
    return Refused(FAILED, FAILURE.detail)


FAILURE = _refused(Refused(FAILED, "The server failed; the error was logged."))
"""What is said of an error of ours: that it was, and nothing of how things stand inside."""


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to a request that raised."""
    headers: dict[str, str] = {}
    if isinstance(error, DatelineError):
        asked = request.headers
        problem = problem_of(error, by_header="if-match" in asked or "if-none-match" in asked)
        if problem.status == 412 and problem.actual:
            headers["ETag"] = f'"{problem.actual}"'
    else:
        if isinstance(error, HTTPException):
            error = _of_framework(request, error)
        elif not isinstance(error, Refused):
            logger.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
            error = Refused(FAILED, FAILURE.detail)
        problem, headers = _refused(error), error.headers
    return Response(
        b"" if request.method == "HEAD" else msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **headers},
    )
