"""The SQL that runs, one statement a file in `store/sql`, named by its file.

Some files are parts of statements: `{selected}` in one stands for the text of `selected.sql`, so
that what a definition selects is written once, for filling as for reading. Parts name parameters
by the numbers that they have in a listing; `{sourced $14=$16}` is that part, asked about another
parameter, and `{sourced $14=at.known}` about a column. `{table}` stands for a table that is
rebuilt, `{live}`, `{made}` and `{order}` for the columns that its rows are told apart by: see
`about_table`. Nothing else is put into a statement but parameters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

PARTS = (
    "named",
    "happened",
    "located",
    "borne",
    "placed",
    "acted",
    "selected",
    "from_sources",
    "sourced",
    "matched",
    "whole",
    "linked",
    "last_revision",
)
"""The files that are parts of statements."""
_PART = re.compile(r"\{(\w+)((?: \$\d+=[^\s}]+)*)\}")
_TEXTS = {
    path.name.removesuffix(".sql"): path.read_text(encoding="utf-8")
    for path in (files("store") / "sql").iterdir()
    if path.name.endswith(".sql")
}


def _whole(text: str) -> str:
    return _PART.sub(_part, text)


def _part(found: re.Match[str]) -> str:
    """A part without its comment, about the parameters that it is asked about."""
    if found[1] not in PARTS:
        return found[0]  # what `about_table` puts in
    lines = _whole(_TEXTS[found[1]]).splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    turned = dict(pair.split("=") for pair in found[2].split())
    return re.sub(r"\$\d+", lambda number: turned.get(number[0], number[0]), text)


STATEMENTS: dict[str, str] = {
    name: _whole(text) for name, text in _TEXTS.items() if name not in PARTS
}


def sql(name: str) -> str:
    """The statement in `store/sql/<name>.sql`."""
    return STATEMENTS[name]


def about_table(name: str, table: str, key: Sequence[str]) -> str:
    """The statement in `store/sql/<name>.sql` about one of the tables that can be rebuilt.

    `key` are the columns that tell rows of a chronicle apart. Both come from the code alone.
    """
    columns = ("chronicle_id", *key)
    by_position = sorted(columns, key=lambda column: column != "position_from")
    return (
        sql(name)
        .replace("{table}", table)
        .replace("{live}", ", ".join(f"live.{column}" for column in columns))
        .replace("{made}", ", ".join(f"made.{column}" for column in columns))
        .replace("{order}", ", ".join(f"coalesce(made.{c}, live.{c})" for c in by_position))
    )
