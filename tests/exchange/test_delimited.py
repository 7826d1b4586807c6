"""Goal: CSV is read as it was written, whatever stands in its cells, and faults name their line.

Method: the standard library's writer is the other half of the law; faults by hand.
"""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, Malformed
from exchange.delimited import records
from exchange.rows import Fault, Record


def read(text: str, written_as: str = "utf-8", **how: str) -> list[Record | Fault]:
    return list(records(io.BytesIO(text.encode(written_as)), **how))  # type: ignore[arg-type]


cells = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"))
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6)
)


@given(tables, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_written_as_csv_is_read_again(
    rows: list[list[str]], delimiter: str, end: str, marked: bool
) -> None:
    # given
    width = len(rows[0]) if rows else 2
    header = [f"column_{at}" for at in range(width)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])

    # when
    given_delimiter = {"delimiter": delimiter} if width == 1 else {}
    found = read(out.getvalue(), "utf-8-sig" if marked else "utf-8", **given_delimiter)

    # then
    kept = [dict(zip(header, row, strict=True)) for row in rows if any(row)]
    assert [one.cells for one in found if isinstance(one, Record)] == kept
    assert len(found) == len(kept)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_a_row_is_at_the_line_on_which_it_begins(breaks: list[int]) -> None:
    # given cells with so many line breaks, and blank lines between
    lines = ["a,b\n"]
    expected = []
    for number in breaks:
        lines.append("\n" * (number % 2))
        expected.append("".join(lines).count("\n") + 1)
        lines.append(f'x,"{"line" + chr(10)}{chr(10) * number}"\n')

    # then
    assert [one.line for one in read("".join(lines))] == expected


@pytest.mark.parametrize("encoding", ["windows-1256", "utf-16", "latin-1"])
def test_an_encoding_can_be_named(encoding: str) -> None:
    word = "خان" if encoding != "latin-1" else "Tellín"

    (row,) = read(f"place\n{word}\n", encoding, encoding=encoding)

    assert row == Record(2, {"place": word})


def test_another_encoding_is_refused_and_says_how_to_name_it() -> None:
    with pytest.raises(Malformed, match=r"not UTF-8.*line 0.*Name the encoding"):
        read("place\nخان\n", "windows-1256")


def test_an_unknown_encoding_is_refused() -> None:
    for name in ("klingon", "base64"):
        with pytest.raises(Invalid, match="is not an encoding"):
            read("a\n", encoding=name)


def test_the_delimiter_is_what_the_header_has_most_of_outside_of_quotes() -> None:
    (row,) = read('"a,b,c";d;e\n1;2;3\n')

    assert row == Record(2, {"a,b,c": "1", "d": "2", "e": "3"})


def test_a_row_of_another_length_is_a_fault_and_the_next_is_read() -> None:
    short, good, long = read("a,b\n1\n1,2\n1,2,3\n")

    assert short == Fault(2, None, "The row has 1 cells, and the header names 2.")
    assert good == Record(3, {"a": "1", "b": "2"})
    assert long == Fault(4, None, "The row has 3 cells, and the header names 2.")


def test_a_file_without_header_is_refused() -> None:
    for text in ("", "\n\n"):
        with pytest.raises(Malformed, match="first line with the names of columns"):
            read(text)


def test_blank_lines_before_the_header_count() -> None:
    assert read("\n\na,b\n1,2\n") == [Record(4, {"a": "1", "b": "2"})]


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="'a' twice"):
        read("a,b,a\n")


def test_a_missing_column_is_refused_before_any_row_is_asked_for() -> None:
    with pytest.raises(Invalid, match=r"lacks when, who\. It has: a, b"):
        records(io.BytesIO(b"a,b\n1,2\n"), required=("when", "a", "who"))


def test_a_column_without_a_name_is_called_by_its_number() -> None:
    assert read("a,,b\n1,2,3\n") == [Record(2, {"a": "1", "column 2": "2", "b": "3"})]


def test_a_quote_that_is_never_closed_is_refused_with_its_line() -> None:
    found = records(io.BytesIO(b'a,b\n1,2\n1,"2\n1,2\n'))

    assert next(found) == Record(2, {"a": "1", "b": "2"})
    with pytest.raises(Malformed, match="not CSV as of line"):
        next(found)


def test_the_stream_is_not_closed() -> None:
    stream = io.BytesIO(b"a\n1\n")

    list(records(stream))

    assert not stream.closed


def test_no_more_of_the_stream_is_read_than_is_asked_for() -> None:
    # given a file far longer than what is read ahead
    stream = io.BytesIO(b"a,b\n" + b"1,2\n" * 1_000_000)

    # when
    found = records(stream)
    for _ in range(10):
        next(found)

    # then
    assert stream.tell() < 100_000


def test_a_quote_that_is_never_closed_is_named_by_the_line_it_opens_on() -> None:
    found = records(io.BytesIO(b'id,note\n1,"a\nb"\n2,"open\nmore\nstill more\n'))

    assert next(found) == Record(2, {"id": "1", "note": "a\nb"})
    with pytest.raises(Malformed, match="as of line 4: quotes that open there are not closed"):
        next(found)


def test_a_long_cell_is_read_whole() -> None:
    outline = "POLYGON " + "1 2, " * 100_000

    (row,) = records(io.BytesIO(f'id,outline\n1,"{outline}"\n'.encode()))

    assert row == Record(2, {"id": "1", "outline": outline})
