"""`dateline chronicles`: the logs that there are."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from cli.database import Database, opened
from cli.output import AsJson, print_json, show, terminal_width
from cli.timeline import table

app = App(
    name="chronicles",
    help="List the chronicles, or make one.\n\nA chronicle is one append-only log with an order of "
    "its own. Access is granted per chronicle; the one named main is there from the start.",
    help_epilogue="Examples:\n\n"
    "    dateline chronicles\n"
    "    dateline chronicles create estra\n"
    "    dateline file reports.ndjson --chronicle estra",
)


@app.default
async def list_chronicles(
    *,
    database: Database = Database(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """List the chronicles, or make one."""
    async with opened(database) as store:
        found = await store.chronicles()
    if json:
        from api.chronicles import Chronicles, ChronicleShown  # takes half a second

        return print_json(
            Chronicles(chronicles=tuple(ChronicleShown(chronicle=n, position=p) for n, p in found))
        )
    made = table(terminal_width(), "Chronicle", "Last position")
    for name, position in found:
        made.add_row(Text(name), Text(f"{position:,}"))
    return show(made)


@app.command
async def create(
    name: Annotated[str, Parameter(help="Lower-case letters, digits and hyphens.")],
    /,
    *,
    database: Database = Database(),  # noqa: B008 -- frozen
) -> None:
    """Make a chronicle. One that is there stays as it is."""
    async with opened(database, make=True) as store:
        made = await store.create_chronicle(name)
    print(f"Made the chronicle {name}." if made else f"The chronicle {name} is there already.")
