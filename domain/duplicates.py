"""What is answered about likely duplicates: candidates for one occurrence, or pairs of many."""

from __future__ import annotations

from uuid import UUID

from domain import similar
from domain.answers import RULES_IN_FORCE, Answer, Reading
from domain.similar import THRESHOLD, Why

RULES = f"{RULES_IN_FORCE} {similar.RULES}"


class Candidate(Answer, frozen=True, kw_only=True):
    """An occurrence that may be the one asked about: the points, and what each was given for."""

    occurrence: str
    id: UUID
    title: str | None
    score: int
    why: tuple[Why, ...]


class SimilarShown(Reading, frozen=True, kw_only=True):
    """Likely duplicates of one occurrence, the likeliest first; `found` is how many there are.

    `looked_at` are the occurrences of about its time. Where there are too many of them, the nearest
    are looked at, and `limited` is true. What is `undated` cannot be compared, and has none.
    `least` is the score from which on a candidate is suggested.
    """

    rules: str = RULES
    occurrence: str
    id: UUID
    candidates: tuple[Candidate, ...]
    found: int
    least: int = THRESHOLD
    looked_at: int
    limited: bool
    undated: bool
    permalink: str


class One(Answer, frozen=True, kw_only=True):
    """One of a pair."""

    occurrence: str
    id: UUID
    title: str | None


class Pair(Answer, frozen=True, kw_only=True):
    """Two occurrences that may be one, in reading order, and why."""

    one: One
    other: One
    score: int
    why: tuple[Why, ...]


class Duplicates(Reading, frozen=True, kw_only=True):
    """Pairs of a timeline or of everything that may be one occurrence, the likeliest first.

    `found` is how many there are, `looked_at` the occurrences and `compared` the pairs that were
    compared. `limited` are those occurrences of whose time there are too many, so that only the
    nearest before them were looked at. `left_out` counts the undated, which cannot be compared.
    """

    rules: str = RULES
    timeline: str | None
    pairs: tuple[Pair, ...]
    found: int
    least: int = THRESHOLD
    looked_at: int
    compared: int
    limited: int
    left_out: dict[str, int]
