"""Goal: the fold says what the live claims add up to, at each point of knowledge.

Method: given/when/then on events built by hand; the made-up town is Norvale.
"""

from __future__ import annotations

import datetime
import itertools
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.beliefs import Belief, Fold, fold
from domain.claims import ClaimsGiven, Report, Source
from domain.events import Recorded, Statement
from domain.independence import independent
from domain.instants import parse
from domain.occurrence import resolve_claims
from domain.policy import grade_rank

STREAM = UUID(int=7)


def day(number: int) -> int:
    return parse(f"2031-05-{number:02d}", name="day").known


def event_id(number: int) -> UUID:
    return UUID(int=number)


def report(
    position: int,
    reported: int,
    source: str = "Norvale Radio",
    via: tuple[str, ...] = (),
    grade: str | None = None,
    document: str | None = None,
    **claims: Any,
) -> Recorded:
    return _event(
        position,
        "report.filed",
        reported,
        Statement(
            report=Report(source=Source(name=source), via=via, grade=grade, document=document)
        ),
        claims,
    )


def correction(position: int, known: int, of: int, **claims: Any) -> Recorded:
    statement = Statement(fault="source", reason="A fuller count")
    return _event(position, "report.corrected", known, statement, claims, of)


def retraction(position: int, known: int, of: int) -> Recorded:
    statement = Statement(fault="source", reason="Withdrawn")
    return _event(position, "report.retracted", known, statement, None, of)


def _event(
    position: int,
    type: str,
    known: int,
    statement: Statement,
    claims: dict[str, Any] | None,
    of: int | None = None,
) -> Recorded:
    given = msgspec.convert(claims, ClaimsGiven) if claims is not None else None
    written = datetime.date(2031, 5, known)
    return Recorded(
        position=position,
        event_id=event_id(position),
        type=type,
        recorded_at=position,
        known_from=day(known),
        target=event_id(of) if of is not None else None,
        statement=statement,
        claims=resolve_claims(given, written, filing=type == "report.filed") if given else None,
        stream_id=STREAM,
        version=position,
    )


def killed(**form: Any) -> list[dict[str, Any]]:
    return [{"outcome": "killed", **form}]


@pytest.mark.parametrize(("first", "second"), [(1, True), (1, 1.0), ({"n": [0]}, {"n": [False]})])
def test_values_of_two_types_are_two_values(first: Any, second: Any) -> None:
    events = [report(1, 1, attributes={"lanes": first}), report(2, 2, attributes={"lanes": second})]

    before, after = of_one(events).beliefs

    assert msgspec.json.encode(before.belief.attributes) == msgspec.json.encode({"lanes": first})
    assert msgspec.json.encode(after.belief.attributes) == msgspec.json.encode({"lanes": second})


def as_of(events: list[Recorded], number: int) -> Belief | None:
    at = day(number)
    return next((s.belief for s in of_one(events).beliefs if s.known_from <= at < s.known_to), None)


def of_one(events: list[Recorded]) -> Fold:
    return fold(events)[STREAM]


def the(belief: Belief | None) -> Belief:
    assert belief is not None
    return belief


def band(belief: Belief | None) -> tuple[int | None, int | None, int | None]:
    (toll,) = the(belief).toll
    return toll.low, toll.best, toll.high


def test_nothing_is_believed_before_the_first_report() -> None:
    events = [report(1, 10, title="Fire in Norvale")]

    assert as_of(events, 9) is None
    assert the(as_of(events, 10)).title == "Fire in Norvale"


def test_a_late_report_about_an_earlier_day_changes_the_belief_about_that_day() -> None:
    on_time = report(1, 20, toll=killed(exactly=4))
    late = report(2, 10, source="Estra Post", toll=killed(exactly=2))

    assert as_of([on_time], 15) is None
    assert band(as_of([on_time, late], 15)) == (2, 2, 2)
    assert band(as_of([on_time, late], 20)) == (2, 4, 4)


def test_the_best_grade_wins_then_the_latest_report_then_the_latest_position() -> None:
    graded = report(1, 10, grade="B2", title="graded")
    later = report(2, 11, source="Estra Post", grade="C1", title="later but worse")
    ungraded = report(3, 12, source="Tellin Desk", title="ungraded")
    unjudged = report(4, 13, source="Harrow Wire", grade="F1", title="cannot be judged")

    assert the(as_of([graded, later, ungraded, unjudged], 13)).title == "graded"
    assert the(as_of([later, ungraded, unjudged], 13)).title == "later but worse"
    assert the(as_of([ungraded, unjudged], 13)).title == "cannot be judged"
    same_day = [report(5, 10, title="first"), report(6, 10, source="Estra Post", title="second")]
    assert the(as_of(same_day, 10)).title == "second"


@pytest.mark.parametrize("grade", ["F1", "A6", "F6", None])
def test_what_cannot_be_judged_ranks_as_ungraded_and_last(grade: str | None) -> None:
    assert grade_rank("A1") < grade_rank("A2") < grade_rank("B1") < grade_rank("E5")
    assert grade_rank("E5") < grade_rank(grade)


