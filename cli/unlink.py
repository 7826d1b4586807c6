"""`dateline unlink`: one occurrence is no longer related to another."""

from __future__ import annotations

from cyclopts import App

from cli.answering import Occurrence, Reported, append_about
from cli.database import Where
from cli.output import AsJson
from domain.answers import Entry
from domain.claims import Relation
from domain.events import OccurrenceUnlinked

app = App(
    name="unlink",
    help_epilogue="Examples:\n\n"
    "    dateline unlink norvale-market-strike part-of norvale-bombardment\n"
    "    dateline unlink norvale-flood distinct-from estra-flood --json",
)


@app.default
async def unlink(
    occurrence: Occurrence,
    relation: Relation,
    to: Occurrence,
    /,
    *,
    reported: Reported = None,
    where: Where = Where(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """End the link of the first occurrence to the second. Before the day that this counts from, it
    still stands."""

    def made(one: Entry, other: Entry) -> OccurrenceUnlinked:
        return OccurrenceUnlinked(
            occurrence=one.occurrence,
            to=other.occurrence,
            relation=relation,
            reported_at=reported,
            expected_version=one.version,
        )

    await append_about(occurrence, to, where, made, json=json)
