"""Registries: actors, places and sources by their ids, with the names that they go by.

What is registered lives on the recorded axis only: each registration replaces the one before it,
from its own position on. Reports keep the names that they gave; a registry says, when one asks,
which names are one thing's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.claims import Given, Language, Short, Tag, Url
from domain.names import END, SLUG_LENGTH, SLUG_PATTERN, folded

SCRIPT_PATTERN = r"^[A-Z][a-z]{3}" + END
Kind = Literal["actor", "place", "source"]
KINDS: tuple[Kind, ...] = ("actor", "place", "source")
Id = Annotated[str, Meta(pattern=SLUG_PATTERN, max_length=SLUG_LENGTH)]


class Alias(Given, frozen=True, kw_only=True):
    """Another name of the same thing: `language` by BCP 47, `script` by ISO 15924 (`Arab`)."""

    name: Short
    language: Language | None = None
    script: Annotated[str, Meta(pattern=SCRIPT_PATTERN)] | None = None


class Registration(Given, frozen=True, kw_only=True):
    """What is registered of an actor, a place or a source; what is not theirs stays empty.

    `same_as` is the id of another that this one is: merging two is a registration like any other,
    and rewrites nothing. `within` is the larger place. Degrees are WGS 84, `radius_m` metres, and
    `valid_from` and `valid_to` EDTF dates between which an actor goes by these names.
    """

    id: Id
    name: Short
    aliases: Annotated[tuple[Short | Alias, ...], Meta(max_length=1_000)] = ()
    same_as: Id | None = None
    kind: Tag | None = None
    valid_from: Short | None = None
    valid_to: Short | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    precision: Short | None = None
    within: Id | None = None
    url: Url | None = None
    licence: Short | None = None
    attribution: Short | None = None
    redistribute: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its aliases, as given."""
        return (self.name, *(a if isinstance(a, str) else a.name for a in self.aliases))

    @property
    def keys(self) -> frozenset[str]:
        """The folded keys of its names."""
        return frozenset(map(folded, self.names))

    @property
    def above(self) -> tuple[str, ...]:
        """The ids that this one names: what it is, and what it lies in."""
        return tuple(i for i in (self.same_as, self.within) if i is not None)


Registry = Mapping[str, Registration]
"""The registrations in force of one kind, by id."""


class Keys(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Folded keys that names were resolved to, sorted; a kind that was not asked for is empty."""

    place: tuple[str, ...] = ()
    actor: tuple[str, ...] = ()
    source: tuple[str, ...] = ()


def expanded(registry: Registry, asked: Iterable[str]) -> tuple[str, ...]:
    """The folded keys of all that some names or ids stand for, sorted.

    A name stands for every thing that goes by it or has it as its id, for what those are the same
    as, for what is the same as those, and for all that lies within any of these. A name that nobody
    registered stands for itself.
    """
    by_key: dict[str, set[str]] = {}
    beside: dict[str, set[str]] = {}
    for thing in registry.values():
        for key in thing.keys:
            by_key.setdefault(key, set()).add(thing.id)
        if thing.same_as is not None:
            beside.setdefault(thing.id, set()).add(thing.same_as)
            beside.setdefault(thing.same_as, set()).add(thing.id)
        if thing.within is not None:
            beside.setdefault(thing.within, set()).add(thing.id)
    keys: set[str] = set()
    found: set[str] = set()
    waiting: list[str] = []
    for name in asked:
        meant = by_key.get(folded(name), set()) | ({name} & registry.keys())
        waiting += meant
        if not meant:
            keys.add(folded(name))
    while waiting:
        one = waiting.pop()
        if one not in found and one in registry:
            found.add(one)
            keys |= registry[one].keys
            waiting += beside.get(one, ())
    return tuple(sorted(keys))


def comes_back(registry: Registry, registration: Registration) -> bool:
    """Whether following what a registration names, and what that names, leads back to it."""
    waiting, seen = list(registration.above), set()
    while waiting:
        one = waiting.pop()
        if one == registration.id:
            return True
        if one not in seen and one in registry:
            seen.add(one)
            waiting += registry[one].above
    return False
