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
from openpyxl.utils.datetime import CALENDAR_MAC_1904

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


# What a sheet shows and does not hold


def edited(stream: io.BytesIO, *changes: tuple[bytes, bytes]) -> io.BytesIO:
    """A workbook with another text in its first sheet, as another program would write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for old, new in changes:
                    assert old in content, content
                    content = content.replace(old, new)
            after.writestr(name, content)
    out.seek(0)
    return out


def test_a_formula_that_nobody_worked_out_is_a_fault() -> None:
    stream = book(["id", "killed"], ["a", "=1+1"], ["b", 3])

    one, two = records(stream)

    assert isinstance(one, Fault)
    assert (one.line, one.column) == (2, "killed")
    assert "formula has no value" in one.detail
    assert two == Record(3, {"id": "b", "killed": 3})


def test_a_formula_is_what_it_came_to_be_it_an_empty_text() -> None:
    # given cells as Excel writes them once it has worked them out
    stream = edited(
        book(["id", "killed", "note"], ["a", "=1+1", "=1+2"]),
        (b'<c r="B2"><f>1+1</f><v /></c>', b'<c r="B2"><f>1+1</f><v>2</v></c>'),
        (b'<c r="C2"><f>1+2</f><v /></c>', b'<c r="C2" t="str"><f>1+2</f><v></v></c>'),
    )

    assert list(records(stream)) == [Record(2, {"id": "a", "killed": 2, "note": None})]


@pytest.mark.parametrize("rows", [3, 15_000])
def test_merged_cells_are_faults_but_for_the_first(rows: int) -> None:
    """Also where the list of them, at the end of the sheet, is far behind its beginning."""
    # given
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["id", "town", "year"])
    for number in range(rows):
        sheet.append([number, "Norvale" if number == 0 else None, 2024])
    sheet.merge_cells("B2:B3")
    sheet.merge_cells("A4:C4")
    out = io.BytesIO()
    made.save(out)

    # when
    found = list(records(out))

    # then
    faults = [(one.line, one.column) for one in found if isinstance(one, Fault)]
    assert faults == [(3, "town"), (4, "town")]
    assert found[0] == Record(2, {"id": 0, "town": "Norvale", "year": 2024})
    assert len(found) == rows


def test_a_hidden_sheet_is_not_the_first() -> None:
    made = Workbook()
    assert made.active is not None
    made.active.append(["id"])
    made.active.sheet_state = "hidden"
    shown = made.create_sheet("Shown")
    shown.append(["id"])
    shown.append(["a"])
    out = io.BytesIO()
    made.save(out)

    assert list(records(out)) == [Record(2, {"id": "a"})]


def test_the_sheet_that_was_likely_meant_is_told() -> None:
    with pytest.raises(Invalid, match=r"There are: Sheet, Other\. Was other meant to be Other\?"):
        records(book(["id"]), sheet="other")


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    made = Workbook()
    made.epoch = CALENDAR_MAC_1904
    assert made.active is not None
    made.active.append(["id", "when"])
    made.active.append(["a", datetime.datetime(2024, 3, 5)])
    out = io.BytesIO()
    made.save(out)

    assert list(records(out)) == [Record(2, {"id": "a", "when": datetime.datetime(2024, 3, 5)})]
