"""`dateline link`: one occurrence is related to another."""

from __future__ import annotations

from cyclopts import App

from cli.answering import Occurrence, Reported, append_about
from cli.database import Where
from cli.output import AsJson
from domain.answers import Entry
from domain.claims import Relation
from domain.events import OccurrenceLinked

app = App(
    name="link",
    help_epilogue="Examples:\n\n"
    "    dateline link norvale-market-strike part-of norvale-bombardment\n"
    "    dateline link norvale-truce follows norvale-bombardment --reported 2024-03-09",
)


@app.default
async def link(
    occurrence: Occurrence,
    relation: Relation,
    to: Occurrence,
    /,
    *,
    reported: Reported = None,
    where: Where = Where(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """Link the first occurrence to the second: part-of, follows, caused-by, breaches or
    distinct-from."""
    await append_link(occurrence, relation, to, reported, where, json=json)


async def append_link(
    occurrence: str,
    relation: Relation,
    to: str,
    reported: str | None,
    where: Where,
    *,
    json: bool,
) -> None:
    """Append the link."""

    def made(one: Entry, other: Entry) -> OccurrenceLinked:
        return OccurrenceLinked(
            occurrence=one.occurrence,
            to=other.occurrence,
            relation=relation,
            reported_at=reported,
            expected_version=one.version,
        )

    await append_about(occurrence, to, where, made, json=json)
