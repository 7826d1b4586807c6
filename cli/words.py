"""Answers in words: dates with their doubt, tolls as bands, who said so.

Pure functions from answers to one line of text. Where a source left something open, so do the
words: nothing here sounds surer than what was reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from domain import dates
from domain.answers import Ambiguous, ClaimsShown, Entry, OccurredShown, SourceShown
from domain.claims import Toll
from domain.dates import MONTHS, days_in_month
from domain.errors import Invalid
from domain.tolls import Group, Resolved, band
from domain.totals import Row

_DAY = re.compile(r"([+-]?\d{4,})-(\d\d)-(\d\d)(?:T(\d\d:\d\d(?::\d\d)?))?")
_COARSE = re.compile(r"\d{4}(-\d\d)?")
_OFFSET = re.compile(r"T[0-9:]+(Z|[+-]\d\d(?::\d\d)?)[?~%]?$")
_DIGIT_BEHIND_X = re.compile(r"X[X?~%-]*\d")
_PARTS = re.compile(
    r"(?P<year>[?~%]?-?[\dX]{4}[?~%]?)(?:-(?P<month>[?~%]?[\dX]{2}[?~%]?))?"
    r"(?:-(?P<day>[?~%]?[\dX]{2}[?~%]?))?"
)
_DOUBTS = {"?": "uncertain", "~": "approximate", "%": "approximate and uncertain"}
_MISLEADING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
"""Characters that turn the direction of text: with them a report could shuffle a line."""

Day = tuple[int, int, int]


def plain(text: str) -> str:
    """What a source wrote, on one line, without anything that a terminal would obey."""
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\n\t" or category in ("Zl", "Zp"):
        return " "
    if category == "Cc" or ord(character) in _MISLEADING:
        return "\N{REPLACEMENT CHARACTER}"
    return character


# When


def when(occurred: OccurredShown | None) -> str:
    """When something happened: `19–25 Aug 2019` is some time in those days, `19 to 25 Aug 2019` is
    from the one to the other."""
    if occurred is None:
        return "undated"
    if "/" in occurred.edtf:
        return _stretch(occurred)
    if occurred.edtf.startswith("{"):
        return _members(occurred.edtf, " and ")
    if occurred.edtf.startswith("[") and "," in occurred.edtf:
        return _members(occurred.edtf, " or ")
    return _marked(occurred, occurred.edtf, _some_time(occurred.earliest, occurred.latest))


def _members(edtf: str, between: str) -> str:
    """The members of a set: `19 Aug 2019 or 25 Aug 2019`, `all of 19–25 Aug 2019`."""
    each = "all of " if edtf.startswith("{") else ""
    members = (member.strip() for member in edtf[1:-1].split(","))
    return between.join(f"{each}{of_edtf(f'[{m}]')}" if ".." in m else of_edtf(m) for m in members)


def of_edtf(edtf: str) -> str:
    """An EDTF date in words; any other text as it is."""
    try:
        bounds = dates.parse(edtf)
    except Invalid:
        return plain(edtf)
    shown = OccurredShown(
        edtf=edtf,
        phrase=None,
        rule=None,
        earliest=dates.earliest_text(bounds),
        start_latest=dates.start_latest_text(bounds),
        end_earliest=dates.end_earliest_text(bounds),
        latest=dates.latest_text(bounds),
    )
    return when(shown)


def day(text: str) -> str:
    """A day on which something was said, in words; a month or a year too. An instant as it is."""
    found = _DAY.fullmatch(text)
    if found is None or found[4]:
        return of_edtf(text) if _COARSE.fullmatch(text) else plain(text)
    return f"{int(found[3])} {MONTHS[int(found[2]) - 1]} {found[1]}"


def until(text: str) -> str:
    """A point of knowledge as it was asked for. A month or a year counts from its end."""
    return f"the end of {day(text)}" if _COARSE.fullmatch(text) else day(text)


def moment(text: str) -> str:
    """One bound of a date, as `OccurredShown` has it, in words: a day, or a second of one."""
    return _span(text, text)


def month(text: str) -> str:
    """A month of a year of any length: `2019-08`, `+17000-01`."""
    year, _, number = text.rpartition("-")
    return _month_words((int(year), int(number), 1))


def instant(text: str) -> str:
    """A moment (RFC 3339, UTC): the day alone where it is a day's last microsecond."""
    date, _, clock = text.partition("T")
    if clock == "23:59:59.999999Z":
        return _span(date, date)
    return f"{_span(date, date)}, {clock[:8]} UTC"


