"""What is wrong with a mapping, in its own words: which key, what was expected there, what stands
there instead."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from domain.dates import quoted
from domain.errors import DatelineError
from exchange.delimited import nearest

TABLES = ("toll", "actors")
"""What a mapping has any number of."""
FIELD = 'a column\'s name, or more about it like {column = "Town"} or {value = "town"}'
EXPECTED = {
    "dataset": "a name of small letters, digits and hyphens, at most 60 of them",
    "occurrence_prefix": 'a word of small letters, digits and hyphens, or ""',
    "offset": 'an offset from UTC like "+03:00", or "Z"',
    "repeat": "a whole number from 1 to 100",
    "words": 'other words for some, like {"Air strike" = "air-strike"}',
    "roles": 'a column for each role, like {victim = "Was hurt"}',
    "columns": 'a list of columns\' names, like ["Type", "Town"]',
    "absent": 'a list of words, like ["n/a", "-"]',
    "attributes": '"rest", "all", or a list of columns\' names',
    "via": f"{FIELD}, or a list of such",
    "tags": f"{FIELD}, or a list of such",
    "evidence": f"{FIELD}, or a list of such",
    "slug": "true or false",
    "source": 'a table, like {name = "Who"} or {name = {value = "Norvale Post"}}',
    "occurred": 'a table, like {edtf = "When"}',
    "place": 'a table, like {name = "Town"}',
    "file": 'a table, like {form = "csv"}',
    "toll": "a list of tables, each under a line [[toll]]",
    "actors": "a list of tables, each under a line [[actors]]",
}
"""What is said to be expected of a key, where its type does not say it."""
NEEDED = {
    "dataset": 'dataset, the name of the data set, like dataset = "norvale"',
    "id": 'id, the column with the id of each row, like id = "No"',
    "source": 'source, who says it, like source = {name = "Who"}',
    "source.name": 'name, who says it, like name = "Who" or name = {value = "Norvale Post"}',
    "toll.outcome": 'outcome, what was done to them, like outcome = {value = "killed"}',
    "actors.name": 'name, who it was, like name = "Actor"',
}
"""What is said of a key that is missing, with an example."""


def explained(fault: DatelineError, given: dict[str, Any], whole: type[Struct]) -> DatelineError:
    """The fault of a mapping with a sentence that names its key. `given` is the mapping as its TOML
    has it, `whole` the type that it is read as."""
    where = (fault.where or "").strip("/")
    path = where.split("/") if where else []
    found = re.match(r"Unknown field `(.*?)`", fault.detail)
    missing = re.match(r"`(.*?)` is required here", fault.detail)
    if found:
        detail = _unknown(path, whole)
    elif missing:
        detail = _missing(path, missing[1])
    elif path and fault.detail.startswith("Expected "):
        # Of a list of words or columns the key is named, of [[toll]] and [[actors]] which one.
        key = path[:-1] if path[-1].isdigit() and path[0] not in TABLES else path
        detail = f"{named(key)} is {_expected(key, whole)}, not {_shown(_at(given, path))}."
    else:
        detail = f"{named(path)}: {fault.detail}" if path else fault.detail
    return type(fault)(detail, where=fault.where)


def named(path: list[str]) -> str:
    """A key as one would look for it: `occurred.edtf`, `best` of the 2nd [[toll]]."""
    numbers = [at for at, step in enumerate(path) if step.isdigit()]
    if not numbers or path[0] not in TABLES:
        return f"`{'.'.join(path)}`" if path else "The mapping"
    element = f"[[{path[0]}]] number {int(path[1]) + 1}"
    return f"`{'.'.join(path[2:])}` of {element}" if path[2:] else element


def _unknown(path: list[str], whole: type[Struct]) -> str:
    """Which keys there are in its stead, the nearest first; and where it would belong."""
    *above, name = path
    keys = _keys(_type(above, whole))
    near = nearest(name, keys)
    meant = f" Was `{near}` meant?" if near else ""
    if above and name in _keys(whole):
        meant = (
            f" `{name}` is a key of the mapping itself: those stand above the first line in [ ]."
        )
    place = named(above) if above else "the mapping"
    return f"{named(path)} is no key. {place[0].upper()}{place[1:]} has {', '.join(keys)}.{meant}"


def _missing(path: list[str], name: str) -> str:
    key = ".".join([*(step for step in path if not step.isdigit()), name])
    return f"{named(path)} needs {NEEDED.get(key, f'`{name}`')}."


def _at(value: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
    return value


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value) if value else "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a table" if isinstance(value, dict) else str(value)


# The types of the mapping, so that they need not be told twice


def _expected(path: list[str], whole: type[Struct]) -> str:
    name = path[-1] if path else ""
    if name in EXPECTED:
        return EXPECTED[name]
    if name.isdigit():
        return "a table with keys of its own"
    kinds = list(_kinds(_type(path, whole)))
    options = [value for kind in kinds if get_origin(kind) is Literal for value in get_args(kind)]
    if options:
        return f"one of {', '.join(options)}"
    if any(isinstance(kind, type) and issubclass(kind, Struct) for kind in kinds):
        return FIELD
    return "text that is not empty" if str in kinds else "something else"


def _keys(kind: Any) -> list[str]:
    """The keys of the first table among what a value may be."""
    for one in _kinds(kind):
        if isinstance(one, type) and issubclass(one, Struct):
            return list(one.__struct_fields__)
    return []


def _type(path: list[str], whole: Any) -> Any:
    """The type of what stands at a place."""
    kind = whole
    for step in path:
        kind = _step(kind, step)
    return kind


def _step(kind: Any, step: str) -> Any:
    for one in _kinds(kind):
        if isinstance(one, type) and issubclass(one, Struct) and step in one.__struct_fields__:
            return get_type_hints(one, include_extras=True)[step]
        if get_origin(one) is tuple and step.isdigit():
            return get_args(one)[0]
        if get_origin(one) is dict:
            return get_args(one)[1]
    return None


def _kinds(kind: Any) -> Iterator[Any]:
    """What a value may be: each member of a union, without what is noted of it."""
    if get_origin(kind) is Annotated:
        yield from _kinds(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _kinds(one)
    elif kind is not None:
        yield kind
