"""`dateline migrate`: bring the database to what this version needs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cli.database import Database, brought_up, embedded, prepare
from domain.errors import Malformed
from store import migrate as migrations
from store.migrate import Migrated

app = App(
    name="migrate",
    help_epilogue="Examples:\n\n"
    "    dateline migrate\n"
    "    DATELINE_DATABASE=postgresql://owner@db.example/dateline dateline migrate\n"
    "    dateline migrate --sql --since 0001",
)


@app.default
async def migrate(
    *,
    sql: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Print the SQL instead, for a database administrator. Nothing is touched.",
        ),
    ] = False,
    since: Annotated[
        str | None,
        Parameter(help="With --sql: the revision to begin at. Default: an empty database."),
    ] = None,
    database: Database = Database(),  # noqa: B008 -- frozen
) -> None:
    """Bring the database to what this version of Dateline needs.

    The schema changes whole or not at all, and never backwards. Then what an older version derived
    from the log is derived anew, chronicle by chronicle, as `dateline rebuild` does it. On a server
    of your own, name its owner; the role `dateline_app`, which the application then acts as, is
    made where it is missing. The embedded database needs this command never: whatever opens it
    brings it up to date.
    """
    if sql:
        return print(migrations.sql(since), end="")
    if since is not None:
        raise Malformed("--since says where --sql begins: give both.")
    if database.database:
        return _tell(await brought_up(database.database))
    return _tell(await prepare(embedded()))


def _tell(done: Migrated) -> None:
    if done.before == done.after:
        print(f"The database is at revision {done.after} already.")
    else:
        print(f"The database went from {done.before or 'nothing'} to revision {done.after}.")
