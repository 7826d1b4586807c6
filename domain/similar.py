"""Likely duplicates: whether two occurrences may be one, how strongly that is suggested, and why.

Nothing here is learnt or guessed: points from tables, added up, each with what it was given for.
`docs/duplicates.md` has the tables for people; a test holds them to these.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from domain import dates
from domain.beliefs import Belief
from domain.calendar import DAY
from domain.claims import Place
from domain.dates import MAX, MIN, Bounds
from domain.links import PART_OF
from domain.names import folded
from domain.tolls import Resolved

RULES = "similar/1"
"""The version of the tables and of how they are read. A change that gives other points raises it.
"""

THRESHOLD = 45
"""The least score that is suggested."""
GAP = 3 * DAY
"""How far apart two spans may lie, in seconds: what is told late is often dated late."""
FAR = 366 * DAY
"""Doubt about the dates, in seconds, beyond which they say nothing and nothing is suggested."""

DATES: tuple[tuple[int, int], ...] = (
    (1 * DAY, 30),
    (2 * DAY, 20),
    (4 * DAY, 12),
    (7 * DAY, 10),
    (31 * DAY, 8),
    (FAR, 2),
)
"""Points by the doubt about when: up to so many seconds, so many points."""
SAME_NAME: tuple[tuple[float, int], ...] = ((15, 25), (25, 20), (50, 12), (150, 6))
"""Points for one name, by the radius of the wider of the two, in km; beyond, `LEAST_AREA`."""
NEAR: tuple[tuple[float, int], ...] = ((10, 14), (30, 10), (75, 5), (200, 2))
"""Points for two points on the map, by their distance and the wider radius together, in km."""
LEAST_AREA = 0
NESTED = 12
"""Most points for a name that holds the other: "Old Norvale" and "Norvale"."""
NAMED_OTHERWISE = -10
"""For two names, where nothing says how far apart they are."""
ASTRAY = 5
"""For one name with two points that lie too far apart: one of them may be wrong."""
WORD = {"rare": 6, "seldom": 2, "common": 0}
WORDS_MOST = 20
ACTOR = {"rare": 10, "seldom": 5, "common": 1}
ACTORS_MOST = 15
EQUAL_FIGURES: tuple[tuple[int, int], ...] = ((10, 20), (3, 12), (1, 4))
"""Points for one exact figure, from so many people on."""
BEST_EQUAL, BOUNDED, OPEN = 8, 5, 3
"""Bands that meet: with one best figure of three or more; both with a greatest; neither."""
CLOSE = 2
"""Bands that do not meet, the nearest figures of which are within half as much again."""
UNLIKE = -4
"""Bands that do not meet, where one is more than three times the other."""
TOLLS_LEAST, TOLLS_MOST = -6, 25
KIND, OTHER_KIND = 10, -3
ONE_SOURCE = -25
"""Who told of both told them apart."""
SIBLINGS = -10
"""Who made both parts of one whole knew of both."""

RADII: Mapping[str, float] = {
    **dict.fromkeys(("exact", "point", "address", "building", "site", "street"), 1),
    **dict.fromkeys(("village", "neighbourhood", "neighborhood", "quarter", "camp"), 3),
    "town": 5,
    "city": 15,
    "near": 25,
    **dict.fromkeys(("district", "county", "admin2"), 50),
    **dict.fromkeys(("governorate", "province", "region", "state", "admin1", "area"), 150),
    **dict.fromkeys(("country", "sea-or-air"), 500),
}
"""What a place's `precision` leaves open, in km around the point."""
RADIUS = 15.0
"""Where no precision is given, or one that is not known here: as of a city."""

_GRAMMAR = """
    about after against also among and are been before between but during for from had has have her
    his into its near not off one other out over said says some than that the their them then there
    they this those through two under until upon was were what when where which while who whose with
    auf aus bei das dem den der des die ein eine für ist mit nach nicht und von vor wurde wurden zum
    aux avec ces cette dans des deux elle est été leur les mais par pas plus pour que qui sans ses
    son sont sur une con del desde dos ella entre esta este fue han las los más para pero por según
    sin son sus tras una com dos das foi nas nos pelo pela que são uma
    без был были для его ещё или как когда над она они под после при что это
    إلى التي الذي ان بعد بين على عن عند في قبل كان كانت لا ما مع من منذ هذا هذه
"""
STOP_WORDS = frozenset(folded(word) for word in _GRAMMAR.split())
"""Words of grammar, in languages that reports are often in; the corpus tells the rest."""
_POSSESSIVE = re.compile(r"['’]s\b")
"""Whose it is, in English; a folded name has no apostrophe that would tell the letter apart."""
_WORD = re.compile(r"[^\W\d_]+")
_SHORT = 3

