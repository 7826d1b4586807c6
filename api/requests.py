"""Reading requests: the query, the body, and the headers that a write is decided on. Strictly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import Headers

from domain.claims import Given
from domain.dates import quoted
from domain.errors import Malformed, NotFound
from domain.events import AnyEvent, ExpectedVersion
from domain.names import SLUG, SLUG_LENGTH

AnyRequest = Request[Any, Any, Any]
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
EVENT_STREAM = "text/event-stream"

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,15})(?:-[0-9a-f]+)?"')
_QUOTED_KEY = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BARE_KEY = re.compile(r"[!#-~]([ -~]*[!-~])?")
KEY_LENGTH = 200
SWITCHES = {"true": True, "false": False}


class Asked(Given, frozen=True):
    """A query string: parameters that are given once, and those that may be given several times."""

    once: dict[str, str]
    several: dict[str, list[str]]


def read_query(raw: bytes, names: Sequence[str], lists: Sequence[str] = ()) -> Asked:
    """A query string in which only these names stand. Raises Malformed."""
    once: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for name, value in _pairs(raw):
        if name in lists:
            several.setdefault(name, []).append(value)
        elif name not in names:
            known = ", ".join((*names, *lists)) or "none"
            raise Malformed(
                f"Unknown query parameter {quoted(name)}. Those of this address: {known}.",
                where=name or "query",
            )
        elif name in once:
            raise Malformed(f"{name} may be given only once.", where=name)
        else:
            once[name] = value
    return Asked(once, several)


def switch(asked: Asked, name: str) -> bool:
    """A parameter that is `true` or `false`, which it is where it is left out. Raises Malformed."""
    given = asked.once.get(name, "false")
    if given not in SWITCHES:
        raise Malformed(f"{name} is true or false, not {given!r}.", where=name)
    return SWITCHES[given]


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    if not raw:
        return []
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise Malformed("The query must be percent-encoded UTF-8.", where="query") from None
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Malformed("A query must not hold the NUL character (%00).", where="query")
    return pairs


def named(name: str, what: str) -> str:
    """A name in the address. Raises NotFound for what nothing can be called."""
    if len(name) > SLUG_LENGTH or not SLUG.fullmatch(name):
        raise NotFound(
            f"There is no {what} {quoted(name)}: names have lower-case letters, digits and hyphens."
        )
    return name


async def body(request: AnyRequest) -> bytes:
    """The body. Raises Malformed where there is none."""
    raw = await request.body()
    if not raw.strip():
        raise Malformed("The body is empty: JSON was expected.", where="")
    return raw


def expected_version(headers: Headers) -> ExpectedVersion | None:
    """The version that If-Match or If-None-Match names. Raises Malformed."""
    if_match = headers.get("if-match")
    if_none_match = headers.get("if-none-match")
    if if_match is not None and if_none_match is not None:
        raise Malformed(
            "If-Match and If-None-Match contradict each other: send one of them.", where="If-Match"
        )
    if if_none_match is not None:
        if if_none_match.strip() != "*":
            raise Malformed(
                "A write takes If-None-Match only as *: that nothing is there yet.",
                where="If-None-Match",
            )
        return "none"
    if if_match is None:
        return None
    tag = _ETAG.fullmatch(if_match.strip())
    if tag is None:
        raise Malformed(
            f'If-Match must be the ETag of what this changes, as "3", not {quoted(if_match)}.',
            where="If-Match",
        )
    return int(tag[1])


def conditioned(event: AnyEvent, expected: ExpectedVersion | None) -> AnyEvent:
    """An event with the version that a header names. Raises Malformed where its own differs."""
    if expected is None:
        return event
    if event.expected_version not in (None, expected):
        raise Malformed(
            f"The headers expect version {expected}, and expected_version is "
            f"{event.expected_version}: send one of them.",
            where="/expected_version",
        )
    return msgspec.structs.replace(event, expected_version=expected)


def refuse_conditions(headers: Headers, what: str) -> None:
    """Raises Malformed where If-Match or If-None-Match stands before more than one event."""
    for name in ("If-Match", "If-None-Match"):
        if name.lower() in headers:
            raise Malformed(
                f"{name} belongs to a single event: in {what} each event takes its own "
                "expected_version.",
                where=name,
            )


def idempotency_key(headers: Headers) -> str | None:
    """The Idempotency-Key, a quoted string (RFC 8941) or bare. Raises Malformed."""
    given = headers.get("idempotency-key")
    if given is None:
        return None
    in_quotes = _QUOTED_KEY.fullmatch(given)
    key = re.sub(r"\\(.)", r"\1", in_quotes[1]) if in_quotes else given
    if not (in_quotes or _BARE_KEY.fullmatch(given)) or not 1 <= len(key) <= KEY_LENGTH:
        raise Malformed(
            f"Idempotency-Key must be 1 to {KEY_LENGTH} printable ASCII characters.",
            where="Idempotency-Key",
        )
    return key
