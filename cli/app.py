"""The program's commands, and how each way of ending becomes an exit status.

0 done; 1 refused, with one line that says why; 2 not a command line of ours; 130 stopped by Ctrl-C.
Commands are loaded when they are asked for, so that help and dates come at once.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from domain.errors import DatelineError

REFUSED = 1
MISUSED = 2
STOPPED = 130
NOBODY_READS = 141
"""What a shell says of a program that wrote into a closed pipe: 128 + SIGPIPE."""

COMMANDS = {
    "demo": "Start Dateline with its sample records, on this machine.",
    "serve": "Serve HTTP.",
    "migrate": "Bring the database to what this version of Dateline needs.",
    "rebuild": "Derive beliefs and timelines anew from the log, or check them against it.",
    "file": "Append reports, corrections and other events.",
    "import": "Import others' data sets: UCDP GED, ACLED, TimelineJS, timemap, any table.",
    "timeline": "Read a timeline as it was known on any day; without a name, list all.",
    "totals": "How many, by month, place, actor or kind, without counting anybody twice.",
    "export": "Write a timeline as CSV, XLSX, GeoJSON, a calendar and more.",
    "diff": "What changed in a timeline between two days, by whose report and why.",
    "replay": "Play what changed in a timeline, day by day, as it became known.",
    "actors": "List the registered actors, and the names they go by.",
    "places": "List the registered places, and the names they go by.",
    "sources": "List the registered sources, their names and terms.",
    "history": "All that was said about one occurrence, and what was believed when.",
    "duplicates": "Pairs of occurrences that may be one, and why.",
    "merge": "Say that two occurrences are one.",
    "distinct": "Say that two occurrences are not one.",
    "link": "Relate one occurrence to another.",
    "unlink": "End the relation of one occurrence to another.",
    "date": "What a date or a phrase like “since late April” means, to the day.",
    "chronicles": "List the chronicles, or make one.",
    "keys": "Make, list and revoke the keys that HTTP asks for.",
    "db": "Look after the embedded database: start, stop, status, psql.",
}
MODULES = {"import": "importing"}
"""Where a command is that no module can be named after."""

REGISTRIES = ("actors", "places", "sources")


def build(asked: str | None = None) -> App:
    """The program. The command that is `asked` brings its own, longer help."""
    app = App(
        name="dateline",
        help="What was known about this, on that day, and who said so?\n\n"
        "Dateline is an append-only record of reports about dated occurrences, and the timelines "
        "they add up to. Without --database it keeps a PostgreSQL of its own in DATELINE_DATA.",
        help_epilogue="Examples:\n\n"
        "    dateline demo\n"
        "    dateline timeline idlib-2019 --as-of 2019-08-26\n"
        "    dateline timeline --help",
        help_format="markdown",
        version=lambda: f"dateline {importlib.metadata.version('dateline')}",
        suppress_keyboard_interrupt=False,
    )
    for place, (name, said) in enumerate(COMMANDS.items()):
        shown = None if name == asked else said
        module = MODULES.get(name, name)
        path = f"cli.registries:{name}" if name in REGISTRIES else f"cli.{module}:app"
        app.command(path, name=name, help=shown, sort_key=place)
    return app


def run(words: Sequence[str]) -> int:
    """Run one command line; its exit status."""
    _open_streams()
    try:
        status = build(words[0] if words else None)(
            words, exit_on_error=False, print_error=False, result_action="return_value"
        )
        sys.stdout.flush()
    except CycloptsError as misuse:
        named = " ".join(["dateline", *(misuse.command_chain or ())])
        _complain(f"{str(misuse).strip()} `{named} --help` says what can be asked.")
        return MISUSED
    except DatelineError as refused:
        _complain(in_options(refused))
        return REFUSED
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        _drop_output()
        return NOBODY_READS
    except OSError as failed:
        _drop_output()
        _complain(f"{failed.strerror or failed}.")
        return REFUSED
    return status if isinstance(status, int) else 0


def _open_streams() -> None:
    """Stand-ins for standard streams that were closed, and text that any terminal can take."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 -- for as long as we run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """What is still buffered must not be written, and fail again, when the program ends."""
    with contextlib.suppress(io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def in_options(refused: DatelineError) -> str:
    """A refusal that begins with a parameter's name, with the option's name instead."""
    name = refused.where or ""
    if re.fullmatch(r"[a-z_]+", name) and refused.detail.startswith(f"{name} "):
        return f"--{name.replace('_', '-')}{refused.detail.removeprefix(name)}"
    return refused.detail


def _complain(said: str) -> None:
    """One fault, on standard error. A DSN may hold a password, so none is ever repeated."""
    said = re.sub(r"(postgres(?:ql)?://)\S+", r"\1...", said)
    said = f"dateline: {said}"
    if sys.stderr.isatty():
        # A terminal would break the line within a word, or within a date.
        width = shutil.get_terminal_size().columns
        said = textwrap.fill(said, width, break_long_words=False, break_on_hyphens=False)
    print(said, file=sys.stderr)
