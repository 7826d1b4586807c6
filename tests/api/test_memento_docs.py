"""Goal: the commands in docs/memento.md do what the page says.

Method: they are run as they stand, against a server of their own on another port.
"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from domain.reading import read_event
from store.known import Append
from store.store import open_store
from tests.api.asking import defined, filed
from tests.api.test_feed import served
from tests.conftest import Database

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "memento.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
SAID = ("/at/2", "Memento-Datetime", '/at/1>; rel="first memento"', '"linkset"', "kind=closure")
"""What each command's answer must have, in the page's order."""


async def run(command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *shlex.split(command), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, command
    return out.decode()


async def test_the_commands_of_the_page_do_what_it_says(database: Database) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, and the page's commands need it")
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        for event in (defined(expected_version="none"), filed()):
            await store.append("main", Append(events=(read_event(json.dumps(event).encode()),)))
    async with served(database.app_dsn) as (address, _):
        here = address.removesuffix("/v1/chronicles/main/")
        for command, said in zip(COMMANDS, SAID, strict=True):
            answer = await run(command.replace("http://127.0.0.1:8000", here))
            assert said.lower() in answer.lower(), (command, answer)
