"""The SQL that runs, one statement a file in `store/sql`, named by its file."""

from __future__ import annotations

from importlib.resources import files

STATEMENTS: dict[str, str] = {
    path.name.removesuffix(".sql"): path.read_text(encoding="utf-8")
    for path in (files("store") / "sql").iterdir()
    if path.name.endswith(".sql")
}


def sql(name: str) -> str:
    """The statement in `store/sql/<name>.sql`."""
    return STATEMENTS[name]