FREQUENT = ((5, 0.01, "rare"), (10, 0.05, "seldom"))
"""A word is rare in up to 5 of the occurrences counted, or in up to 1 in 100; then seldom."""


class Area(Struct, frozen=True):
    """A place as it is compared: its folded name, and what its precision leaves open, in km.

    `lat` and `lon` are in radians, None where it has no point.
    """

    name: str
    key: str
    radius: float
    lat: float | None
    lon: float | None


def area(place: Place) -> Area:
    """A place, ready to be compared."""
    known = RADII.get(folded(place.precision), RADIUS) if place.precision else RADIUS
    pointed = place.lat is not None and place.lon is not None
    return Area(
        name=place.name,
        key=folded(place.name),
        radius=known,
        lat=math.radians(place.lat or 0) if pointed else None,
        lon=math.radians(place.lon or 0) if pointed else None,
    )


class Account(Struct, frozen=True):
    """One occurrence as it is compared: its belief, and what can be worked out of it once."""

    id: UUID
    occurrence: str
    belief: Belief
    bounds: Bounds | None
    area: Area | None
    words: frozenset[str]
    actors: Mapping[str, str]
    sources: Mapping[str, str]
    """Folded names, and each as it was given. The sources are those of the live reports."""

    @property
    def order(self) -> tuple[int, UUID]:
        """Reading order."""
        return (self.bounds.start_earliest if self.bounds else MAX, self.id)


def account(id: UUID, occurrence: str, belief: Belief, sources: Iterable[str] = ()) -> Account:
    """An occurrence, ready to be compared."""
    return Account(
        id=id,
        occurrence=occurrence,
        belief=belief,
        bounds=belief.occurred.bounds if belief.occurred else None,
        area=area(belief.place) if belief.place else None,
        words=words(belief),
        actors={folded(actor.name): actor.name for actor in belief.actors},
        sources={folded(name): name for name in sources},
    )


def words(belief: Belief) -> frozenset[str]:
    """The words of title and summary, folded, that say more than grammar, place and kind do."""
    said = " ".join(filter(None, (belief.title, belief.summary)))
    place = belief.place.name if belief.place else ""
    elsewhere = set(_WORD.findall(folded(f"{place} {belief.kind or ''}")))
    return frozenset(
        word
        for word in _WORD.findall(folded(_POSSESSIVE.sub("", said)))
        if len(word) >= _SHORT and word not in STOP_WORDS and word not in elsewhere
    )


class Rarity:
    """How often words and actors are named, in occurrences that stand for a whole chronicle."""

    def __init__(self, beliefs: Iterable[Belief] = ()) -> None:
        self._counted: Counter[str] = Counter()
        self._of = 0
        for belief in beliefs:
            self._of += 1
            self._counted.update(words(belief))
            self._counted.update({f"@{folded(actor.name)}" for actor in belief.actors})

    def of_word(self, word: str) -> str:
        """`rare`, `seldom` or `common`."""
        return self._how(self._counted[word])

    def of_actor(self, name: str) -> str:
        """The same for an actor, by folded name."""
        return self._how(self._counted[f"@{name}"])

    def _how(self, often: int) -> str:
        for count, share, how in FREQUENT:
            if often <= max(count, share * self._of):
                return how
        return "common"


