"""What the live claims about one occurrence add up to, at each point of knowledge.

The fold is a function of events and nothing else: of all events about occurrences that merges and
splits connect, since these move reports from one to another. For each occurrence it walks the
reported axis: at every point where something became known, the claims live there are resolved by
the policy `graded-latest/1` into a belief. Neighbouring points with equal beliefs are one span.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct

from domain.agreement import disagreements, figures
from domain.claims import Actor, Given, Occurred, Place, same_json
from domain.events import Recorded
from domain.held import Held, OfReport, known, of_report
from domain.homes import Away, Stay, stays
from domain.instants import NEVER
from domain.policy import GRADED_LATEST, Policy
from domain.standing import Standing
from domain.tolls import Resolved, resolved

RULES = "beliefs/2"
"""The version of the fold. A change that gives other beliefs from the same log raises it."""

FLAGS: tuple[str, ...] = (
    "reported",
    "corroborated",
    "differ",
    "contested",
    "corrected",
    "retracted",
    "merged",
)
"""The status flags in the order in which they are shown."""


class Belief(Given, frozen=True, kw_only=True):
    """The resolved values of one occurrence over one span of knowledge.

    `differ` and `contested` name the fields in which live claims are unequal: those that some value
    could still satisfy, and those that none can. A retracted belief shows what was claimed last, a
    merged one what would be believed if its reports were still its own; `into` is where they are.
    `merged` are the occurrences that are merged into this one.
    """

    status: tuple[str, ...]
    differ: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    title: str | None = None
    summary: str | None = None
    kind: str | None = None
    occurred: Occurred | None = None
    place: Place | None = None
    actors: tuple[Actor, ...] = ()
    toll: tuple[Resolved, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: dict[str, Any] | None = None
    into: UUID | None = None
    merged: tuple[UUID, ...] = ()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) is True and same_json(
            self.attributes, getattr(other, "attributes", None)
        )

    @property
    def retracted(self) -> bool:
        """Whether no live report is left."""
        return "retracted" in self.status


class Span(Struct, frozen=True):
    """A belief over `[known_from, known_to)`, microseconds since 1970 UTC."""

    known_from: int
    known_to: int
    belief: Belief


class Fold(Struct, frozen=True):
    """All that an occurrence's events add up to.

    Its beliefs, the claims that they rest on, and the stretches in which it is merged away.
    """

    beliefs: tuple[Span, ...]
    held: tuple[Held, ...]
    away: tuple[Away, ...] = ()


NOTHING = Fold(beliefs=(), held=())
"""What no events add up to."""


def fold(
    events: Iterable[Recorded], before: Mapping[UUID, Fold] | None = None, since: int | None = None
) -> dict[UUID, Fold]:
    """Fold the events of connected occurrences into what is believed of each, and on which claims.

    Which events there are decides everything; the order in which they are given, nothing. `before`
    and `since` spare work and change nothing: the folds of the events less one, and the point that
    this one counts from, since an event never changes what was believed before it was known.
    """
    in_order = sorted(events, key=lambda e: e.position)
    if len(in_order) == 1 and in_order[0].type == "report.filed":
        # As most occurrences begin: there is no axis to walk.
        (only,) = of_report(in_order).live
        span = Span(only.known_from, NEVER, _alone(only))
        return {in_order[0].stream_id: Fold(beliefs=(span,), held=(only,))}
    reports = _by_report(in_order)
    words = _words(reports, before or {})
    belongs, away = stays(in_order)
    pieces: dict[UUID, list[Piece]] = {}
    for stay in belongs:
        pieces.setdefault(stay.occurrence, []).extend(_pieces(stay, words[stay.report]))
    folds = {}
    for occurrence in pieces.keys() | {stretch.occurrence for stretch in away}:
        kept = (before or {}).get(occurrence, NOTHING).beliefs if since is not None else ()
        about = [a for a in away if occurrence in (a.occurrence, a.into)]
        folds[occurrence] = _fold_one(occurrence, pieces.get(occurrence, ()), about, kept, since)
    return folds


def _words(
    reports: Mapping[UUID, Sequence[Recorded]], before: Mapping[UUID, Fold]
) -> dict[UUID, OfReport]:
    """What each report says. A report that nothing was ever said about is as it was before."""
    kept = {held.event_id: held for one in before.values() for held in one.held}
    words = {}
    for report, of_it in reports.items():
        held = kept.get(report) if len(of_it) == 1 else None
        whole = held is not None and held.known_to == NEVER and held.known_from == known(of_it[0])
        words[report] = OfReport((held,), None) if held and whole else of_report(of_it)
    return words


def _by_report(in_order: Sequence[Recorded]) -> dict[UUID, list[Recorded]]:
    """The events about each report: itself, then its corrections, grades and retractions."""
    reports: dict[UUID, list[Recorded]] = {}
    root: dict[UUID, UUID] = {}
    for event in in_order:
        if event.type == "report.filed":
            root[event.event_id] = event.event_id
        elif event.target is not None:
            root[event.event_id] = root[event.target]
        else:
            continue
        reports.setdefault(root[event.event_id], []).append(event)
    return reports


class Piece(Struct, frozen=True):
    """What a report says over a stretch in which it belongs to an occurrence, or has left it."""

    held: Held
    live: bool
    left: bool


def _pieces(stay: Stay, words: OfReport) -> Iterable[Piece]:
    for held in words.live:
        part = held.within(stay.known_from, stay.known_to)
        if part is not None:
            yield Piece(part, True, stay.left)
    if words.gone is not None:
        part = words.gone.within(stay.known_from, stay.known_to)
        if part is not None:
            yield Piece(part, False, stay.left)


def _fold_one(
    occurrence: UUID,
    pieces: Sequence[Piece],
    away: Sequence[Away],
    kept: Sequence[Span],
    since: int | None,
) -> Fold:
    held = [piece.held for piece in pieces if piece.live and not piece.left]
    held.sort(key=lambda h: (h.known_from, h.event_id))
    spans = _spans(occurrence, pieces, away, kept, since)
    own = sorted((a for a in away if a.occurrence == occurrence), key=lambda a: a.known_from)
    return Fold(beliefs=tuple(spans), held=tuple(held), away=tuple(own))


class _Shown:
    """What an occurrence rests on at one point of the walk: reports by whether they are live."""

    def __init__(self) -> None:
        self._here: dict[bool, dict[UUID, Held]] = {True: {}, False: {}}
        self._left: dict[bool, dict[UUID, Held]] = {True: {}, False: {}}
        self._standing = Standing()
        self.into: UUID | None = None
        self.merged: set[UUID] = set()

    def ends(self, piece: Piece) -> None:
        of = (self._left if piece.left else self._here)[piece.live]
        if of.get(piece.held.event_id) is piece.held:
            del of[piece.held.event_id]
            if of is self._here[True]:
                self._standing.leave(piece.held)

    def begins(self, piece: Piece) -> None:
        of = (self._left if piece.left else self._here)[piece.live]
        earlier = of.get(piece.held.event_id)
        of[piece.held.event_id] = piece.held
        if of is self._here[True]:
            if earlier is not None:
                self._standing.leave(earlier)
            self._standing.take(piece.held)

    def belief(self) -> Belief | None:
        """None where it has no report, and what it had did not leave by a merge."""
        live, gone = self._here[True], self._here[False]
        merged = tuple(sorted(self.merged))
        if live:
            return _believed(self._standing, merged)
        if gone:
            return msgspec.structs.replace(
                values(list(gone.values())), status=("retracted",), merged=merged
            )
        left = self._left[True] or self._left[False]
        if self.into is None or not left:
            return None
        return msgspec.structs.replace(
            values(list(left.values())), status=("merged",), into=self.into
        )


def _spans(
    occurrence: UUID,
    pieces: Sequence[Piece],
    away: Sequence[Away],
    kept: Sequence[Span],
    since: int | None,
) -> list[Span]:
    """Sweep the reported axis from `since` on; equal neighbours become one span."""
    begin: dict[int, list[Piece]] = {}
    end: dict[int, list[Piece]] = {}
    for piece in pieces:
        begin.setdefault(piece.held.known_from, []).append(piece)
        end.setdefault(piece.held.known_to, []).append(piece)
    merges = {at for stretch in away for at in (stretch.known_from, stretch.known_to)}
    shown = _Shown()
    points = _points(kept, since)
    for at in sorted((begin.keys() | end.keys() | merges) - {NEVER}):
        for piece in end.get(at, ()):
            shown.ends(piece)
        for piece in begin.get(at, ()):
            shown.begins(piece)
        if at in merges:
            here = [a for a in away if a.known_from <= at < a.known_to]
            shown.into = next((a.into for a in here if a.occurrence == occurrence), None)
            shown.merged = {a.occurrence for a in here if a.into == occurrence}
        if since is not None and at < since:
            continue
        belief = shown.belief()
        if not points or points[-1][1] != belief:
            points.append((at, belief))
    return [
        Span(at, to, belief)
        for (at, belief), (to, _) in pairwise([*points, (NEVER, None)])
        if belief is not None
    ]


def _points(kept: Sequence[Span], since: int | None) -> list[tuple[int, Belief | None]]:
    """Where beliefs began before `since`, with the gaps between them."""
    points: list[tuple[int, Belief | None]] = []
    for span in kept:
        if since is None or span.known_from >= since:
            break
        points.append((span.known_from, span.belief))
        if span.known_to < since:
            points.append((span.known_to, None))
    joined = []
    for point, following in pairwise([*points, (NEVER, None)]):
        if point[0] < following[0]:
            joined.append(point)
    return joined


def _believed(standing: Standing, merged: tuple[UUID, ...]) -> Belief:
    """What the reports that stand add up to."""
    differ, contested = standing.disagreements()
    holds = {
        "reported": True,
        "corroborated": standing.corroborated(),
        "differ": bool(differ),
        "contested": bool(contested),
        "corrected": standing.corrected(),
    }
    return Belief(
        status=tuple(flag for flag in FLAGS if holds.get(flag)),
        differ=differ,
        contested=contested,
        title=standing.winning("title"),
        summary=standing.winning("summary"),
        kind=standing.winning("kind"),
        occurred=standing.winning("occurred"),
        place=standing.winning("place"),
        actors=standing.winning("actors") or (),
        toll=standing.toll(),
        tags=standing.tags(),
        attributes=standing.winning("attributes"),
        merged=merged,
    )


def _alone(only: Held) -> Belief:
    """What one report adds up to by itself: it may quote claimants who disagree."""
    differ, contested = disagreements([only]) if len(only.figures) > 1 else ([], [])
    holds = {
        "reported": True,
        "differ": bool(differ),
        "contested": bool(contested),
        "corrected": only.corrected,
    }
    return msgspec.structs.replace(
        _values_of(only, GRADED_LATEST),
        status=tuple(flag for flag in FLAGS if holds.get(flag)),
        differ=tuple(differ),
        contested=tuple(contested),
    )


def values(live: Sequence[Held], policy: Policy = GRADED_LATEST) -> Belief:
    """Each field from the claim that wins; tags from every claim, since they are our own labels.

    A belief without status, differ or contested, which are the same whoever wins.
    """
    if len(live) == 1:
        return _values_of(live[0], policy)
    return Belief(
        status=(),
        title=_winning(live, "title", policy),
        summary=_winning(live, "summary", policy),
        kind=_winning(live, "kind", policy),
        occurred=_winning(live, "occurred", policy),
        place=_winning(live, "place", policy),
        actors=_winning(live, "actors", policy) or (),
        toll=resolved(figures(live), policy),
        tags=tuple(sorted({t for h in live if h.claims.tags for t in h.claims.tags})),
        attributes=_winning(live, "attributes", policy),
    )


def under(belief: Belief, live: Sequence[Held], policy: Policy) -> Belief:
    """A belief with its values resolved anew from the live claims, by a policy that was asked for.

    Its flags stay: they are about the claims, whoever wins. Without live claims (retracted, merged
    away) its last words stay, less the tolls that the policy does not count.
    """
    if policy == GRADED_LATEST:
        return belief
    if not live:
        toll = tuple(t for t in belief.toll if _counted_alone(t, policy))
        return msgspec.structs.replace(belief, toll=toll)
    return msgspec.structs.replace(
        values(live, policy),
        status=belief.status,
        differ=belief.differ,
        contested=belief.contested,
        into=belief.into,
        merged=belief.merged,
    )


def _counted_alone(toll: Resolved, policy: Policy) -> bool:
    return policy.claimant is None or (toll.claimants == 1 and policy.counts(toll.claimant))


def _values_of(only: Held, policy: Policy) -> Belief:
    """What the one live claim says, which wins wherever it says something."""
    claims = only.claims
    return Belief(
        status=(),
        title=claims.title or None,
        summary=claims.summary or None,
        kind=claims.kind or None,
        occurred=claims.occurred or None,
        place=claims.place or None,
        actors=claims.actors or (),
        toll=resolved(only.figures, policy),
        tags=tuple(sorted(set(claims.tags))) if claims.tags else (),
        attributes=None if claims.attributes is UNSET else claims.attributes,
    )


def _winning(live: Sequence[Held], field: str, policy: Policy) -> Any:
    stating = [h for h in live if field in h.said]
    if not stating:
        return None
    return getattr(min(stating, key=lambda h: h.rank(field, policy)).claims, field)
