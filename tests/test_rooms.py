"""Goal: imports point one way, and each room keeps to its own.

cli and api know of exchange and store, and all four of domain.

Method: the imports of every module are read from its source, not run.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ROOMS = {
    "domain": {"domain"},
    "exchange": {"exchange", "domain"},
    "store": {"store", "domain"},
    "migrations": {"alembic"},
    "seeds": {"seeds"},
    "api": {"api", "exchange", "store", "domain"},
    "cli": {"cli", "api", "exchange", "store", "domain", "seeds"},
}
OURS = set(ROOMS)
KEPT = {
    "domain": {"msgspec"},
    "exchange": {"msgspec", "openpyxl"},
    "store": {"msgspec", "asyncpg", "alembic"},
    "migrations": {"alembic"},
    "seeds": set(),
}
"""The libraries that a room may know; rooms not named here may know any but asyncpg."""

MODULES = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: say the whole name of what is imported"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PROJECT)))
def test_a_module_imports_only_what_its_room_may_know(path: Path) -> None:
    room = path.relative_to(PROJECT).parts[0]
    names = imported(path)

    assert names & OURS <= ROOMS[room]
    others = names - OURS - set(sys.stdlib_module_names)
    if room in KEPT:
        assert others <= KEPT[room]
    else:
        assert "asyncpg" not in others


@pytest.mark.parametrize("room", ["domain", "exchange"])
def test_a_pure_room_reads_no_clock_and_does_no_input_or_output(room: str) -> None:
    shunned = {
        "time",
        "os",
        "pathlib",
        "socket",
        "subprocess",
        "random",
        "secrets",
        "asyncio",
    }
    if room == "domain":
        shunned.add("io")  # readers decode a stream that is handed in
    for path in (PROJECT / room).glob("*.py"):
        assert not imported(path) & shunned, path
        text = path.read_text(encoding="utf-8")
        # `archive.open(` makes a part of a ZIP file, of whatever it was handed.
        assert not re.search(r"\b(now|today|utcnow|(?<!archive\.)open)\(", text), path
