"""XLSX (ECMA-376): a sheet of entries with the columns of CSV, a sheet that says what the file is
of, and a sheet that says what each column means.

Written by hand rather than by a library: sheets are compressed as entries come, and nothing in the
file holds the clock. Text is typed as text, and is defused besides, since sheets are saved as CSV.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape

from domain.answers import Entry
from domain.errors import Invalid
from exchange.columns import Value, columns
from exchange.export import About, filters_text, left_out_text, printable
from exchange.to_csv import cell

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
"""Of one cell, in UTF-16, as Excel counts."""
ENTRIES, ABOUT, COLUMNS = SHEETS = ("Entries", "About", "Columns")
HOW = (
    ("several values", "stand in one cell parted by ' | '; a | or \\ of theirs has a \\ before it"),
    ("empty", "is unknown, or nothing; never 0"),
    (
        "apostrophes",
        "text that would be run as a formula has an apostrophe before it: take away one where "
        "such text begins with it",
    ),
)
"""What holds for all cells."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOLD = ' s="1"'
_LIKE_ESCAPE = re.compile("_x(?=[0-9A-Fa-f]{4}_)")


class _Sink:
    """What the archive is written into: holds what was not taken yet."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken, self._held = b"".join(self._held), []
        return taken


class Xlsx:
    """One workbook."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._columns = columns(about)
        if len(self._columns) > MOST_COLUMNS:
            raise Invalid(
                f"A sheet has at most {MOST_COLUMNS:,} columns, and the outcomes of these entries "
                f"take {len(self._columns):,}: ask for fewer entries, or for NDJSON.",
                where="format",
            )
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._sheet: BinaryIO | None = None
        self._row = 1

    def begin(self) -> bytes:
        """The header of the entries."""
        info = zipfile.ZipInfo("xl/worksheets/sheet1.xml")
        info.compress_type = zipfile.ZIP_DEFLATED
        self._sheet = self._archive.open(info, "w")
        names = [column.name for column in self._columns]
        self._put(_sheet_head(freeze=True) + _row(1, names, style=_BOLD))
        return self._sink.take()

    def add(self, entries: Sequence[Entry]) -> bytes:
        """A row for each. Raises Invalid for what no sheet can hold."""
        for entry in entries:
            self._row += 1
            if self._row > MOST_ROWS:
                raise Invalid(f"A sheet has at most {MOST_ROWS:,} rows: ask for fewer entries.")
            values = [column.of(entry) for column in self._columns]
            try:
                self._put(_row(self._row, values))
            except _TooLong as too_long:
                name = self._columns[too_long.column].name
                raise Invalid(
                    f"{name} of {entry.occurrence} has {too_long.length:,} characters, and a cell "
                    f"of a sheet at most {MOST_CHARACTERS:,}: ask for CSV or NDJSON, or leave this "
                    "occurrence out.",
                    where="format",
                ) from None
        return self._sink.take()

    def end(self) -> bytes:
        """The other sheets, and what makes them a workbook."""
        assert self._sheet is not None, "begun"
        last = f"{_letters(len(self._columns) - 1)}{self._row}"
        self._put(f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>')
        self._sheet.close()
        self._part("xl/worksheets/sheet2.xml", _table(("what", "value"), self._facts()))
        meanings = [(column.name, column.meaning) for column in self._columns]
        self._part("xl/worksheets/sheet3.xml", _table(("column", "meaning"), meanings))
        for name, text in _PARTS.items():
            self._part(name, text)
        self._archive.close()
        return self._sink.take()

    def _facts(self) -> Iterable[tuple[str, Value]]:
        about = self._about
        return (
            ("title", about.title),
            ("description", about.description),
            ("chronicle", about.chronicle),
            ("timeline", about.timeline),
            ("as_of", about.as_of),
            ("basis", about.basis),
            ("settled", "true" if about.settled else "false: more may yet be recorded by then"),
            ("policy", about.policy),
            ("selected_by", about.selected_by),
            ("rules", about.rules),
            ("filters", filters_text(about)),
            ("left_out", left_out_text(about)),
            ("rows", about.rows),
            ("permalink", about.permalink),
            ("cite", about.cite),
            *HOW,
        )

    def _put(self, text: str) -> None:
        assert self._sheet is not None, "begun"
        self._sheet.write(text.encode())

    def _part(self, name: str, text: str) -> None:
        # An entry of this kind is dated 1980, whatever the clock says.
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        self._archive.writestr(info, text.encode())


class _TooLong(Exception):
    def __init__(self, column: int, length: int) -> None:
        super().__init__(column, length)
        self.column = column
        self.length = length


def _sheet_head(*, freeze: bool) -> str:
    view = ""
    if freeze:
        view = (
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
            'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        )
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{view}<sheetData>'


def _table(names: tuple[str, str], pairs: Iterable[tuple[str, Value]]) -> str:
    rows = [_row(1, names, style=_BOLD)]
    rows += [_row(number, pair) for number, pair in enumerate(pairs, start=2)]
    width = '<cols><col min="1" max="1" width="24" customWidth="1"/>'
    width += '<col min="2" max="2" width="110" customWidth="1"/></cols>'
    head = _sheet_head(freeze=False).replace("<sheetData>", f"{width}<sheetData>")
    return f"{head}{''.join(rows)}</sheetData></worksheet>"


def _row(number: int, values: Sequence[Value], style: str = "") -> str:
    cells = [
        _cell(f"{_letters(at)}{number}", cell(value), at, style)
        for at, value in enumerate(values)
        if value is not None and value != ()
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(at: str, value: str | int | float, column: int, style: str) -> str:
    if not isinstance(value, str):
        return f'<c r="{at}"{style}><v>{value!r}</v></c>'
    text = printable(value).replace("\r\n", "\n").replace("\r", "\n")
    length = len(text.encode("utf-16-le")) // 2
    if length > MOST_CHARACTERS:
        raise _TooLong(column, length)
    # What looks like an escape of the format (section 22.9.2.19) is none.
    text = escape(_LIKE_ESCAPE.sub("_x005F_x", text))
    return f'<c r="{at}" t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>'


def _letters(column: int) -> str:
    """A, B, ... Z, AA, ... for 0, 1, ..."""
    letters = ""
    column += 1
    while column:
        column, left = divmod(column - 1, 26)
        letters = chr(ord("A") + left) + letters
    return letters


_NUMBERED = tuple(enumerate(SHEETS, start=1))
_PARTS = {
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    'patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/>'
    '<bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" '
    'fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" '
    'fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" '
    'xfId="0" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" '
    'builtinId="0"/></cellStyles></styleSheet>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    + "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in _NUMBERED)
    + "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in _NUMBERED
    )
    + f'<Relationship Id="rId9" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
    f'Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default '
    f'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/><Override '
    f'PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    + "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for i, _ in _NUMBERED
    )
    + "</Types>",
}
