"""What can be asked: at which point of knowledge, on which basis, and which occurrences.

Text from a query string or a command line in, exact values out. Every fault is Malformed (the text
is no date, number or word that stands there) or Invalid (it is, and it cannot be).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import dates, instants
from domain.areas import Box
from domain.beliefs import FLAGS
from domain.claims import Given
from domain.dates import Bounds
from domain.errors import DatelineError, Invalid, Malformed
from domain.events import MAX_POSITION, TYPES
from domain.instants import NEVER
from domain.names import is_unicode
from domain.policy import GRADED_LATEST, Policy, policy

LIMIT_DEFAULT = 100
LIMIT_MOST = 1_000
MATCHES = ("possible", "certain")
SORTS = ("occurred", "-occurred")
CLAIMS = ("none", "all")
BY = ("month", "place", "actor", "kind", "outcome")
"""What totals can be grouped by."""
LATEST = "latest"
PACE_MOST = 60
"""The most seconds between two points of knowledge of a replay."""
NAME_LENGTH = 300
DEGREES = r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)"
_BOX = re.compile(",".join([DEGREES] * 4), re.ASCII)
_LOST_PLUS = re.compile(r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?) (?=[0-9]{2})", re.ASCII)
_PACE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?")
REACHED = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)"
    r"/(0|[1-9][0-9]{0,15})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
)
_REACHED = re.compile(REACHED)
_TAG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Point(Struct, frozen=True, kw_only=True):
    """A point of knowledge and a basis, as asked for.

    `known` is the last microsecond (since 1970 UTC) of what was said; NEVER - 1 is all of it.
    `basis` is a position; without it, `recorded_as_of` is an instant to find one by; without
    either, the answer is at the head.
    """

    as_of: str = LATEST
    known: int = NEVER - 1
    basis: int | None = None
    recorded_as_of: int | None = None


class Filter(Struct, frozen=True, kw_only=True):
    """Which occurrences. `status` names flags, any of them; without it none is retracted.

    Several of one sort mean any of them. `place`, `actor` and `source` are ids or names, and stand
    for all that is registered under them at the basis.
    """

    during: str | None = None
    match: str = "possible"
    kind: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    actor: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    bbox: Box | None = None
    status: tuple[str, ...] = ()

    @property
    def bounds(self) -> Bounds | None:
        """`during` as calendar seconds."""
        return dates.parse(self.during) if self.during is not None else None


class Cursor(Given, frozen=True, kw_only=True):
    """Where a listing goes on: after the entry with this earliest start and id, on this basis.

    `undated` once the dated entries have run out. `of` is what was asked, so that the cursor of
    one listing is not taken for another's.
    """

    of: str
    basis: int
    undated: bool
    earliest: int
    occurrence: UUID


class Query(Struct, frozen=True, kw_only=True):
    """One page of a listing. `policy` resolves the values that are shown, and nothing else;
    `claims` says whether the live claims are shown beneath them, none or all."""

    point: Point = Point()
    filter: Filter = Filter()
    sort: str = "occurred"
    limit: int = LIMIT_DEFAULT
    cursor: Cursor | None = None
    policy: Policy = GRADED_LATEST
    claims: str = "none"

    def identity(self, subject: str) -> str:
        """What is asked besides the page and the basis: equal for all pages of one listing.

        The basis is in the cursor, by whatever it was asked for: a page's permalink pins it.
        """
        asked = (subject, self.point.as_of, self.filter, self.sort, self.policy.name)
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


class TotalsQuery(Struct, frozen=True, kw_only=True):
    """What is to be added up, and by what."""

    by: str
    point: Point = Point()
    filter: Filter = Filter()
    policy: Policy = GRADED_LATEST


class FeedQuery(Struct, frozen=True, kw_only=True):
    """Which events of the log: those after a position, None for the last that there is.

    Several of one sort mean any of them. `kind` and `place` are those of the occurrence that an
    event is about, as it was believed to be just before the event or after it, at any point of
    knowledge. `limit` None is as many as fit.
    """

    after: int | None = 0
    type: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    place: tuple[str, ...] = ()
    limit: int | None = None


class Reached(Struct, frozen=True):
    """Where a replay goes on: after what an occurrence became at a point of knowledge (microseconds
    since 1970 UTC), on this basis."""

    known: int
    basis: int
    occurrence: UUID

    @property
    def id(self) -> str:
        """As text: `2019-08-27T23:59:59.999999Z/44/018f0000-0000-7000-8000-00000000000a`."""
        return f"{instants.text(self.known)}/{self.basis}/{self.occurrence}"


class ReplayQuery(Struct, frozen=True, kw_only=True):
    """What is to be replayed: what changed after one point of knowledge, up to another.

    `pace` are seconds between two points of knowledge. `limit` None is all.
    """

    before: Point
    after: Point
    reached: Reached | None = None
    limit: int | None = None
    pace: float | None = None


def point(asked: Mapping[str, str]) -> Point:
    """`as_of`, `basis` and `recorded_as_of`."""
    as_of = as_written(asked.get("as_of", LATEST))
    known = NEVER - 1
    if as_of != LATEST:
        known = known_at(as_of, "as_of")
    basis = whole_number(asked["basis"], "basis", 0, MAX_POSITION) if "basis" in asked else None
    recorded = asked.get("recorded_as_of")
    if recorded is not None and basis is not None:
        raise Malformed(
            "basis and recorded_as_of both say at which position to read: give one of them.",
            where="recorded_as_of",
        )
    return Point(
        as_of=as_of,
        known=known,
        basis=basis,
        recorded_as_of=known_at(recorded, "recorded_as_of") if recorded is not None else None,
    )


def between(asked: Mapping[str, str]) -> tuple[Point, Point]:
    """`from` and `to`, two points of knowledge on one basis."""
    for name in ("from", "to"):
        if name not in asked:
            raise Malformed(
                f"{name} is required: a day (2019-08-27) or an instant with an offset.", where=name
            )
    since, upto = as_written(asked["from"]), as_written(asked["to"])
    before = Point(as_of=since, known=known_at(since, "from"))
    recorded = point({k: v for k, v in asked.items() if k in ("basis", "recorded_as_of")})
    known = recorded.known if upto == LATEST else known_at(upto, "to")
    return before, msgspec.structs.replace(recorded, as_of=upto, known=known)


def replay(asked: Mapping[str, str]) -> ReplayQuery:
    """`from` and `to` on one basis, and how what changed between them is to be told."""
    before, after = between(asked)
    limit, pace = asked.get("limit"), asked.get("pace")
    if pace is not None and not (_PACE.fullmatch(pace) and float(pace) <= PACE_MOST):
        raise Malformed(
            f"pace must be a number of seconds from 0 to {PACE_MOST}, as 2 or 0.5, not "
            f"{dates.quoted(pace)}.",
            where="pace",
        )
    return ReplayQuery(
        before=before,
        after=after,
        reached=reached(asked["after"], "after") if "after" in asked else None,
        limit=whole_number(limit, "limit", 1, LIMIT_MOST) if limit is not None else None,
        pace=float(pace) if pace is not None else None,
    )


def reached(text: str, name: str) -> Reached:
    """The id of a change in a replay. Raises Malformed."""
    found = _REACHED.fullmatch(text)
    if found is not None and int(found[2]) <= MAX_POSITION:
        try:
            known = instants.parse(found[1], name=name).known
            given = Reached(known, int(found[2]), UUID(found[3]))
        except DatelineError:
            given = None
        if given is not None and given.id == text:
            return given
    raise Malformed(
        f"{name} must be the id of a change that this replay told, as "
        "2019-08-27T23:59:59.999999Z/44/018f0000-0000-7000-8000-00000000000a, not "
        f"{dates.quoted(text)}.",
        where=name,
    )


def as_written(text: str) -> str:
    """A date or an instant as it was meant: a query string turns the "+" of an offset into a space,
    and no space belongs behind a time."""
    return _LOST_PLUS.sub(r"\1+", text)


def known_at(text: str, name: str) -> int:
    """A day's last microsecond, or an instant, since 1970 UTC. Raises Malformed."""
    try:
        return instants.parse(text, name=name).known
    except DatelineError as fault:
        raise Malformed(fault.detail, where=name) from None


