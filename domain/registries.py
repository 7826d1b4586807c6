"""Registries: actors, places and sources by their ids, with the names that they go by.

What is registered lives on the recorded axis only: each registration replaces the one before it,
from its own position on. Reports keep the names that they gave; a registry says, when one asks,
which names are one thing's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from domain import dates
from domain.claims import Given, Language, Short, Tag, Url
from domain.names import END, SLUG_LENGTH, SLUG_PATTERN, folded

RULES = "names/2"
"""The version of how a filter's names are read. From 2 on a name counts while it was borne."""
SCRIPT_PATTERN = r"^[A-Z][a-z]{3}" + END

Kind = Literal["actor", "place", "source"]
KINDS: tuple[Kind, ...] = ("actor", "place", "source")
Id = Annotated[str, Meta(pattern=SLUG_PATTERN, max_length=SLUG_LENGTH)]


class Alias(Given, frozen=True, kw_only=True):
    """Another name of the same thing: `language` by BCP 47, `script` by ISO 15924 (`Arab`).

    `valid_from` and `valid_to` are EDTF dates between which it goes by this name, `valid_to`
    included. Where both are left out, they are those of the thing; with one, the other is open.
    """

    name: Short
    language: Language | None = None
    script: Annotated[str, Meta(pattern=SCRIPT_PATTERN)] | None = None
    valid_from: Short | None = None
    valid_to: Short | None = None

    @property
    def window(self) -> Window:
        """The time in which it may have been borne: all but what is certainly outside.

        Raises NotEdtf.
        """
        start = dates.parse(self.valid_from).start_earliest if self.valid_from else dates.MIN
        end = dates.parse(self.valid_to).end_latest if self.valid_to else dates.MAX
        return start, end


Window = tuple[int, int]
"""A stretch of calendar seconds, half-open; the extremes mean open."""


class Registration(Given, frozen=True, kw_only=True):
    """What is registered of an actor, a place or a source; what is not theirs stays empty.

    `same_as` is the id of another that this one is: merging two is a registration like any other,
    and rewrites nothing. `within` is the larger place. Degrees are WGS 84, `radius_m` metres.
    `valid_from` and `valid_to` are EDTF dates between which it goes by its name, and by those
    aliases that have neither of their own.
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
    def names(self) -> tuple[Alias, ...]:
        """Its name and its aliases, each with the validity that it has or takes from the thing."""
        given = (self.name, *self.aliases)
        return tuple(self._valid(Alias(name=n) if isinstance(n, str) else n) for n in given)

    def _valid(self, alias: Alias) -> Alias:
        if alias.valid_from is not None or alias.valid_to is not None:
            return alias
        return replace(alias, valid_from=self.valid_from, valid_to=self.valid_to)

    @property
    def borne(self) -> tuple[tuple[str, int, int], ...]:
        """The folded key of each name, and the window that it was borne in."""
        return tuple((folded(alias.name), *alias.window) for alias in self.names)

    @property
    def above(self) -> tuple[str, ...]:
        """The ids that this one names: what it is, and what it lies in."""
        return tuple(i for i in (self.same_as, self.within) if i is not None)


Registry = Mapping[str, Registration]
"""The registrations in force of one kind, by id."""


class Borne(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A folded key that is looked for where it may have been borne: calendar seconds, `valid_to`
    excluded; None where that side is open."""

    key: str
    valid_from: int | None = None
    valid_to: int | None = None

    @property
    def window(self) -> Window:
        """The same with the extremes in place of None."""
        start = dates.MIN if self.valid_from is None else self.valid_from
        return start, dates.MAX if self.valid_to is None else self.valid_to


Sought = tuple[str | Borne, ...]
"""Folded keys, sorted: those that are looked for at any time as they are."""


class Keys(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Folded keys that names were resolved to; a kind that was not asked for is empty."""

    place: Sought = ()
    actor: Sought = ()
    source: Sought = ()


def sought(borne: Iterable[tuple[str, int, int]]) -> Sought:
    """Folded keys and their windows, each key with as few as say the same."""
    windows: dict[str, list[Window]] = {}
    for key, start, end in borne:
        windows.setdefault(key, []).append((start, end))
    found: list[str | Borne] = []
    for key, of_key in sorted(windows.items()):
        found += _joined(key, sorted(of_key))
    return tuple(found)


def _joined(key: str, windows: list[Window]) -> list[str | Borne]:
    """Windows that meet are one."""
    joined = windows[:1]
    for start, end in windows[1:]:
        first, last = joined[-1]
        if start > last:
            joined.append((start, end))
        else:
            joined[-1] = first, max(last, end)
    if joined == [(dates.MIN, dates.MAX)]:
        return [key]
    return [
        Borne(key, None if start == dates.MIN else start, None if end == dates.MAX else end)
        for start, end in joined
    ]


def bears(keys: Sought, names: Collection[str], time: Window | None) -> bool:
    """Whether one of some folded names is looked for, at a time that is not certainly another.

    Without a time it may be any.
    """
    for key in keys:
        if isinstance(key, str):
            if key in names:
                return True
        elif key.key in names:
            start, end = key.window
            if time is None or (time[0] < end and start < time[1]):
                return True
    return False


def expanded(registry: Registry, asked: Iterable[str]) -> Sought:
    """The folded keys of all that some names or ids stand for, each while it was borne.

    A name stands for every thing that goes by it, at whatever time, or has it as its id, for what
    those are the same as, for what is the same as those, and for all that lies within any of these.
    A name that nobody registered stands for itself. `names_at.sql` says the same of what is stored.
    """
    by_key: dict[str, set[str]] = {}
    beside: dict[str, set[str]] = {}
    for thing in registry.values():
        for key in {folded(alias.name) for alias in thing.names}:
            by_key.setdefault(key, set()).add(thing.id)
        if thing.same_as is not None:
            beside.setdefault(thing.id, set()).add(thing.same_as)
            beside.setdefault(thing.same_as, set()).add(thing.id)
        if thing.within is not None:
            beside.setdefault(thing.within, set()).add(thing.id)
    borne: list[tuple[str, int, int]] = []
    found: set[str] = set()
    waiting: list[str] = []
    for name in asked:
        meant = by_key.get(folded(name), set()) | ({name} & registry.keys())
        waiting += meant
        if not meant:
            borne.append((folded(name), dates.MIN, dates.MAX))
    while waiting:
        one = waiting.pop()
        if one not in found and one in registry:
            found.add(one)
            borne += registry[one].borne
            waiting += beside.get(one, ())
    return sought(borne)


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
