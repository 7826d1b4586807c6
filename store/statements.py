"""The SQL that runs, one statement a file in `store/sql`, named by its file.

`{selected}` in a statement stands for the text of `selected.sql`, so that what a definition selects
is written once, for filling as for reading. `{table}` stands for a table that is rebuilt, `{live}`,
`{made}` and `{order}` for the columns that its rows are told apart by: see `about_table`. Nothing
else is put into a statement but parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

_TEXTS = {
    path.name.removesuffix(".sql"): path.read_text(encoding="utf-8")
    for path in (files("store") / "sql").iterdir()
    if path.name.endswith(".sql")
}
STATEMENTS: dict[str, str] = {
    name: text.replace("{selected}", _TEXTS["selected"])
    for name, text in _TEXTS.items()
    if name != "selected"
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
