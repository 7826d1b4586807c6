"""The command line: `dateline`. Thin over the store; it says in words what HTTP says in JSON."""

from __future__ import annotations

import sys


def main() -> None:
    """The program `dateline`."""
    from cli.app import run

    sys.exit(run(sys.argv[1:]))
