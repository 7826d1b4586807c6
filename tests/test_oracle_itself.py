"""Goal: the oracle is right. What everything else is compared with has to be known to be.

Method: histories worked out by hand, each something that a researcher would recognise, with the
exact answer in the cells that matter; then laws that hold in every cell of random histories.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import event as seen
from hypothesis import given, settings

from tests.histories import (
    GUIDED,
    OCCURRENCES,
    TIMELINES,
    History,
    as_of_today,
    can_be,
    hear,
    histories,
    points_of_knowledge,
    version,
)
from tests.oracle import EPOCH, FOREVER, Json, Oracle, last_microsecond

BRIDGE, MARKET, ROAD = "norvale-bridge", "estra-market", "tellin-road"
NOW = (GUIDED - EPOCH) // GUIDED.resolution
NEWEST = FOREVER - 1


def told(*events: Json) -> Oracle:
    """An oracle that was told these, one by one. All of them can be."""
    oracle = Oracle()
    for event in events:
        assert hear(oracle, [event], NOW), event
    return oracle


def refused(oracle: Oracle, event: Json) -> bool:
    return not can_be(oracle, NOW + len(oracle.log), event)


def filed(event_id: str, occurrence: str, day: str | None, title: str, **more: Any) -> Json:
    """A report by a source of its own. Its id is the first letter of its source too."""
    report = {"source": {"name": more.pop("source", f"Outlet {event_id}")}}
    report |= {"reported_at": day} if day else {}
    report |= {"grade": more.pop("grade")} if "grade" in more else {}
    return {
        "type": "report.filed",
        "event_id": event_id,
        "occurrence": occurrence,
        "report": report,
        "claims": {"title": title, **more},
    }


def corrected(event_id: str, target: str, occurrence: str, day: str, title: str) -> Json:
    return {
        **retracted(event_id, target, occurrence, day),
        "type": "report.corrected",
        "claims": {"title": title},
    }


def retracted(event_id: str, target: str, occurrence: str, day: str) -> Json:
    return {
        "type": "report.retracted",
        "event_id": event_id,
        "occurrence": occurrence,
        "target": target,
        "fault": "source",
        "reason": "The outlet withdrew it.",
        "reported_at": day,
    }


def graded(event_id: str, target: str, grade: str | None, day: str) -> Json:
    return {
        "type": "report.graded",
        "event_id": event_id,
        "target": target,
        "grade": grade,
        "reason": "The outlet was looked into.",
        "reported_at": day,
    }


def merged(event_id: str, occurrence: str, into: str, day: str) -> Json:
    return {
        "type": "occurrence.merged",
        "event_id": event_id,
        "occurrence": occurrence,
        "into": into,
        "reason": "Both tell of one attack.",
        "reported_at": day,
    }


def split(event_id: str, occurrence: str, into: str, day: str, *reports: str) -> Json:
    return {
        "type": "occurrence.split",
        "event_id": event_id,
        "occurrence": occurrence,
        "into": into,
        "reports": [*reports],
        "reason": "They tell of two attacks.",
        "reported_at": day,
    }


def linked(event_id: str, part: str, whole: str, day: str, relation: str = "part-of") -> Json:
    return {
        "type": "occurrence.linked",
        "event_id": event_id,
        "occurrence": part,
        "relation": relation,
        "to": whole,
        "reported_at": day,
    }


def unlinked(event_id: str, part: str, whole: str, day: str, relation: str = "part-of") -> Json:
    return {**linked(event_id, part, whole, day, relation), "type": "occurrence.unlinked"}


def known(day: int) -> int:
    """The last microsecond of a day in August 2019."""
    return last_microsecond(f"2019-08-{day}")


def shows(oracle: Oracle, name: str, day: int, basis: int = FOREVER) -> Any:
    """Title, flags, and what it was merged into; None for nothing."""
    belief = oracle.belief(name, known(day), basis)
    return belief and (belief["title"], belief["status"], belief["into"])


def by(oracle: Oracle, name: str, day: int, basis: int = FOREVER) -> set[str]:
    """The reports that an occurrence rests on."""
    return set(oracle.claims(name, known(day), basis))


def listed(oracle: Oracle, timeline: str | None, day: int, **asked: Any) -> list[str]:
    ids = {name: name for name in oracle.occurrences(FOREVER)}
    entries, _ = oracle.listing(timeline, known(day), FOREVER, ids=ids, **asked)
    return [name for name, _ in entries]


# Worked out by hand

TWO_OF_ONE = (
    filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
    filed("b", MARKET, "2019-08-21", "Shelling at the river"),
    merged("m", MARKET, BRIDGE, "2019-08-23"),
)
"""Two outlets wrote of one attack, and it was filed as two."""


def test_two_occurrences_that_are_one_are_two_until_they_are_merged() -> None:
    oracle = told(*TWO_OF_ONE)

    assert shows(oracle, MARKET, 20) is None
    assert shows(oracle, MARKET, 22) == ("Shelling at the river", {"reported"}, None)
    assert shows(oracle, BRIDGE, 22) == ("Attack on the bridge", {"reported"}, None)
    assert shows(oracle, MARKET, 23) == ("Shelling at the river", {"merged"}, BRIDGE)
    assert shows(oracle, BRIDGE, 23) == (
        "Shelling at the river",
        {"reported", "corroborated"},
        None,
    )
    assert by(oracle, BRIDGE, 23) == {"a", "b"}
    assert by(oracle, MARKET, 23) == set()
    assert oracle.sources(BRIDGE, known(23), 3)[1] == 2
    assert oracle.sources(MARKET, known(23), 3) == (set(), 0)


def test_on_the_basis_before_a_merge_there_are_still_two() -> None:
    oracle = told(*TWO_OF_ONE)

    assert shows(oracle, MARKET, 23, basis=2) == ("Shelling at the river", {"reported"}, None)
    assert shows(oracle, BRIDGE, 23, basis=2) == ("Attack on the bridge", {"reported"}, None)
    assert [oracle.version(BRIDGE, basis) for basis in range(4)] == [0, 1, 1, 2]
    assert [oracle.version(MARKET, basis) for basis in range(4)] == [0, 0, 1, 2]


def test_a_merge_stands_in_the_histories_of_both() -> None:
    oracle = told(*TWO_OF_ONE)

    assert oracle.history(BRIDGE, NEWEST, 3) == [1, 2, 3]
    assert oracle.history(MARKET, NEWEST, 3) == [2, 3]
    assert oracle.history(BRIDGE, known(22), 3) == [1]
    assert oracle.became_known(BRIDGE, known(20), known(23), 3) == [2, 3]


def test_a_merge_of_what_is_merged_on_stands_in_the_history_of_what_it_leads_to() -> None:
    oracle = told(
        *TWO_OF_ONE,
        filed("c", ROAD, "2019-08-20", "Attack in the town"),
        merged("n", BRIDGE, ROAD, "2019-08-22"),
    )

    assert oracle.history(ROAD, known(22), 5) == [1, 4, 5]
    assert oracle.history(ROAD, known(23), 5) == [1, 2, 3, 4, 5]
    assert oracle.became_known(ROAD, known(22), known(23), 5) == [3]


def test_a_merged_occurrence_is_listed_only_for_who_asks_for_it() -> None:
    oracle = told(*TWO_OF_ONE)

    assert listed(oracle, None, 22) == [MARKET, BRIDGE]
    assert listed(oracle, None, 23) == [BRIDGE]
    assert listed(oracle, None, 23, status=("merged",)) == [MARKET]
    assert listed(oracle, None, 23, status=("merged", "reported")) == [MARKET, BRIDGE]


def test_what_was_merged_by_mistake_is_split_again() -> None:
    oracle = told(*TWO_OF_ONE, split("s", BRIDGE, MARKET, "2019-08-25", "b"))

    assert shows(oracle, MARKET, 24) == ("Shelling at the river", {"merged"}, BRIDGE)
    assert shows(oracle, MARKET, 25) == ("Shelling at the river", {"reported"}, None)
    assert shows(oracle, BRIDGE, 25) == ("Attack on the bridge", {"reported"}, None)
    assert oracle.history(BRIDGE, NEWEST, 4) == [1, 3, 4]
    assert oracle.history(MARKET, NEWEST, 4) == [2, 3, 4]
    assert (oracle.version(BRIDGE, 4), oracle.version(MARKET, 4)) == (3, 3)


def test_merged_back_the_other_way_after_a_split_the_first_leads_to_the_second() -> None:
    oracle = told(
        *TWO_OF_ONE,
        split("s", BRIDGE, MARKET, "2019-08-25", "b"),
        merged("n", BRIDGE, MARKET, "2019-08-26"),
    )

    assert shows(oracle, BRIDGE, 25) == ("Attack on the bridge", {"reported"}, None)
    assert shows(oracle, BRIDGE, 26) == ("Attack on the bridge", {"merged"}, MARKET)
    assert by(oracle, MARKET, 26) == {"a", "b"}


def test_a_report_filed_late_to_a_merged_name_was_there_before_the_merge() -> None:
    late = filed("c", MARKET, "2019-08-22", "Market shelled")
    oracle = told(*TWO_OF_ONE, late)

    assert by(oracle, MARKET, 22) == {"b", "c"}
    assert shows(oracle, MARKET, 22)[0] == "Market shelled"
    assert by(oracle, BRIDGE, 23) == {"a", "b", "c"}
    assert shows(oracle, MARKET, 23) == ("Market shelled", {"merged"}, BRIDGE)
    assert by(oracle, MARKET, 22, basis=3) == {"b"}
    assert (oracle.version(BRIDGE, 4), oracle.version(MARKET, 4)) == (3, 3)
    assert oracle.history(BRIDGE, known(22), 4) == [1, 4]


def test_a_report_from_after_the_merge_is_followed_through_to_its_home() -> None:
    oracle = told(*TWO_OF_ONE, filed("c", MARKET, "2019-08-24", "Market shelled"))

    assert by(oracle, BRIDGE, 24) == {"a", "b", "c"}
    assert shows(oracle, MARKET, 23)[0] == "Shelling at the river"
    assert shows(oracle, MARKET, 24) == ("Market shelled", {"merged"}, BRIDGE)
    assert oracle.history(MARKET, NEWEST, 4) == [2, 3, 4]


def test_a_merge_dated_before_the_reports_leaves_nothing_under_the_merged_name() -> None:
    oracle = told(*TWO_OF_ONE[:2], merged("m", MARKET, BRIDGE, "2019-08-19"))

    assert shows(oracle, MARKET, 20) is None
    assert shows(oracle, MARKET, 21) == ("Shelling at the river", {"merged"}, BRIDGE)
    assert by(oracle, BRIDGE, 20) == {"a"}
    assert by(oracle, BRIDGE, 21) == {"a", "b"}
    assert [run[:2] for run in oracle.runs(MARKET, 3)] == [(known(21), FOREVER)]
    assert oracle.began(MARKET, NEWEST, 3) == (known(21), 3)


CHAIN = (
    *TWO_OF_ONE,
    filed("c", ROAD, "2019-08-21", "Convoy on the road"),
    merged("n", BRIDGE, ROAD, "2019-08-24"),
)


def test_along_a_chain_of_merges_every_name_leads_to_the_last() -> None:
    oracle = told(*CHAIN)

    assert shows(oracle, MARKET, 23) == ("Shelling at the river", {"merged"}, BRIDGE)
    assert shows(oracle, MARKET, 24) == ("Shelling at the river", {"merged"}, ROAD)
    assert shows(oracle, BRIDGE, 24) == ("Shelling at the river", {"merged"}, ROAD)
    assert by(oracle, ROAD, 24) == {"a", "b", "c"}
    # The first merge, of the market and the bridge, is why the road has the market's report.
    assert oracle.history(ROAD, NEWEST, 5) == [1, 2, 3, 4, 5]
    assert oracle.history(MARKET, NEWEST, 5) == [2, 3]
    assert oracle.history(BRIDGE, NEWEST, 5) == [1, 2, 3, 5]


def test_a_merge_dated_after_that_of_what_it_leads_to_leads_on() -> None:
    # The merge into the bridge was told first, when the bridge was there, and is dated last, when
    # the bridge had become the road.
    oracle = told(*CHAIN[:2], CHAIN[3], merged("m", MARKET, BRIDGE, "2019-08-25"), CHAIN[4])

    assert shows(oracle, BRIDGE, 24) == ("Attack on the bridge", {"merged"}, ROAD)
    assert shows(oracle, MARKET, 24) == ("Shelling at the river", {"reported"}, None)
    assert shows(oracle, MARKET, 25) == ("Shelling at the river", {"merged"}, ROAD)
    assert by(oracle, ROAD, 25) == {"a", "b", "c"}


def test_of_two_that_were_merged_both_ways_the_one_named_last_lives() -> None:
    oracle = told(
        *TWO_OF_ONE[:2],
        merged("m", BRIDGE, MARKET, "2019-08-25"),
        split("s", MARKET, BRIDGE, "2019-08-27", "a"),
        merged("n", MARKET, BRIDGE, "2019-08-26"),
    )

    assert by(oracle, MARKET, 25) == {"a", "b"}
    assert by(oracle, BRIDGE, 26) == {"a", "b"}
    assert shows(oracle, BRIDGE, 26)[2] is None
    assert shows(oracle, MARKET, 26)[1:] == ({"merged"}, BRIDGE)


def test_merged_into_a_name_that_was_merged_away_it_goes_where_that_leads() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        filed("c", ROAD, "2019-08-21", "Convoy on the road"),
        merged("n", BRIDGE, ROAD, "2019-08-22"),
        filed("b", MARKET, "2019-08-21", "Shelling at the river"),
        merged("m", MARKET, BRIDGE, "2019-08-24"),
    )

    assert by(oracle, ROAD, 24) == {"a", "b", "c"}
    assert shows(oracle, BRIDGE, 24) == ("Attack on the bridge", {"merged"}, ROAD)
    assert oracle.version(BRIDGE, 5) == 2
    assert oracle.version(ROAD, 5) == 3


def test_a_split_may_give_a_merged_name_what_was_never_filed_there() -> None:
    oracle = told(*TWO_OF_ONE, split("s", BRIDGE, MARKET, "2019-08-25", "a"))

    assert shows(oracle, MARKET, 25) == ("Attack on the bridge", {"reported"}, None)
    assert shows(oracle, BRIDGE, 25) == ("Shelling at the river", {"reported"}, None)


def test_a_merged_name_shows_what_it_took_along_wherever_that_is_now() -> None:
    # The market took two reports along, one of which was then split off from the bridge.
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        filed("b", MARKET, "2019-08-20", "Shelling at the river"),
        filed("c", MARKET, "2019-08-21", "Convoy on the road"),
        merged("m", MARKET, BRIDGE, "2019-08-23"),
        split("s", BRIDGE, ROAD, "2019-08-24", "c"),
    )

    assert by(oracle, BRIDGE, 24) == {"a", "b"}
    assert shows(oracle, ROAD, 24) == ("Convoy on the road", {"reported"}, None)
    assert shows(oracle, MARKET, 24) == ("Convoy on the road", {"merged"}, BRIDGE)

    # Split off from the market before the merge, it was not taken along.
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        filed("b", MARKET, "2019-08-20", "Shelling at the river"),
        filed("c", MARKET, "2019-08-21", "Convoy on the road"),
        split("s", MARKET, ROAD, "2019-08-22", "c"),
        merged("m", MARKET, BRIDGE, "2019-08-23"),
    )

    assert shows(oracle, MARKET, 24) == ("Shelling at the river", {"merged"}, BRIDGE)


def test_a_split_must_take_what_was_known_by_the_day_it_counts_from() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        filed("b", BRIDGE, "2019-08-23", "Shelling at the river"),
    )

    assert refused(oracle, split("s", BRIDGE, ROAD, "2019-08-21", "b"))
    assert not refused(oracle, split("s", BRIDGE, ROAD, "2019-08-23", "b"))


def test_a_split_must_take_what_was_there_by_the_day_it_counts_from() -> None:
    oracle = told(*TWO_OF_ONE)

    assert refused(oracle, split("s", BRIDGE, ROAD, "2019-08-22", "b"))
    assert not refused(oracle, split("s", BRIDGE, ROAD, "2019-08-23", "b"))


def test_a_split_moves_nothing_where_a_merge_told_later_had_taken_it_before() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        filed("b", BRIDGE, "2019-08-20", "Shelling at the river"),
        filed("c", MARKET, "2019-08-20", "Market shelled"),
        split("s", BRIDGE, ROAD, "2019-08-24", "b"),
        merged("m", BRIDGE, MARKET, "2019-08-22"),
    )

    assert by(oracle, MARKET, 23) == {"a", "b", "c"}
    assert by(oracle, MARKET, 24) == {"a", "b", "c"}
    assert shows(oracle, ROAD, 24) is None


def test_a_name_that_a_split_gave_nothing_to_lives_again_empty() -> None:
    # The convoy was split off into the market; a merge told later, and dated before, took it away.
    oracle = told(
        *TWO_OF_ONE,
        filed("c", BRIDGE, "2019-08-24", "Convoy on the road"),
        filed("d", ROAD, "2019-08-20", "Road mined"),
        split("s", BRIDGE, MARKET, "2019-08-26", "c"),
        merged("n", BRIDGE, ROAD, "2019-08-25"),
        filed("e", MARKET, "2019-08-28", "Market shelled"),
    )

    assert shows(oracle, MARKET, 25) == ("Shelling at the river", {"merged"}, ROAD)
    assert by(oracle, ROAD, 26) == {"a", "b", "c", "d"}
    assert shows(oracle, MARKET, 26) is None
    assert shows(oracle, MARKET, 28) == ("Market shelled", {"reported"}, None)


def test_a_grade_changes_whose_account_wins_from_the_day_it_was_given() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge", grade="B2"),
        filed("b", BRIDGE, "2019-08-21", "Shelling at the river", grade="A1"),
        graded("g", "b", "C3", "2019-08-23"),
        graded("h", "b", None, "2019-08-25"),
        graded("i", "a", "F1", "2019-08-26"),
    )

    titles = [shows(oracle, BRIDGE, day)[0] for day in (20, 22, 23, 25, 26)]
    assert titles == [
        "Attack on the bridge",
        "Shelling at the river",
        "Attack on the bridge",
        "Attack on the bridge",
        "Shelling at the river",  # both ungraded: the latest
    ]
    assert shows(oracle, BRIDGE, 23, basis=2)[0] == "Shelling at the river"
    grades = [oracle.claims(BRIDGE, known(day), 5)["b"][2] for day in (22, 23, 25)]
    assert grades == ["A1", "C3", None]
    assert "corrected" not in oracle.belief(BRIDGE, NEWEST, 5)["status"]
    assert oracle.version(BRIDGE, 5) == 5


def test_a_grade_ranks_what_corrections_claim_as_well() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        filed("b", BRIDGE, "2019-08-21", "Shelling at the river", grade="B2"),
        corrected("k", "a", BRIDGE, "2019-08-22", "Attack near the bridge"),
        graded("g", "a", "A1", "2019-08-23"),
    )

    assert shows(oracle, BRIDGE, 22)[0] == "Shelling at the river"
    assert shows(oracle, BRIDGE, 23) == (
        "Attack near the bridge",
        {"reported", "corroborated", "corrected"},
        None,
    )


def test_a_grade_counts_from_its_report_at_the_earliest_and_not_after_its_retraction() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        graded("g", "a", "A1", "2019-08-18"),
        retracted("r", "a", BRIDGE, "2019-08-23"),
        corrected("k", "a", BRIDGE, "2019-08-21", "Attack near the bridge"),
    )

    assert oracle.log[1].known_from == known(20)
    assert refused(oracle, graded("h", "a", "B2", "2019-08-23"))
    assert not refused(oracle, graded("h", "a", "B2", "2019-08-22"))
    assert refused(oracle, graded("h", "k", "B2", "2019-08-22"))


def test_the_last_words_of_a_retracted_report_have_the_grade_that_it_had_then() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge", grade="B2"),
        filed("b", BRIDGE, "2019-08-21", "Shelling at the river", grade="A1"),
        graded("g", "b", "C3", "2019-08-25"),
        # The outlet had withdrawn it before it was looked into, as we learn only now.
        retracted("r", "b", BRIDGE, "2019-08-23"),
        retracted("s", "a", BRIDGE, "2019-08-24"),
    )

    assert shows(oracle, BRIDGE, 25, basis=3)[0] == "Attack on the bridge"
    assert shows(oracle, BRIDGE, 25) == ("Shelling at the river", {"retracted"}, None)


def test_a_correction_dated_before_what_it_corrects_counts_from_that() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-22", "Attack on the bridge"),
        corrected("k", "a", BRIDGE, "2019-08-20", "Attack near the bridge"),
        corrected("l", "k", BRIDGE, "2019-08-24", "Attack by the bridge"),
        corrected("o", "l", BRIDGE, "2019-08-21", "Attack at the bridge"),
    )

    assert shows(oracle, BRIDGE, 21) is None
    assert shows(oracle, BRIDGE, 22)[0] == "Attack near the bridge"
    assert shows(oracle, BRIDGE, 22, basis=1)[0] == "Attack on the bridge"
    assert shows(oracle, BRIDGE, 24)[0] == "Attack at the bridge"


def test_a_late_correction_of_a_retracted_report_changes_what_it_said_last() -> None:
    oracle = told(
        filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
        retracted("r", "a", BRIDGE, "2019-08-23"),
        corrected("k", "a", BRIDGE, "2019-08-21", "Attack near the bridge"),
    )

    assert shows(oracle, BRIDGE, 22) == ("Attack near the bridge", {"reported", "corrected"}, None)
    assert shows(oracle, BRIDGE, 23) == ("Attack near the bridge", {"retracted"}, None)
    assert shows(oracle, BRIDGE, 23, basis=2) == ("Attack on the bridge", {"retracted"}, None)
    assert refused(oracle, corrected("l", "a", BRIDGE, "2019-08-23", "Attack"))


def test_a_correction_by_the_name_merged_away_counts_where_the_report_is() -> None:
    oracle = told(*TWO_OF_ONE, corrected("k", "b", MARKET, "2019-08-22", "Market shelled"))

    assert shows(oracle, MARKET, 22) == ("Market shelled", {"reported", "corrected"}, None)
    assert shows(oracle, BRIDGE, 22)[0] == "Attack on the bridge"
    assert shows(oracle, BRIDGE, 23)[0] == "Market shelled"
    assert shows(oracle, MARKET, 23) == ("Market shelled", {"merged"}, BRIDGE)
    assert (oracle.version(BRIDGE, 4), oracle.version(MARKET, 4)) == (3, 2)


def test_after_a_split_a_correction_must_name_where_the_report_is() -> None:
    oracle = told(*TWO_OF_ONE, split("s", BRIDGE, MARKET, "2019-08-25", "b"))

    assert refused(oracle, corrected("k", "b", BRIDGE, "2019-08-22", "Market shelled"))
    assert not refused(oracle, corrected("k", "b", MARKET, "2019-08-22", "Market shelled"))


def test_where_all_that_was_merged_is_retracted_the_last_words_are_shown() -> None:
    oracle = told(*TWO_OF_ONE, retracted("r", "b", MARKET, "2019-08-24"))

    assert shows(oracle, MARKET, 24) == ("Shelling at the river", {"merged"}, BRIDGE)
    assert shows(oracle, BRIDGE, 24) == ("Attack on the bridge", {"reported"}, None)
    assert by(oracle, BRIDGE, 24) == {"a"}


def test_a_merge_cannot_lead_to_itself_nor_start_from_what_is_away_or_unknown() -> None:
    oracle = told(*CHAIN)

    assert refused(oracle, merged("x", MARKET, ROAD, "2019-08-26"))
    assert refused(oracle, merged("x", ROAD, MARKET, "2019-08-26"))
    assert refused(oracle, merged("x", ROAD, ROAD, "2019-08-26"))
    assert refused(oracle, merged("x", ROAD, "norvale-ferry", "2019-08-26"))
    assert refused(oracle, merged("x", "norvale-ferry", ROAD, "2019-08-26"))


def test_a_split_leaves_a_report_and_takes_only_what_is_there() -> None:
    oracle = told(*CHAIN)

    assert refused(oracle, split("x", ROAD, BRIDGE, "2019-08-26", "a", "b", "c"))
    assert refused(oracle, split("x", ROAD, ROAD, "2019-08-26", "a"))
    assert refused(oracle, split("x", BRIDGE, MARKET, "2019-08-26", "a"))
    assert refused(oracle, split("x", ROAD, BRIDGE, "2019-08-26", "m"))
    assert not refused(oracle, split("x", ROAD, BRIDGE, "2019-08-26", "a", "b"))
    assert not refused(oracle, split("x", ROAD, "norvale-ferry", "2019-08-26", "c"))


def test_moves_name_a_version_for_each_of_two_names_and_other_changes_that_of_the_home() -> None:
    oracle = told(*CHAIN)

    again = split("s", ROAD, MARKET, "2019-08-26", "b")
    assert version(oracle, again) == {ROAD: 2, MARKET: 2}
    ferry = split("s", ROAD, "norvale-ferry", "2019-08-26", "b")
    assert version(oracle, ferry) == {ROAD: 2, "norvale-ferry": "none"}
    assert version(oracle, corrected("k", "b", MARKET, "2019-08-26", "Market shelled")) == 2
    assert version(oracle, graded("g", "b", "A1", "2019-08-26")) == 2
    assert hear(oracle, [filed("d", "norvale-ferry", "2019-08-26", "Ferry sunk")], NOW)
    # By a name that leads to the road: that one's version, under the name that was given.
    ferry = merged("o", "norvale-ferry", MARKET, "2019-08-27")
    assert version(oracle, ferry) == {"norvale-ferry": 1, MARKET: 2}
    assert hear(oracle, [graded("g", "b", "A1", "2019-08-26")], NOW)
    assert version(oracle, ferry) == {"norvale-ferry": 1, MARKET: 3}


WAR = (
    filed("a", BRIDGE, "2019-08-20", "Attack on the bridge"),
    filed("b", MARKET, "2019-08-20", "Shelling at the river"),
    filed("c", ROAD, "2019-08-20", "Convoy on the road"),
)


def test_a_link_holds_until_it_is_taken_off_and_then_the_part_may_go_elsewhere() -> None:
    oracle = told(
        *WAR,
        linked("l", BRIDGE, MARKET, "2019-08-21"),
        unlinked("u", BRIDGE, MARKET, "2019-08-23"),
    )

    assert oracle.links(BRIDGE, known(22), 5) == {("part-of", MARKET)}
    assert oracle.links(BRIDGE, known(23), 5) == set()
    assert oracle.links(BRIDGE, known(23), 4) == {("part-of", MARKET)}
    assert refused(oracle, linked("x", BRIDGE, ROAD, "2019-08-22"))
    assert not refused(oracle, linked("x", BRIDGE, ROAD, "2019-08-23"))
    # Dated before, it would have had two wholes between the 21st and the 23rd.
    assert refused(oracle, linked("x", BRIDGE, ROAD, "2019-08-20"))
    assert refused(oracle, unlinked("x", BRIDGE, MARKET, "2019-08-24"))
    assert not refused(oracle, unlinked("x", BRIDGE, MARKET, "2019-08-22"))


def test_links_lead_to_what_their_ends_became() -> None:
    oracle = told(
        *WAR,
        linked("l", BRIDGE, MARKET, "2019-08-21", "follows"),
        merged("m", MARKET, ROAD, "2019-08-23"),
        merged("n", BRIDGE, ROAD, "2019-08-25"),
    )

    assert oracle.links(BRIDGE, known(22), 6) == {("follows", MARKET)}
    assert oracle.links(BRIDGE, known(23), 6) == {("follows", ROAD)}
    assert oracle.links(BRIDGE, known(25), 6) == set()
    assert oracle.links(ROAD, known(25), 6) == set()
    # By now all three names stand for the road.
    assert refused(oracle, linked("x", BRIDGE, MARKET, "2019-08-21", "follows"))
    assert refused(oracle, linked("x", ROAD, ROAD, "2019-08-21", "follows"))


@pytest.mark.parametrize("name", [BRIDGE, ROAD])
def test_a_link_of_what_was_merged_away_is_taken_off_by_either_name(name: str) -> None:
    oracle = told(
        *WAR,
        linked("l", BRIDGE, MARKET, "2019-08-21"),
        merged("m", BRIDGE, ROAD, "2019-08-23"),
        unlinked("u", name, MARKET, "2019-08-25"),
    )

    assert oracle.links(ROAD, known(24), 6) == {("part-of", MARKET)}
    assert oracle.links(ROAD, known(25), 6) == set()
    # The road was no such part before the bridge was merged into it.
    assert refused(oracle, unlinked("x", ROAD, MARKET, "2019-08-22"))


def test_a_merge_that_would_give_a_part_two_wholes_is_refused() -> None:
    ferry = filed("d", "norvale-ferry", "2019-08-20", "Ferry sunk")
    oracle = told(
        *WAR,
        ferry,
        linked("l", BRIDGE, MARKET, "2019-08-21"),
        linked("k", ROAD, "norvale-ferry", "2019-08-21"),
    )

    assert refused(oracle, merged("m", BRIDGE, ROAD, "2019-08-22"))
    # As of the 20th, too: the links are on from the 21st, when both are one.
    assert refused(oracle, merged("m", BRIDGE, ROAD, "2019-08-20"))
    assert not refused(oracle, merged("m", "norvale-ferry", MARKET, "2019-08-22"))
    assert not refused(oracle, merged("m", BRIDGE, MARKET, "2019-08-22"))


def test_a_merge_that_would_put_a_part_above_itself_is_refused() -> None:
    oracle = told(
        *WAR,
        linked("l", BRIDGE, MARKET, "2019-08-21"),
        linked("k", MARKET, ROAD, "2019-08-21"),
    )

    assert refused(oracle, merged("m", BRIDGE, ROAD, "2019-08-22"))
    assert refused(oracle, linked("x", ROAD, BRIDGE, "2019-08-22"))


def test_a_split_that_would_bring_a_second_whole_back_is_refused() -> None:
    # Linked twice: to the market, and again, by then, to the ferry that the market had become.
    oracle = told(
        *WAR,
        filed("d", "norvale-ferry", "2019-08-20", "Ferry sunk"),
        linked("l", BRIDGE, MARKET, "2019-08-21"),
        merged("m", MARKET, "norvale-ferry", "2019-08-22"),
        linked("k", BRIDGE, MARKET, "2019-08-23"),
    )

    assert oracle.links(BRIDGE, known(23), 7) == {("part-of", "norvale-ferry")}
    assert refused(oracle, split("s", "norvale-ferry", MARKET, "2019-08-24", "b"))
    assert not refused(oracle, split("s", "norvale-ferry", ROAD, "2019-08-24", "b"))


def test_a_timeline_that_names_a_merged_occurrence_lists_what_it_became() -> None:
    definition = {
        "type": "timeline.defined",
        "timeline": "estra",
        "title": "Estra",
        "include": [MARKET],
    }
    oracle = told(
        *TWO_OF_ONE,
        {**definition, "event_id": "t"},
        {**definition, "event_id": "u", "include": [], "select": {}, "exclude": [MARKET]},
    )

    def names(day: int, basis: int, **asked: Any) -> list[str]:
        ids = {name: name for name in oracle.occurrences(FOREVER)}
        entries, _ = oracle.listing("estra", known(day), basis, ids=ids, **asked)
        return [name for name, _ in entries]

    assert names(22, 4) == [MARKET]
    assert names(23, 4) == [BRIDGE]
    assert names(23, 4, status=("merged",)) == [MARKET]
    assert names(23, 5) == [BRIDGE]
    assert names(23, 5, status=("merged",)) == []


def test_a_difference_across_a_split_names_it_under_both() -> None:
    everything = {
        "type": "timeline.defined",
        "event_id": "t",
        "timeline": "norvale",
        "title": "Norvale",
        "select": {},
    }
    oracle = told(everything, *TWO_OF_ONE, split("s", BRIDGE, MARKET, "2019-08-25", "b"))
    ids = {name: name for name in oracle.occurrences(FOREVER)}

    def diff(earlier: int, later: int) -> Json:
        return oracle.diff("norvale", known(earlier), known(later), 5, ids=ids)

    assert diff(22, 24) == {"added": set(), "removed": {MARKET}, "changed": {BRIDGE}}
    assert diff(24, 25) == {"added": {MARKET}, "removed": set(), "changed": {BRIDGE}}
    assert oracle.became_known(MARKET, known(22), known(24), 5) == [4]
    assert oracle.became_known(MARKET, known(24), known(25), 5) == [5]
    assert oracle.became_known(BRIDGE, known(24), known(25), 5) == [5]
    # From before the merge to after the split, both are as they were.
    assert diff(22, 25) == {"added": set(), "removed": set(), "changed": set()}


# Documents

ARTICLE = "estra-herald-0820"
UUIDS = [f"00000000-0000-7000-8000-{number:012}" for number in range(100)]
"""What is said of a document takes one id after another."""


def taken_from(number: int, occurrence: str, day: str | None, title: str, **more: Any) -> Json:
    """A report that was taken from the article."""
    event = filed(UUIDS[number], occurrence, day, title, source="Estra Herald", **more)
    return {**event, "report": {**event["report"], "document": ARTICLE}}


def of_article(event: Json) -> Json:
    """What was to be said of one report, said of the article instead."""
    return {n: v for n, v in event.items() if n not in ("target", "occurrence")} | {
        "document": ARTICLE
    }


THREE_OF_ONE = (
    taken_from(1, BRIDGE, "2019-08-20", "Attack on the bridge"),
    taken_from(2, MARKET, "2019-08-21", "Shelling at the river"),
    filed(UUIDS[3], MARKET, "2019-08-21", "Market shelled"),
)
"""One article told of two attacks, and another outlet of the second."""


def said_of(oracle: Oracle, since: int) -> list[tuple[str, str, str, int]]:
    """Of each change in the log from a position on: its id, its target, where, and the version."""
    return [
        (e.id, e.event["target"], e.streams[0], oracle.version(e.streams[0], e.position))
        for e in oracle.log[since - 1 :]
        if "target" in e.event
    ]


def test_an_article_that_is_withdrawn_takes_all_its_reports_along_from_that_day() -> None:
    withdrawn = of_article(retracted(UUIDS[10], "", "", "2019-08-23"))
    oracle = told(*THREE_OF_ONE, withdrawn)

    assert said_of(oracle, 4) == [
        (UUIDS[10], UUIDS[1], BRIDGE, 2),
        (UUIDS[11], UUIDS[2], MARKET, 3),
    ]
    assert shows(oracle, BRIDGE, 22) == ("Attack on the bridge", {"reported"}, None)
    assert shows(oracle, BRIDGE, 23) == ("Attack on the bridge", {"retracted"}, None)
    assert by(oracle, MARKET, 22) == {UUIDS[2], UUIDS[3]}
    assert by(oracle, MARKET, 23) == {UUIDS[3]}
    assert by(oracle, MARKET, 23, basis=4) == {UUIDS[2], UUIDS[3]}


def test_reports_of_one_article_are_one_source_and_graded_as_one() -> None:
    oracle = told(
        taken_from(1, BRIDGE, "2019-08-20", "Attack on the bridge", grade="C3"),
        taken_from(2, BRIDGE, "2019-08-21", "Shelling at the river"),
        filed(UUIDS[3], BRIDGE, "2019-08-21", "River shelled", grade="B2"),
        of_article(graded(UUIDS[10], "", "A1", "2019-08-22")),
        of_article(graded(UUIDS[20], "", None, "2019-08-24")),
    )

    assert oracle.sources(BRIDGE, known(21), FOREVER)[1] == 2
    assert [shows(oracle, BRIDGE, day)[0] for day in (21, 22, 23, 24)] == [
        "River shelled",
        "Shelling at the river",
        "Shelling at the river",
        "River shelled",
    ]


def test_a_report_taken_from_the_article_later_is_not_what_was_spoken_of() -> None:
    corrected_title = of_article(corrected(UUIDS[10], "", "", "2019-08-22", "Attack on two places"))
    oracle = told(*THREE_OF_ONE, corrected_title, taken_from(4, BRIDGE, "2019-08-20", "Two dead"))

    assert said_of(oracle, 4) == [
        (UUIDS[10], UUIDS[1], BRIDGE, 2),
        (UUIDS[11], UUIDS[2], MARKET, 3),
    ]
    assert oracle.claims(BRIDGE, known(22), FOREVER)[UUIDS[4]][0] == {"title": "Two dead"}
    assert oracle.claims(BRIDGE, known(22), FOREVER)[UUIDS[4]][1] is False


def test_of_what_was_retracted_by_then_nothing_is_said_any_more() -> None:
    log = (*THREE_OF_ONE, retracted(UUIDS[4], UUIDS[1], BRIDGE, "2019-08-23"))
    late = of_article(graded(UUIDS[10], "", "E5", "2019-08-23"))
    early = of_article(graded(UUIDS[10], "", "E5", "2019-08-22"))

    assert [target for _, target, *_ in said_of(told(*log, late), 5)] == [UUIDS[2]]
    assert [target for _, target, *_ in said_of(told(*log, early), 5)] == [UUIDS[1], UUIDS[2]]


def test_a_slip_at_entry_is_mended_in_what_its_source_withdrew_later() -> None:
    slip = of_article(corrected(UUIDS[10], "", "", "", "Attack at noon")) | {"fault": "entry"}
    del slip["reported_at"]
    oracle = told(*THREE_OF_ONE, retracted(UUIDS[4], UUIDS[1], BRIDGE, "2019-08-23"), slip)

    assert shows(oracle, BRIDGE, 22) == ("Attack at noon", {"reported", "corrected"}, None)
    assert shows(oracle, BRIDGE, 22, basis=4) == ("Attack on the bridge", {"reported"}, None)
    # And so are its last words.
    assert shows(oracle, BRIDGE, 23) == ("Attack at noon", {"retracted"}, None)
    assert oracle.claims(MARKET, known(21), 6)[UUIDS[2]][0] == {"title": "Attack at noon"}
    assert oracle.claims(MARKET, known(20), 6) == {}


def test_where_nothing_of_an_article_is_left_nothing_can_be_said_of_it() -> None:
    withdrawn = of_article(retracted(UUIDS[10], "", "", "2019-08-23"))
    oracle = told(*THREE_OF_ONE, withdrawn)

    assert not hear(oracle, [{**withdrawn, "event_id": UUIDS[20]}], NOW)
    assert not hear(oracle, [of_article(graded(UUIDS[20], "", "A1", "2019-08-24"))], NOW)
    assert not hear(oracle, [{**withdrawn, "event_id": UUIDS[20], "document": "another"}], NOW)
    assert len(oracle.log) == 5


def test_what_is_said_of_an_article_counts_where_merges_took_its_reports() -> None:
    withdrawn = of_article(retracted(UUIDS[10], "", "", "2019-08-25"))
    oracle = told(*THREE_OF_ONE, merged(UUIDS[4], MARKET, BRIDGE, "2019-08-23"), withdrawn)

    assert withdrawn["expected_version"] == {BRIDGE: 2}
    assert said_of(oracle, 5) == [
        (UUIDS[10], UUIDS[1], BRIDGE, 3),
        (UUIDS[11], UUIDS[2], BRIDGE, 4),
    ]
    assert by(oracle, BRIDGE, 24) == {UUIDS[1], UUIDS[2], UUIDS[3]}
    assert by(oracle, BRIDGE, 25) == {UUIDS[3]}
    assert oracle.version(MARKET, FOREVER) == 3


def test_what_is_said_of_an_article_goes_apart_where_its_reports_were_split() -> None:
    oracle = told(
        taken_from(1, BRIDGE, "2019-08-20", "Attack on the bridge"),
        taken_from(2, BRIDGE, "2019-08-20", "Shelling at the river"),
        split(UUIDS[4], BRIDGE, ROAD, "2019-08-22", UUIDS[2]),
        of_article(corrected(UUIDS[10], "", "", "2019-08-21", "Attack at noon")),
    )

    assert said_of(oracle, 4) == [
        (UUIDS[10], UUIDS[1], BRIDGE, 4),
        (UUIDS[11], UUIDS[2], ROAD, 2),
    ]
    # On the day before the split both were the bridge's.
    assert by(oracle, BRIDGE, 21) == {UUIDS[1], UUIDS[2]}
    assert {c[0]["title"] for c in oracle.claims(BRIDGE, known(21), 5).values()} == {
        "Attack at noon"
    }
    assert shows(oracle, ROAD, 22) == ("Attack at noon", {"reported", "corrected"}, None)


# Laws


def play(history: History) -> Oracle:
    """Tell an oracle all of a history that can be."""
    oracle = Oracle()
    for batch in (batch for group in as_of_today(history, GUIDED) for batch in group):
        seen(f"a batch is {'taken' if hear(oracle, batch, NOW) else 'refused'}")
    for what in {e.type for e in oracle.log}:
        seen(what)
    return oracle


def cells(oracle: Oracle) -> list[tuple[int, int]]:
    return [
        (known, basis)
        for basis in range(len(oracle.log) + 1)
        for known in points_of_knowledge(oracle)
    ]


def cut(oracle: Oracle, *, known: int = FOREVER, basis: int = FOREVER) -> Oracle:
    """The same log without what was known or recorded later."""
    less = Oracle()
    less.log = [
        e
        for e in oracle.log
        if e.position <= basis and (e.known_from is None or e.known_from <= known)
    ]
    return less


@settings(max_examples=200)
@given(histories(longest=12))
def test_every_visible_report_counts_for_one_occurrence_unless_it_was_retracted(
    history: History,
) -> None:
    oracle = play(history)

    for known, basis in cells(oracle):
        visible = [e for e in oracle.log if e.position <= basis and (e.known_from or 0) <= known]
        gone = {e.event["target"] for e in visible if e.type == "report.retracted"}
        live = sorted(e.id for e in visible if e.type == "report.filed" and e.id not in gone)
        counted = [oracle.claims(name, known, basis) for name in OCCURRENCES]
        assert sorted(itertools.chain(*counted)) == live


@settings(max_examples=200)
@given(histories(longest=12))
def test_what_was_merged_away_leads_to_something_that_was_not(history: History) -> None:
    oracle = play(history)

    for known, basis in cells(oracle):
        homes = oracle.homes(known, basis)
        for name in OCCURRENCES:
            assert homes.follow(name) not in homes.away  # and it ends
            belief = oracle.belief(name, known, basis)
            if belief and "merged" in belief["status"]:
                assert belief["status"] == {"merged"}
                assert belief["into"] == homes.follow(name) != name
                assert oracle.claims(name, known, basis) == {}
                assert oracle.links(name, known, basis) == set()
            elif belief:
                assert belief["into"] is None
                assert name not in homes.away
                assert {"reported", "retracted"} & belief["status"]


@settings(max_examples=200)
@given(histories(longest=12))
def test_versions_count_every_event_once_for_each_occurrence_that_it_touches(
    history: History,
) -> None:
    oracle = play(history)
    touched = {
        "timeline.defined": {0},
        "report.filed": {1, 2},  # 2 where it was filed to what had been merged away
        "occurrence.merged": {2},
        "occurrence.split": {2},
    }

    for basis in range(1, len(oracle.log) + 1):
        rise = sum(oracle.version(n, basis) - oracle.version(n, basis - 1) for n in OCCURRENCES)
        assert rise in touched.get(oracle.log[basis - 1].type, {1})


@settings(max_examples=200)
@given(histories(longest=12))
def test_every_visible_event_stands_in_a_history(history: History) -> None:
    oracle = play(history)

    for known, basis in cells(oracle):
        visible = {
            e.position
            for e in oracle.log
            if e.position <= basis and e.known_from is not None and e.known_from <= known
        }
        told = [oracle.history(name, known, basis) for name in OCCURRENCES]
        assert set(itertools.chain(*told)) == visible
        assert all(positions == sorted(set(positions)) for positions in told)


def answers(oracle: Oracle, known: int, basis: int) -> list[Any]:
    return [
        (
            oracle.belief(name, known, basis),
            oracle.claims(name, known, basis),
            oracle.sources(name, known, basis),
            oracle.links(name, known, basis),
            oracle.history(name, known, basis),
        )
        for name in OCCURRENCES
    ]


@settings(max_examples=100)
@given(histories(longest=10))
def test_an_older_basis_answers_as_it_did_before_the_log_grew(history: History) -> None:
    oracle = play(history)
    ids = {name: name for name in OCCURRENCES}

    for known, basis in cells(oracle):
        then = cut(oracle, basis=basis)
        assert answers(then, known, basis) == answers(oracle, known, basis)
        for timeline in (None, *TIMELINES):
            listings = [o.listing(timeline, known, basis, ids=ids) for o in (then, oracle)]
            assert listings[0] == listings[1]
    for basis in range(len(oracle.log) + 1):
        then = cut(oracle, basis=basis)
        for name in OCCURRENCES:
            assert then.version(name, basis) == oracle.version(name, basis)
            assert then.runs(name, basis) == oracle.runs(name, basis)


@settings(max_examples=100)
@given(histories(longest=10))
def test_nothing_is_known_of_what_became_known_later(history: History) -> None:
    oracle = play(history)

    for known, basis in cells(oracle):
        then = cut(oracle, known=known)
        assert answers(then, known, basis) == answers(oracle, known, basis)


@settings(max_examples=100)
@given(histories(longest=10))
def test_listings_hold_what_was_merged_or_retracted_only_when_asked(history: History) -> None:
    oracle = play(history)
    ids = {name: name for name in OCCURRENCES}

    for known, basis in cells(oracle):
        held: list[str] = []
        for status in ((), ("merged",), ("retracted",)):
            entries, _ = oracle.listing(None, known, basis, ids=ids, status=status)
            for name, belief in entries:
                assert belief["status"] & {"merged", "retracted"} == set(status)
                held.append(name)
        shown = [name for name in OCCURRENCES if oracle.belief(name, known, basis)]
        assert sorted(held) == sorted(shown)


@settings(max_examples=100)
@given(histories(longest=12))
def test_each_part_has_one_whole_at_most_in_every_cell_of_the_newest_basis(
    history: History,
) -> None:
    oracle = play(history)

    for known in points_of_knowledge(oracle):
        wholes: dict[str, str] = {}
        for name in OCCURRENCES:
            above = [to for rel, to in oracle.links(name, known, FOREVER) if rel == "part-of"]
            assert len(above) <= 1
            if above:
                wholes[name] = above[0]
        for name in wholes:
            above = [name]
            while above[-1] in wholes:
                above.append(wholes[above[-1]])
                assert len(above) == len(set(above))
