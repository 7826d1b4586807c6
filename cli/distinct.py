"""`dateline distinct`: two occurrences are not one."""

from __future__ import annotations

from cyclopts import App

from cli.answering import Occurrence, Reported
from cli.database import Where
from cli.link import append_link
from cli.output import AsJson

app = App(
    name="distinct",
    help_epilogue="Examples:\n\n"
    "    dateline distinct norvale-flood estra-flood\n"
    "    dateline unlink norvale-flood distinct-from estra-flood",
)


@app.default
async def distinct(
    one: Occurrence,
    other: Occurrence,
    /,
    *,
    reported: Reported = None,
    where: Where = Where(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """Tell two occurrences apart, so that they are not suggested as duplicates again.

    It is the link `distinct-from`, and holds for both. `dateline unlink ONE distinct-from OTHER`
    takes it back.
    """
    await append_link(one, "distinct-from", other, reported, where, json=json)
