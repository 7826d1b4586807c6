"""`dateline totals`: the tolls of a timeline added up, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli import words
from cli.asking import Selected, adding_up
from cli.database import Where, opened_chronicle
from cli.output import AsJson, print_json, show, terminal_width
from cli.timeline import known_as_of, read_from, table
from domain.answers import Totals
from domain.query import BY
from domain.totals import Row

NUMBERS = ("Least", "Best", "Most", "Occurrences", "No figure")
NARROW = 80
"""Columns below which the outcome stands beneath what the row is of."""
WITHOUT = {
    "month": "no known start",
    "place": "no place",
    "actor": "no actor",
    "kind": "no kind",
    "outcome": "no figure",
}
"""What is said of the row whose key is null."""

app = App(
    name="totals",
    help_epilogue="Examples:\n\n"
    "    dateline totals idlib-2019 --by month\n"
    "    dateline totals idlib-2019 --by place --as-of 2019-08-27 --during 2019-08\n"
    "    dateline totals --by kind --policy claimant:UCDP/1 --json",
)


@app.default
async def totals(
    name: Annotated[
        str | None, Parameter(help="Which timeline. Without it, all occurrences.")
    ] = None,
    /,
    *,
    by: Annotated[str, Parameter(help=f"What the rows are of: {', '.join(BY)}.")],
    asked: Selected = Selected(),  # noqa: B008 -- frozen
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """How many, by month, place, actor or kind, without counting anybody twice.

    A whole and its parts give the larger of the two. Killed and injured are never one number, and
    cumulative figures are listed below, never summed.

    "Least" is a floor. "Best" is unknown as soon as one figure gives none, and then says what those
    that do add up to; "Most" is open as soon as one figure has no upper bound. "No figure" are
    occurrences of which nobody said how many: they are in no sum.
    """
    question = adding_up(asked, by)
    async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
        answer = await reader.totals(name, question)
    if json:
        return print_json(answer)
    return show(*page(answer, where.chronicle, terminal_width()))


def page(answer: Totals, chronicle: str, width: int | None) -> list[RenderableType]:
    """Totals as they are read: what they are of, the rows, and what is not in them."""
    title = words.plain(answer.title or answer.timeline or "All occurrences")
    reading = (
        f"{known_as_of(answer.as_of)} · "
        f"{read_from(chronicle, answer.basis, answer.settled)} · {words.plain(answer.policy)}"
    )
    parts: list[RenderableType] = [Text(title, style="bold"), Text(reading), Text("")]
    if answer.rows:
        parts.append(_table(answer, width))
    return [*parts, *_foot(answer)]


def _table(answer: Totals, width: int | None) -> Table:
    first = [answer.by.capitalize(), *([] if answer.by == "outcome" else ["Outcome"])]
    below = width is not None and width < NARROW
    if below:
        made = table(width, "\n".join(first), *(n.replace("Occur", "Occur-\n") for n in NUMBERS))
    else:
        made = table(width, *first, *NUMBERS)
    for column in made.columns[-len(NUMBERS) :]:
        column.justify = "left" if width is None else "right"
    for row in answer.rows:
        made.add_row(*_cells(answer.by, row.key, row, below=below))
    if answer.by != "outcome":
        for row in answer.total:
            made.add_row(*_cells(answer.by, "All", row, below=below), style="bold")
    return made


def _cells(by: str, key: str | None, row: Row, *, below: bool) -> Sequence[Text]:
    named = words.plain(key) if key is not None else f"({WITHOUT[by]})"
    if by == "month" and key is not None and key != "All":
        named = words.month(key)
    outcome = [] if by == "outcome" else [words.plain(row.outcome or "")]
    if below:
        named, outcome = "\n".join([named, *filter(None, outcome)]), []
    counts = (f"{row.occurrences:,}", f"{row.without_figure:,}" if row.without_figure else "")
    return [Text(cell) for cell in (named, *outcome, *words.sum_of(row), *counts)]


def _foot(answer: Totals) -> list[RenderableType]:
    lines = [f"\n{words.counted(answer.occurrences, 'occurrence')}."]
    if not answer.additive:
        lines.append(
            "The rows do not add up to the total: an occurrence may be in several of them, or a "
            "whole in another than its part."
        )
    if answer.by == "actor" and answer.rows:
        lines.append(
            "An actor's row counts all the dead or hurt of what the actor took part in, on every "
            "side."
        )
    for figure in answer.cumulative:
        toll = figure.toll
        said = f"{words.toll(toll)} · {words.toll_detail(toll)}"
        lines.append(f"Not in any sum: {said} · {figure.occurrence}")
    undated = answer.left_out.get("undated", 0)
    if undated:
        lines.append(f"Left out: {words.counted(undated, 'occurrence')} without a date to judge.")
    lines += words.ambiguous(answer.ambiguous)
    if answer.policy != answer.selected_by:
        lines.append(
            f"Selected by {answer.selected_by}; values are by {words.plain(answer.policy)}."
        )
    return [Text(line) for line in [*lines, f"Cite: {words.plain(answer.cite)}"]]
