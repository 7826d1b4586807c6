"""`dateline serve`: the server, on whatever database there is."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import App, Parameter

from cli.database import MAIN, Database, embedded, prepare
from cli.running import run_until_stopped, started
from store.store import open_store

app = App(
    name="serve",
    help_epilogue="Examples:\n\n"
    "    dateline serve\n"
    "    dateline serve --port 8080\n"
    "    DATELINE_DATABASE=postgresql://app@db.example/dateline dateline serve --host 0.0.0.0",
)


@app.default
def serve(
    *,
    host: Annotated[
        str | None,
        Parameter(help="The address to listen on. Default: DATELINE_HOST, or 127.0.0.1."),
    ] = None,
    port: Annotated[
        int | None, Parameter(help="The port, 0 for any. Default: DATELINE_PORT, or 8000.")
    ] = None,
    database: Database = Database(),  # noqa: B008 -- frozen
) -> None:
    """Serve HTTP.

    On a server of your own the database must have been migrated (`dateline migrate`): an older one
    is refused. The embedded database is started and brought up to date, and stopped again in the
    end if it was started here.

    Listening on this machine alone, everybody may read without a key; elsewhere nobody, unless
    DATELINE_OPEN_READING says so. Writing always needs a key (`dateline keys create`). Ctrl-C ends
    it.
    """
    from api.settings import Settings

    if database.database:
        settings = Settings.from_environment(
            os.environ, database=database.database, host=host, port=port
        )
        run_until_stopped(settings, before=_first_chronicle, ready=_tell)
        return
    server = embedded()
    settings = Settings.from_environment(os.environ, database=server.app_dsn, host=host, port=port)
    with started(server):
        run_until_stopped(settings, before=lambda _: prepare(server), ready=_tell)


async def _first_chronicle(dsn: str) -> None:
    """A migrated database without any chronicle gets its first."""
    async with open_store(dsn) as store:
        if not await store.chronicles():
            await store.create_chronicle(MAIN)


def _tell(address: str) -> None:
    print(f"Serving on {address}. Ctrl-C ends it.", flush=True)
