"""What the columns of somebody's table mean, as its user writes it down in TOML.

`docs/import.md` explains it with an example, which is run as a test.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from domain.claims import Given, Tag
from domain.errors import DatelineError, Invalid, Malformed
from domain.names import END, SLUG
from domain.reading import decode
from exchange.delimited import check_encoding
from exchange.mapping_faults import explained

Name = Annotated[str, Meta(min_length=1)]


class Cell(Given, frozen=True, kw_only=True):
    """Where a value comes from, and what is done with it, in this order.

    One of: a `column`; several `columns`, joined by `join`, the empty ones left out; a fixed
    `value`. Then: `match`, a regular expression whose one group is taken, or nothing where it is
    not found; `words`, other words for some; `slug`, made a slug; `format`, read as a date or time
    as strptime does; `offset`, put behind a time that has none. `otherwise` is for what is empty.
    `separator` parts a list.
    """

    column: Name | None = None
    columns: Annotated[tuple[Name, ...], Meta(min_length=1)] | None = None
    join: str = ", "
    value: Name | None = None
    match: Name | None = None
    words: dict[str, str] = {}  # noqa: RUF012 -- msgspec copies it
    slug: bool = False
    format: Name | None = None
    offset: Annotated[str, Meta(pattern=r"^(Z|[+-][0-9]{2}:[0-9]{2})$")] | None = None
    otherwise: Name | None = None
    separator: Name | None = None

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that it is made of."""
        return self.columns or ((self.column,) if self.column is not None else ())

    @property
    def plain(self) -> bool:
        """Whether the value is one column's text as it stands."""
        return self.column is not None and not (self.match or self.words or self.slug)


Field = Name | Cell
"""A column, or more about it."""
Many = Name | Cell | tuple[Name | Cell, ...]


class FileMap(Given, frozen=True, kw_only=True):
    """How the file is to be read."""

    form: Literal["csv", "xlsx", "json", "ndjson"] = "csv"
    encoding: Name | None = None
    delimiter: Name | None = None
    sheet: Name | None = None
    array: Name | None = None


class SourceMap(Given, frozen=True, kw_only=True):
    """Who said it."""

    name: Field
    url: Field | None = None


class OccurredMap(Given, frozen=True, kw_only=True):
    """When it happened: EDTF, a phrase, or two columns and what they mean.

    An end before its start is refused, or with `reversed = "undated"` left out: then the report has
    no date, and the attributes have both.
    """

    edtf: Field | None = None
    phrase: Field | None = None
    start: Field | None = None
    end: Field | None = None
    means: Literal["duration", "possible"] | None = None
    reversed: Literal["refused", "undated"] = "refused"


class PlaceMap(Given, frozen=True, kw_only=True):
    """Where. `latlon` is one column with both, `35.44, 36.65`."""

    name: Field | None = None
    lat: Field | None = None
    lon: Field | None = None
    latlon: Field | None = None
    precision: Field | None = None


class TollMap(Given, frozen=True, kw_only=True):
    """How many; left out of a report where no figure is given."""

    outcome: Field
    group: Field | None = None
    of: Field | None = None
    exactly: Field | None = None
    about: Field | None = None
    at_least: Field | None = None
    at_most: Field | None = None
    low: Field | None = None
    best: Field | None = None
    high: Field | None = None
    words: Field | None = None
    claimant: Field | None = None
    scope: Literal["incident", "cumulative"] = "incident"
    since: Field | None = None


class ActorMap(Given, frozen=True, kw_only=True):
    """Who. `roles` are columns that say yes or no; `repeat` counts {n} in all names from 1."""

    name: Field
    role: Field | None = None
    roles: dict[Name, Field] = {}  # noqa: RUF012 -- msgspec copies it
    repeat: Annotated[int, Meta(ge=1, le=100)] | None = None


class Mapping(Given, frozen=True, kw_only=True):
    """A whole mapping. `dataset` begins every record's id, and every occurrence's name."""

    dataset: Tag
    file: FileMap = FileMap()
    absent: tuple[Name, ...] = ()
    id: Field
    occurrence: Field | None = None
    occurrence_prefix: Annotated[str, Meta(pattern=rf"^{SLUG.pattern}{END}|^{END}")] | None = None
    source: SourceMap
    via: Many = ()
    document: Field | None = None
    reported_at: Field | None = None
    grade: Field | None = None
    language: Field | None = None
    evidence: Many = ()
    title: Field | None = None
    summary: Field | None = None
    kind: Field | None = None
    occurred: OccurredMap | None = None
    place: PlaceMap | None = None
    actors: tuple[ActorMap, ...] = ()
    toll: tuple[TollMap, ...] = ()
    tags: Many = ()
    attributes: Literal["rest", "all"] | tuple[Name, ...] = "rest"


NOT_FIELDS = {
    "dataset", "file", "absent", "occurrence_prefix", "attributes", "means", "reversed", "scope",
    "repeat",
}  # fmt: skip

_HINTS = {
    "overwrite": " A key stands in it twice.",
    "Invalid value": ' Text stands in quotes: id = "No".',
    "after a key": ' A line is a key, an equals sign and a value: id = "No".',
}
"""What is most likely behind the parser's words."""

_mapping = msgspec.json.Decoder(Mapping)


