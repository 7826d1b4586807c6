"""The program as a process of its own, as a shell would start it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from tests.conftest import PROJECT

DATELINE = (sys.executable, "-c", "import cli; cli.main()")


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without Dateline's and Python's variables, and with those given.

    Python's are left out because PYTHONUNBUFFERED would hide that a line was kept back.
    """
    ours = ("DATELINE_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(PROJECT), **given}
