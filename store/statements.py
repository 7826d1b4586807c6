"""The SQL that runs, one statement a file in `store/sql`, named by its file.

Some files are parts of statements: `{selected}` in one stands for the text of `selected.sql`, so
that what a definition selects is written once, for filling as for reading. Parts name parameters
by the numbers that they have in a listing; `{sourced $14=$16}` is that part, asked about another
parameter. Nothing else is put into a statement but parameters.
"""

from __future__ import annotations

import re
from importlib.resources import files

PARTS = (
    "named",
    "happened",
    "located",
    "selected",
    "from_sources",
    "sourced",
    "matched",
)
"""The files that are parts of statements."""
_PART = re.compile(r"\{(\w+)((?: \$\d+=\$\d+)*)\}")
_TEXTS = {
    path.name.removesuffix(".sql"): path.read_text(encoding="utf-8")
    for path in (files("store") / "sql").iterdir()
    if path.name.endswith(".sql")
}


def _whole(text: str) -> str:
    return _PART.sub(_part, text)


def _part(found: re.Match[str]) -> str:
    """A part without its comment, about the parameters that it is asked about."""
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
