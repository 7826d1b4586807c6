"""`dateline demo`: everything at once, on this machine, with the sample records."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

import seeds
from cli.database import MAIN, embedded, prepare
from cli.running import run_until_stopped, started
from domain.errors import DatelineError
from domain.reading import read_event
from store.embedded import Embedded
from store.known import Append
from store.store import Store, open_store

AUTHOR = "demo"
KEY_FILE = "demo-key"
"""In the data folder, for its owner's eyes only: so that the next start can show the key again."""

MADE_UP = """{"type": "report.filed", "occurrence": "norvale-flood",
    "report": {"source": {"name": "Norvale Post"}, "reported_at": "2024-03-05"},
    "claims": {"title": "Flood in Norvale", "occurred": {"phrase": "yesterday"}}}"""
"""An event to try appending with: neither the town nor the flood exists."""

app = App(
    name="demo",
    help_epilogue="Examples:\n\n    dateline demo\n    dateline demo --port 8080",
)


@app.default
def demo(
    *,
    port: Annotated[
        int, Parameter(env_var="DATELINE_PORT", help="The port, 0 for any that is free.")
    ] = 8000,
) -> None:
    """Start Dateline with its sample records, on this machine.

    Starts the embedded PostgreSQL in the folder DATELINE_DATA (making it once, which takes a few
    seconds), appends what was reported about Idlib in August 2019, makes an admin's key, and serves
    on 127.0.0.1. It prints where, and what to try. Running it again writes nothing twice and shows
    the same key, which it keeps in the data folder, readable for its owner alone.

    Ctrl-C ends the server, and the database if it was started here. DATELINE_DATABASE is not used.
    """
    from api.settings import Settings

    server = embedded()
    settings = Settings(database=server.app_dsn, port=port)
    key = ""

    async def fill(dsn: str) -> None:
        nonlocal key
        await prepare(server)
        async with open_store(dsn) as store:
            await store.create_chronicle(MAIN)
            _say(f"Records: {await load(store)}.")
            key = await demo_key(store, server.folder / KEY_FILE)

    check_port(port)
    running = server.status().running
    _say(beginning(server, running))
    with started(server):
        run_until_stopped(settings, before=fill, ready=lambda at: _say(welcome(at, key, server)))
        _say("\nThe server has ended.")
    _say(ending(server, running))


def check_port(port: int) -> None:
    """A port that is taken is told before a database is made. Raises CannotListen."""
    from api.server import listen

    listen("127.0.0.1", port).close()


def beginning(server: Embedded, running: bool) -> str:
    """What is going to be done first."""
    if running:
        return f"Using the database in {server.folder}, which is running."
    if server.status().made:
        return f"Starting the database in {server.folder} ..."
    return f"Making a database in {server.folder}, once. This takes a few seconds ..."


def ending(server: Embedded, running: bool) -> str:
    """How the database was left."""
    if running:
        return "The database was running before, and still is: `dateline db stop` stops it."
    return f"The database is stopped. Its records stay in {server.folder}."


async def load(store: Store) -> str:
    """Append the seeds. What is there already is not written again, since each has its event id."""
    before = dict(await store.chronicles())[MAIN]
    await store.chronicle(MAIN)
    events = [read_event(line) for line in seeds.events().splitlines()]
    appends = [Append(events=(event,), author=AUTHOR) for event in events]
    # Tasks start in the order in which they are made, and the store keeps the order of asking.
    done = await asyncio.gather(*(store.append(MAIN, append) for append in appends))
    new = sum(appended.basis > before for appended in done)
    return f"{len(events)} events about Idlib, 2019, {new} of them new"


async def demo_key(store: Store, path: Path) -> str:
    """The demo's key, the same as last time where it is still good."""
    kept = kept_key(path)
    known = await store.key(kept) if kept else None
    if known is not None and known.role == "admin":
        return kept
    made = await store.create_key(AUTHOR, "admin")
    keep_key(path, made)
    return made


def kept_key(path: Path) -> str:
    """The key that was kept last time; nothing where none was."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise DatelineError(f"The demo's key cannot be read from {path}: {error}.") from None


def keep_key(path: Path, key: str) -> None:
    """Write a key for its owner's eyes only, whatever the umask says."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{key}\n")
        fresh.replace(path)
    except OSError as error:
        raise DatelineError(f"The demo's key cannot be kept in {path}: {error}.") from None


def welcome(address: str, key: str, server: Embedded) -> str:
    """Where the server is, and what to try. The commands work as they stand."""
    chronicle = f"{address}/v1/chronicles/{MAIN}"
    reading = f"curl {shlex.quote(f'{chronicle}/timelines/idlib-2019?as_of=2019-08-26')}"
    appending = f"""curl {chronicle}/events \\
    -H 'Authorization: Bearer {key}' \\
    -H 'Content-Type: application/json' -d '{MADE_UP}'"""
    return f"""
Dateline is at {address}  (the API: {address}/docs)

What was known of Idlib on 26 August 2019:

  {program()} timeline idlib-2019 --as-of 2019-08-26
  {reading}

Append a report (made up, of a made-up place), with the demo's own key:

  {appending}

The key is kept in {server.folder / KEY_FILE}. Ctrl-C ends all this.
"""


def program() -> str:
    """How this program is called from here."""
    if shutil.which("dateline"):
        return "dateline"
    return shlex.quote(os.path.relpath(sys.argv[0]))


def _say(text: str) -> None:
    print(text, flush=True)
