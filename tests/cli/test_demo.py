"""Goal: `dateline demo` shows a filled record with one command, cleans up after itself, and can be
run again; what cannot be is one clear line.

Method: the real program as a process of its own, on a free port and in a data folder of its own,
asked over HTTP with exactly what it prints.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from store.embedded import Embedded
from tests.cli.program import DATELINE, environment
from tests.conftest import PROJECT


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder that the database's account can enter, with no server left in it."""
    made = Path(tempfile.mkdtemp(prefix="dateline-demo-"))
    made.chmod(0o711)
    yield made
    Embedded(made).stop()
    shutil.rmtree(made)


@dataclass(frozen=True)
class Shown:
    """A demo that is running, and what it said."""

    process: asyncio.subprocess.Process
    said: str

    @property
    def curls(self) -> list[httpx.Request]:
        """The commands that were printed, as the requests that curl would make of them."""
        joined = self.said.replace("\\\n", " ")
        found = re.findall(r"^ *(curl (?:[^'\n]|'[^']*')+)$", joined, re.M)
        return [_request(shlex.split(command)) for command in found]


def _request(words: list[str]) -> httpx.Request:
    address, headers, body = words[1], {}, None
    for option, value in zip(words[2::2], words[3::2], strict=True):
        if option == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        else:
            assert option == "-d"
            body = value
    return httpx.Request("POST" if body else "GET", address, headers=headers, content=body)


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[Shown]:
    process = await asyncio.create_subprocess_exec(
        *(*DATELINE, "demo", "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment({"DATELINE_DATA": str(folder)}),
        cwd=PROJECT,
    )
    assert process.stdout is not None
    said = ""
    try:
        while "Ctrl-C ends all this" not in said:
            line = await process.stdout.readline()
            assert line, f"the demo ended: {said}"
            said += line.decode()
        yield Shown(process, said)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.wait()


async def ended(shown: Shown) -> str:
    shown.process.send_signal(signal.SIGINT)
    rest, _ = await shown.process.communicate()
    assert shown.process.returncode == 0
    return rest.decode()


async def test_what_it_prints_works_and_nothing_is_left_running(folder: Path) -> None:
    async with demo(folder) as shown, httpx.AsyncClient() as client:
        reading, appending = shown.curls
        read = await client.send(reading)
        written = await client.send(appending)
        said = await ended(shown)

    assert "44 events about Idlib, 2019, 44 of them new" in shown.said
    assert (read.status_code, read.json()["as_of"]) == (200, "2019-08-26")
    assert len(read.json()["entries"]) == 9
    assert written.status_code == 201
    assert written.json()["events"][0]["occurrence"] == "norvale-flood"
    assert "The database is stopped." in said
    assert not Embedded(folder).status().running


async def test_running_it_again_writes_nothing_twice_and_shows_the_same_key(folder: Path) -> None:
    async with demo(folder) as first:
        await ended(first)
    async with demo(folder) as second, httpx.AsyncClient() as client:
        written = await client.send(second.curls[1])

    assert "44 events about Idlib, 2019, 0 of them new" in second.said
    assert second.curls[1].headers["authorization"] == first.curls[1].headers["authorization"]
    assert written.status_code == 201


async def test_the_key_is_kept_for_its_owner_alone(folder: Path) -> None:
    async with demo(folder) as shown:
        pass
    kept = folder / "demo-key"

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert shown.curls[1].headers["authorization"] == f"Bearer {kept.read_text().strip()}"


async def test_a_database_that_ran_before_runs_on(folder: Path) -> None:
    server = Embedded(folder)
    await asyncio.to_thread(server.start)

    async with demo(folder) as shown:
        said = await ended(shown)

    assert "which is running" in shown.said
    assert "still is" in said
    assert server.status().running
    server.stop()


async def test_a_port_that_is_taken_is_one_line_and_nothing_is_started(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = await refused(folder, "--port", str(taken.getsockname()[1]))

    assert "is taken" in ran
    assert not Embedded(folder).status().running


async def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert "cannot be used" in await refused(tmp_path / "file", "--port", "0")


async def test_a_database_newer_than_the_code_is_one_line_and_is_stopped_again(
    folder: Path,
) -> None:
    server = Embedded(folder)
    await asyncio.to_thread(server.start)
    connection = await asyncpg.connect(server.owner_dsn)
    before = await connection.fetchval(
        "UPDATE alembic_version SET version_num = '9999' RETURNING old.version_num"
    )
    await connection.close()
    server.stop()

    said = await refused(folder, "--port", "0")

    assert "revision 9999" in said
    assert not server.status().running
    await asyncio.to_thread(server.start)
    connection = await asyncpg.connect(server.owner_dsn)
    await connection.execute("UPDATE alembic_version SET version_num = $1", before)
    await connection.close()
    server.stop()


# The embedded database by itself, and the server on it


def dateline(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DATELINE, *words],
        capture_output=True,
        text=True,
        env=environment({"DATELINE_DATA": str(folder)}),
        cwd=PROJECT,
    )


def test_the_database_is_started_told_of_and_stopped(folder: Path) -> None:
    started, again = dateline(folder, "db", "start"), dateline(folder, "db", "start")
    running = dateline(folder, "db", "status")
    stopped, still = dateline(folder, "db", "stop"), dateline(folder, "db", "stop")
    gone = dateline(folder, "db", "status")

    assert started.stdout == f"Started: the database in {folder}.\n"
    assert again.stdout == f"Already running: the database in {folder}.\n"
    assert (running.returncode, gone.returncode) == (0, 3)
    assert "PostgreSQL 18, running as process" in running.stdout
    assert stopped.stdout == f"Stopped: the database in {folder}.\n"
    assert still.stdout == f"Not running: the database in {folder}.\n"


def test_psql_is_opened_on_a_running_database_only(folder: Path) -> None:
    refused = dateline(folder, "db", "psql")
    dateline(folder, "db", "start")
    opened = subprocess.run(
        [*DATELINE, "db", "psql"],
        input="SELECT count(*) > 0 AS migrated FROM alembic_version;",
        capture_output=True,
        text=True,
        env=environment({"DATELINE_DATA": str(folder)}),
        cwd=PROJECT,
    )
    dateline(folder, "db", "stop")

    assert (refused.returncode, opened.returncode) == (1, 0)
    assert "`dateline db start`" in refused.stderr
    assert re.search(r"migrated *\n-+\n t", opened.stdout)


def test_a_command_starts_the_database_and_leaves_it_up(folder: Path) -> None:
    first, second = dateline(folder, "timeline"), dateline(folder, "timeline")
    running = Embedded(folder).status().running
    dateline(folder, "db", "stop")

    assert running
    assert first.stderr == f"Started the database in {folder}. `dateline db stop` stops it.\n"
    assert (second.stderr, second.stdout) == ("", first.stdout)


def test_reading_makes_no_database(tmp_path: Path) -> None:
    ran = dateline(tmp_path / "data", "timeline")

    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "There is no database" in ran.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_serving_ends_with_its_database(folder: Path, ending: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        *(*DATELINE, "serve", "--port", "0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATA": str(folder)}),
        cwd=PROJECT,
    )
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    address = said.split()[2].rstrip(".")
    async with httpx.AsyncClient() as client:
        listed = await client.get(f"{address}/v1/chronicles")
    process.send_signal(ending)
    rest, complaint = await process.communicate()

    assert said.startswith("Serving on http://127.0.0.1:")
    assert listed.json()["chronicles"][0]["chronicle"] == "main"
    assert (process.returncode, rest, complaint) == (0, b"", b"")
    assert not Embedded(folder).status().running


async def refused(folder: Path, *words: str) -> str:
    """The one line on standard error of a demo that cannot be."""
    process = await asyncio.create_subprocess_exec(
        *(*DATELINE, "demo", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATA": str(folder)}),
        cwd=PROJECT,
    )
    _, complaint = await process.communicate()
    said = complaint.decode()
    assert process.returncode == 1, said
    assert said.count("\n") == 1, said
    return said