class Kinship:
    """What links and merges say of pairs: parts and wholes, and those that were told apart.

    `links` are (occurrence, relation, to), `into` what occurrences are merged into; each end of a
    link stands for what it is merged into.
    """

    def __init__(
        self,
        links: Iterable[tuple[UUID, str, UUID]] = (),
        into: Mapping[UUID, UUID] | None = None,
        names: Mapping[UUID, str] | None = None,
    ) -> None:
        self._into = into or {}
        self._names = names or {}
        self._whole: dict[UUID, UUID] = {}
        self._distinct: set[frozenset[UUID]] = set()
        for occurrence, relation, to in links:
            part, other = self._follow(occurrence), self._follow(to)
            if relation == PART_OF and part != other:
                self._whole[part] = other
            elif relation == "distinct-from":
                self._distinct.add(frozenset((part, other)))

    def settled(self, one: UUID, other: UUID) -> bool:
        """Whether it is known how they stand to each other: one, two, or part and whole."""
        a, b = self._follow(one), self._follow(other)
        return (
            a == b
            or frozenset((a, b)) in self._distinct
            or a in self._wholes(b)
            or b in self._wholes(a)
        )

    def whole(self, one: UUID, other: UUID) -> str | None:
        """The name of the whole that both are parts of, side by side."""
        a, b = self._whole.get(self._follow(one)), self._whole.get(self._follow(other))
        return self._names.get(a, str(a)) if a is not None and a == b else None

    def _follow(self, occurrence: UUID) -> UUID:
        return self._into.get(occurrence, occurrence)

    def _wholes(self, occurrence: UUID) -> list[UUID]:
        above: list[UUID] = []
        at = self._whole.get(occurrence)
        while at is not None and at not in above:
            above.append(at)
            at = self._whole.get(at)
        return above


class Why(Struct, frozen=True):
    """One thing that speaks for or against it, in words, and the points that it gave."""

    what: str
    detail: str
    weight: int


class Likeness(Struct, frozen=True):
    """How likely two occurrences are one: the sum of what speaks for and against it."""

    score: int
    why: tuple[Why, ...]


def likeness(
    one: Account, other: Account, rarity: Rarity, kinships: Sequence[Kinship] = ()
) -> Likeness | None:
    """Why two occurrences may be one; None where that is not suggested.

    Which of them is given first makes no difference. Never suggested are an occurrence and itself,
    what is merged or retracted, what one of `kinships` has settled, what is undated, and what
    cannot have happened at one time and in one place.
    """
    if other.order < one.order:
        one, other = other, one
    if one.id == other.id or _elsewhere(one.area, other.area):
        return None
    when = of_dates(one.bounds, other.bounds)
    if when is None:
        return None
    if {"merged", "retracted"} & {*one.belief.status, *other.belief.status}:
        return None
    told_apart = _of_sources(one.sources, other.sources)
    found = [
        of_areas(one.area, other.area),
        _of_words(one.words & other.words, rarity) if told_apart is None else None,
        of_tolls(one.belief.toll, other.belief.toll),
        _of_kinds(one.belief.kind, other.belief.kind),
        _of_actors(one.actors, other.actors, rarity),
        told_apart,
    ]
    if when + sum(w.weight for w in found if w is not None) < THRESHOLD:
        return None  # as most; what links say can only take points away
    if any(kinship.settled(one.id, other.id) for kinship in kinships):
        return None
    assert one.bounds is not None
    assert other.bounds is not None
    dated = Why("dates", _dates_detail(one.bounds, other.bounds), when)
    found = [dated, *found, _of_siblings(one.id, other.id, kinships)]
    why = tuple(w for w in found if w is not None)
    score = sum(w.weight for w in why)
    return Likeness(score, why) if score >= THRESHOLD else None


# When


def of_dates(one: Bounds | None, other: Bounds | None) -> int | None:
    """Points for when both happened, by how narrow that is. None where undated, apart or too wide.

    The doubt is what the beginnings of both may lie apart, or the ends, whichever is more: a coarse
    date is as wide as it is, and two accounts of what lasted agree where they agree on its
    beginning and its end. Where both are open at one end, only the other is compared, and gives at
    most what a month does. Widening a date that is not open never gives more points.
    """
    if one is None or other is None or not _reach(one, other):
        return None
    begun = _hull(one.start_earliest, one.start_latest, other.start_earliest, other.start_latest)
    ended = _hull(one.end_earliest, one.end_latest, other.end_earliest, other.end_latest)
    still = one.end_latest == other.end_latest == MAX
    ever = one.start_earliest == other.start_earliest == MIN
    if still and ever:
        return None
    doubt = begun if still else ended if ever else max(begun, ended)
    points = next((p for most, p in DATES if doubt <= most), None)
    if points is None:
        return None
    if still or ever:
        points = min(points, dict(DATES)[31 * DAY])
    return points


