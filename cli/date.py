"""`dateline date`: what a date or a phrase means, to the day."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli import words
from cli.output import print_json, show
from domain import answers, dates, instants, phrases
from domain.answers import OccurredShown
from domain.claims import Occurred
from domain.errors import Invalid

PRECISIONS = {
    1: "one day",
    2: "two to six days",
    3: "a week",
    4: "up to a month",
    5: "longer than a month",
}

app = App(
    name="date",
    help_epilogue="Examples:\n\n"
    '    dateline date "since late April" --reported 2019-08-27\n'
    "    dateline date 2019-04/..\n"
    "    dateline date -0044-03-15\n"
    "    dateline date 2019-08~ --json",
)


class DateShown(OccurredShown, frozen=True, kw_only=True):
    """A date as it was read. `precision` is the `date_prec` of UCDP GED, for a phrase."""

    precision: int | None


@app.default
def date(
    text: Annotated[
        str,
        Parameter(
            allow_leading_hyphen=True,  # a year before 1 begins with one
            help="An EDTF date, or a source's own words in quotes.",
        ),
    ],
    /,
    *,
    reported: Annotated[
        str | None,
        Parameter(help="The day on which the source said the words; they are counted from it."),
    ] = None,
    json: Annotated[
        bool, Parameter(name="--json", negative="", show_default=False, help="Print JSON.")
    ] = False,
) -> None:
    """What a date or a phrase like “since late April” means, to the day.

    The text is read as EDTF (ISO 8601-2: 2019-08, 2019-04/.., 2019-08-27~, 2019-XX-12,
    [2019-08-19..2019-08-25], {2017,2019}) unless --reported is given; then it is a source's own
    words, resolved by numbered rules as it is when a report is filed. Nothing needs a database.
    """
    read, precision = of_phrase(text, reported) if reported is not None else (of_edtf(text), None)
    if json:
        return print_json(as_answer(read, precision))
    return show(*page(read, precision))


def of_edtf(text: str) -> Occurred:
    """An EDTF date. Raises Invalid, which says how words are given."""
    try:
        bounds = dates.parse(text)
    except Invalid as refused:
        if not any(c.isalpha() for c in text.replace("T", "").replace("Z", "")):
            raise
        raise Invalid(
            f"{refused.detail} Where these are a source's own words, give the day on which it said "
            "them: --reported 2019-08-27."
        ) from None
    return Occurred(edtf=text, bounds=bounds)


def of_phrase(text: str, reported: str) -> tuple[Occurred, int]:
    """A source's own words, said on a day, and their precision. Raises Invalid."""
    said = instants.parse(reported, name="reported").written
    if said is None:
        raise Invalid(f"--reported must be a day like 2019-08-27, not {dates.quoted(reported)}.")
    read = phrases.resolve(text, said)
    return Occurred(edtf=read.edtf, bounds=read.bounds, phrase=text, rule=read.rule), read.precision


def as_answer(read: Occurred, precision: int | None) -> DateShown:
    """A date as JSON has it."""
    shown = answers.occurred_shown(read)
    assert shown is not None, "a date that was read is shown"
    fields = {name: getattr(shown, name) for name in OccurredShown.__struct_fields__}
    return DateShown(**fields, precision=precision)


def page(read: Occurred, precision: int | None) -> list[RenderableType]:
    """A date in words, and its bounds."""
    shown = as_answer(read, precision)
    rows = [("EDTF", words.plain(shown.edtf))]
    if shown.rule is not None:
        rows.append(("Rule", shown.rule))
    if precision is not None:
        rows.append(("Precision", f"{precision} ({PRECISIONS[precision]})"))
    rows += [
        ("Earliest start", shown.earliest or "open: no beginning is known"),
        ("Latest start", shown.start_latest or "open"),
        ("Earliest end", shown.end_earliest or _no_earliest_end(read)),
        ("Latest end", shown.latest or "open: it may go on"),
    ]
    made = Table.grid(padding=(0, 3, 0, 0))
    for name, value in rows:
        made.add_row(Text(name), Text(value))
    asked = f"“{words.plain(shown.phrase)}”: " if shown.phrase else ""
    return [Text(f"{asked}{words.when(shown)}"), Text(_meaning(read)), Text(""), made]


def _no_earliest_end(read: Occurred) -> str:
    return "open: it goes on" if read.bounds.end_earliest == dates.MAX else "open"


def _meaning(read: Occurred) -> str:
    shown, bounds = as_answer(read, None), read.bounds
    if read.edtf.startswith("{") and not _one_day_or_second(bounds):
        return "It happened at each of these times; it need not have gone on between them."
    if "/" not in read.edtf:
        if shown.earliest is None and shown.latest is None:
            return "It can have happened long ago as well as at any later time."
        if _one_day_or_second(bounds):
            marked = any(mark in read.edtf for mark in "?~%")
            return "It happened then" + (", as far as the source is sure." if marked else ".")
        return "It happened at some time in this span; when, is not known."
    if bounds.start_latest >= bounds.end_earliest:
        # Not "no day": what began and ended on one day was surely on that day.
        return "It lasted, but at no moment is it certain to have been going on."
    if shown.start_latest is None:
        return f"It surely went on until {words.moment(shown.end_earliest or '')}."
    if shown.end_earliest is None:
        return f"It surely went on after {words.moment(shown.start_latest)}."
    return (
        f"It surely went on between {words.moment(shown.start_latest)} and "
        f"{words.moment(shown.end_earliest)}."
    )


def _one_day_or_second(bounds: dates.Bounds) -> bool:
    """Whether the outer span is no longer than a date can say: a day, or a second of one."""
    if bounds.start_earliest == dates.MIN or bounds.end_latest == dates.MAX:
        return False
    span = bounds.end_latest - bounds.start_earliest
    return span == 1 or (span == dates.DAY and bounds.start_earliest % dates.DAY == 0)
