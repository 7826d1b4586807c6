"""Which of several media types an answer has: what `Accept` prefers (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from api.problems import NOT_ACCEPTABLE, Refused
from api.requests import AnyRequest
from domain.dates import quoted

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def negotiated(
    request: AnyRequest, offered: Sequence[str], by_name: Mapping[str, str] | None = None
) -> str:
    """The media type that an answer has. Raises Refused, and names those that there are: with the
    names, if any, by which `format` asks for them."""
    accept = request.headers.get("accept")
    wanted = preferred(accept, offered)
    if wanted is None:
        names = by_name or {}
        told = [f"{of} (format={names[of]})" if of in names else of for of in offered]
        raise Refused(
            NOT_ACCEPTABLE,
            f"Accept {quoted(accept or '')} names none of the formats that there are: "
            f"{', '.join(told)}.",
            where="Accept",
        )
    return wanted


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered type of the highest quality, the first of several; None where none is wanted.

    Of the ranges that match a type the most exact one tells its quality, so that `text/csv;q=0`
    refuses what `text/*` would take. Parameters besides `q` do not count, and a range that cannot
    be read matches nothing. Without the header anything is wanted.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [found for part in accept.split(",") if (found := _range(part)) is not None]
    qualities = [(_quality(media_type, ranges), media_type) for media_type in offered]
    best = max(quality for quality, _ in qualities)
    if best == 0:
        return None
    return next(media_type for quality, media_type in qualities if quality == best)


def _range(part: str) -> tuple[str, str, float] | None:
    """A type, a subtype, either of which may be `*`, and its quality."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    kind, slash, sub = name.partition("/")
    if not slash or not kind or not sub or (kind == "*" and sub != "*"):
        return None
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            value = value.strip()
            return (kind, sub, float(value)) if _QUALITY.fullmatch(value) else None
    return kind, sub, 1.0


def _quality(media_type: str, ranges: Sequence[tuple[str, str, float]]) -> float:
    kind, _, sub = media_type.partition("/")
    for wanted in ((kind, sub), (kind, "*"), ("*", "*")):
        found = [quality for *of, quality in ranges if tuple(of) == wanted]
        if found:
            return max(found)
    return 0.0