def _stretch(occurred: OccurredShown) -> str:
    """What lasted. Where the source only said since when, its end is the day it spoke on, and
    that is no end."""
    before, _, after = occurred.edtf.partition("/")
    start = _marked(occurred, before, _some_time(occurred.earliest, occurred.start_latest))
    end = _marked(occurred, after, _some_time(occurred.end_earliest, occurred.latest))
    since = (occurred.phrase or "").strip().casefold().startswith("since")
    if before == "..":
        return f"until {end}"
    if before == "":
        return f"until {end}, start unknown"
    if after == "..":
        return f"since {start}"
    if after == "":
        return f"from {start}, end unknown"
    if since:
        return f"since {start}"
    # What is said of one side in brackets must not seem to be said of both.
    return f"{start} to {end}" if "(" in start + end else _joined(start, end, " to ")


def _marked(occurred: OccurredShown, edtf: str, words: str) -> str:
    """The source's marks: `~` about, `?` uncertain, `%` both. None of its own in a phrase."""
    if occurred.phrase is not None:
        return words
    if "X" in edtf and _DIGIT_BEHIND_X.search(edtf):
        # Not any day from the first to the last: which ones, only the pattern says.
        words = f"{words} ({edtf})"
    if edtf.endswith(("~", "%")):
        words = f"about {words}"
    if edtf.endswith(("?", "%")):
        words = f"{words}, uncertain"
    doubtful = ", ".join(f"{name} {doubt}" for name, doubt in _parts_in_doubt(edtf))
    if doubtful:
        words = f"{words} ({doubtful})"
    offset = _OFFSET.search(edtf)
    return f"{words} {'UTC' if offset[1] == 'Z' else offset[1]}" if offset else words


def _parts_in_doubt(edtf: str) -> Iterator[tuple[str, str]]:
    """The parts of a date with a mark of their own, and the mark in words.

    A mark before a part is of that part alone; one behind it is of all up to it, and behind the
    last of the whole date, which is said of the date and not here.
    """
    marked = _PARTS.fullmatch(edtf)
    if marked is None:
        return
    parts = [part for part in (marked["year"], marked["month"], marked["day"]) if part]
    for at, (name, part) in enumerate(zip(("year", "month", "day"), parts, strict=False)):
        behind = [later[-1] for later in parts[at:-1] if later[-1] in _DOUBTS]
        own = [part[0]] if part[0] in _DOUBTS else []
        signs = {sign for mark in own + behind for sign in ("?~" if mark == "%" else mark)}
        if signs:
            yield name, _DOUBTS["%" if len(signs) == 2 else signs.pop()]


def _some_time(first: str | None, last: str | None) -> str:
    if first is not None and last is not None:
        return _span(first, last)
    if first is not None:
        return f"{_span(first, first)} or later"
    if last is not None:
        return f"{_span(last, last)} or earlier"
    return "any time"


def _span(first: str, last: str) -> str:
    """Two days or seconds, as short as can be: a month, a year, `19–25 Aug 2019`."""
    (start, start_clock), (end, end_clock) = _read(first), _read(last)
    if start_clock or end_clock:
        return _clocked(first, last, start, end)
    if start == end:
        return _day_words(start)
    if start[1:] == (1, 1) and end[1:] == (12, 31):
        return _joined(_year(start[0]), _year(end[0]), "–")
    if start[2] == 1 and end[2] == days_in_month(end[0], end[1]):
        return _joined(_month_words(start), _month_words(end), "–")
    return _joined(_day_words(start), _day_words(end), "–")


def _joined(first: str, last: str, between: str) -> str:
    """`19 Aug 2019` and `25 Aug 2019` as `19–25 Aug 2019`: what both end in is said once."""
    if first == last:
        return first
    one, other = first.split(" "), last.split(" ")
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1]:
        one.pop()
        other.pop()
    shared = last.split(" ")[len(other) :]
    if between == "–" and (len(one) > 1 or len(other) > 1):
        between = " – "
    return " ".join([f"{' '.join(one)}{between}{' '.join(other)}", *shared])


