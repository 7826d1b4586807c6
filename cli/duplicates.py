"""`dateline duplicates`: pairs of occurrences that may be one, why, and what to answer."""

from __future__ import annotations

import shlex
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.text import Text

from cli import words
from cli.asking import PAGE, Known, point
from cli.database import MAIN, Where, opened_chronicle
from cli.output import print_json, show
from cli.timeline import known_as_of, read_from
from domain.duplicates import Duplicates, Pair
from domain.query import LIMIT_DEFAULT, LIMIT_MOST, Query, whole_number
from domain.similar import Why
from store.similar import WINDOW, Similarity

app = App(
    name="duplicates",
    help_epilogue="Examples:\n\n"
    "    dateline duplicates\n"
    "    dateline duplicates idlib-2019 --as-of 2019-08-28\n"
    "    dateline duplicates --limit 10 --json",
)


@app.default
async def duplicates(
    name: Annotated[
        str | None, Parameter(help="Which timeline. Without it, all occurrences.")
    ] = None,
    /,
    *,
    known: Known = Known(),  # noqa: B008 -- frozen
    limit: Annotated[
        str | None, Parameter(group=PAGE, help="How many pairs, 1 to 1000. Default: 100.")
    ] = None,
    where: Where = Where(),  # noqa: B008
    json: Annotated[
        bool, Parameter(name="--json", negative="", show_default=False, help="Print JSON.")
    ] = False,
) -> None:
    """List pairs of occurrences that may be one, the likeliest first, and why.

    What speaks for it and what against is given in points, which add up to the score: whether they
    are of one time, of one place, of one kind, share words, figures and actors; and whether one
    source told of both, as of two. Nothing is merged by itself.

    Each pair comes with two commands, one for each answer: they are one (`dateline merge`), or they
    are not (`dateline distinct`). Either way the pair is not listed again.
    """
    most = whole_number(limit, "limit", 1, LIMIT_MOST) if limit is not None else LIMIT_DEFAULT
    question = Query(point=point(known), limit=most)
    with Progress(
        SpinnerColumn(),
        TextColumn("Comparing: {task.completed:,.0f} occurrences looked at"),
        console=Console(stderr=True),
        transient=True,
        disable=not Console(stderr=True).is_terminal,
    ) as progress:
        task = progress.add_task("", total=None)
        async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
            answer = await Similarity.over(reader).duplicates(
                name, question, lambda done: progress.update(task, completed=done)
            )
    if json:
        return print_json(answer)
    return show(*page(answer, where.chronicle))


def page(answer: Duplicates, chronicle: str) -> list[RenderableType]:
    """The pairs as they are read, each with the commands that answer it."""
    of = words.plain(answer.timeline) if answer.timeline else "all occurrences"
    parts: list[RenderableType] = [
        Text(f"Likely duplicates of {of}", style="bold"),
        Text(
            f"{known_as_of(answer.as_of)} · {read_from(chronicle, answer.basis, answer.settled)}\n"
        ),
    ]
    for pair in answer.pairs:
        parts += [*_pair(pair, chronicle), Text("")]
    return [*parts, *_foot(answer)]


def _pair(pair: Pair, chronicle: str) -> list[RenderableType]:
    elsewhere = ["--chronicle", chronicle] if chronicle != MAIN else []
    merge = ["dateline", "merge", pair.other.occurrence, pair.one.occurrence, *elsewhere]
    distinct = ["dateline", "distinct", pair.one.occurrence, pair.other.occurrence, *elsewhere]
    return [
        *(
            Text.assemble(
                (f"{mark:>4}  ", "bold"),
                (words.plain(of.title or "(untitled)"), "bold"),
                (f" · {of.occurrence}", "dim"),
            )
            for mark, of in ((str(pair.score), pair.one), ("", pair.other))
        ),
        *(Text(f"      {_said(why)}") for why in pair.why),
        Text(f"      one:      {shlex.join(merge)} --reason REASON", style="dim"),
        Text(f"      not one:  {shlex.join(distinct)}", style="dim"),
    ]


def _said(why: Why) -> str:
    return f"{why.weight:+d} {why.what}: {words.plain(why.detail)}"


def _foot(answer: Duplicates) -> list[RenderableType]:
    shown = len(answer.pairs)
    more = f", the first {shown:,} are listed" if shown < answer.found else ""
    lines = [
        f"{words.counted(answer.found, 'pair')} of {answer.least} points or more{more}; "
        f"{words.counted(answer.looked_at, 'occurrence')} looked at."
    ]
    if answer.limited:
        lines.append(
            f"{words.counted(answer.limited, 'occurrence')} had more than {WINDOW} others of the "
            "same time, and only the nearest were compared."
        )
    undated = answer.left_out.get("undated", 0)
    if undated:
        lines.append(f"Left out: {words.counted(undated, 'occurrence')} without a date to compare.")
    return [Text(line) for line in lines]
