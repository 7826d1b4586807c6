"""Goal: what README.md promises is so, and stays so.

Method: the page is read as text. Its sample table is rendered again from the seeds, by the code
that the command line renders with; its command lines are given to the parser without being run;
its routes and parameters are looked up in the OpenAPI document, its variables in the settings, its
files and make targets in the checkout.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest
from litestar import Litestar

import seeds
from api.app import create_app
from api.openapi import document
from api.settings import Settings
from cli.app import COMMANDS, build
from cli.demo import MADE_UP
from cli.output import as_text
from cli.timeline import page
from domain.query import Point, Query, known_at
from domain.reading import read_event
from store.known import Append
from store.store import open_store

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "seeds/README.md")

BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
SPANS = re.findall(r"`([^`]+)`", PROSE)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]


@pytest.fixture(scope="module")
def app() -> Litestar:
    return create_app(Settings(database="postgresql://nowhere"))


def section(title: str) -> str:
    return PROSE.split(f"\n## {title}\n")[1].split("\n## ")[0]


async def test_the_sample_table_is_what_the_seeds_give(database) -> None:
    (sample,) = [block for block in BLOCKS if block.startswith("Khan Shaykhun\n")]
    asked = Point(as_of="2019-08-28", known=known_at("2019-08-28", "as_of"))

    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        for line in seeds.events().splitlines():
            await store.append("main", Append(events=(read_event(line),)))
        async with store.reading("main") as reader:
            answer = await reader.timeline("khan-shaykhun", Query(point=asked))

    assert as_text(tuple(page(answer, [], 100)), 100) == sample


def test_every_command_line_is_one_that_the_program_takes() -> None:
    shown = [line for line in LINES if re.match(r"(\.venv/bin/)?dateline ", line)]
    spans = [span for span in SPANS if span.startswith("dateline ")]
    assert len(shown) >= 5

    for line in (*shown, *spans):
        _, *words = shlex.split(line)
        build(words[0]).parse_args(words, exit_on_error=False, print_error=False)


def test_the_commands_that_are_listed_are_all_that_there_are() -> None:
    listed = section("The command line").split("lists it:")[1].split(".")[0]

    assert re.findall(r"`(\w+)`", listed) == list(COMMANDS)


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for name in PAGES
        for word in re.findall(r"(?:^|`)make (\w+)", (PROJECT / name).read_text(), re.MULTILINE)
    }

    assert {"demo", "test"} <= named <= targets


def test_every_route_is_in_the_api(app: Litestar) -> None:
    def shape(path: str) -> str:
        return re.sub(r"{[^}]*}", "{}", path)

    paths = document(app.routes, open_reading=True)["paths"]
    known = {(method, shape(path)) for path, methods in paths.items() for method in methods}
    known |= {("get", route.path) for route in app.routes}
    method, named = "get", []
    for span in re.findall(r"`([^`]+)`", section("Reading and writing over HTTP")):
        if found := re.fullmatch(r"(?:(GET|PUT|POST) )?(/\S+|\.\.\./[^\s?]+)(?:\?\S*)?", span):
            method = (found[1] or method).lower()
            named.append((method, shape(found[2].replace("...", "/v1/chronicles/{}"))))

    assert len(named) >= 12
    assert set(named) <= known


def test_reads_take_the_parameters_that_are_listed(app: Litestar) -> None:
    listed = section("Reading and writing over HTTP").split("Reads take")[1].split(".\n")[0]
    path = "/v1/chronicles/{chronicle}/timelines/{timeline}"
    taken = document(app.routes, open_reading=True)["paths"][path]["get"]["parameters"]

    assert set(re.findall(r"`(\w+)`", listed)) == {p["name"] for p in taken if p["in"] == "query"}


def test_the_variables_that_are_listed_are_those_that_are_read() -> None:
    rows = re.findall(r"^\| (`DATELINE_.*?) \|", section("Where it keeps things"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(DATELINE_\w+)`", row)}
    read = {f"DATELINE_{field.name.upper()}" for field in fields(Settings)} | {"DATELINE_DATA"}

    assert listed == read
    assert set(re.findall(r"DATELINE_[A-Z_]+", README)) - read == {"DATELINE_KEY"}


def test_the_report_to_append_is_the_one_that_the_demo_shows() -> None:
    (body,) = [
        found for block in BLOCKS for found in re.findall(r"-d '(.*?)'$", block, re.S | re.M)
    ]

    assert json.loads(body) == json.loads(MADE_UP)


def test_the_versions_of_python_are_those_that_the_makefile_takes() -> None:
    first, after = re.findall(r"\(3, (\d+)\)", (PROJECT / "Makefile").read_text())[:2]

    assert f"Python 3.{first} to 3.{int(after) - 1}" in README
    assert f'requires-python = ">=3.{first}"' in (PROJECT / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    spans = re.findall(r"`((?:[\w.-]+/)*[\w-]+\.(?:md|py|txt|toml|yml|ndjson|sql))`", text)

    for path in (*linked, *spans):
        places = (PROJECT / path, (PROJECT / name).parent / path, PROJECT / "store/sql" / path)
        assert any(place.exists() for place in places), path