def test_a_source_that_changes_its_account_counts_from_the_day_it_did() -> None:
    events = [
        report(1, 10, toll=killed(exactly=4)),
        correction(2, 12, of=1, toll=killed(exactly=6)),
    ]

    assert band(as_of(events, 11)) == (4, 4, 4)
    assert band(as_of(events, 12)) == (6, 6, 6)
    assert the(as_of(events, 11)).status == ("reported",)
    assert the(as_of(events, 12)).status == ("reported", "corrected")


def test_our_own_slip_is_mended_on_every_day() -> None:
    events = [
        report(1, 10, toll=killed(exactly=40)),
        correction(2, 10, of=1, toll=killed(exactly=4)),
    ]

    assert band(as_of(events, 10)) == (4, 4, 4)
    assert len(of_one(events).beliefs) == 1


def test_a_correction_keeps_what_it_does_not_name_and_withdraws_what_it_nulls() -> None:
    events = [
        report(1, 10, title="Fire", kind="fire", place={"name": "Norvale"}),
        correction(2, 11, of=1, kind="explosion", place=None),
    ]
    after = the(as_of(events, 11))

    assert (after.title, after.kind, after.place) == ("Fire", "explosion", None)


def test_a_correction_dated_before_another_lies_under_it() -> None:
    events = [
        report(1, 10, title="filed"),
        correction(2, 14, of=1, title="corrected on the 14th"),
        correction(3, 12, of=1, title="corrected on the 12th"),
    ]

    assert [the(as_of(events, n)).title for n in (10, 12, 14)] == [
        "filed",
        "corrected on the 12th",
        "corrected on the 14th",
    ]


def test_a_retracted_correction_falls_and_what_corrected_it_falls_with_it() -> None:
    events = [
        report(1, 10, title="filed"),
        correction(2, 11, of=1, title="corrected"),
        correction(3, 12, of=2, title="correction corrected"),
        retraction(4, 13, of=2),
    ]

    titles = [the(as_of(events, n)).title for n in (10, 11, 12, 13)]
    assert titles == ["filed", "corrected", "correction corrected", "filed"]
    assert the(as_of(events, 13)).status == ("reported",)


def test_a_retracted_report_shows_its_last_words_under_the_flag() -> None:
    events = [
        report(1, 10, title="filed"),
        correction(2, 11, of=1, title="corrected"),
        retraction(3, 12, of=1),
    ]

    assert the(as_of(events, 11)).status == ("reported", "corrected")
    assert the(as_of(events, 12)).status == ("retracted",)
    assert the(as_of(events, 12)).title == "corrected"


def test_a_new_report_revives_a_retracted_occurrence() -> None:
    events = [
        report(1, 10, title="one"),
        retraction(2, 11, of=1),
        report(3, 12, source="Estra Post", title="two"),
    ]

    assert the(as_of(events, 11)).retracted
    assert the(as_of(events, 12)).status == ("reported",)


def test_groups_are_added_and_parts_of_groups_are_not() -> None:
    toll = [
        {"outcome": "killed", "group": "guards", "exactly": 23},
        {"outcome": "killed", "group": "opponents", "exactly": 20},
        {"outcome": "killed", "group": "volunteers", "exactly": 13, "of": "opponents"},
    ]
    assert band(as_of([report(1, 10, toll=toll)], 10)) == (43, 43, 43)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"exactly": 5}, (5, 5, 5)),
        ({"at_least": 5}, (5, None, None)),
        ({"at_most": 5}, (0, None, 5)),
        ({"at_least": 3, "at_most": 5}, (3, None, 5)),
        ({"about": 5}, (None, 5, None)),
        ({"low": 9, "best": 5, "high": 7}, (9, 5, 7)),
        ({"words": "dozens"}, (None, None, None)),
    ],
)
def test_every_form_of_figure_becomes_a_band(form: dict[str, Any], shown: Any) -> None:
    assert band(as_of([report(1, 10, toll=killed(**form))], 10)) == shown


def test_a_band_runs_over_the_claimants_latest_claims() -> None:
    events = [
        report(1, 10, via=("Observatory",), toll=killed(exactly=10)),
        report(2, 11, source="Estra Post", via=("Ministry",), toll=killed(exactly=3)),
        report(3, 12, source="Tellin Desk", via=("Observatory",), toll=killed(exactly=14)),
    ]
    (toll,) = the(as_of(events, 12)).toll

    assert (toll.low, toll.best, toll.high) == (3, 14, 14)
    assert (toll.claimant, toll.claimants) == ("Observatory", 2)


def test_one_claim_without_an_upper_bound_leaves_the_band_open() -> None:
    events = [
        report(1, 10, toll=killed(exactly=10)),
        report(2, 11, source="Estra Post", toll=killed(at_least=3)),
    ]
    assert band(as_of(events, 11)) == (3, None, None)


