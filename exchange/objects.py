"""JSON: an array of objects, an object that holds such an array, or one object a line (NDJSON)."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from domain.dates import quoted
from domain.errors import Invalid, Malformed
from exchange.rows import Fault, Record

CHUNK = 1 << 16
"""Bytes read at a time. An item longer than that is read again from its start, twice as far."""
LONGEST = 10 * 1024 * 1024
"""Characters of one item, or of one value that stands before the array. As much as HTTP takes."""

_BEHIND = (*", ]}:\t\r\n",)
"""What can stand right behind a value."""
_SPACE = re.compile(r"[ \t\r\n]*")


def records(stream: BinaryIO, *, array: str | None = None) -> Iterator[Record]:
    """The objects of an array, in constant memory; `line` counts them from 1.

    `array` names the member of the outermost object that holds the array; without it the document
    is the array. The beginning is read at once. Raises Malformed for what is no JSON, and names the
    item, also when others were read before it; Invalid where there is no such array.
    """
    text = _Text(stream)
    if array is not None:
        _enter(text, array)
    elif text.peek() != "[":
        raise Invalid(
            "A JSON array of objects was expected. If the array stands inside of an object, name "
            "the member that holds it."
        )
    text.take("[")
    return _items(text, ends=array is None)


def lines(stream: BinaryIO) -> Iterator[Record | Fault]:
    """One object a line (NDJSON); `line` counts lines. One that is no object is a fault."""
    for number, raw in enumerate(stream, start=1):
        line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        if not line.strip():
            continue
        try:
            value = _decoder.decode(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            yield Fault(line=number, column=None, detail=f"Byte {error.start} is not UTF-8.")
        except (ValueError, RecursionError) as error:
            yield Fault(line=number, column=None, detail=f"The line is not JSON: {error}.")
        else:
            if isinstance(value, dict):
                yield Record(number, value)
            else:
                array = ' An array is read as `form = "json"`.' if isinstance(value, list) else ""
                yield Fault(number, None, f"A JSON object was expected.{array}")


def _enter(text: _Text, array: str) -> None:
    """Go on to the beginning of the array that the member of that name holds."""
    text.take("{")
    seen = []
    while text.peek() == '"':
        name = text.value("the name of a member")
        text.take(":")
        if name == array:
            if text.peek() != "[":
                raise Invalid(f"The member {quoted(array)} holds no array.")
            return
        seen.append(str(name))
        text.value(f"the member {quoted(str(name))}")
        if text.peek() != ",":
            break
        text.take(",")
    text.take("}")
    raise Invalid(f"There is no member {quoted(array)}. There are: {', '.join(seen) or 'none'}.")


def _items(text: _Text, *, ends: bool) -> Iterator[Record]:
    """The items up to the end of the array. `ends`: whether that is the end of the file as well."""
    number = 0
    while text.peek() != "]":
        if number:
            text.take(",")
        number += 1
        if text.peek() != "{":
            raise Malformed(f"Item {number} is no JSON object.")
        yield Record(number, text.value(f"item {number}"))
    text.take("]")
    if ends and text.peek():
        raise Malformed("The file goes on behind the array. One object a line is NDJSON.")


class _Text:
    """JSON text of which only a stretch is in memory, read value by value."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._held = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            space = _SPACE.match(self._held, self._at)
            assert space is not None
            self._at = space.end()
            if self._at < len(self._held) or self._ended:
                return self._held[self._at : self._at + 1]
            self._more(CHUNK)

    def take(self, expected: str) -> None:
        """Go past one character. Raises Malformed where another stands there."""
        found = self.peek()
        if found != expected:
            shown = quoted(found) if found else "the end of the file"
            raise Malformed(f"The file is not JSON: {expected} was expected, not {shown}.")
        self._at += 1

    def value(self, what: str) -> Any:
        """The value that begins here."""
        self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                fault = str(error.msg)
            except ValueError as error:  # _NotKept, or thousands of digits
                raise Malformed(f"The file is not JSON, in {what}: {error}.") from None
            except RecursionError:
                raise Malformed(f"The file is nested too deeply, in {what}.") from None
            else:
                # A number may go on behind what is held: 1 of 1.5, or of 1e5.
                if self._held[end : end + 1] in _BEHIND or self._ended:
                    self._at = end
                    return value
                fault = "it is too long"
            if self._ended or len(self._held) - self._at > LONGEST:
                raise Malformed(f"The file is not JSON, in {what}: {fault}.")
            self._more(max(CHUNK, len(self._held) - self._at))

    def _more(self, size: int) -> None:
        raw = self._stream.read(size)
        self._ended = not raw
        try:
            fresh = self._decode.decode(raw, final=self._ended)
        except UnicodeDecodeError:
            raise Malformed("The file is not UTF-8, and JSON is.") from None
        self._held = self._held[self._at :] + fresh
        self._at = 0


class _NotKept(ValueError):
    """What would be lost: one of two members of one name, or a number without end."""


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotKept(f"an object has the member {quoted(twice)} twice")
    return made


def _constant(name: str) -> Any:
    raise _NotKept(f"{name} is no number of JSON")


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _NotKept(f"{quoted(digits)} is a greater number than can be kept")
    return value


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
