"""Memento (RFC 7089) as headers and TimeMaps: the addresses of a timeline's revisions, and how each
leads to the others.

It is about the recorded axis only. Whatever else is asked of a timeline (`as_of`, `during`, ...)
stands in the query and is kept in every link, so that each way of reading a timeline has mementos
of its own. All addresses begin at the server's own, as others' do here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from api.requests import AnyRequest
from api.responses import timeline_at
from domain.query import Query
from store.revisions import Revision

ACCEPT_DATETIME = "accept-datetime"
LINK_FORMAT = "application/link-format"
LINKSET = "application/linkset+json"
PAGE_AFTER = "after_position"
OF_ONE = ("cursor", PAGE_AFTER, "format", "bom")
"""Parameters that choose a page or a format, and so belong to one address only."""
SECOND = 1_000_000


class Link(Struct, frozen=True):
    """A link: its address, its relations with spaces between them, and what else it says."""

    href: str
    rel: str
    says: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        said = "".join(f'; {name}="{value}"' for name, value in self.says)
        return f'<{self.href}>; rel="{self.rel}"{said}'


class Addresses:
    """The addresses of one timeline, each with what this request asks of it."""

    def __init__(self, request: AnyRequest, chronicle: str, timeline: str) -> None:
        raw = request.scope["query_string"].decode("ascii")
        asked = [pair for pair in parse_qsl(raw, keep_blank_values=True) if pair[0] not in OF_ONE]
        self._base = timeline_at(chronicle, timeline)
        self._asked = asked

    @property
    def original(self) -> str:
        """The timeline as it is now, which is its TimeGate too."""
        return self._at("")

    def memento(self, position: int) -> str:
        """The timeline as it was at a revision."""
        return self._at(f"/at/{position}")

    def timemap(self, after: int = 0) -> str:
        """The list of revisions, from one position on."""
        return self._at("/timemap", *([(PAGE_AFTER, str(after))] if after else []))

    def _at(self, path: str, *more: tuple[str, str]) -> str:
        query = urlencode([*self._asked, *more])
        return f"{self._base}{path}?{query}" if query else f"{self._base}{path}"


def pinned(query: Query) -> bool:
    """Whether a read names its basis itself, so that no time can be negotiated for it."""
    point, cursor = query.point, query.cursor
    return point.basis is not None or point.recorded_as_of is not None or cursor is not None


def http_date(recorded_at: int) -> str:
    """Microseconds since 1970 as HTTP says them: whole seconds, cut off."""
    return format_datetime(datetime.fromtimestamp(recorded_at // SECOND, UTC), usegmt=True)


def last_microsecond(given: str) -> int | None:
    """The last microsecond of the second that an Accept-Datetime names; None where it is none.

    RFC 7089 takes one form only (IMF-fixdate): what is written back otherwise is refused, as a
    weekday that the day was not.
    """
    try:
        parsed = parsedate_to_datetime(given)
        if format_datetime(parsed.astimezone(UTC), usegmt=True) != given:
            return None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return int(parsed.timestamp()) * SECOND + SECOND - 1


def around(at: Addresses) -> list[Link]:
    """The links to what a timeline is at all times."""
    return [
        Link(at.original, "original timegate"),
        Link(at.timemap(), "timemap", (("type", LINK_FORMAT),)),
    ]


def mementos(at: Addresses, **by_rel: Revision | None) -> list[Link]:
    """A link to each revision, with the relations that it stands in, in order."""
    found: dict[Revision, list[str]] = {}
    for rel, revision in by_rel.items():
        if revision is not None:
            found.setdefault(revision, []).append(rel)
    return [_memento(at, revision, *rels) for revision, rels in sorted(found.items(), key=_place)]


def _place(found: tuple[Revision, Sequence[str]]) -> int:
    return found[0].position


def _memento(at: Addresses, revision: Revision, *rels: str) -> Link:
    when = (("datetime", http_date(revision.recorded_at)),)
    return Link(at.memento(revision.position), " ".join((*rels, "memento")), when)


def texts(links: Iterable[Link]) -> list[str]:
    """Links as the header `Link` has them."""
    return [str(link) for link in links]


class LinkTarget(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"from_": "from"}):
    """What a link of a linkset leads to. Times are as HTTP writes them."""

    href: str
    type: str | None = None
    datetime: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    until: tuple[str, ...] = ()


class Linkset(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"self_": "self"}):
    """The links of one address, by their relations: of a timeline, or of a page of its TimeMap."""

    anchor: str
    original: tuple[LinkTarget, ...] = ()
    timegate: tuple[LinkTarget, ...] = ()
    timemap: tuple[LinkTarget, ...] = ()
    self_: tuple[LinkTarget, ...] = ()
    first: tuple[LinkTarget, ...] = ()
    last: tuple[LinkTarget, ...] = ()
    memento: tuple[LinkTarget, ...] = ()


class TimeLinks(Struct, frozen=True, kw_only=True):
    """A TimeMap as RFC 9264 writes links in JSON."""

    linkset: tuple[Linkset, ...]


class TimeMap(Struct, frozen=True):
    """A page of a list of revisions: those after a position, the first of all, and the first of the
    page that follows, if any does."""

    at: Addresses
    after: int
    page: Sequence[Revision]
    first: Revision
    following: Revision | None

    def links(self, media_type: str) -> list[Link]:
        """All links of it, with those to other pages in the same form."""
        form = ("type", media_type)
        ends = (*self.page[:1], *self.page[-1:])
        span = [
            (name, http_date(revision.recorded_at))
            for name, revision in zip(("from", "until"), ends, strict=False)
        ]
        links = [
            Link(self.at.original, "original timegate"),
            Link(self.at.timemap(self.after), "self", (form, *span)),
        ]
        if self.after:
            since = ("from", http_date(self.first.recorded_at))
            links.append(Link(self.at.timemap(), "timemap", (form, since)))
        if self.following is not None:
            since = ("from", http_date(self.following.recorded_at))
            links.append(Link(self.at.timemap(self.page[-1].position), "timemap", (form, since)))
        # What was appended since the page was read is not the last of it.
        last = self.page[-1] if self.page and self.following is None else None
        named = {"first": self.first, "last": last}
        return links + [
            _memento(self.at, each, *(rel for rel, end in named.items() if end == each))
            for each in self.page
        ]

    def link_format(self) -> bytes:
        """As RFC 7089 gives it (RFC 6690): a link on each line."""
        return ",\n".join(texts(self.links(LINK_FORMAT))).encode() + b"\n"

    def linkset(self) -> TimeLinks:
        """As RFC 9264 gives it: the same links, by their relations."""
        by_rel: dict[str, list[LinkTarget]] = {}
        this: tuple[LinkTarget, ...] = ()
        for link in self.links(LINKSET):
            said = dict(link.says)
            target = LinkTarget(
                href=link.href,
                type=said.get("type"),
                **{
                    field: (said[name],)
                    for field, name in (("datetime",) * 2, ("from_", "from"), ("until",) * 2)
                    if name in said
                },
            )
            for rel in link.rel.split():
                if rel == "self":
                    this = (target,)
                else:
                    by_rel.setdefault(rel, []).append(target)
        about = {rel: tuple(targets) for rel, targets in by_rel.items()}
        return TimeLinks(
            linkset=(
                Linkset(anchor=self.at.original, **about),
                Linkset(anchor=self.at.timemap(self.after), self_=this),
            )
        )
