"""`dateline timeline`: a page of a timeline as a table, or the list of timelines."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from msgspec import UNSET
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli import words
from cli.asking import PAGE, Asked, listing, options, point
from cli.database import MAIN, Where, opened_chronicle
from cli.output import AsJson, print_json, show, terminal_width
from domain.answers import Entry, Listing, Timelines
from domain.errors import Malformed
from domain.query import LATEST

WIDE = 110
"""Columns from which on the place and the sources have columns of their own."""
MARK_STYLES = {"contested": "bold yellow", "retracted": "bold red", "differ": "yellow"}

app = App(
    name="timeline",
    help_epilogue="Examples:\n\n"
    "    dateline timeline\n"
    "    dateline timeline idlib-2019 --as-of 2019-08-26\n"
    "    dateline timeline idlib-2019 --during 2019-06 --match certain\n"
    "    dateline timeline idlib-2019 --kind air-strike --status contested --json\n"
    "    dateline timeline khan-shaykhun --policy claimant:SOHR/1 --claims",
)


@app.default
async def timeline(
    name: Annotated[
        str | None, Parameter(help="Which timeline. Without it, all are listed.")
    ] = None,
    /,
    *,
    asked: Asked = Asked(),  # noqa: B008 -- frozen
    claims: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            group=PAGE,
            help="Show beneath each entry what each live report claims.",
        ),
    ] = False,
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """Read a timeline as it was known on any day; without a name, list all.

    Dates keep their doubt. "19–25 Aug 2019" is some time in those days, "19 to 25 Aug 2019" is from
    the one to the other, "since 15–30 Apr 2019" began on one of those days and went on. The
    source's own words stand below in quotes.

    A toll is a band: from the least to the greatest that the claimants' latest reports give, and
    the best figure of the claim that counts most. Cumulative figures run since some date and must
    not be added up.

    "contested" names the fields in which no value satisfies all reports; "differ" those that are
    unequal and could yet agree; "corroborated" has two or more independent sources.
    """
    if name is None:
        if claims:
            raise Malformed("Name the timeline whose claims are to be shown.")
        return await _list(asked, where, json)
    question = listing(asked)
    if claims:
        question = msgspec.structs.replace(question, claims="all")
    async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
        answer = await reader.timeline(name, question)
    if json:
        return print_json(answer)
    words_again = [*again(name, asked, where), *(["--claims"] if claims else [])]
    return show(*page(answer, words_again, terminal_width()))


async def _list(asked: Asked, where: Where, json: bool) -> None:
    if options(Asked(**{**vars(asked), "basis": None, "recorded_as_of": None})):
        raise Malformed("Name the timeline that is to be read like that.")
    async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
        answer = await reader.timelines(point(asked))
    if json:
        return print_json(answer)
    return show(*index(answer, where.chronicle, terminal_width()))


def again(name: str, asked: Asked, where: Where) -> list[str]:
    """The command line that asked, without its page and without a DSN."""
    chronicle = ["--chronicle", where.chronicle] if where.chronicle != MAIN else []
    return ["dateline", "timeline", name, *options(asked), *chronicle]


def page(answer: Listing, asked: Sequence[str], width: int | None) -> list[RenderableType]:
    """A page as it is read: what it is, its entries, and what is not on it."""
    parts: list[RenderableType] = [*_head(answer, width)]
    if answer.entries:
        parts.append(entries_table(answer.entries, width))
    parts += _foot(answer, asked)
    return parts


def known_as_of(as_of: str) -> str:
    """Which knowledge an answer is from, as a clause."""
    if as_of == LATEST:
        return "All that was ever reported"
    until = words.until(as_of)
    return f"As known {'at' if until.startswith('the end') else 'on'} {until}"


def read_from(chronicle: str, basis: int, settled: bool) -> str:
    """Which log an answer is from, as a clause."""
    unsettled = "" if settled else " (not settled: more may yet be recorded by then)"
    return f"{chronicle}, position {basis}{unsettled}"


def table(width: int | None, *columns: str) -> Table:
    """A table in the one style: a rule below its head in a terminal, one line a row in a pipe."""
    if width is None:
        made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    else:
        made = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, no_wrap=width is None, overflow="fold")
    return made


def _head(answer: Listing, width: int | None) -> list[RenderableType]:
    chronicle = answer.permalink.split("/")[3]
    title = Text(words.plain(answer.title or answer.timeline or "All occurrences"), style="bold")
    reading = Text(
        f"{known_as_of(answer.as_of)} · "
        f"{read_from(chronicle, answer.basis, answer.settled)} · {words.plain(answer.policy)}"
    )
    described = Text(words.plain(answer.description), style="dim") if answer.description else None
    return [title, *([described] if described else []), reading, Text("")]


def _foot(answer: Listing, asked: Sequence[str]) -> list[RenderableType]:
    lines: list[RenderableType] = []
    if answer.policy != answer.selected_by:
        chosen = f"Selected and ordered by {answer.selected_by}; values are by {answer.policy}."
        lines.append(Text(f"\n{words.plain(chosen)}"))
    if answer.entries:
        lines.append(Text(f"\n{words.counted(len(answer.entries), 'entry', 'entries')}."))
    else:
        lines.append(Text("Nothing is known of this, as asked."))
    for name, what in (("undated", "a date"), ("unlocated", "a place on the map")):
        if count := answer.left_out.get(name, 0):
            counted = words.counted(count, "entry", "entries")
            lines.append(Text(f"Left out: {counted} without {what} to judge."))
    lines += map(Text, words.ambiguous(answer.ambiguous))
    if answer.next is not None:
        lines += [Text("The next page:"), f"  {shlex.join([*asked, '--cursor', answer.next])}"]
    lines.append(Text(f"Cite: {words.plain(answer.cite)}"))
    return lines


def entries_table(entries: Sequence[Entry], width: int | None) -> Table:
    """Entries as a table: for a terminal of that width, or for a pipe."""
    if width is None:
        claims = ("Claims",) if any(entry.claims is not UNSET for entry in entries) else ()
        made = table(
            width, "When", "What", "Where", "Toll", "Status", "Sources", "Occurrence", *claims
        )
        for entry in entries:
            said = [Text(" | ").join(claims_of(entry))] if claims else []
            made.add_row(*_line(entry), *said)
        return made
    if width < WIDE:
        made = table(width, "When", "What, how many, who says so")
        made.columns[0].width = 20
        made.columns[1].ratio = 1
    else:
        made = table(width, "When", "What", "Where", "How many", "Who says so")
        made.expand = True
        for column, share in zip(made.columns, (21, 37, 15, 27, 18), strict=True):
            column.ratio = share
    for entry in entries:
        made.add_row(*(_narrow(entry) if width < WIDE else _wide(entry)))
    return made


def _claims_below(entry: Entry) -> list[RenderableType]:
    return [Padding(claim, (0, 0, 0, 2)) for claim in claims_of(entry)]


def claims_of(entry: Entry) -> list[Text]:
    """What each live report claims, a line each; none where claims were not asked for."""
    claims = entry.claims if isinstance(entry.claims, tuple) else ()
    return [Text(words.claim(claim), style="dim") for claim in claims]


def _line(entry: Entry) -> list[Text]:
    """An entry on one line, for a pipe."""
    phrase = entry.occurred.phrase if entry.occurred else None
    when = words.when(entry.occurred) + (f" “{words.plain(phrase)}”" if phrase else "")
    tolls = "; ".join(toll.plain for toll in _tolls(entry))
    return [
        Text(text)
        for text in (
            when,
            words.plain(entry.title or "(untitled)"),
            words.plain(entry.place.name) if entry.place else "",
            tolls,
            "; ".join(words.entry_marks(entry)),
            words.sources(entry.sources),
            entry.occurrence,
        )
    ]


def _wide(entry: Entry) -> list[RenderableType]:
    return [
        _when(entry),
        Group(_title(entry), *_marks(entry), _named(entry), *_claims_below(entry)),
        Text(words.plain(entry.place.name) if entry.place else ""),
        Group(*_tolls(entry, "\n")),
        Group(*(Text(words.source(s)) for s in entry.sources)),
    ]


def _narrow(entry: Entry) -> list[RenderableType]:
    what = _title(entry)
    place = words.plain(entry.place.name) if entry.place else ""
    if place not in what.plain:
        what.append(f", {place}")
    # What is retracted or merged away has no source that still says it.
    who = Text(f"{words.sources(entry.sources)} · " if entry.sources else "", style="dim")
    below = (*_tolls(entry), *_marks(entry), who + _named(entry), *_claims_below(entry))
    return [_when(entry), Group(what, *below)]


def _when(entry: Entry) -> Text:
    when = Text(words.when(entry.occurred))
    if entry.occurred is not None and entry.occurred.phrase:
        when.append(f"\n“{words.plain(entry.occurred.phrase)}”", style="dim")
    return when


def _title(entry: Entry) -> Text:
    return Text.assemble((words.plain(entry.title or "(untitled)"), "bold"))


def _named(entry: Entry) -> Text:
    return Text(entry.occurrence, style="dim")


def _marks(entry: Entry) -> list[Text]:
    marks = [
        Text(mark, style=MARK_STYLES.get(mark.partition(":")[0], "green"))
        for mark in words.entry_marks(entry)
    ]
    return [Text(" · ").join(marks)] if marks else []


def _tolls(entry: Entry, between: str = " · ") -> list[Text]:
    return [
        Text.assemble(words.toll(toll), (f"{between}{words.toll_detail(toll)}", "dim"))
        for toll in entry.toll
    ]


def index(answer: Timelines, chronicle: str, width: int | None) -> list[RenderableType]:
    """The timelines of a chronicle, by name."""
    log = read_from(chronicle, answer.basis, answer.settled)
    if not answer.timelines:
        return [Text(f"No timeline is defined ({log}).")]
    made = table(width, "Timeline", "Title", "Version", "About")
    for shown in answer.timelines:
        made.add_row(
            Text(shown.timeline, style="bold"),
            Text(words.plain(shown.title)),
            Text(str(shown.version)),
            Text(words.plain(shown.description or "")),
        )
    return [Text(f"Timelines of {log}"), Text(""), made]
