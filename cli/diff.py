"""`dateline diff`: what changed in a timeline between two days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli import words
from cli.asking import KNOWLEDGE, Recorded, between
from cli.database import Where, opened_chronicle
from cli.output import AsJson, print_json, show
from domain.answers import By, Change, Diff, Entry
from domain.query import LATEST
from store.changes import Changes

app = App(
    name="diff",
    help_epilogue="Examples:\n\n"
    "    dateline diff idlib-2019 --from 2019-08-26 --to 2019-08-27\n"
    "    dateline diff khan-shaykhun --from 2019-08-27 --to 2019-08-28 --json",
)
STATUS = ("status", "differ", "contested")
VERBS = {
    "report.filed": "reported",
    "report.corrected": "corrected",
    "report.retracted": "retracted",
    "occurrence.merged": "merged",
    "occurrence.split": "split",
}


@app.default
async def diff(
    name: Annotated[str, Parameter(help="Which timeline.")],
    /,
    *,
    from_: Annotated[
        str,
        Parameter(
            name="--from", group=KNOWLEDGE, help="The earlier day: as known by the end of it."
        ),
    ],
    to: Annotated[
        str,
        Parameter(group=KNOWLEDGE, help="The later day; `latest` is all that ever was reported."),
    ],
    recorded: Recorded = Recorded(),  # noqa: B008 -- frozen
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """What changed in a timeline between two days, by whose report and why.

    Compared is what was known by the end of one day with what was known by the end of another: the
    entries that came, those that became others (each field before and after), and those that went.
    Below each stand the reports and corrections that made the difference. Links to others, and who
    else says what was believed already, are no difference: `dateline history` tells those.
    """
    before, after = between(from_, to, recorded)
    async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
        answer = await Changes.over(reader).diff(name, before, after)
    if json:
        return print_json(answer)
    return show(*page(answer))


def page(answer: Diff) -> list[RenderableType]:
    """The differences, entry by entry."""
    to = "now" if answer.to == LATEST else words.until(answer.to)
    parts: list[RenderableType] = [
        Text.assemble((words.plain(answer.timeline), "bold")),
        Text(
            f"What changed from {words.until(answer.from_)} to {to}, as recorded up to position "
            f"{answer.basis}{'' if answer.settled else ' (not settled)'}"
        ),
    ]
    for heading, came in (("Added", answer.added), ("Removed", answer.removed)):
        if heading == "Removed":
            parts += _changed(answer.changed)
        if came:
            parts.append(_heading(heading, len(came)))
            for one in came:
                parts += came_in_words(one.entry, one.by)
    if len(parts) == 2:
        parts.append(Text("\nNothing."))
    return parts


def _heading(text: str, number: int) -> Text:
    return Text.assemble("\n", (f"{text} ({number})", "bold"))


def came_in_words(entry: Entry, by: Sequence[By], mark: Text | None = None) -> list[RenderableType]:
    """An entry that came or went, with its tolls and the reports behind it, after a mark."""
    lines = [Text(words.toll(toll)) for toll in entry.toll]
    return [_entry(entry, mark), *(_in(line) for line in [*lines, *_by(by)])]


def _changed(changed: Sequence[Change]) -> list[RenderableType]:
    if not changed:
        return []
    parts: list[RenderableType] = [_heading("Changed", len(changed))]
    for change in changed:
        parts += changed_in_words(change)
    return parts


def changed_in_words(change: Change, mark: Text | None = None) -> list[RenderableType]:
    """An entry that became another, each field before and after, after a mark."""
    made = Table.grid(padding=(0, 2, 0, 0))
    for field in _rows(change):
        before, after = value(change.before, field), value(change.after, field)
        made.add_row(Text(field), Text.assemble((before, "dim"), " → ", after))
    return [_entry(change.after, mark), _in(made), *(_in(line) for line in _by(change.by))]


def _rows(change: Change) -> list[str]:
    """The fields that differ; what the status speaks of is told with it."""
    rows = [field for field in change.fields if field not in STATUS]
    return [*rows, "status"] if len(rows) < len(change.fields) else rows


def _entry(entry: Entry, mark: Text | None) -> Text:
    return Text.assemble(
        "\n",
        mark or "",
        f"{words.when(entry.occurred)}  ",
        (words.plain(entry.title or "(untitled)"), "bold"),
        (f"  {entry.occurrence}", "dim"),
    )


def _by(by: Sequence[By]) -> list[Text]:
    return [Text(because(one), style="dim") for one in by]


def because(by: By) -> str:
    """`UCDP via SOHR reported it, 28 Aug 2019 (position 31)`, and why for what changed it."""
    who = words.chain(by.source, by.via) if by.source else "An editor"
    did = f"{who} {VERBS.get(by.type, by.type)} it"
    if by.type == "report.graded":  # which is our doing, and not the source's
        did = f"What {who} reported was graded anew"
    fault = {"source": "the source's own account", "entry": "a slip of ours"}.get(by.fault or "")
    said = [text for text in (fault, words.plain(by.reason or "")) if text]
    why = f"; {': '.join(said)}" if said else ""
    document = f", {words.of_document(by.document)}" if by.document else ""
    return f"{did}, {words.instant(by.known_from)} (position {by.position}{document}){why}"


def _in(line: RenderableType) -> Padding:
    return Padding(line, (0, 0, 0, 2), expand=False)


def value(entry: Entry, field: str) -> str:
    """A field of an entry on one line."""
    found = getattr(entry, field)
    if field == "occurred":
        phrase = f" “{words.plain(found.phrase)}”" if found is not None and found.phrase else ""
        return f"{words.when(found)}{phrase}"
    if field == "toll":
        return "; ".join(f"{words.toll(t)} · {words.toll_detail(t)}" for t in found) or "none"
    if field == "status":
        return "; ".join(words.entry_marks(entry)) or "reported"
    return brief(found)


def brief(found: Any) -> str:
    """A claimed value that has no words of its own."""
    if found is None or found == ():
        return "none"
    if isinstance(found, tuple):
        return ", ".join(brief(one) for one in found)
    if isinstance(found, dict):
        return ", ".join(f"{words.plain(name)}: {brief(one)}" for name, one in found.items())
    name = getattr(found, "name", found)
    extra = getattr(found, "role", None) or getattr(found, "precision", None)
    return words.plain(f"{name} ({extra})" if extra else str(name))