def query(asked: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> Query:
    """A listing's question. `lists` are the parameters that may be given several times."""
    return Query(
        point=point(asked),
        filter=filters(asked, lists),
        sort=_word(asked.get("sort", "occurred"), "sort", SORTS),
        limit=whole_number(asked["limit"], "limit", 1, LIMIT_MOST)
        if "limit" in asked
        else LIMIT_DEFAULT,
        cursor=read_cursor(asked["cursor"]) if "cursor" in asked else None,
        policy=asked_policy(asked),
        claims=_word(asked.get("claims", "none"), "claims", CLAIMS),
    )


def totals(asked: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> TotalsQuery:
    """A question for totals: `by`, and the filters of a listing."""
    if "by" not in asked:
        raise Malformed(f"by is required: one of {', '.join(BY)}.", where="by")
    return TotalsQuery(
        by=_word(asked["by"], "by", BY),
        point=point(asked),
        filter=filters(asked, lists),
        policy=asked_policy(asked),
    )


def feed(asked: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> FeedQuery:
    """A question for events. `after` is a position, 0 before the first, or `latest`."""
    after = asked.get("after", "0")
    limit = asked.get("limit")
    return FeedQuery(
        after=None if after == LATEST else whole_number(after, "after", 0, MAX_POSITION),
        type=frozenset(_word(t, "type", tuple(TYPES)) for t in _several(lists.get("type", ()))),
        kind=frozenset(_tag(k, "kind") for k in _several(lists.get("kind", ()))),
        place=tuple(sorted({_name(n, "place") for n in lists.get("place", ())})),
        limit=whole_number(limit, "limit", 1, LIMIT_MOST) if limit is not None else None,
    )


def asked_policy(asked: Mapping[str, str]) -> Policy:
    """`policy`, by default graded-latest/1."""
    return policy(asked["policy"]) if "policy" in asked else GRADED_LATEST


def filters(asked: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> Filter:
    """All that says which entries a listing has."""
    during = asked.get("during")
    if during is not None:
        during = as_written(during)
        try:
            dates.parse(during)
        except Invalid as fault:
            raise Malformed(fault.detail, where="during") from None
    if "match" in asked and during is None:
        raise Malformed("match says how to compare with during: give during too.", where="match")
    return Filter(
        during=during,
        match=_word(asked.get("match", "possible"), "match", MATCHES),
        kind=tuple(sorted({_tag(k, "kind") for k in _several(lists.get("kind", ()))})),
        tag=tuple(sorted({_tag(t, "tag") for t in _several(lists.get("tag", ()))})),
        place=tuple(sorted({_name(n, "place") for n in lists.get("place", ())})),
        actor=tuple(sorted({_name(n, "actor") for n in lists.get("actor", ())})),
        source=tuple(sorted({_name(n, "source") for n in lists.get("source", ())})),
        bbox=_box(asked["bbox"]) if "bbox" in asked else None,
        status=tuple(
            sorted({_word(s, "status", FLAGS) for s in _several(lists.get("status", ()))})
        ),
    )


def whole_number(text: str, name: str, least: int, most: int) -> int:
    """A number between two others. Raises Malformed; digits only, no sign and no point."""
    digits = text.isascii() and text.isdigit() and len(text) <= 16
    if not digits or not least <= int(text) <= most:
        raise Malformed(
            f"{name} must be a whole number from {least} to {most}, not {dates.quoted(text)}.",
            where=name,
        )
    return int(text)


def _name(text: str, name: str) -> str:
    """A name or an id. Names have commas, so that several are given one by one."""
    if not 1 <= len(text) <= NAME_LENGTH or not is_unicode(text):
        raise Malformed(
            f"{name} must be a name or an id, of 1 to {NAME_LENGTH} letters.", where=name
        )
    return text


def _box(text: str) -> Box:
    """West, south, east and north, in degrees. Raises Malformed."""
    found = _BOX.fullmatch(text)
    if found is not None:
        west, south, east, north = map(float, found.groups())
        if max(abs(west), abs(east)) <= 180 and -90 <= south <= north <= 90:
            return Box(west, south, east, north)
    raise Malformed(
        "bbox must be west,south,east,north in degrees, as 35.9,35.2,37.2,36.2: from -180 to 180 "
        "and from -90 to 90, south not above north; where west is greater than east, it runs "
        f"across the antimeridian. It was {dates.quoted(text)}.",
        where="bbox",
    )


def _several(values: Sequence[str]) -> list[str]:
    return [part for value in values for part in value.split(",")]


def _word(text: str, name: str, words: Sequence[str]) -> str:
    if text not in words:
        raise Malformed(
            f"{name} must be one of {', '.join(words)}, not {dates.quoted(text)}.", where=name
        )
    return text


def _tag(text: str, name: str) -> str:
    if len(text) > 60 or not _TAG.fullmatch(text):
        raise Malformed(
            f"{name} must be lower-case letters, digits and hyphens, not {dates.quoted(text)}.",
            where=name,
        )
    return text


def write_cursor(cursor: Cursor) -> str:
    """A cursor as text that means nothing to its bearer."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Raises Malformed for what is no cursor of ours."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Malformed(
            "cursor must be one that a page of this listing gave as `next`.", where="cursor"
        ) from None
    if not 0 <= cursor.basis <= MAX_POSITION or not dates.MIN <= cursor.earliest <= dates.MAX:
        raise Malformed(
            "cursor must be one that a page of this listing gave as `next`.", where="cursor"
        )
    return cursor