def load(toml: bytes) -> Mapping:
    """A mapping from its TOML (UTF-8), checked.

    Raises Malformed where it is no TOML or has keys that mean nothing, and Invalid where two
    things in it cannot stand together; both name the key, and its place as a JSON Pointer.
    """
    try:
        found = tomllib.loads(toml.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Malformed("The mapping is not UTF-8, and TOML is.") from None
    except tomllib.TOMLDecodeError as error:
        hint = next((hint for word, hint in _HINTS.items() if word in str(error)), "")
        raise Malformed(f"The mapping is not TOML: {error}.{hint}") from None
    except RecursionError:
        raise Malformed(
            "The mapping is not TOML that can be read: it is nested too deeply."
        ) from None
    try:
        return _checked(found)
    except DatelineError as fault:
        raise explained(fault, found, Mapping) from None


def _checked(found: dict[str, Any]) -> Mapping:
    mapping = decode(_mapping, msgspec.json.encode(found))
    mapping = msgspec.structs.replace(mapping, actors=tuple(_repeated(mapping.actors)))
    for where, field in fields(mapping):
        _check(field, where)
    _check_occurred(mapping.occurred)
    if mapping.file.encoding is not None:
        check_encoding(mapping.file.encoding, "/file/encoding")
    if (
        mapping.place is not None
        and mapping.place.latlon
        and (mapping.place.lat or mapping.place.lon)
    ):
        raise Invalid("Give `latlon`, or `lat` and `lon`.", where="/place/latlon")
    return mapping


def cell(field: Field) -> Cell:
    """A field written short, as what it stands for."""
    return _column(field) if isinstance(field, str) else field


@lru_cache(maxsize=4096)
def _column(name: str) -> Cell:
    return Cell(column=name)


def many(given: Many) -> tuple[Cell, ...]:
    """One field or several, as several."""
    return tuple(map(cell, given)) if isinstance(given, tuple) else (cell(given),)


def fields(mapping: Mapping) -> Iterator[tuple[str, Cell]]:
    """Every field of a mapping, with its place as a JSON Pointer."""
    return _fields(mapping, "")


def _fields(value: Any, where: str) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, str | Cell):
        yield where, cell(value)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            if name not in NOT_FIELDS:
                yield from _fields(getattr(value, name), f"{where}/{name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _fields(item, f"{where}/{name}")
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from _fields(item, f"{where}/{at}")


def columns(mapping: Mapping) -> tuple[str, ...]:
    """The columns that a mapping speaks of, each once."""
    named = [name for _, field in fields(mapping) for name in field.read]
    listed = mapping.attributes if isinstance(mapping.attributes, tuple) else ()
    return tuple(dict.fromkeys([*named, *listed]))


def _repeated(actors: tuple[ActorMap, ...]) -> Iterator[ActorMap]:
    for actor in actors:
        if actor.repeat is None:
            yield actor
            continue
        once = msgspec.to_builtins(msgspec.structs.replace(actor, repeat=None))
        for number in range(1, actor.repeat + 1):
            yield msgspec.convert(_numbered(once, str(number)), ActorMap)


def _numbered(value: Any, number: str) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", number)
    if isinstance(value, dict):
        return {key: _numbered(item, number) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_numbered(item, number) for item in value]
    return value


def _check(field: Cell, where: str) -> None:
    given = [n for n in ("column", "columns", "value") if getattr(field, n) is not None]
    if len(given) != 1:
        raise Invalid("Give one of `column`, `columns` and `value`.", where=where)
    if field.match is not None:
        try:
            groups = pattern(field.match).groups
        except re.error as error:
            raise Invalid(
                f"It is no regular expression: {error}.", where=f"{where}/match"
            ) from None
        if groups != 1:
            raise Invalid(
                f"The expression has {groups} groups; what is in its one group, (...), is taken.",
                where=f"{where}/match",
            )
    if field.format is not None:
        _check_format(field.format, f"{where}/format")


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    """A regular expression, made once. Raises re.error."""
    return re.compile(text)


def _check_format(form: str, where: str) -> None:
    moment = datetime.datetime(2000, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    directives = set(re.findall(r"%(.)", form))
    try:
        datetime.datetime.strptime(moment.strftime(form), form)
    except (ValueError, re.error) as error:
        raise Invalid(f"strptime cannot read by this format: {error}.", where=where) from None
    # Others, like %c and %x, read what a country writes; which one would depend on the machine.
    unknown = directives - set("YymbBdjHIMSpz%")
    if unknown or not directives & {"Y", "y"}:
        raise Invalid(
            "A format has %Y or %y, and may have %m %b %B %d %j %H %I %p %M %S %z; not "
            f"{', '.join(sorted('%' + name for name in unknown)) or 'a date without year'}.",
            where=where,
        )


def _check_occurred(occurred: OccurredMap | None) -> None:
    if occurred is None:
        return
    if occurred.edtf and occurred.start:
        raise Invalid("Give `edtf`, or `start` and `end`.", where="/occurred/edtf")
    if (occurred.end is not None) != (occurred.means is not None) or (
        occurred.end is not None and occurred.start is None
    ):
        raise Invalid(
            "`start` and `end` need `means`: `duration`, it lasted from one to the other, or "
            "`possible`, it happened at some time between them.",
            where="/occurred",
        )
    if not (occurred.edtf or occurred.phrase or occurred.start):
        raise Invalid("Give `edtf`, `phrase`, or `start` and `end`.", where="/occurred")