def test_a_cumulative_figure_stands_apart_from_that_of_an_incident() -> None:
    toll = [
        {"outcome": "killed", "exactly": 4},
        {"outcome": "killed", "at_least": 900, "scope": "cumulative", "since": "2031-01"},
    ]
    shown = the(as_of([report(1, 10, toll=toll)], 10)).toll

    assert [(t.scope, t.low) for t in shown] == [("cumulative", 900), ("incident", 4)]


def test_figures_that_no_number_satisfies_are_contested_and_others_differ() -> None:
    four = report(1, 10, toll=killed(exactly=4))
    six = report(2, 11, source="Estra Post", toll=killed(exactly=6))
    some = report(3, 11, source="Estra Post", toll=killed(at_least=2))

    assert the(as_of([four, six], 11)).contested == ("toll.killed",)
    assert the(as_of([four, some], 11)).differ == ("toll.killed",)
    assert the(as_of([four, some], 11)).contested == ()


def test_dates_that_do_not_meet_are_contested_and_a_coarser_date_differs() -> None:
    ninth = report(1, 10, occurred={"edtf": "2031-05-09"})
    eighth = report(2, 11, source="Estra Post", occurred={"edtf": "2031-05-08"})
    may = report(3, 11, source="Estra Post", occurred={"edtf": "2031-05"})

    assert the(as_of([ninth, eighth], 11)).contested == ("occurred",)
    assert the(as_of([ninth, may], 11)).differ == ("occurred",)


def test_two_independent_sources_corroborate_where_kind_and_date_agree() -> None:
    one = report(1, 10, kind="fire", occurred={"edtf": "2031-05-09"})
    same = report(2, 11, source="Estra Post", kind="fire", occurred={"edtf": "2031-05"})
    other_kind = report(3, 11, source="Estra Post", kind="flood", occurred={"edtf": "2031-05"})
    other_day = report(4, 11, source="Estra Post", kind="fire", occurred={"edtf": "2031-05-01"})

    assert "corroborated" in the(as_of([one, same], 11)).status
    assert "corroborated" not in the(as_of([one, other_kind], 11)).status
    assert "corroborated" not in the(as_of([one, other_day], 11)).status


def test_reports_that_go_back_to_one_origin_are_one_independent_source() -> None:
    def said(source: str, *via: str, document: str | None = None) -> Report:
        return Report(source=Source(name=source), via=via, document=document)

    assert independent([said("A"), said("B")]) == 2
    assert independent([said("A", "Observatory"), said("B", "OBSERVATORY")]) == 1
    assert independent([said("A", "B"), said("B")]) == 1
    assert independent([said("A", document="d"), said("B", document="d")]) == 1
    assert independent([said("A", "X"), said("B", "X"), said("B", "Y"), said("C", "Y")]) == 1
    assert independent([]) == 0


numbers = st.integers(min_value=1, max_value=28)


@given(st.lists(st.tuples(numbers, st.integers(0, 5)), min_size=1, max_size=8), st.randoms())
def test_the_order_in_which_events_are_given_changes_nothing(said: Any, random: Any) -> None:
    events = [
        report(n, known, source=f"Source {n}", toll=killed(exactly=count))
        for n, (known, count) in enumerate(said, 1)
    ]
    shuffled = list(events)
    random.shuffle(shuffled)

    assert fold(shuffled) == fold(events)


changes = st.lists(st.tuples(st.sampled_from("fcr"), numbers, st.integers(0, 9)), max_size=10)


@given(changes)
def test_folding_event_by_event_gives_what_folding_all_at_once_gives(drawn: Any) -> None:
    events = [report(1, 14, toll=killed(exactly=1))]
    step = fold(events)
    for position, (what, known, number) in enumerate(drawn, 2):
        reports = [e for e in events if e.type == "report.filed"]
        aim = reports[number % len(reports)].position
        known = max(known, aim_known(reports, aim))
        if what == "f":
            source = f"Source {number}"
            events.append(report(position, known, source=source, toll=killed(exactly=number)))
        elif what == "c":
            events.append(correction(position, known, of=aim, toll=killed(exactly=number)))
        else:
            events.append(retraction(position, known, of=aim))
        step = fold(events, step, events[-1].known_from)

        assert step == fold(events)


def aim_known(reports: list[Recorded], position: int) -> int:
    aim = next(e for e in reports if e.position == position)
    return next(n for n in range(1, 29) if day(n) == aim.known_from)


@given(st.lists(st.tuples(numbers, st.integers(0, 2)), min_size=1, max_size=8))
def test_beliefs_follow_one_another_without_gap_and_no_two_neighbours_are_equal(said: Any) -> None:
    events = [
        report(n, known, source=f"Source {n}", toll=killed(exactly=count))
        for n, (known, count) in enumerate(said, 1)
    ]
    spans = of_one(events).beliefs

    for one, following in itertools.pairwise(spans):
        assert one.known_to == following.known_from
        assert one.belief != following.belief
