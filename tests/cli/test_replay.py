"""Goal: `dateline replay` tells what HTTP tells, in the words of differences, day by day, and ends
quietly.

Method: command lines on the seeds, in this process, against HTTP and `dateline diff`; to be stopped
as a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess

import httpx
import pytest

from cli import replay
from cli.output import as_text
from domain.query import replay as asked
from store.changes import Changes, batches
from store.store import Store
from tests.cli.conftest import Dateline
from tests.cli.program import DATELINE, environment
from tests.cli.test_commands import http  # noqa: F401 -- a fixture
from tests.conftest import PROJECT, Database

SPAN = ("khan-shaykhun", "--from", "2019-08-16", "--to", "2019-08-28")
LINES = {"Accept": "application/x-ndjson"}


async def test_each_day_is_a_heading_and_each_change_is_told_as_differences_tell_it(
    dateline: Dateline, seeded: Store
) -> None:
    ran = await dateline("replay", *SPAN)
    whole = await dateline("diff", *SPAN)
    last = await dateline("diff", SPAN[0], "--from", "2019-08-27", "--to", "2019-08-28")

    assert (ran.status, ran.err) == (0, "")
    days = re.findall(r"^Known on (\d+) August 2019$", ran.out, re.M)
    assert days == ["17", "19", "20", "27", "28"]
    assert ran.out.endswith("\n7 changes on 5 days: 6 added, 1 changed.\n")
    # Each entry that came by the last day and stayed as it was is told in the same lines.
    for paragraph in whole.out.split("Added (6)\n\n")[1].split("\n\n")[:5]:
        assert f"Added  {paragraph}\n" in ran.out
    (changed,) = last.out.split("Changed (1)\n\n")[1:]
    assert f"Changed  {changed}" in ran.out


async def test_json_is_the_lines_of_http(
    dateline: Dateline,
    seeded: Store,
    http: httpx.AsyncClient,  # noqa: F811
) -> None:
    path = "/v1/chronicles/main/timelines/idlib-2019/replay"
    span = {"from": "2019-08-01", "to": "latest"}
    answer = await http.get(path, params=span, headers=LINES)
    words = ("idlib-2019", "--from", "2019-08-01", "--to", "latest", "--json")

    ran = await dateline("replay", *words)
    first = await dateline("replay", *words, "--limit", "3", "--pace", "0")
    last = json.loads(first.out.splitlines()[-1])
    rest = await dateline("replay", *words, "--after", last["id"])

    assert answer.status_code == 200
    assert len(answer.text.splitlines()) > 10
    assert ran.out == answer.text
    assert first.out + rest.out == ran.out


async def test_nothing_and_what_cannot_be_are_said(dateline: Dateline, seeded: Store) -> None:
    quiet = await dateline("replay", SPAN[0], "--from", "2019-09-01", "--to", "2019-09-02")
    turned = await dateline("replay", SPAN[0], "--from", "2019-09-02", "--to", "2019-09-01")
    fast = await dateline("replay", *SPAN, "--pace", "61")
    absent = await dateline("replay", "estra", *SPAN[1:])

    assert quiet.out.endswith("\nNothing.\n")
    assert (turned.status, fast.status, absent.status) == (1, 1, 1)
    assert "`from` lies after `to`" in turned.err
    assert "--pace must be a number of seconds from 0 to 60" in fast.err
    assert 'has no timeline "estra"' in absent.err


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_no_line_is_wider_than_the_terminal(seeded: Store, width: int) -> None:
    query = asked({"from": "2019-08-01", "to": "latest"})
    async with seeded.reading("main") as reader:
        begun = await Changes.over(reader).begun("idlib-2019", query)
    told = replay.Told()
    parts = replay.heading(begun)
    async for steps in batches(seeded, "main", begun):
        for step in steps:
            parts += told.point([step])

    shown = as_text([*parts, *told.end()], width)

    assert len(shown.splitlines()) > 50
    assert max(map(len, shown.splitlines())) <= width


async def test_ctrl_c_ends_it_quietly(seeded: Store, database: Database) -> None:
    program = await asyncio.create_subprocess_exec(
        *(*DATELINE, "replay", *SPAN, "--pace", "60"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        cwd=PROJECT,
    )
    assert program.stdout is not None
    told = await program.stdout.readuntil(b"(position 1")
    program.send_signal(signal.SIGINT)
    rest, complaint = await program.communicate()

    assert b"Known on 17 August 2019" in told
    assert b"19 August 2019" not in rest
    assert (program.returncode, complaint) == (130, b"")
