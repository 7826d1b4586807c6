"""XLSX: the rows of one sheet, values only; of a formula what it came to when it was saved last."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from domain.errors import Invalid, Malformed
from exchange.delimited import check_columns
from exchange.rows import Fault, Record


def records(
    stream: BinaryIO, *, required: Iterable[str] = (), sheet: str | None = None
) -> Iterator[Record | Fault]:
    """The rows below the first that is not empty, which is the header; `line` is the row's number.

    `sheet` names the sheet, else it is the first. The header is read at once, and rows as they are
    asked for. Raises Malformed where it is no workbook or has no header, Invalid where it has no
    such sheet or column.
    """
    from openpyxl import load_workbook  # a tenth of a second, for one format of several
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError):
        raise Malformed("The file is no XLSX workbook.") from None
    names = [found.title for found in book.worksheets]
    if not names or (sheet is not None and sheet not in names):
        raise Invalid(f"There is no sheet {sheet!r}. There are: {', '.join(names) or 'none'}.")
    chosen = book[sheet] if sheet is not None else book.worksheets[0]
    chosen.reset_dimensions()  # what the file says of its size is wrong in many
    found = enumerate(_whole(chosen.iter_rows(values_only=True)), start=1)
    for _, cells in found:
        if any(_filled(value) for value in cells):
            break
    else:
        raise Malformed("The sheet is empty: a row with the names of columns was expected.")
    header = _header(cells)
    check_columns([name for name in header if name], required)
    return _records(found, header)


def _whole(found: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet. Raises Malformed where its file breaks off or is no sheet."""
    number = 0
    try:
        for cells in found:
            number += 1
            yield cells
    except (ParseError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError):
        raise Malformed(f"The sheet cannot be read behind row {number}.") from None


def _filled(value: Any) -> bool:
    return value is not None and value != ""


def _header(cells: Iterable[Any]) -> list[str]:
    """The names; a column without one is called by its number, and those at the end are dropped."""
    names = ["" if value is None else str(value).strip() for value in cells]
    while names and not names[-1]:
        names.pop()
    return [name or f"column {at}" for at, name in enumerate(names, start=1)]


def _records(
    found: Iterator[tuple[int, tuple[Any, ...]]], header: list[str]
) -> Iterator[Record | Fault]:
    for number, cells in found:
        if not any(_filled(value) for value in cells):
            continue
        # Rows are as long as their last cell that was ever written to.
        if any(_filled(value) for value in cells[len(header) :]):
            detail = f"The row has values behind the {len(header)} columns that the header names."
            yield Fault(line=number, column=None, detail=detail)
            continue
        padded = (*cells, *([None] * (len(header) - len(cells))))
        yield Record(number, dict(zip(header, padded, strict=False)))