def _reach(one: Bounds, other: Bounds) -> bool:
    """Whether the outer spans overlap, or lie no more than `GAP` apart."""
    start = max(one.start_earliest, other.start_earliest)
    return start - min(one.end_latest, other.end_latest) <= GAP


def _hull(earliest: int, latest: int, other_earliest: int, other_latest: int) -> int:
    return max(latest, other_latest) - min(earliest, other_earliest)


def _dates_detail(one: Bounds, other: Bounds) -> str:
    if (one.start_earliest, one.end_latest) == (other.start_earliest, other.end_latest):
        return f"both {_span(one)}"
    apart = max(one.start_earliest, other.start_earliest) - min(one.end_latest, other.end_latest)
    if apart < 0:
        return f"{_span(one)} and {_span(other)} overlap"
    days = -(-apart // DAY)
    between = f", {days} day{'s' if days != 1 else ''} between" if days else ", one after the other"
    return f"{_span(one)} and {_span(other)}{between}"


def _span(bounds: Bounds) -> str:
    first, last = dates.earliest_text(bounds), dates.latest_text(bounds)
    if first is None or last is None:
        return f"from {first}" if first else f"until {last}"
    return first if first == last else f"{first} to {last}"


# Where


def of_areas(one: Area | None, other: Area | None) -> Why | None:
    """Where both happened: one name, or points that are no further apart than they are precise."""
    if one is None or other is None:
        return None
    wider = max(one.radius, other.radius)
    far = distance(one, other)
    named = one.name if one.name == other.name else f"{one.name} and {other.name}"
    if one.key == other.key:
        if far is not None and far > one.radius + other.radius:
            return Why("area", f"both {one.name}, but {far:,.0f} km apart", ASTRAY)
        return Why("area", f"both {one.name}, within {wider:,.0f} km", _up_to(SAME_NAME, wider))
    if far is not None:
        return Why("area", f"{named}, {far:,.0f} km apart", _up_to(NEAR, far + wider))
    parts = {*_WORD.findall(one.key)}, {*_WORD.findall(other.key)}
    if all(parts) and (parts[0] <= parts[1] or parts[1] <= parts[0]):
        return Why("area", named, min(NESTED, _up_to(SAME_NAME, wider)))
    return Why("area", f"{named}: nothing says how far apart", NAMED_OTHERWISE)


def _elsewhere(one: Area | None, other: Area | None) -> bool:
    """Whether two places of different names lie further apart than their precision leaves open."""
    if one is None or other is None or one.key == other.key:
        return False
    far = distance(one, other)
    return far is not None and far > one.radius + other.radius


def distance(one: Area, other: Area) -> float | None:
    """Km between two points, on a sphere (haversine, mean radius 6,371 km); None without points."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    across = math.sin((other.lat - one.lat) / 2) ** 2
    across += math.cos(one.lat) * math.cos(other.lat) * math.sin((other.lon - one.lon) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(min(1.0, across)))


def _up_to(table: tuple[tuple[float, int], ...], value: float) -> int:
    return next((points for most, points in table if value <= most), LEAST_AREA)


# What


def _of_words(shared: frozenset[str], rarity: Rarity) -> Why | None:
    counting = sorted(word for word in shared if WORD[rarity.of_word(word)])
    if not counting:
        return None
    points = sum(WORD[rarity.of_word(word)] for word in counting)
    return Why("words", ", ".join(counting), min(points, WORDS_MOST))


def _of_kinds(one: str | None, other: str | None) -> Why | None:
    if one is None or other is None:
        return None
    if one == other:
        return Why("kind", f"both {one}", KIND)
    return Why("kind", " and ".join(sorted((one, other))), OTHER_KIND)


def _of_actors(one: Mapping[str, str], other: Mapping[str, str], rarity: Rarity) -> Why | None:
    shared = sorted(one.keys() & other.keys())
    if not shared:
        return None
    points = sum(ACTOR[rarity.of_actor(name)] for name in shared)
    return Why("actors", ", ".join(one[name] for name in shared), min(points, ACTORS_MOST))


def _of_sources(one: Mapping[str, str], other: Mapping[str, str]) -> Why | None:
    shared = sorted(one.keys() & other.keys())
    if not shared:
        return None
    return Why("sources", f"{one[shared[0]]} told of both", ONE_SOURCE)


def _of_siblings(one: UUID, other: UUID, kinships: Iterable[Kinship]) -> Why | None:
    whole = next(filter(None, (kinship.whole(one, other) for kinship in kinships)), None)
    return Why("siblings", f"both are parts of {whole}", SIBLINGS) if whole else None


# How many


def of_tolls(one: Sequence[Resolved], other: Sequence[Resolved]) -> Why | None:
    """Figures of the same subject, set against each other."""
    theirs = {_subject(toll): toll for toll in other}
    details, points = [], 0
    for toll in one:
        against = theirs.get(_subject(toll))
        if against is None:
            continue
        compared = _figures(toll, against)
        if compared is not None:
            details.append(f"{toll.outcome}: {compared[0]}")
            points += compared[1]
    if not details:
        return None
    return Why("tolls", "; ".join(details), max(TOLLS_LEAST, min(points, TOLLS_MOST)))


def _subject(toll: Resolved) -> tuple[str, str, str | None]:
    return (folded(toll.outcome), toll.scope, toll.since)


def _figures(one: Resolved, other: Resolved) -> tuple[str, int] | None:
    a, b = _band(one), _band(other)
    if a is None or b is None:
        return None
    if a == b and a[0] == a[1]:
        return f"both {_shown(one)}", _from(EQUAL_FIGURES, one.low or 0)
    named = f"{_shown(one)} and {_shown(other)}"
    low, high = max(a[0], b[0]), min(a[1], b[1])
    if low <= high:
        if one.best is not None and one.best == other.best and one.best >= 3:
            return f"{named} meet, best {one.best:,}", BEST_EQUAL
        return f"{named} meet", BOUNDED if math.inf not in (a[1], b[1]) else OPEN
    if low <= 1.5 * high:
        return f"{named} are close", CLOSE
    return f"{named} do not meet", UNLIKE if low > 3 * max(high, 1) else 0


def _band(toll: Resolved) -> tuple[float, float] | None:
    """From the least to the greatest that a figure says; None where it says no number.

    Where the three are in no order, as real data has them, from the least of them to the greatest.
    """
    given = [n for n in (toll.low, toll.best, toll.high) if n is not None]
    if not given:
        return None
    if toll.low is None and toll.high is None:
        return (given[0], given[0])
    least = min(given) if toll.low is not None else 0
    return (least, max(given) if toll.high is not None else math.inf)


def _shown(toll: Resolved) -> str:
    if toll.low is None and toll.high is None:
        return f"about {toll.best:,}"
    if toll.high is None:
        return f"{toll.low:,} or more"
    low = toll.low or 0
    return f"{low:,}" if low == toll.high else f"{low:,} to {toll.high:,}"


def _from(table: tuple[tuple[int, int], ...], value: int) -> int:
    return next((points for least, points in table if value >= least), 0)


# Many


class Sweep:
    """Compares occurrences that are given in reading order: each with those of its time before it.

    `limited` counts the occurrences that had more than `window` of those, and were compared with
    the `window` that began last. What links say is not asked yet: see `likeness`.
    """

    def __init__(self, rarity: Rarity, window: int) -> None:
        self.found: list[tuple[Account, Account]] = []
        self.looked_at = 0
        self.compared = 0
        self.limited = 0
        self.undated = 0
        self._rarity = rarity
        self._window = window
        self._open: list[Account] = []

    def next(self, account: Account) -> None:
        """The next in reading order."""
        self.looked_at += 1
        if account.bounds is None:
            self.undated += 1
            return
        begins = account.bounds.start_earliest
        self._open = [a for a in self._open if a.bounds and a.bounds.end_latest + GAP >= begins]
        self.limited += len(self._open) > self._window
        for earlier in self._open[-self._window :]:
            self.compared += 1
            if likeness(earlier, account, self._rarity) is not None:
                self.found.append((earlier, account))
        self._open.append(account)
