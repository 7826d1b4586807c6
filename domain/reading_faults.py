"""What is said of a body that cannot be read: what was expected, and where.

The decoder's words name types and patterns of the program's. Researchers are told of text, whole
numbers and lists, and what the text should look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from domain.claims import GRADE_PATTERN, LANGUAGE_PATTERN, SHA256_PATTERN, URL_PATTERN
from domain.dates import quoted
from domain.errors import Malformed
from domain.events import TYPES
from domain.names import SLUG_PATTERN
from domain.registries import SCRIPT_PATTERN

_FAULT = re.compile(r"(?P<what>.*?)(?: - at (?P<key>`key` in )?`(?P<path>\$[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_WRONG_TYPE = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?")
_PATTERN = re.compile(r"Expected `str` matching regex (.*)", re.DOTALL)
_LENGTH = re.compile(r"Expected `(str|array|object)` of length (<= |>= )?(\d+)")
_BOUND = re.compile(r"Expected `(int|float)` ([<>]=?) (.*)")
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object {...}",
    "uuid": "a UUID",
    "null": "null",
}
_PATTERNS = {
    repr(SLUG_PATTERN): "lower-case letters a to z and digits, with single hyphens between them, "
    "like norvale-bridge",
    repr(URL_PATTERN): "an address that begins with http:// or https://",
    repr(GRADE_PATTERN): "a grade like B2: a letter A to F and a digit 1 to 6",
    repr(LANGUAGE_PATTERN): "a language like en, ar or pt-BR",
    repr(SHA256_PATTERN): "64 hexadecimal digits, in lower case",
    repr(SCRIPT_PATTERN): "a script like Arab or Latn",
}
_BOUNDS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}


def explained(message: str, raw: bytes, expected: Any) -> Malformed:
    """The decoder's words in ours, its path as a JSON Pointer. `expected` is what it decodes to."""
    fault = _FAULT.fullmatch(message)
    assert fault is not None
    what, path = fault["what"], fault["path"] or ""
    where = pointer(path)
    unknown, missing = _UNKNOWN.fullmatch(what), _MISSING.fullmatch(what)
    if unknown:
        fields = ", ".join(_fields(_types_at(expected, raw, path)))
        detail = f"Unknown field `{quoted(unknown[1])[1:-1]}`."
        detail += f" Those that can stand here: {fields}." if fields else ""
        return Malformed(detail, where=f"{where}/{escaped(unknown[1])}")
    if missing:
        return Malformed(f"`{missing[1]}` is required here.", where=where)
    if path.endswith(".type"):
        given = what.removeprefix("Invalid value ")
        said = f"{given} is not a type of event." if given != what else "`type` must be text."
        return Malformed(f"{said} Expected one of: {', '.join(TYPES)}.", where=where)
    if what.startswith("Invalid enum value "):
        given = what.removeprefix("Invalid enum value ")
        choices = ", ".join(_choices(_types_at(expected, raw, path))) or "the words that are known"
        return Malformed(f"Expected one of {choices}, and this is {given}.", where=where)
    detail = _expectation(what)
    if where == "" and what.endswith("got `array`"):
        detail += ' Several events are sent as {"events": [...]}.'
    if fault["key"]:
        detail = f"A name in this object: {detail[0].lower()}{detail[1:]}"
    return Malformed(detail, where=where)


def pointer(path: str) -> str:
    """`$.claims.toll[0].exactly` as the JSON Pointer `/claims/toll/0/exactly`.

    The decoder does not say at which of an object's own names a fault lies (`$.attributes[...]`):
    then the object is named.
    """
    steps = _STEP.findall(path.partition("[...]")[0])
    return "".join(f"/{name or number}" for name, number in steps)


def escaped(name: str) -> str:
    """A name as a step of a JSON Pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def unescaped(step: str) -> str:
    """The name that is a step of a JSON Pointer."""
    return step.replace("~1", "/").replace("~0", "~")


def _expectation(what: str) -> str:
    """What was expected, as a sentence."""
    if pattern := _PATTERN.fullmatch(what):
        return f"Expected {_PATTERNS.get(pattern[1], f'text of the form {pattern[1]}')}."
    if length := _LENGTH.fullmatch(what):
        if length[1] == "str":
            if length[2] == ">= ":
                return "Expected text, and this is empty."
            return f"Expected text of at most {int(length[3]):,} characters."
        bound = _BOUNDS.get((length[2] or "").strip(), "exactly")
        return f"Expected {_TYPES[length[1]]} of {bound} {int(length[3]):,}."
    if limit := _BOUND.fullmatch(what):
        number = limit[3].removesuffix(".0")
        return f"Expected {_TYPES[limit[1]]}, {_BOUNDS[limit[2]]} {number}."
    if wrong := _WRONG_TYPE.fullmatch(what):
        wanted = " or ".join(_TYPES.get(t, t) for t in wrong[1].split(" | "))
        if wrong[2] is None:
            return f"Expected {wanted}."
        got = "a number with a point" if wrong[2] == "float" else _TYPES.get(wrong[2], wrong[2])
        return f"Expected {wanted}, and this is {got}."
    if what == "Invalid UUID":
        return "Expected a UUID, like 018f4a3c-6d1e-7b2a-9c55-0a1b2c3d4e5f."
    if "out of range" in what:
        return "The number is too large to be kept."
    return f"{what}."


# What may stand at a place, by the types themselves


@lru_cache(maxsize=16)
def _described(expected: Any) -> inspect.Type:
    return inspect.type_info(expected)


def _types_at(expected: Any, raw: bytes, path: str) -> list[inspect.Type]:
    """The types that a place may have, told by the events' own `type` where several could be.

    None where the rest of the body, behind the fault, is no JSON.
    """
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return []
    types = _tagged(_alternatives([_described(expected)]), value)
    for name, number in _STEP.findall(path.partition("[...]")[0]):
        value = _member(value, name, number)
        types = _tagged(_alternatives(_within(types, name)), value)
    return types


def _within(types: Iterable[inspect.Type], name: str) -> Iterable[inspect.Type]:
    for kind in types:
        if isinstance(kind, inspect.StructType):
            yield from (field.type for field in kind.fields if field.encode_name == name)
        elif isinstance(kind, inspect.VarTupleType):
            yield kind.item_type
        elif isinstance(kind, inspect.TupleType):
            yield from kind.item_types


def _alternatives(types: Iterable[inspect.Type]) -> list[inspect.Type]:
    found: list[inspect.Type] = []
    for kind in types:
        found += kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return found


def _tagged(types: Sequence[inspect.Type], value: Any) -> list[inspect.Type]:
    def fits(kind: inspect.Type) -> bool:
        if not isinstance(kind, inspect.StructType) or kind.tag is None:
            return True
        return isinstance(value, dict) and value.get(kind.tag_field) == kind.tag

    return [kind for kind in types if fits(kind)]


def _member(value: Any, name: str, number: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    return value[int(number)] if isinstance(value, list) and number else None


def _fields(types: Iterable[inspect.Type]) -> list[str]:
    return [
        field.encode_name
        for kind in types
        if isinstance(kind, inspect.StructType)
        for field in kind.fields
    ]


def _choices(types: Iterable[inspect.Type]) -> list[str]:
    """What a text may be; of what may be a number or an object as well, those too."""
    words: list[str] = []
    for kind in types:
        if isinstance(kind, inspect.LiteralType):
            words += map(str, kind.values)
        elif isinstance(kind, inspect.IntType):
            words.append("a whole number")
        elif isinstance(kind, inspect.DictType):
            words.append("an object")
    return words
