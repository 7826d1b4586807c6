"""Made-up reports about a made-up place, as many as a measurement needs."""

from __future__ import annotations

import datetime
import json
import random
from typing import Any

FIRST_DAY = datetime.date(2016, 1, 1)
DAYS = 3_650
LAST_DAY = FIRST_DAY + datetime.timedelta(days=DAYS)
DELAYS = (0, 0, 0, 0, 1, 1, 2, 7, 30, 900)
"""Days from a clash to its report: most are told at once, some years later."""


def report(number: int, dice: random.Random) -> dict[str, Any]:
    """The report of clash `number`: dated to the day four times in five, else loosely."""
    day = FIRST_DAY + datetime.timedelta(days=dice.randrange(DAYS))
    told = min(day + datetime.timedelta(days=dice.choice(DELAYS)), LAST_DAY)
    later = day + datetime.timedelta(days=5)
    loose = (day.isoformat()[:7], day.isoformat()[:4], f"{day}/..", f"{day}/{later}")
    return {
        "type": "report.filed",
        "occurrence": f"norvale-clash-{number}",
        "report": {
            "source": {"name": f"Norvale Radio {number % 50}"},
            "via": ["Norvale Observatory"],
            "reported_at": told.isoformat(),
        },
        "claims": {
            "title": f"Clash {number} near Norvale",
            "kind": dice.choice(("clash", "air-strike", "attack")),
            "occurred": {"edtf": day.isoformat() if dice.random() < 0.8 else dice.choice(loose)},
            "place": {"name": "Norvale", "lat": 1.5, "lon": 2.5, "precision": "town"},
            "actors": [{"name": "Norvale Guard", "role": "perpetrator"}],
            "toll": [{"outcome": "killed", "group": "guards", "exactly": number % 7}],
            "tags": ["norvale"] if number % 3 else ["estra"],
        },
    }


def definition(name: str) -> dict[str, Any]:
    """A timeline that selects two thirds of the clashes."""
    return {
        "type": "timeline.defined",
        "timeline": name,
        "title": "Clashes near Norvale",
        "select": {"tag": ["norvale"]},
        "expected_version": "none",
    }


def body(*events: dict[str, Any]) -> bytes:
    """Events as the body of one request: one event, or an atomic batch."""
    return json.dumps(events[0] if len(events) == 1 else {"events": events}).encode()
