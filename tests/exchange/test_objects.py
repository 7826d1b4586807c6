"""Goal: JSON is read item by item, the same as if it were read whole, and faults name their item.

Method: the standard library's reading of the whole document is the oracle.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, Malformed
from exchange import objects
from exchange.objects import lines, records
from exchange.rows import Fault, Record

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)
items = st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=5)


class Drop(io.BytesIO):
    """A stream that gives little at a time."""

    def __init__(self, raw: bytes, size: int) -> None:
        super().__init__(raw)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._size)


@given(items, st.sampled_from([None, 1]), st.booleans(), st.integers(1, 7))
def test_an_array_is_read_as_if_it_were_read_whole(
    given_items: list[dict[str, Any]], indent: int | None, escaped: bool, size: int
) -> None:
    raw = json.dumps(given_items, indent=indent, ensure_ascii=escaped).encode(
        "utf-8", "surrogatepass"
    )
    if b"\xed" in raw and not escaped:
        return  # half of a surrogate pair is no UTF-8, and another test's

    found = list(records(Drop(raw, size)))

    assert [one.cells for one in found] == json.loads(raw)
    assert [one.line for one in found] == list(range(1, len(given_items) + 1))


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), scalars, max_size=4), items)
def test_an_array_is_found_inside_of_an_object(
    others: dict[str, Any], given_items: list[dict[str, Any]]
) -> None:
    others.pop("data", None)
    raw = json.dumps({**others, "data": given_items, "behind": 1}).encode()

    found = list(records(Drop(raw, 5), array="data"))

    assert [one.cells for one in found] == given_items


@pytest.mark.parametrize(
    ("text", "array", "expected"),
    [
        ("", None, "JSON array of objects was expected"),
        ("{}", None, "name the member that holds it"),
        ("[1]", "data", "{ was expected"),
        ('{"a": 1, "b": []}', "data", 'no member "data". There are: a, b'),
        ('{"data": 5}', "data", "holds no array"),
    ],
)
def test_a_document_without_the_array_is_refused_at_once(
    text: str, array: str | None, expected: str
) -> None:
    with pytest.raises((Invalid, Malformed), match=expected.replace(".", r"\.")):
        records(io.BytesIO(text.encode()), array=array)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a": 1}, 5]', "Item 2 is no JSON object"),
        ('[{"a": 1} {"a": 2}]', ", was expected"),
        ('[{"a": 1}, {"a": ]', "in item 2"),
        ('[{"a": 1}', ", was expected, not the end of the file"),
        ('[{"a": 1}, {"b": 1, "b": 2}]', 'in item 2: an object has the member "b" twice'),
        ('[{"a": 1}] [{"a": 2}]', "goes on behind the array"),
        ('[{"a": 1}, {"b": 1e999}]', "in item 2: .*greater number than can be kept"),
        (f'[{{"a": 1}}, {{"b": {"9" * 5_000}}}]', "in item 2: .*digits"),
        (f'[{{"a": 1}}, {{"b": {"[" * 100_000}', "nested too deeply, in item 2"),
        ('[{"a": 1}, {"b": NaN}]', "in item 2: NaN is no number"),
    ],
)
def test_what_is_broken_is_refused_and_what_stands_before_is_read(text: str, expected: str) -> None:
    found = records(io.BytesIO(text.encode()))

    assert next(found) == Record(1, {"a": 1})
    with pytest.raises(Malformed, match=expected):
        list(found)


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        list(records(io.BytesIO('[{"a": "é"}]'.encode("latin-1"))))


def test_only_a_stretch_of_a_long_array_is_held() -> None:
    stream = io.BytesIO(b"[" + b",".join([b'{"a": 1}'] * 500_000) + b"]")

    found = records(stream)
    for _ in range(10):
        next(found)

    assert stream.tell() <= 2 * objects.CHUNK


def test_an_item_longer_than_what_is_read_at_once_is_read() -> None:
    long = "x" * (3 * objects.CHUNK)

    (found,) = records(io.BytesIO(json.dumps([{"a": long}]).encode()))

    assert found.cells == {"a": long}


def test_a_line_that_is_no_object_is_a_fault_of_its_own() -> None:
    raw = b'\xef\xbb\xbf{"a": 1}\n\n[1]\n{"a": \n{"a": "\xe9"}\n{"a": 2}'

    first, array, broken, latin, last = lines(io.BytesIO(raw))

    assert (first, last) == (Record(1, {"a": 1}), Record(6, {"a": 2}))
    detail = 'A JSON object was expected. An array is read as `form = "json"`.'
    assert array == Fault(3, None, detail)
    assert isinstance(broken, Fault)
    assert (broken.line, broken.detail[:20]) == (4, "The line is not JSON")
    assert latin == Fault(5, None, "Byte 7 is not UTF-8.")
