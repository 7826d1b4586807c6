"""`dateline history`: all that was said about one occurrence, and what was believed when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Group, RenderableType
from rich.text import Text

from cli import words
from cli.asking import Known, point
from cli.database import Where, opened_chronicle
from cli.diff import brief
from cli.output import AsJson, print_json, show, terminal_width
from cli.timeline import known_as_of, read_from, table
from domain.answers import BeliefShown, EventShown, History
from domain.claims import Toll
from domain.tolls import Group as TollGroup
from domain.tolls import band

app = App(
    name="history",
    help_epilogue="Examples:\n\n"
    "    dateline history khan-shaykhun-attack-2019-08-27\n"
    "    dateline history khan-shaykhun-attack-2019-08-27 --as-of 2019-08-27\n"
    "    dateline history idlib-bombardment-2019 --json",
)
FAULTS = {"source": "the source changed its account", "entry": "a slip of ours, mended"}


@app.default
async def history(
    occurrence: Annotated[str, Parameter(help="Which occurrence, by its name or id.")],
    /,
    *,
    known: Known = Known(),  # noqa: B008 -- frozen
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """All that was said about one occurrence, and what was believed when.

    First every event, in the order in which it was recorded. "Said" is the day that it counts from,
    "recorded" the moment when it was written here. A correction of a slip of ours counts from the
    day of the report that it mends; one of the source's own account from the day it was made.

    Then what the reports added up to, from each day on which that changed.
    """
    asked = point(known)
    async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
        answer = await reader.history(occurrence, asked)
    if json:
        return print_json(answer)
    return show(*page(answer, where.chronicle, terminal_width()))


def page(answer: History, chronicle: str, width: int | None) -> list[RenderableType]:
    """Events and beliefs, each as a table."""
    log = read_from(chronicle, answer.basis, answer.settled)
    return [
        Text.assemble((answer.occurrence, "bold"), (f"  {answer.id}", "dim")),
        Text(f"{known_as_of(answer.as_of)} · {log}"),
        Text("\nWhat was said, in the order recorded\n", style="bold"),
        _events(answer, width),
        Text("\nWhat was believed, from each day on\n", style="bold"),
        _beliefs(answer.beliefs, width),
    ]


def _events(answer: History, width: int | None) -> RenderableType:
    made = table(width, "Position", "Said", "Recorded", "What")
    by_id = {event.event_id: event for event in answer.events}
    for event in answer.events:
        said, recorded = words.instant(event.known_from), words.instant(event.recorded_at)
        if width is not None:
            said, recorded = said.replace(", ", "\n"), recorded.replace(", ", "\n")
        target = by_id.get(event.target) if event.target else None
        what = [*_said(event, target, answer.occurrence), *_claimed(event.claims)]
        made.add_row(
            Text(str(event.position)),
            Text(said),
            Text(recorded),
            Text(" · ").join(what) if width is None else Group(*what),
        )
    return made


def _said(event: EventShown, target: EventShown | None, occurrence: str) -> list[Text]:
    """Who did what, in a line; why, in another. A report may have been of another occurrence, until
    that was merged into this one or it was split off."""
    aim = f" of position {target.position}" if target else ""
    if event.target is not None and target is None:
        aim = " of a report that is elsewhere now"
    if event.document is not None:
        aim += f", with all of {words.of_document(event.document)}"
    if event.report is not None:
        who = words.chain(event.report.source.name, event.report.via)
        document = event.report.document
        taken = f", {words.of_document(document)}" if document else ""
        grade = f", graded {event.report.grade}" if event.report.grade else ""
        of = f", filed to {event.occurrence}" if event.occurrence != occurrence else ""
        return [Text(f"Report by {who}{taken}{grade}{of}", style="bold")]
    why = words.plain(event.reason or "")
    if event.fault is not None:
        why = f"{FAULTS[event.fault]}: {why}"
    lines = [Text(_did(event, aim), style="bold")]
    return [*lines, Text(why, style="yellow")] if why else lines


def _did(event: EventShown, aim: str) -> str:
    """What an event that is no report did."""
    match event.type:
        case "report.corrected":
            return f"Correction{aim}"
        case "report.retracted":
            return f"Retraction{aim}"
        case "report.graded":
            return f"Grade{aim}: {event.grade or 'taken away'}"
        case "occurrence.linked":
            return f"Linked: {event.relation} {event.to}"
        case "occurrence.unlinked":
            return f"No longer linked: {event.relation} {event.to}"
        case "occurrence.merged":
            return f"{event.occurrence} merged into {event.into}"
        case "occurrence.split":
            count = len(event.reports)
            reports = "1 report" if count == 1 else f"{count} reports"
            return f"{reports} of {event.occurrence} split off into {event.into}"
    return event.type


def _claimed(claims: dict[str, Any] | None) -> list[Text]:
    return [
        Text.assemble((f"{field}: ", "dim"), claim(field, value))
        for field, value in (claims or {}).items()
    ]


def claim(field: str, value: Any) -> str:
    """One claimed field in words; a correction withdraws what it gives as null."""
    if value is None:
        return "withdrawn"
    if field == "occurred":
        phrase = f" “{words.plain(value.phrase)}”" if value.phrase else ""
        return f"{words.when(value)}{phrase}"
    if field == "toll":
        return "; ".join(_toll(toll) for toll in value) or "none"
    return brief(value)


def _toll(toll: Toll) -> str:
    """One group of a claimed toll: `23 government forces killed`."""
    figure = band(toll)
    group = TollGroup(low=figure.low, best=figure.best, high=figure.high, words=toll.words)
    of = f"of the {words.plain(toll.of)}" if toll.of else ""
    named = (words.plain(toll.group or ""), of, words.plain(toll.outcome))
    said = words.number(group, " ".join(part for part in named if part))
    since = f" since {words.of_edtf(toll.since)}" if toll.since else ""
    cumulative = ", cumulative" if toll.scope == "cumulative" else ""
    whose = f" ({words.plain(toll.claimant)})" if toll.claimant else ""
    return f"{said}{since}{cumulative}{whose}"


def _beliefs(beliefs: Sequence[BeliefShown], width: int | None) -> RenderableType:
    made = table(width, "Said from", "Until before", "When", "How many", "Status")
    for belief in beliefs:
        marks = words.marks(belief.status, belief.differ, belief.contested)
        tolls = [words.toll(toll) for toll in belief.toll]
        between = "; " if width is None else "\n"
        made.add_row(
            Text(words.instant(belief.known_from)),
            Text(words.instant(belief.known_to) if belief.known_to else "now"),
            Text(words.when(belief.occurred)),
            Text(between.join(tolls)),
            Text(between.join(marks or ("reported",))),
        )
    return made
