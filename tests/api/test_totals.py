"""Goal: totals, policies and claims over HTTP say what they are, and can be asked for again.

Method: a whole with parts, and claimants that disagree, filed and asked for over HTTP.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.asking import EVENTS, OCCURRENCES, SERVER, TIMELINES, defined, filed, refused

TOTALS = "totals"
OF_TIMELINE = f"{TIMELINES}/norvale/totals"


def strike(occurrence: str, killed: int, edtf: str, **claims: Any) -> dict[str, Any]:
    toll = [{"outcome": "killed", "exactly": killed}]
    return filed(occurrence, **{"toll": toll, "occurred": {"edtf": edtf}, **claims})


@pytest.fixture(autouse=True)
async def strikes(writer) -> None:
    """Strikes and two of their parts; a bridge that nobody counted at; a figure since April."""
    toll = [
        {"outcome": "killed", "exactly": 9, "claimant": "Estra Relief"},
        {"outcome": "killed", "at_least": 5, "claimant": "Ministry"},
        {"outcome": "injured", "about": 20, "claimant": "Estra Relief"},
        {"outcome": "killed", "at_least": 900, "scope": "cumulative", "since": "2019-04"},
    ]
    part = {"type": "occurrence.linked", "relation": "part-of", "to": "strikes"}
    events = [
        defined(expected_version="none"),
        strike("strikes", 0, "2019-08-26", toll=toll),
        strike("estra-strike", 3, "2019-08-26", actors=[{"name": "A"}, {"name": "B"}]),
        strike("tellin-strike", 4, "2019-09-01", actors=[{"name": "B"}]),
        filed("bridge-at-norvale"),
        {**part, "occurrence": "estra-strike"},
        {**part, "occurrence": "tellin-strike"},
    ]
    answer = await writer.post(EVENTS, json={"events": events})
    assert answer.status_code == 201, answer.text


async def test_totals_are_rows_a_group_and_outcome_and_a_total(reader) -> None:
    answer = (await reader.get(f"{OF_TIMELINE}?by=month")).json()

    assert answer["timeline"] == "norvale"
    assert answer["occurrences"] == 4
    assert answer["rows"] == [
        row("2019-08", "injured", 2, 1, best_known=20, best=20, without=(1, 0, 1)),
        row("2019-08", "killed", 2, 0, low=5, best_known=9, best=9, without=(0, 0, 1)),
        row("2019-09", "killed", 1, 0, low=4, best=4, best_known=4, high=4),
        row(None, None, 1, 1),
    ]
    assert answer["total"] == [
        row(None, "injured", 4, 3, best_known=20, best=20, without=(1, 0, 1)),
        row(None, "killed", 4, 1, low=7, best_known=9, best=9, without=(0, 0, 1)),
    ]
    assert answer["additive"] is False
    (figure,) = answer["cumulative"]
    assert (figure["occurrence"], figure["toll"]["low"]) == ("strikes", 900)


def row(
    key: str | None, outcome: str | None, occurrences: int, without_figure: int, *,
    without: tuple[int, int, int] = (0, 0, 0), **figures: int,
) -> dict[str, Any]:  # fmt: skip
    low, best, high = without
    return {
        "key": key,
        "outcome": outcome,
        "occurrences": occurrences,
        "without_figure": without_figure,
        "without_low": low,
        "without_best": best,
        "without_high": high,
        "low": None,
        "best": None,
        "best_known": None,
        "high": None,
        **figures,
    }


async def test_totals_take_the_filters_of_a_listing_and_count_the_undated(reader) -> None:
    asked = f"{TOTALS}?by=kind&during=2019-09&kind=closure"
    answer = (await reader.get(asked)).json()

    assert [r["best"] for r in answer["rows"]] == [4]
    assert answer["left_out"] == {"undated": 1}
    assert answer["timeline"] is None


@pytest.mark.parametrize(
    "asked",
    [
        f"{OF_TIMELINE}?by=actor&as_of=2019-08-27&policy=claimant%3AEstra+Relief%2F1",
        f"{TOTALS}?by=month&during=2019-08&match=certain",
        f"{TIMELINES}/norvale?policy=latest/1&claims=all&limit=2",
        f"{OCCURRENCES}/strikes?policy=claimant:Ministry/1",
    ],
)
async def test_a_permalink_gives_the_same_bytes(reader, asked: str) -> None:
    answer = await reader.get(asked)
    again = await reader.get(f"{SERVER}{answer.json()['permalink']}")

    assert answer.status_code == 200, answer.text
    assert again.content == answer.content
    assert again.headers["etag"] == answer.headers["etag"]


async def test_a_policy_is_named_and_resolves_values_and_totals(reader) -> None:
    for name, low in (("Ministry", 5), ("Estra Relief", 9)):
        asked = {"policy": f"claimant:{name}/1"}
        listed = (await reader.get(OCCURRENCES, params=asked)).json()
        alone = (await reader.get(f"{OCCURRENCES}/strikes", params=asked)).json()
        total = (await reader.get(TOTALS, params={"by": "outcome", **asked})).json()

        assert {a["policy"] for a in (listed, alone, total)} == {f"claimant:{name}/1"}
        assert {a["selected_by"] for a in (listed, total)} == {"graded-latest/1"}
        (entry,) = [e for e in listed["entries"] if e["occurrence"] == "strikes"]
        tolls = [t for t in entry["toll"] if t["outcome"] == "killed"]
        assert [(t["low"], t["claimant"]) for t in tolls] == [(low, name)]
        assert alone["entry"] == entry
        killed = [r["low"] for r in total["total"] if r["outcome"] == "killed"]
        assert killed == [low]


async def test_a_cursor_of_one_policy_is_not_taken_for_another_s(reader) -> None:
    asked = f"{OCCURRENCES}?limit=1&policy=latest/1"
    first = (await reader.get(asked)).json()

    assert (await reader.get(f"{asked}&cursor={first['next']}")).status_code == 200
    other = await reader.get(f"{OCCURRENCES}?limit=1&cursor={first['next']}")
    refused(other, 400, "malformed", "cursor belongs to another listing")


async def test_claims_stand_beneath_each_entry_where_they_are_asked_for(reader) -> None:
    without = (await reader.get(OCCURRENCES)).json()["entries"]
    listed = (await reader.get(f"{OCCURRENCES}?claims=all")).json()["entries"]

    assert not any("claims" in entry for entry in without)
    assert [{**e, "claims": None} for e in without] == [{**e, "claims": None} for e in listed]
    for entry in listed:
        alone = (await reader.get(f"{OCCURRENCES}/{entry['occurrence']}")).json()
        assert entry["claims"] == alone["claims"]
    (claim,) = next(e for e in listed if e["occurrence"] == "strikes")["claims"]
    assert claim["report"] == {"source": {"name": "Estra Observer"}, "reported_at": "2019-08-27"}
    assert [t["claimant"] for t in claim["claims"]["toll"]] == [
        "Estra Relief", "Ministry", "Estra Relief", "Estra Observer",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (TOTALS, "by is required: one of month, place, actor, kind, outcome."),
        (f"{TOTALS}?by=year", "by must be one of month, place, actor, kind, outcome"),
        (f"{TOTALS}?by=month&limit=3", "Unknown query parameter"),
        (f"{TOTALS}?by=month&policy=oldest/1", "graded-latest/1, latest/1 or claimant:NAME/1"),
        (f"{OCCURRENCES}?claims=some", "claims must be one of none, all"),
        (f"{OCCURRENCES}?policy=claimant:/1", "graded-latest/1, latest/1 or claimant:NAME/1"),
    ],
)
async def test_what_cannot_be_asked_is_refused(reader, asked: str, said: str) -> None:
    refused(await reader.get(asked), 400, "malformed", said)


async def test_totals_of_a_timeline_that_is_none_are_not_found(reader) -> None:
    refused(await reader.get(f"{TIMELINES}/tellin/totals?by=month"), 404, "not-found", "tellin")


async def test_totals_can_be_kept(reader) -> None:
    first = await reader.get(f"{TOTALS}?by=month")
    again = await reader.get(f"{TOTALS}?by=month", headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert urlsplit(first.json()["permalink"]).path.endswith("/totals")