def _clocked(first: str, last: str, start: Day, end: Day) -> str:
    clock = (first.partition("T")[2] or "00:00:00").removesuffix(":00")
    until = (last.partition("T")[2] or "23:59:59").removesuffix(":00")
    if first.partition("T")[0] == last.partition("T")[0]:
        return f"{_day_words(start)}, {clock if clock == until else f'{clock}–{until}'}"
    return f"{_day_words(start)}, {clock} – {_day_words(end)}, {until}"


def _read(text: str) -> tuple[Day, str | None]:
    found = _DAY.fullmatch(text)
    assert found is not None, f"{text} is a day or a second of ours"
    return (int(found[1]), int(found[2]), int(found[3])), found[4]


def _day_words(day: Day) -> str:
    return f"{day[2]} {_month_words(day)}"


def _month_words(day: Day) -> str:
    return f"{MONTHS[day[1] - 1][:3]} {_year(day[0])}"


def _year(year: int) -> str:
    """Astronomical years below 1 as historians write them: 0 is 1 BCE."""
    return str(year) if year > 0 else f"{1 - year} BCE"


# How many


def toll(resolved: Resolved) -> str:
    """`43–52 killed, best 52`; `920+ killed (cumulative since Apr 2019)`; `millions displaced`."""
    cumulative = resolved.scope == "cumulative"
    count, best = _figure(resolved.low, resolved.best, resolved.high, short=cumulative)
    if count is None:
        count = plain(resolved.words) if resolved.words else "number unknown:"
    words = f"{count} {plain(resolved.outcome)}{best}"
    if not cumulative:
        return words
    since = f" since {of_edtf(resolved.since)}" if resolved.since else ""
    return f"{words} (cumulative{since})"


def toll_detail(resolved: Resolved) -> str:
    """The winning claim's groups, and whose it is: `29 government forces, 23 insurgents (UCDP)`."""
    whole = [g for g in resolved.groups if g.of is None]
    alone = len(whole) == 1
    said = ", ".join(_group(g, whole, resolved.groups, alone) for g in whole)
    loose = [g for g in resolved.groups if g.of and g.of not in {w.group for w in whole}]
    said = ", ".join([said, *(f"{count(g)} of {plain(g.of or '')}" for g in loose)]).strip(", ")
    whose = plain(resolved.claimant)
    if resolved.claimants > 1:
        whose += f", of {resolved.claimants} claimants"
    return f"{said} ({whose})" if said else whose


def _group(group: Group, whole: Sequence[Group], groups: Iterable[Group], alone: bool) -> str:
    parts = [g for g in groups if g.of is not None and g.of == group.group]
    named = plain(group.group or "others") if alone else count(group)
    if not parts:
        return named
    return f"{named} including {' and '.join(count(part) for part in parts)}"


def count(group: Group) -> str:
    """One group and its number: `29 government forces`, `50+ combatants`."""
    return number(group, plain(group.group or "others"), "an unknown number of")


def sum_of(row: Row) -> tuple[str, str, str]:
    """A total's low, best and high, each with how many figures leave it open."""
    figures = row.occurrences - row.without_figure
    best = f"{row.best:,}" if row.best is not None else "unknown"
    if row.best is None and row.best_known is not None:
        told = figures - row.without_best
        best = f"unknown ({row.best_known:,} in {told:,} of {figures:,})"
    high = f"{row.high:,}" if row.high is not None else f"open ({row.without_high:,})"
    if figures == 0:
        return "", "", ""
    return (f"{row.low:,}" if row.low is not None else "unknown"), best, high


def number(group: Group, counted: str, unknown: str = "an unknown number") -> str:
    """How many of what is `counted`."""
    figure, best = _figure(group.low, group.best, group.high, short=True)
    if figure is None:
        figure = plain(group.words) if group.words else unknown
    return f"{figure} {counted}{best}"


def _figure(
    low: int | None, best: int | None, high: int | None, *, short: bool
) -> tuple[str | None, str]:
    """A band, and what is to be said of the best figure behind it. Nothing where all is unknown.

    Real data breaks low <= best <= high; then the three are given as they are.
    """
    known = [n for n in (low, best, high) if n is not None]
    if known != sorted(known):
        named = zip(("low", "best", "high"), (low, best, high), strict=True)
        return ", ".join(f"{name} {n:,}" for name, n in named if n is not None), ""
    if low is not None and low == high:
        return f"{low:,}", ""
    behind = f", best {best:,}" if best is not None else ""
    if high is not None:
        return (f"{low:,}–{high:,}" if low else f"at most {high:,}"), behind
    if low is not None:
        return (f"{low:,}+" if short else f"at least {low:,}"), behind
    return (f"about {best:,}" if best is not None else None), ""


