"""XLSX: the rows of one sheet, values only; of a formula what it came to when it was saved last."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from domain.errors import Invalid, Malformed
from exchange.delimited import check_columns, meant
from exchange.rows import Fault, Record

MOST_ROWS = 1_048_576
"""Rows that a sheet can have; whole columns may be merged."""
UNWORKED = "The formula has no value: open the workbook in its program, and save it there."
MERGED = "The cell is merged with another, which alone has the value: unmerge them."


def records(
    stream: BinaryIO, *, required: Iterable[str] = (), sheet: str | None = None
) -> Iterator[Record | Fault]:
    """The rows below the first that is not empty, which is the header; `line` is the row's number.

    `sheet` names the sheet, else it is the first that is not hidden. The header is read at once,
    and rows as they are asked for. A row with a formula that nobody worked out, or with a part of
    merged cells, is a fault, for it shows what it does not hold. Raises Malformed where it is no
    workbook or has no header, Invalid where it has no such sheet or column.
    """
    from openpyxl import load_workbook  # a tenth of a second, for one format of several
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError):
        raise Malformed("The file is no XLSX workbook.") from None
    names = [found.title for found in book.worksheets]
    if not names or (sheet is not None and sheet not in names):
        near = "" if sheet is None else meant([sheet], names)
        raise Invalid(
            f"There is no sheet {sheet!r}. There are: {', '.join(names) or 'none'}.{near}"
        )
    shown = [found for found in book.worksheets if found.sheet_state == "visible"]
    chosen = book[sheet] if sheet is not None else (shown or book.worksheets)[0]
    try:
        # Nothing public gives the XML of a sheet, which alone tells these things.
        with chosen._get_source() as xml:  # type: ignore[attr-defined]
            marked = _marked(xml)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError):
        marked = {}  # the sheet breaks off, which is told where its rows are read
    chosen.reset_dimensions()  # what the file says of its size is wrong in many
    found = enumerate(_whole(chosen.iter_rows(values_only=True)), start=1)
    for _, cells in found:
        if any(_filled(value) for value in cells):
            break
    else:
        raise Malformed("The sheet is empty: a row with the names of columns was expected.")
    header = _header(cells)
    check_columns([name for name in header if name], required)
    return _records(found, header, marked)


_MARKS = re.compile(
    rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"'
    rb'|<c r="([A-Z]+)([0-9]+)"([^>]*)><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v */>|<v></v>)?</c>'
)
"""Merged cells; and a cell with a formula and no value."""
_MARK_LENGTH = 20_000
"""More bytes than a mark has: a formula has at most 8,192 characters."""
_TEXT = b't="str"'
"""What says that the empty value of a formula is one, a text without characters."""


def _marked(xml: BinaryIO) -> dict[int, tuple[int, str]]:
    """What rows hold otherwise than they show it: by their number the column, from 1, and why.

    Of merged cells only the first has the value; a formula that nobody worked out has none.
    """
    from openpyxl.utils import column_index_from_string as index

    marked: dict[int, tuple[int, str]] = {}
    for mark in _marks(xml):
        if mark[5] is not None:
            if _TEXT not in mark[7]:
                marked.setdefault(int(mark[6]), (index(mark[5].decode()), UNWORKED))
            continue
        left, right = (index(mark[at].decode()) for at in (1, 3))
        for row in range(int(mark[2]), min(int(mark[4]), MOST_ROWS) + 1):
            first = left + (row == int(mark[2]))
            if first <= right:
                marked.setdefault(row, (first, MERGED))
    return marked


def _marks(xml: BinaryIO) -> Iterator[re.Match[bytes]]:
    """The marks in a sheet's XML, of which only a stretch is in memory."""
    held, ended = b"", False
    while not ended:
        chunk = xml.read(1 << 20)
        ended = not chunk
        held += chunk
        # What may go on behind this stretch is looked at with the next.
        whole = len(held) if ended else len(held) - _MARK_LENGTH
        last = 0
        for mark in _MARKS.finditer(held):
            if mark.start() >= whole:
                break
            last = mark.end()
            yield mark
        held = held[max(last, whole, 0) :]


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
    found: Iterator[tuple[int, tuple[Any, ...]]],
    header: list[str],
    marked: dict[int, tuple[int, str]],
) -> Iterator[Record | Fault]:
    for number, cells in found:
        at, detail = marked.get(number, (MOST_ROWS, ""))
        if at <= len(header):
            yield Fault(line=number, column=header[at - 1], detail=detail)
            continue
        if not any(_filled(value) for value in cells):
            continue
        # Rows are as long as their last cell that was ever written to.
        if any(_filled(value) for value in cells[len(header) :]):
            detail = f"The row has values behind the {len(header)} columns that the header names."
            yield Fault(line=number, column=None, detail=detail)
            continue
        padded = (*cells, *([None] * (len(header) - len(cells))))
        yield Record(number, dict(zip(header, padded, strict=False)))
