"""`dateline merge`: two occurrences are one."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cli.answering import Occurrence, Reported, append_about
from cli.database import Where
from cli.output import AsJson
from domain.answers import Entry
from domain.errors import Malformed
from domain.events import OccurrenceMerged

app = App(
    name="merge",
    help_epilogue="Examples:\n\n"
    '    dateline merge norvale-flood-2 norvale-flood --reason "Two reports of one flood"\n'
    '    dateline merge flood-1 flood-2 --reason "One flood" --reported 2024-03-09',
)


@app.default
async def merge(
    occurrence: Occurrence,
    into: Occurrence,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why they are one: it is kept, and shown.")],
    reported: Reported = None,
    where: Where = Where(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """Merge the first occurrence into the second: its reports, and later ones, are the second's.

    Before the day that this counts from, both are still shown as they were.
    """
    if not reason.strip():
        raise Malformed("reason must say why they are one.", where="reason")

    def made(one: Entry, other: Entry) -> OccurrenceMerged:
        return OccurrenceMerged(
            occurrence=one.occurrence,
            into=other.occurrence,
            reason=reason,
            reported_at=reported,
            expected_version={one.occurrence: one.version, other.occurrence: other.version},
        )

    await append_about(occurrence, into, where, made, json=json)
