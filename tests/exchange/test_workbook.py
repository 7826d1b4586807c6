"""Goal: a sheet is read by its values, with the numbers that its rows have in the program.

Method: workbooks made here with openpyxl.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from domain.errors import Invalid, Malformed
from exchange.rows import Fault, Record
from exchange.workbook import records


def book(*rows: list[Any], sheet: str = "Sheet") -> io.BytesIO:
    made = Workbook()
    assert made.active is not None
    made.active.title = sheet
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                made.active.cell(number, column, value)
    made.create_sheet("Other")["A1"] = "other"
    out = io.BytesIO()
    made.save(out)
    out.seek(0)
    return out


def test_values_keep_their_types_and_rows_their_numbers() -> None:
    # given an empty row before the header, and one below it
    day = datetime.datetime(2019, 8, 27)
    stream = book([], ["id", "when", "killed"], ["a", day, 12], [], ["b", None, 0.5])

    # then
    assert list(records(stream, required=("id",))) == [
        Record(3, {"id": "a", "when": day, "killed": 12}),
        Record(5, {"id": "b", "when": None, "killed": 0.5}),
    ]


def test_of_a_formula_what_it_came_to_is_read_and_never_the_formula() -> None:
    # openpyxl works nothing out: what it writes came to nothing yet
    (row,) = records(book(["a", "b"], [1, "=1+1"]))

    assert row == Record(2, {"a": 1, "b": None})


def rewritten(stream: io.BytesIO, old: str, new: str) -> io.BytesIO:
    """The workbook with something else in the file of its first sheet."""
    whole, out = zipfile.ZipFile(stream), io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in whole.namelist():
            raw = whole.read(name).decode() if name.endswith("sheet1.xml") else whole.read(name)
            if isinstance(raw, str):
                assert old in raw
                raw = raw.replace(old, new)
            made.writestr(name, raw)
    out.seek(0)
    return out


def test_a_formula_that_was_worked_out_has_its_value() -> None:
    stream = rewritten(book(["a", "b"], [1, "=1+1"]), "<f>1+1</f><v />", "<f>1+1</f><v>2</v>")

    assert list(records(stream)) == [Record(2, {"a": 1, "b": 2})]


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    stream = rewritten(book(["a", "b"], [1, 2]), '<dimension ref="A1:B2"', '<dimension ref="A1:A1"')

    assert list(records(stream)) == [Record(2, {"a": 1, "b": 2})]


def test_a_sheet_is_chosen_by_its_name_and_else_the_first() -> None:
    assert list(records(book(["a"], [1], sheet="First"))) == [Record(2, {"a": 1})]
    assert list(records(book(["a"], [1]), sheet="Other")) == []
    with pytest.raises(Invalid, match=r"no sheet 'Third'\. There are: Sheet, Other"):
        records(book(["a"]), sheet="Third")


def test_values_behind_the_header_are_a_fault() -> None:
    (fault,) = records(book(["a", "b"], [1, 2, 3]))

    assert fault == Fault(2, None, "The row has values behind the 2 columns that the header names.")


def test_what_is_no_workbook_is_refused() -> None:
    for raw in (b"", b"a,b\n", b"PK\x03\x04"):
        with pytest.raises(Malformed, match="no XLSX workbook"):
            records(io.BytesIO(raw))


def test_a_zip_file_of_something_else_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "a")

    with pytest.raises(Malformed, match="no XLSX workbook"):
        records(out)


def test_a_sheet_that_breaks_off_is_refused_behind_what_was_read() -> None:
    # given a workbook whose sheet ends in the middle
    whole, broken = zipfile.ZipFile(book(["a"], *([[n] for n in range(20_000)]))), io.BytesIO()
    with zipfile.ZipFile(broken, "w") as made:
        for name in whole.namelist():
            raw = whole.read(name)
            made.writestr(name, raw[: len(raw) // 2] if name.endswith("sheet1.xml") else raw)

    # when
    found = records(broken)

    # then
    assert next(found) == Record(2, {"a": 0})
    with pytest.raises(Malformed, match=r"cannot be read behind row \d+"):
        list(found)


def test_a_sheet_without_header_or_column_is_refused() -> None:
    with pytest.raises(Malformed, match="sheet is empty"):
        records(book())
    with pytest.raises(Malformed, match="'a' twice"):
        records(book(["a", "a"]))
    with pytest.raises(Invalid, match="lacks when"):
        records(book(["a"]), required=("when",))
