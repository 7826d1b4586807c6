"""Policies: which of several live claims wins.

`graded-latest/1` is what beliefs are resolved by: the best grade, then the latest known, then the
latest position. `latest/1` is the same without grades. `claimant:NAME/1` counts only what NAME says
of how many, and of all else prefers the reports whose source or origin NAME is, else takes the
default's order. NAME is matched by its folded key.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from domain.dates import quoted
from domain.errors import Malformed
from domain.names import folded, is_unicode

UNGRADED = 100
NAME_LENGTH = 300
FORMS = ("graded-latest/1", "latest/1", "claimant:NAME/1")
_CLAIMANT = re.compile(r"claimant:(.+)/1", re.DOTALL)


class Policy(Struct, frozen=True):
    """How to choose among claims. `claimant` is a folded name, None where none is preferred."""

    name: str
    graded: bool = True
    claimant: str | None = None

    def order(
        self, grade: int, said: tuple[int, int], names: Callable[[], tuple[str, ...]]
    ) -> tuple[int, int, int, int]:
        """Sorts first the claim that wins.

        `grade` is a `grade_rank`, `said` the (known_from, position) of the event that made the
        claim, `names` the folded names of who stands behind it: asked for only where it matters.
        """
        preferred = self.claimant is None or self.claimant in names()
        return int(not preferred), grade if self.graded else 0, -said[0], -said[1]

    def counts(self, claimant: str) -> bool:
        """Whether the figures of a claimant count at all."""
        return self.claimant is None or folded(claimant) == self.claimant


GRADED_LATEST = Policy("graded-latest/1")
"""The default: what decides which entries there are, and their order, whatever else is asked."""
LATEST = Policy("latest/1", graded=False)


def grade_rank(grade: str | None) -> int:
    """The place of a grade, 0 is best: letter, then digit. F or 6 cannot be judged: ungraded."""
    if grade is None or grade[0] == "F" or grade[1] == "6":
        return UNGRADED
    return (ord(grade[0]) - ord("A")) * 10 + int(grade[1])


def policy(text: str) -> Policy:
    """A policy by its name. Raises Malformed."""
    for known in (GRADED_LATEST, LATEST):
        if text == known.name:
            return known
    found = _CLAIMANT.fullmatch(text)
    if found is not None and _is_name(found[1]):
        return Policy(text, claimant=folded(found[1]))
    raise Malformed(
        f"policy must be {FORMS[0]}, {FORMS[1]} or {FORMS[2]} with the name of a claimant, "
        f"not {quoted(text)}.",
        where="policy",
    )


def _is_name(name: str) -> bool:
    return len(name) <= NAME_LENGTH and is_unicode(name) and bool(folded(name))
