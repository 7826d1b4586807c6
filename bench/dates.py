"""How many dates are parsed a second, on one core: `python -m bench.dates` prints a line of JSON.

The mix is that of a data set of reports: mostly plain days, then months and years, intervals,
marked dates, sets, seasons and dates with unknown digits, in random order. Every text occurs once,
so that what `parse` keeps of earlier texts cannot help it; the line counts how often it did.
"""

from __future__ import annotations

import datetime
import json
import random
import statistics
import time
from collections.abc import Callable

from domain.dates import parse

TEXTS = 50_000
ROUNDS = 5
FIRST = datetime.date(1, 1, 1)
DAYS = 3_650_000

Form = Callable[[datetime.date, datetime.date], str]

MIX: dict[str, tuple[int, Form]] = {
    "day": (70, lambda a, b: f"{a}"),
    "month": (6, lambda a, b: f"{a}"[:7]),
    "year": (1, lambda a, b: f"{a}"[:4]),
    "interval": (8, lambda a, b: f"{a}/{b}"),
    "open interval": (2, lambda a, b: f"{a}/.."),
    "marked": (4, lambda a, b: f"{a}~"),
    "marked component": (2, lambda a, b: f"{a}"[:8] + f"?{a.day:02}"),
    "set": (4, lambda a, b: f"[{a}..{b}]"),
    "unknown digits": (1, lambda a, b: f"{a}"[:7] + "-XX"),
    "season": (1, lambda a, b: f"{a}"[:5] + f"{21 + a.day % 21}"),
    "date-time": (1, lambda a, b: f"{a}T10:00:00+03:00"),
}
"""How many texts of a hundred have a form, and how it is made from two days, the first before."""


def texts() -> list[str]:
    """The mix, in random order, each text once. The seed is fixed: every run has the same."""
    dice = random.Random(2019)
    made: dict[str, None] = {}
    for share, form in MIX.values():
        enough = len(made) + TEXTS * share // 100
        while len(made) < enough:
            day = FIRST + datetime.timedelta(days=dice.randrange(DAYS))
            made[form(day, day + datetime.timedelta(days=dice.randrange(1, 60)))] = None
    mixed = list(made)
    dice.shuffle(mixed)
    return mixed


def main() -> None:
    """Parse the mix a few times, forgetting all between; print the median."""
    mix = texts()
    seconds, helped = [], 0
    for _ in range(ROUNDS):
        parse.cache_clear()
        began = time.perf_counter()
        for text in mix:
            parse(text)
        seconds.append(time.perf_counter() - began)
        helped += parse.cache_info().hits
    print(
        json.dumps(
            {
                "measured": "dates parsed",
                "texts": len(mix),
                "per_second": round(len(mix) / statistics.median(seconds)),
                "slowest_round_per_second": round(len(mix) / max(seconds)),
                "already_known": helped,
            }
        )
    )


if __name__ == "__main__":
    main()
