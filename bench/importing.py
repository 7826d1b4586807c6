"""Measures importing a table: rows a second, the most memory it takes, and going on after a kill.

    python -m bench.importing [ROWS ...]

Each table is imported by the command line, as a process of its own, into a throw-away database:
from nothing; again as it is; and once more from nothing, killed when half of it is there and run
again.
Memory is that of the process that imports, without PostgreSQL's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.__main__ import show
from store.embedded import Embedded
from store.migrate import migrate
from store.store import open_store

ROWS = (20_000, 200_000)
MAPPING = """
dataset = "norvale"
id = "No"
title = "What"
source = {name = "Who"}
reported_at = "Said"
occurred = {edtf = "When"}
place = {name = "Where", lat = "Lat", lon = "Lon"}
[[toll]]
outcome = {value = "killed"}
exactly = "Killed"
"""
COMMAND = (sys.executable, "-c", "import cli; cli.main()", "import", "table")


def table(path: Path, rows: int) -> None:
    """A table of made-up events in a made-up country."""
    with path.open("w", encoding="utf-8") as file:
        file.write("No,What,Who,Said,When,Where,Lat,Lon,Killed,Notes\n")
        for number in range(rows):
            day = f"20{number % 24:02}-{number % 12 + 1:02}-{number % 28 + 1:02}"
            file.write(
                f"{number},Clash {number} in Norvale,Norvale Post {number % 50},{day},{day},"
                f"Village {number % 1_000},{number % 90}.25,{number % 180}.5,{number % 7},"
                f"What was said of clash {number}\n"
            )


def begun(folder: Path, name: str, dsn: str, chronicle: str) -> subprocess.Popen[bytes]:
    """An import as a process of its own."""
    files = (str(folder / name), "--mapping", str(folder / "norvale.toml"))
    return subprocess.Popen(
        [*COMMAND, *files, "--chronicle", chronicle],
        env={**os.environ, "DATELINE_DATABASE": dsn},
        stdout=subprocess.DEVNULL,
    )


def ended(process: subprocess.Popen[bytes]) -> float:
    """Wait for it; the most memory that it took, in MB."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_maxrss / 1024


def timed(folder: Path, name: str, dsn: str, chronicle: str) -> tuple[float, float]:
    """The seconds and the MB of an import."""
    start = time.perf_counter()
    process = begun(folder, name, dsn, chronicle)
    megabytes = ended(process)
    if process.returncode:
        raise SystemExit(f"The import ended with {process.returncode}.")
    return time.perf_counter() - start, megabytes


async def killed(folder: Path, name: str, dsn: str, chronicle: str, at: int) -> None:
    """Begin an import, and kill it when so many of its reports are there."""
    process = begun(folder, name, dsn, chronicle)
    async with open_store(dsn) as store:
        while dict(await store.chronicles()).get(chronicle, 0) < at:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    ended(process)


async def measure(folder: Path, dsn: str, rows: int) -> None:
    name = f"{rows}.csv"
    table(folder / name, rows)
    for what in ("from nothing", "that are there"):
        seconds, megabytes = timed(folder, name, dsn, f"rows-{rows}")
        told(f"{rows:,} rows {what}", rows, seconds, megabytes)
    await killed(folder, name, dsn, f"killed-{rows}", rows // 2)
    seconds, megabytes = timed(folder, name, dsn, f"killed-{rows}")
    told(f"{rows:,} rows, of which half were there", rows, seconds, megabytes)


def told(what: str, rows: int, seconds: float, megabytes: float) -> None:
    show(
        f"importing {what}",
        seconds=round(seconds, 1),
        rows_a_second=round(rows / seconds),
        peak_mb=round(megabytes),
    )


async def measured(folder: Path, server: Embedded) -> None:
    await migrate(server.owner_dsn)
    for rows in [int(given) for given in sys.argv[1:]] or ROWS:
        await measure(folder, server.app_dsn, rows)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o711)  # the database's own account must be able to pass through
    server = Embedded(folder / "data")
    (folder / "norvale.toml").write_text(MAPPING)
    try:
        server.start()
        asyncio.run(measured(folder, server))
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
