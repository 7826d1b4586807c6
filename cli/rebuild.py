"""`dateline rebuild`: what is derived from the log, derived anew or checked against it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from msgspec import Struct

from cli import words
from cli.database import WHERE, Database, owner
from cli.output import print_json
from cli.progress import Rebuilding
from store.rebuild import Checked, Difference, Rebuilt, compare, rebuild

app = App(
    name="rebuild",
    help_epilogue="Examples:\n\n"
    "    dateline rebuild\n"
    "    dateline rebuild --check\n"
    "    DATELINE_DATABASE=postgresql://owner@db.example/dateline dateline rebuild",
)


class AllRebuilt(Struct, frozen=True):
    """What `rebuild --json` prints."""

    chronicles: list[Rebuilt]


class AllChecked(Struct, frozen=True):
    """What `rebuild --check --json` prints."""

    chronicles: list[Checked]


@app.default
async def rebuild_(
    *,
    chronicle: Annotated[
        str | None,
        Parameter(name="--chronicle", group=WHERE, help="One chronicle. Default: all of them."),
    ] = None,
    database: Database = Database(),  # noqa: B008 -- frozen
    check: Annotated[
        bool,
        Parameter(
            name="--check",
            negative="",
            show_default=False,
            help="Write nothing: name the rows that are not what the log gives.",
        ),
    ] = False,
    json: Annotated[
        bool,
        Parameter(
            name="--json", negative="", show_default=False, help="Tell what came of it as JSON."
        ),
    ] = False,
) -> int:
    """Derive beliefs, claims, timelines and links anew from the log, which stays as it is.

    The log is replayed beside the live rows, while others append and read; then those that are not,
    byte for byte, what the log gives are replaced at once. Stopped before that, it leaves all as it
    was. On a server of your own, name the database's owner: the application's role may not delete.

    `--check` tells the first differences of each table instead. Its exit status is 1 if there are
    any. `dateline migrate` rebuilds by itself what an older version of Dateline derived.
    """
    dsn = await owner(database)
    if check:
        with Rebuilding("Checking") as progress:
            checked = await compare(dsn, chronicle, progress)
        if json:
            print_json(AllChecked(checked))
        else:
            for one in checked:
                print("\n".join(_checked(one)))
        return 1 if any(any(one.differing.values()) for one in checked) else 0
    with Rebuilding() as progress:
        rebuilt = await rebuild(dsn, chronicle, progress)
    if json:
        print_json(AllRebuilt(rebuilt))
    else:
        for done in rebuilt:
            print(_rebuilt(done))
    return 0


def _rebuilt(done: Rebuilt) -> str:
    replaced = sum(max(done.removed[table], done.added[table]) for table in done.added)
    changed = f"{words.counted(replaced, 'row')} replaced" if replaced else "no row changed"
    return (
        f"{done.chronicle}: rebuilt from {words.counted(done.basis, 'event')} by {done.make}, "
        f"{changed}."
    )


def _checked(one: Checked) -> list[str]:
    differing = {table: number for table, number in one.differing.items() if number}
    found = "stored is what the log gives"
    if differing:
        counts = ", ".join(f"{number:,} in {table}" for table, number in differing.items())
        found = f"{counts} differ from what the log gives. `dateline rebuild` mends them"
    told = [f"{one.chronicle}: {words.counted(one.basis, 'event')}; {found}."]
    return told + [f"  {_difference(difference)}" for difference in one.first]


def _difference(difference: Difference) -> str:
    about = [difference.table]
    if difference.occurrence is not None:
        about.append(words.plain(difference.occurrence))
    if difference.position is not None:
        about.append(f"position {difference.position:,}")
    what = {
        "missing": "is missing",
        "extra": "is not in the log",
        "changed": f"differs: {', '.join(difference.fields)}",
    }
    return f"{', '.join(about)} {what[difference.fault]}"
