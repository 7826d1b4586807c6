"""`dateline db`: the embedded database."""

from __future__ import annotations

import os
import sys

from cyclopts import App

from cli.database import embedded, prepare
from domain.errors import NotFound

app = App(
    name="db",
    help="Look after the embedded database: start, stop, status, psql.\n\nIt is a PostgreSQL of "
    "Dateline's own in the folder DATELINE_DATA. Commands start it when they need it, and it stays "
    "up until it is stopped. A server of your own (DATELINE_DATABASE) is no concern of these.",
    help_epilogue="Examples:\n\n    dateline db status\n    dateline db stop",
)


@app.command
async def start() -> None:
    """Start it; make it first where there is none."""
    server = embedded()
    await prepare(server)
    state = "Started" if server.started else "Already running"
    print(f"{state}: the database in {server.folder}.")


@app.command
def stop() -> None:
    """Stop it. What others are doing in it fails; what was recorded stays."""
    server = embedded()
    stopped = server.stop()
    state = "Stopped" if stopped else "Not running"
    print(f"{state}: the database in {server.folder}.")


@app.command
def status() -> int:
    """Say whether it runs, and where it is. The exit status is 3 where it does not run."""
    found = embedded().status()
    if not found.made:
        print(f"No database has been made in {found.folder}.")
        return 3
    running = f"running as process {found.pid}" if found.running else "not running"
    print(f"PostgreSQL {found.version}, {running}")
    print(f"Folder  {found.folder}")
    print(f"Socket  {found.socket_folder}")
    print(f"Log     {found.log}")
    if os.environ.get("DATELINE_DATABASE"):
        print("Commands do not use it: DATELINE_DATABASE names another.")
    return 0 if found.running else 3


@app.command
def psql() -> None:
    """Open psql on it, as its owner. History is what the application may not change: take care."""
    server = embedded()
    if not server.status().running:
        raise NotFound(
            f"The database in {server.folder} is not running. `dateline db start` starts it."
        )
    command = server.psql_command()
    sys.stdout.flush()
    os.execv(command[0], command)
