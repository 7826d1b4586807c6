"""Goal: what is appended from a file is exactly what stands in it, in its order, and what was
refused is told with its line, its reason and its place.

Method: files of made-up events through the command, on a database of the test's own. How a text is
cut into lines is held to a plain reading of it by hypothesis.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import file
from store.store import Store, open_store
from tests.cli.conftest import FLOOD, Dateline, append
from tests.cli.program import DATELINE, environment
from tests.conftest import PROJECT, Database

LINES = FLOOD.strip().splitlines()
BROKEN = '{"type": "report.filed", "report": {"source": {"name": "x"}}, "claims": {"toll": [{"outcome": "killed", "exactly": "5"}]}}'  # noqa: E501


async def filed(dateline: Dateline, folder: Path, text: str | bytes, *words: str):
    path = folder / "events.ndjson"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return await dateline("file", str(path), *words)


async def test_lines_are_appended_in_their_order(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await filed(dateline, tmp_path, FLOOD)

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "line 2: position 1, norvale-flood version 1",
        "line 3: position 2, norvale-flood version 2",
        "line 4: position 3, norvale-flood version 3",
        "line 5: position 4, norvale-flood version 4",
        "line 6: position 5, norvale version 1",
        "5 lines appended, 0 refused.",
    ]


async def test_a_file_that_is_given_again_writes_nothing(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    await filed(dateline, tmp_path, FLOOD)
    again = await filed(dateline, tmp_path, FLOOD)

    assert "line 2: there already, position 1, norvale-flood version 1" in again.out
    assert again.out.endswith("0 lines appended, 5 there already, 0 refused.\n")
    assert await store.chronicles() == [("main", 5)]


async def test_what_is_refused_is_told_by_line_and_the_rest_goes_on(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await filed(dateline, tmp_path, "\n".join([LINES[0], BROKEN, "", "not json", LINES[1]]))

    assert ran.status == 1
    first, second = ran.err.splitlines()
    assert first == (
        "line 2: refused: Expected a whole number or null, and this is text. "
        "(at /claims/toll/0/exactly)"
    )
    assert second.startswith("line 4: refused: The body is not JSON")
    assert ran.out.endswith("2 lines appended, 2 refused.\n")


async def test_json_tells_of_each_line_as_http_does(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await filed(dateline, tmp_path, "\n".join([LINES[0], BROKEN]), "--json")
    written, refused = map(msgspec.json.decode, ran.out.splitlines())

    assert (written["result"], written["line"], written["event"]["position"]) == ("appended", 1, 1)
    assert (refused["result"], refused["line"]) == ("refused", 2)
    assert refused["problem"]["type"] == "/problems/malformed"
    assert refused["problem"]["errors"][0]["pointer"] == "/claims/toll/0/exactly"


async def test_one_event_may_stand_on_several_lines(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    text = msgspec.json.format(LINES[0].encode(), indent=2)

    ran = await filed(dateline, tmp_path, b"\xef\xbb\xbf" + text)

    assert ran.out.startswith("line 1: position 1, norvale-flood version 1\n")


async def test_a_batch_is_appended_whole(dateline: Dateline, store: Store, tmp_path: Path) -> None:
    ran = await filed(dateline, tmp_path, f'{{"events": [\n{LINES[0]},\n{LINES[1]}\n]}}')

    assert ran.out.startswith("line 1: 2 events, positions 1 to 2\n")


async def test_a_batch_with_one_bad_event_is_not_appended_and_names_it(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await filed(dateline, tmp_path, f'{{"events": [{LINES[0]}, {BROKEN}]}}')

    assert ran.status == 1
    assert "(at /events/1/claims/toll/0/exactly)" in ran.err
    assert await store.chronicles() == [("main", 0)]


async def test_a_broken_document_is_refused_once_and_not_line_by_line(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await filed(dateline, tmp_path, '{\n "type": "report.filed",\n "claims": {\n')

    assert ran.err.count("refused") == 1


async def test_an_empty_file_is_nothing_to_do(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await filed(dateline, tmp_path, "\n\n")

    assert (ran.status, ran.out) == (0, "0 lines appended, 0 refused.\n")


async def test_a_line_without_end_is_refused(
    dateline: Dateline, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "DOCUMENT_LIMIT", 1_000)

    ran = await filed(dateline, tmp_path, LINES[0] + "\n" + "x" * 300_000)

    assert ran.status == 1
    assert "Line 2 is longer than 1,000 bytes" in ran.err


async def test_many_lines_are_counted_rather_than_listed(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    line = '{"type": "report.filed", "report": {"source": {"name": "x"}}, "claims": {"title": "x"}}'

    ran = await filed(dateline, tmp_path, "\n".join([line] * 600))

    assert ran.out.count("position") == file.LISTED
    assert ran.out.endswith("600 lines appended, 0 refused.\n")
    assert await store.chronicles() == [("main", 600)]


async def test_the_author_is_this_account(dateline: Dateline, store: Store, tmp_path: Path) -> None:
    await filed(dateline, tmp_path, LINES[0])
    async with store.reading("main") as reader:
        stored = await reader._connection.fetchval("SELECT bytes FROM body WHERE part = 'personal'")

    assert msgspec.json.decode(stored) == {"author": file.author()}


async def test_what_comes_through_a_pipe_is_appended_as_it_comes(
    store: Store, database: Database
) -> None:
    program = await asyncio.create_subprocess_exec(
        *(*DATELINE, "file", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment({"DATELINE_DATABASE": database.app_dsn}),
        cwd=PROJECT,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    for number, line in enumerate(LINES[:3], start=1):
        program.stdin.write(line.encode() + b"\n")
        told = await program.stdout.readline()
        assert (
            told == f"line {number}: position {number}, norvale-flood version {number}\n".encode()
        )
    program.stdin.close()

    assert await program.stdout.read() == b"3 lines appended, 0 refused.\n"
    assert await program.wait() == 0


async def test_timelines_are_filled_when_the_file_ends(
    dateline: Dateline, store: Store, database: Database, tmp_path: Path
) -> None:
    # Given a definition that is to be filled behind, and nobody who does.
    async with open_store(database.app_dsn, at_once=0) as left:
        await left.filler.close()
        await append(left, FLOOD)
        assert await left.to_fill("main") == 4

    ran = await filed(dateline, tmp_path, LINES[0])

    assert (ran.status, ran.err) == (0, "")
    assert await store.to_fill("main") is None


texts = st.lists(st.sampled_from([b"{}", b'{"a":1}', b"", b"  ", b"x", b"[1]"]), max_size=600)


@given(texts, st.booleans())
def test_every_line_that_is_not_empty_is_read_once_with_its_number(
    lines: list[bytes], ends: bool
) -> None:
    lines = [b"{}", *lines]
    expected = [(n, line) for n, line in enumerate(lines, start=1) if line.strip()]

    async def read() -> list[tuple[int, bytes]]:
        source, sink = os.pipe()
        with os.fdopen(source, "rb", 0), os.fdopen(sink, "wb", 0) as writing:
            writing.write(b"\n".join(lines) + (b"\n" if ends else b""))
            writing.close()
            return [line for window in [w async for w in file.windows(source)] for line in window]

    with asyncio.Runner() as runner:
        assert runner.run(read()) == expected