# Who, and how sure


def source(shown: SourceShown) -> str:
    """`TRT World via SOHR`; a longer chain from the nearest to the origin."""
    return chain(shown.name, shown.via)


def chain(name: str, via: Sequence[str]) -> str:
    """A source and the chain that its report came by."""
    return " via ".join(plain(n) for n in (name, *via))


def of_document(document: str) -> str:
    """Which document a report was taken from."""
    return f"document {plain(document)}"


def sources(shown: Sequence[SourceShown]) -> str:
    """All sources of an entry, on one line."""
    return "; ".join(source(s) for s in shown)


def claim(shown: ClaimsShown) -> str:
    """What one live report claims, on one line: who says it, when and in which document, at which
    grade and position."""
    report = shown.report
    said = report.reported_at or instant(shown.known_from)
    grade = f", grade {report.grade}" if report.grade else ""
    corrected = ", corrected" if shown.corrected else ""
    document = f", {of_document(report.document)}" if report.document else ""
    who = f"{chain(report.source.name, report.via)}, {day(said)}{document}{grade}{corrected}"
    return f"{who} (position {shown.position}): {'; '.join(_claimed(shown.claims))}"


def _claimed(claims: Mapping[str, Any]) -> Iterator[str]:
    """Each claim in words, but for attributes, which are not prose."""
    if "title" in claims:
        yield f"“{plain(claims['title'])}”"
    if "kind" in claims:
        yield claims["kind"]
    if "occurred" in claims:
        yield when(claims["occurred"])
    if "place" in claims:
        yield f"in {plain(claims['place'].name)}"
    if "actors" in claims:
        yield ", ".join(plain(actor.name) for actor in claims["actors"])
    for each in claims.get("toll", ()):
        yield _toll_claimed(each)


def _toll_claimed(given: Toll) -> str:
    """`29 killed, government forces, of combatants (SOHR)`."""
    b = band(given)
    figure, best = _figure(b.low, b.best, b.high, short=False)
    figure = figure or (plain(given.words) if given.words else "an unknown number")
    parts = [f"{figure} {plain(given.outcome)}{best}"]
    if given.group:
        parts.append(plain(given.group) + (f" (of {plain(given.of)})" if given.of else ""))
    elif given.of:
        parts.append(f"of {plain(given.of)}")
    if given.scope == "cumulative":
        since = f" since {of_edtf(given.since)}" if given.since else ""
        parts.append(f"cumulative{since}")
    return f"{', '.join(parts)} ({plain(given.claimant or 'no claimant named')})"


def marks(
    status: Sequence[str], differ: Sequence[str], contested: Sequence[str]
) -> tuple[str, ...]:
    """The status flags that say more than `reported`, with the fields that they speak of."""
    fields = {"differ": differ, "contested": contested}
    return tuple(
        f"{flag}: {', '.join(map(field, fields[flag]))}" if fields.get(flag) else flag
        for flag in status
        if flag != "reported"
    )


def entry_marks(entry: Entry) -> tuple[str, ...]:
    """The marks of an entry; of one that was merged away also into what."""
    found = marks(entry.status, entry.differ, entry.contested)
    into = f"merged into {entry.into}"
    return tuple(into if entry.into and mark == "merged" else mark for mark in found)


def field(name: str) -> str:
    """A field's name; one subject of the toll as `toll (killed)`."""
    whole, _, part = name.partition(".")
    return f"{whole} ({plain(part)})" if part else whole


def counted(number: int, one: str, more: str | None = None) -> str:
    """`1 entry`, `3 entries`."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def ambiguous(names: Ambiguous | UnsetType) -> list[str]:
    """What is said of names that were asked for and mean several things."""
    if names is UNSET:
        return []
    return [
        f"“{plain(name)}” means several {kind}s, and all were looked for: {', '.join(ids)}."
        for kind, of_kind in names.items()
        for name, ids in of_kind.items()
    ]
