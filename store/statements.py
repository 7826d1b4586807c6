"""The SQL that runs, one statement a file in `store/sql`, named by its file.

`{selected}` in a statement stands for the text of `selected.sql`, so that what a definition selects
is written once, for filling as for reading. Nothing else is put into a statement but parameters.
"""

from __future__ import annotations

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
