"""Any table, by a mapping: CSV, XLSX, a JSON array or NDJSON, one report a row."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from domain import dates
from domain.claims import Actor, ClaimsGiven, Evidence, OccurredGiven, Place, Report, Source, Toll
from domain.dates import quoted
from domain.names import SLUG
from exchange import cells as cell_text
from exchange import delimited, mapping, objects, workbook
from exchange.mapping import Cell, Field, Many, Mapping, many
from exchange.rows import Fault, Made, Record, Refused, Row, rows, slug


def read(stream: BinaryIO, given: Mapping) -> Iterator[Row | Fault]:
    """The reports of a table.

    Raises Malformed and Invalid as the reader of its form does: `delimited.records`,
    `workbook.records`, `objects.records`. In JSON no item needs to have all members, but one that
    the mapping names and no item has is a fault behind the last.
    """
    return rows(_records(stream, given), lambda cells: _Reading(given, cells).made())


def _records(stream: BinaryIO, given: Mapping) -> Iterator[Record | Fault]:
    file, needed = given.file, mapping.columns(given)
    if file.form == "csv":
        return delimited.records(
            stream, required=needed, encoding=file.encoding, delimiter=file.delimiter
        )
    if file.form == "xlsx":
        return workbook.records(stream, required=needed, sheet=file.sheet)
    if file.form == "ndjson":
        return _seen(objects.lines(stream), needed)
    return _seen(objects.records(stream, array=file.array), needed)


def _seen(
    records: Iterator[Record] | Iterator[Record | Fault], needed: tuple[str, ...]
) -> Iterator[Record | Fault]:
    missing, line = dict.fromkeys(needed), 0
    seen: dict[str, None] = {}
    for record in records:
        line = record.line
        if missing and isinstance(record, Record):
            missing = {name: None for name in missing if name not in record.cells}
            if len(seen) < SEEN:
                seen.update(dict.fromkeys(record.cells))
        yield record
    if seen:
        for name in missing:
            there = f"They have: {', '.join(seen)}.{delimited.meant([name], seen)}"
            detail = f"The mapping names {quoted(name)}, and no item has it. {there}"
            yield Fault(line=line, column=name, detail=detail)


ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"}
"""What a spreadsheet writes into a cell whose formula failed."""
SEEN = 100
"""Members of items that are told where one is missing."""


class _Reading:
    """One row, read by a mapping. Keeps account of the columns that the claims hold in full."""

    def __init__(self, given: Mapping, cells: dict[str, Any]) -> None:
        self._given = given
        self._cells = cells
        self._stated: set[str] = set()
        self._columns: dict[str, str] = {}

    def made(self) -> Made:
        given = self._given
        number = self._needed(given.id, "/report/record")
        record = f"{given.dataset}/{number}"
        report = self._report(record)
        occurrence = self._occurrence(number)
        claims = ClaimsGiven(
            title=self._text(given.title, "/claims/title"),
            summary=self._text(given.summary, "/claims/summary"),
            kind=self._kind(),
            occurred=self._occurred(),
            place=self._place(),
            actors=tuple(self._actors()) or None,
            toll=tuple(self._tolls()) or None,
            tags=self._tags() or None,
            # Last, when it is known which columns the claims hold.
            attributes=self._attributes() or None,
        )
        return Made(record, occurrence, report, claims, self._columns)

    def _report(self, record: str) -> Report:
        given = self._given
        return Report(
            source=Source(
                name=self._needed(given.source.name, "/report/source"),
                url=self._text(given.source.url, "/report/source/url"),
            ),
            record=record,
            via=self._list(given.via, "/report/via"),
            document=self._text(given.document, "/report/document"),
            reported_at=_to_the_second(
                self._text(given.reported_at, "/report/reported_at"), last=True
            ),
            grade=self._text(given.grade, "/report/grade"),
            language=self._text(given.language, "/report/language"),
            evidence=tuple(
                Evidence(url=url) for url in self._list(given.evidence, "/report/evidence")
            ),
        )

    def _occurrence(self, number: str) -> str:
        given = self._given
        prefix = given.dataset if given.occurrence_prefix is None else given.occurrence_prefix
        if given.occurrence is None:
            return slug(prefix, number)
        name = self._needed(given.occurrence, "/occurrence")
        made = slug(prefix, name)
        if not made.endswith(name):
            self._stated.difference_update(mapping.cell(given.occurrence).read)
        return made

    # Claims

    def _kind(self) -> str | None:
        kind = self._text(self._given.kind, "/claims/kind")
        return None if kind is None else _slug(kind, self._columns.get("/claims/kind"))

    def _tags(self) -> tuple[str, ...]:
        tags = self._list(self._given.tags, "/claims/tags")
        return tuple(
            _slug(tag, self._columns.get(f"/claims/tags/{at}")) for at, tag in enumerate(tags)
        )

    def _occurred(self) -> OccurredGiven | None:
        given = self._given.occurred
        if given is None:
            return None
        phrase = self._text(given.phrase, "/claims/occurred/phrase")
        edtf = self._text(given.edtf, "/claims/occurred/edtf")
        start = self._text(given.start, "/claims/occurred/start")
        end = self._text(given.end, "/claims/occurred/end")
        if given.start is not None:  # its EDTF is made of both, so that both are named
            ends = (given.start,) if given.end is None or end is None else (given.start, given.end)
            self._noted("/claims/occurred", *ends)
        if end is not None and start is None:
            column = self._columns.get("/claims/occurred/start")
            raise Refused(column, "There is an end and no start.")
        if start is None or end in (None, start):
            edtf = _some_second(edtf or start)
        else:
            first, last = _to_the_second(start), _to_the_second(end, last=True)
            edtf = f"[{first}..{last}]" if given.means == "possible" else f"{first}/{last}"
            if self._reversed(edtf, start=first, end=last) and given.reversed == "undated":
                for field in (given.start, given.end):
                    self._stated.difference_update(mapping.cell(field).read if field else ())
                edtf = None
        return OccurredGiven(edtf=edtf, phrase=phrase) if edtf or phrase else None

    def _reversed(self, edtf: str, **ends: str | None) -> bool:
        """Whether two dates stand in the wrong order. Raises Refused for the one that is none."""
        try:
            dates.parse(edtf)
        except dates.NotEdtf:
            for name, end in ends.items():
                try:
                    dates.parse(end or "")
                except dates.NotEdtf as fault:
                    column = self._columns.get(f"/claims/occurred/{name}")
                    raise Refused(column, fault.detail) from None
            return True
        return False

    def _place(self) -> Place | None:
        given = self._given.place
        if given is None:
            return None
        name = self._text(given.name, "/claims/place")
        lat = self._degrees(given.lat, "/claims/place/lat", 90)
        lon = self._degrees(given.lon, "/claims/place/lon", 180)
        if given.latlon is not None:
            lat, lon = self._latlon(given.latlon)
        if (lat is None) != (lon is None):
            column = self._columns.get(f"/claims/place/{'lat' if lat is None else 'lon'}")
            raise Refused(column, "A place has both latitude and longitude, or neither.")
        if name is None and lat is None:
            return None
        precision = self._text(given.precision, "/claims/place/precision")
        return Place(name=name or f"{lat}, {lon}", lat=lat, lon=lon, precision=precision)

    def _actors(self) -> Iterator[Actor]:
        at = 0
        for given in self._given.actors:
            where = f"/claims/actors/{at}"
            name = self._text(given.name, where)
            if name is None:
                continue
            roles: list[str | None] = [
                role for role, field in given.roles.items() if self._says_yes(field)
            ]
            role = self._text(given.role, f"{where}/role")
            if role is not None or not roles:
                roles.insert(0, role)
            for said in roles:
                self._noted(f"/claims/actors/{at}", given.name)
                yield Actor(name=name, role=said)
                at += 1

    def _tolls(self) -> Iterator[Toll]:
        at = 0
        for given in self._given.toll:
            where = f"/claims/toll/{at}"
            figures = {
                name: self._count(getattr(given, name), f"{where}/{name}") for name in _FIGURES
            }
            words = self._text(given.words, f"{where}/words")
            if words is None and not any(figure is not None for figure in figures.values()):
                continue
            at += 1
            stated = (getattr(given, name) for name in (*_FIGURES, "words"))
            self._noted(where, *(field for field in stated if field is not None))
            yield Toll(
                outcome=self._needed(given.outcome, f"{where}/outcome"),
                group=self._text(given.group, f"{where}/group"),
                of=self._text(given.of, f"{where}/of"),
                words=words,
                claimant=self._text(given.claimant, f"{where}/claimant"),
                scope=given.scope,
                since=self._text(given.since, f"{where}/since"),
                **figures,
            )

    def _attributes(self) -> dict[str, Any]:
        chosen = self._given.attributes
        if chosen == "all":
            return {name: cell_text.attribute(value) for name, value in self._cells.items()}
        if chosen == "rest":
            kept = {n: v for n, v in self._cells.items() if n not in self._stated}
        else:
            kept = {name: self._cells.get(name) for name in chosen}
        return {
            name: cell_text.attribute(value)
            for name, value in kept.items()
            if not isinstance(value, str) or not self._is_absent(value)
            if value is not None
        }

    # Cells

    def _is_absent(self, text: str) -> bool:
        bare = text.strip()
        return not bare or bare in self._given.absent

    def _raw(self, field: Cell) -> str | None:
        """The text that a field begins with; None where its cells are absent."""
        if field.value is not None:
            return field.value
        found = []
        for name in field.read:
            value = self._cells.get(name)
            if isinstance(value, list | dict):
                raise Refused(name, f"{quoted(name)} holds several values, and one was expected.")
            text = cell_text.text(value)
            if not self._is_absent(text):
                self._refuse_unsure(name, value, text)
                found.append(text)
        return field.join.join(found) or None

    def _refuse_unsure(self, column: str, value: Any, text: str) -> None:
        """Raises Refused for what a spreadsheet wrote where it had no value, or not the whole."""
        if text in ERRORS:
            raise Refused(
                column,
                f"{text} is a spreadsheet's error and no value. If it is as good as nothing, say "
                f'so: absent = ["{text}"].',
            )
        most = 10**15 if self._given.file.form == "xlsx" else 2**53
        kind = int | float if self._given.file.form == "xlsx" else float
        if isinstance(value, kind) and abs(value) >= most:
            raise Refused(
                column, f"{text} is too long for a number to keep all its digits: write text."
            )

    def _text(self, given: Field | None, where: str) -> str | None:
        """The text of a field; None where it is absent. Notes the column for `where`."""
        if given is None:
            return None
        field = mapping.cell(given)
        raw = self._raw(field)
        self._noted(where, field)
        text = None if raw is None else _worked(raw, field)
        if text is None:
            return field.otherwise
        if field.column is not None and self._cells[field.column] == text:
            self._stated.add(field.column)
        return text

    def _noted(self, where: str, *given: Field) -> None:
        """Note which columns a place in the event is made from, where it is from any."""
        read = [name for field in given for name in mapping.cell(field).read]
        if read:
            self._columns[where] = _and(read)

    def _needed(self, given: Field, where: str) -> str:
        found = self._text(given, where)
        if found is None:
            column = self._columns.get(where)
            raise Refused(column, f"{column} is empty, and a report cannot do without it.")
        return found

    def _list(self, given: Many, where: str) -> tuple[str, ...]:
        """The values of one list, or of several columns, each once."""
        found: dict[str, None] = {}
        fields = many(given)
        for field in fields:
            for item in self._items(field, where):
                if item not in found:
                    self._noted(f"{where}/{len(found)}", field)
                found[item] = None
            if len(fields) > 1:  # which of the columns each came from would be lost
                self._stated.difference_update(field.read)
        return tuple(found)

    def _items(self, field: Cell, where: str) -> list[str]:
        value = self._cells.get(field.column) if field.column is not None else None
        if isinstance(value, list):
            assert field.column is not None
            self._noted(where, field)
            if any(isinstance(item, list | dict) for item in value):
                raise Refused(field.column, f"{quoted(field.column)} is no list of words.")
            parts = [cell_text.text(item) for item in value]
        elif field.separator is not None:
            raw = self._raw(field)
            parts = [] if raw is None else [part.strip() for part in raw.split(field.separator)]
            self._noted(where, field)
        else:
            one = self._text(field, where)
            return [] if one is None else [one]
        worked = [_worked(part, field) for part in parts if not self._is_absent(part)]
        items = [item for item in worked if item is not None]
        if value == items and len(set(items)) == len(items) and field.column is not None:
            self._stated.add(field.column)
        return items

    def _count(self, given: Field | None, where: str) -> int | None:
        if given is None:
            return None
        text, column = self._number(given, where)
        number = cell_text.count({column: text}, column)
        self._unless_exact(given, str(number))
        return number

    def _degrees(self, given: Field | None, where: str, limit: int) -> float | None:
        if given is None:
            return None
        text, column = self._number(given, where)
        number = cell_text.degrees({column: text}, column, limit)
        self._unless_exact(given, str(number))
        return number

    def _latlon(self, given: Field) -> tuple[float | None, float | None]:
        text, column = self._number(given, "/claims/place/lat")
        self._noted("/claims/place/lon", given)
        if not text:
            return None, None
        parts = text.split(",")
        if len(parts) != 2:
            raise Refused(column, f"{quoted(text)} is not two numbers like 35.44, 36.65.")
        lat, lon = (
            cell_text.degrees({column: part}, column, limit)
            for part, limit in zip(parts, (90, 180), strict=True)
        )
        self._unless_exact(given, f"{lat}, {lon}")
        return lat, lon

    def _number(self, given: Field, where: str) -> tuple[str, str]:
        """The text of a number, and the column to name if it is none."""
        read = mapping.cell(given).read
        return self._text(given, where) or "", _and(read) if read else "value"

    def _unless_exact(self, given: Field, read: str) -> None:
        """Where a number is written otherwise than it will be, its column says more."""
        column = mapping.cell(given).column
        if column is None:
            return
        value = self._cells.get(column)
        if isinstance(value, int | float) and not isinstance(value, bool) and str(value) == read:
            self._stated.add(column)
        elif value != read:
            self._stated.discard(column)

    def _says_yes(self, given: Field) -> bool:
        text = (self._text(given, "/claims/actors") or "").lower()
        column = (mapping.cell(given).read or ("value",))[0]
        self._stated.discard(column)
        if re.fullmatch(r"1(\.0+)?|true|yes|y|x", text):
            return True
        if re.fullmatch(r"0(\.0+)?|false|no|n|", text):
            return False
        raise Refused(column, f"{quoted(text)} is neither yes (1, true, yes, x) nor no (0, false).")


_FIGURES = ("exactly", "about", "at_least", "at_most", "low", "best", "high")


def _and(columns: Sequence[str]) -> str:
    """Columns that make one value, each once: how faults name them."""
    *others, last = dict.fromkeys(columns)
    return f"{', '.join(others)} and {last}" if others else last


def _worked(text: str, field: Cell) -> str | None:
    """What is done with a text; None where nothing is left of it. Raises Refused."""
    if field.match is not None:
        found = mapping.pattern(field.match).search(text)
        text = (found[1] or "").strip() if found else ""
        if not text:
            return None
    text = field.words.get(text, text)
    if field.slug:
        text = cell_text.tag(text)
    if field.format is not None:
        text = _dated(text, field)
    if field.offset is not None and re.search(r"T[0-9:]+$", text):
        text += field.offset
    return text or None


def _dated(text: str, field: Cell) -> str:
    """A date or time as ISO 8601, as fine as its format is. A cell that is a date already stays."""
    form = field.format
    assert form is not None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(T.*)?", text) and not form.startswith("%Y-"):
        return text
    try:
        moment = datetime.datetime.strptime(text, form)
    except ValueError:
        column = _and(field.read) if field.read else None
        raise Refused(column, f"{quoted(text)} is not a date as {form} writes it.") from None
    directives = set(re.findall(r"%(.)", form))
    if directives & set("HI"):
        fine = "seconds" if "S" in directives else "minutes" if "M" in directives else "hours"
        return moment.isoformat(timespec=fine)
    if directives & set("dj"):
        return moment.date().isoformat()
    return moment.date().isoformat()[: 7 if directives & set("mbB") else 4]


def _slug(text: str, column: str | None) -> str:
    if not SLUG.fullmatch(text):
        raise Refused(
            column,
            f"{quoted(text)} is not made of small letters, digits and hyphens. `words` can say "
            "what it stands for, or `slug = true` makes it so.",
        )
    return text


_COARSE_TIME = re.compile(r"(.*T\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?")


def _to_the_second(text: str | None, *, last: bool = False) -> str | None:
    """A time without seconds as its first second, or its last; other text as it is."""
    found = _COARSE_TIME.fullmatch(text or "")
    if found is None:
        return text
    rest = "59" if last else "00"
    return f"{found[1]}{found[2] or ':' + rest}:{rest}{found[3] or ''}"


def _some_second(text: str | None) -> str | None:
    """EDTF for some second of a time without seconds; other text as it is."""
    first, last = _to_the_second(text), _to_the_second(text, last=True)
    return text if first == last else f"[{first}..{last}]"
