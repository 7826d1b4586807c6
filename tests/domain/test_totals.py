"""Goal: totals count nobody twice, add no two outcomes, and say what they do not know.

Method: an oracle that knows neither sums nor order: it walks each tree from the top, by recursion,
over plain tuples, with infinity for what is open; compared over random forests of occurrences with
random tolls, some of them not selected. And laws.
"""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import dates
from domain.beliefs import Belief
from domain.claims import Actor, Occurred, Place
from domain.tolls import Resolved
from domain.totals import Counted, Row, sums

KINDS = ("air-strike", "battle", None)
MONTHS = {
    "2019-08-26": "2019-08",
    "2019-08": "2019-08",
    "2019-09-01": "2019-09",
    None: None,
    "../2019-08-27": None,
    "-0043-03-15": "-0043-03",
    "2019-07-31/2019-09-02": "2019-07",
}
ACTORS = ("Norvale Guard", "Estra Front", "norvale guard")


def toll(
    low: int | None, best: int | None, high: int | None, outcome: str = "killed", **more: Any
) -> Resolved:
    return Resolved(
        outcome=outcome, low=low, best=best, high=high, claimant="Desk", claimants=1, **more
    )


def exactly(number: int, outcome: str = "killed") -> Resolved:
    return toll(number, number, number, outcome)


def occurrence(number: int, *tolls: Resolved, **said: Any) -> Counted:
    edtf = said.pop("edtf", None)
    if edtf is not None:
        said["occurred"] = Occurred(edtf=edtf, bounds=dates.parse(edtf))
    listed = tuple(t for t in tolls if t.scope != "incident")
    return Counted(UUID(int=number), f"o-{number}", Belief(status=(), toll=tolls, **said), listed)


def links(**whole_by_part: int) -> dict[UUID, UUID]:
    return {UUID(int=int(part[1:])): UUID(int=whole) for part, whole in whole_by_part.items()}


def figures(row: Row) -> tuple[int | None, int | None, int | None]:
    return row.low, row.best, row.high


def total(counted: list[Counted], wholes: dict[UUID, UUID], outcome: str = "killed") -> Row:
    return next(row for row in sums(counted, wholes, "kind").total if row.outcome == outcome)


def test_a_whole_and_its_parts_give_the_larger_of_the_two_figure_by_figure() -> None:
    counted = [
        occurrence(1, toll(30, 40, 60)),
        occurrence(2, toll(20, 22, 23)),
        occurrence(3, toll(15, 16, 17)),
        occurrence(4, exactly(100)),
    ]

    assert figures(total(counted, links(o2=1, o3=1))) == (135, 140, 160)


def test_parts_count_by_themselves_where_their_whole_is_not_selected() -> None:
    counted = [occurrence(2, exactly(5)), occurrence(3, exactly(7))]

    assert figures(total(counted, links(o2=1, o3=1))) == (12, 12, 12)


def test_a_part_of_a_part_is_within_the_whole_although_what_is_between_is_not_selected() -> None:
    counted = [occurrence(1, exactly(9)), occurrence(3, exactly(4))]

    assert figures(total(counted, links(o2=1, o3=2))) == (9, 9, 9)


def test_what_stands_between_without_a_figure_lets_its_parts_through() -> None:
    counted = [occurrence(1, exactly(3)), occurrence(2), occurrence(3, exactly(4))]
    row = total(counted, links(o2=1, o3=2))

    assert figures(row) == (4, 4, 4)
    assert (row.occurrences, row.without_figure) == (3, 1)


def test_killed_and_injured_are_never_one_number() -> None:
    counted = [occurrence(1, exactly(3), exactly(8, "injured")), occurrence(2, exactly(4))]
    answer = sums(counted, {}, "outcome")

    assert [(r.key, r.outcome, r.occurrences, r.without_figure, r.best) for r in answer.rows] == [
        ("injured", "injured", 2, 1, 8),
        ("killed", "killed", 2, 0, 7),
    ]


def test_what_a_figure_leaves_open_is_open_in_the_sum_and_counted() -> None:
    counted = [
        occurrence(1, exactly(10)),
        occurrence(2, toll(5, None, None)),
        occurrence(3, toll(None, 7, None)),
        occurrence(4, toll(None, None, None, words="dozens")),
        occurrence(5),
    ]
    row = total(counted, {})

    assert (row.low, row.best, row.best_known, row.high) == (15, None, 17, None)
    assert (row.occurrences, row.without_figure) == (5, 1)
    assert (row.without_low, row.without_best, row.without_high) == (2, 2, 3)


def test_cumulative_figures_are_listed_and_are_in_no_sum() -> None:
    since = toll(900, None, None, scope="cumulative", since="2019-04")
    answer = sums([occurrence(1, exactly(3), since), occurrence(2, since)], {}, "kind")
    (row,) = answer.total

    assert figures(row) == (3, 3, 3)
    assert row.without_figure == 1
    assert [(c.occurrence, c.toll) for c in answer.cumulative] == [("o-1", since), ("o-2", since)]


def test_nothing_is_left_out_where_nobody_said_how_many() -> None:
    answer = sums([occurrence(1, kind="battle"), occurrence(2, kind="battle")], {}, "kind")

    assert answer.rows == (Row(key="battle", outcome=None, occurrences=2, without_figure=2),)


@pytest.mark.parametrize(("edtf", "month"), MONTHS.items())
def test_months_are_those_of_the_earliest_start(edtf: str | None, month: str | None) -> None:
    (row,) = sums([occurrence(1, exactly(3), edtf=edtf)], {}, "month").rows

    assert row.key == month


def test_months_come_in_order_of_time_and_what_has_none_comes_last() -> None:
    dates_said = ["2019-08-02", None, "0999-05", "-0043-03-15", "2019-10", "2019-09"]
    counted = [occurrence(n, exactly(1), edtf=edtf) for n, edtf in enumerate(dates_said)]

    assert [row.key for row in sums(counted, {}, "month").rows] == [
        "-0043-03", "0999-05", "2019-08", "2019-09", "2019-10", None,
    ]  # fmt: skip


def test_an_occurrence_with_several_actors_is_in_the_row_of_each_and_once() -> None:
    counted = [
        occurrence(1, exactly(3), actors=tuple(Actor(name=n) for n in ACTORS)),
        occurrence(2, exactly(4), actors=(Actor(name="Norvale Guard"),)),
        occurrence(3, exactly(5)),
    ]
    answer = sums(counted, {}, "actor")

    assert [(r.key, r.occurrences, r.best) for r in answer.rows] == [
        ("Estra Front", 1, 3),
        ("Norvale Guard", 2, 7),
        (None, 1, 5),
    ]
    assert not answer.additive
    assert answer.total[0].best == 12


def test_places_are_matched_by_their_folded_names() -> None:
    counted = [
        occurrence(n, exactly(1), place=Place(name=name))
        for n, name in enumerate(["Nórvale", "Norvale", "NORVALE", "Norvale", "Estra"])
    ]

    assert [(r.key, r.best) for r in sums(counted, {}, "place").rows] == [
        ("Estra", 1), ("Norvale", 4),
    ]  # fmt: skip


def test_rows_do_not_add_up_where_a_whole_is_in_another_month_than_its_part() -> None:
    counted = [
        occurrence(1, exactly(9), edtf="2019-08-31"), occurrence(2, exactly(4), edtf="2019-09-01"),
    ]  # fmt: skip
    answer = sums(counted, links(o2=1), "month")

    assert [r.best for r in answer.rows] == [9, 4]
    assert answer.total[0].best == 9
    assert not answer.additive


def test_a_chain_of_parts_may_be_of_any_length() -> None:
    counted = [occurrence(n, exactly(n)) for n in range(1, 3_000)]
    wholes = {UUID(int=n): UUID(int=n + 1) for n in range(1, 2_999)}

    assert total(counted, wholes).best == 2_999


numbers = st.none() | st.integers(0, 30)
tolls = st.lists(
    st.builds(toll, numbers, numbers, numbers, st.sampled_from(["killed", "injured"])),
    max_size=2,
    unique_by=lambda t: t.outcome,
)


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[Counted], dict[UUID, UUID]]:
    """Occurrences, of which some are selected, and part-of links between all of them."""
    size = draw(st.integers(1, 9))
    wholes = {}
    for part in range(2, size + 1):
        whole = draw(st.none() | st.integers(1, part - 1))
        if whole is not None:
            wholes[UUID(int=part)] = UUID(int=whole)
    # The numbers must say nothing about who is above whom.
    names = draw(st.permutations(range(1, size + 1)))
    renamed = {UUID(int=n): UUID(int=name) for n, name in enumerate(names, 1)}
    selected = draw(st.lists(st.integers(1, size), unique=True, min_size=1))
    counted = [
        occurrence(
            n,
            *draw(tolls),
            kind=draw(st.sampled_from(KINDS)),
            edtf=draw(st.sampled_from(list(MONTHS))),
            actors=tuple(Actor(name=a) for a in draw(st.lists(st.sampled_from(ACTORS)))),
        )
        for n in selected
    ]
    return counted, {renamed[part]: renamed[whole] for part, whole in wholes.items()}


@given(forests(), st.sampled_from(["month", "kind", "actor", "outcome"]))
def test_totals_are_what_the_oracle_works_out(drawn: Any, by: str) -> None:
    counted, wholes = drawn
    answer = sums(counted, wholes, by)

    shown = {(r.key and r.key.lower(), r.outcome): told(r) for r in answer.rows}
    assert len(shown) == len(answer.rows)
    if by == "outcome":
        keys: dict[Any, list[Counted]] = {}
        assert {(r.outcome, r.outcome): told(r) for r in answer.total} == shown
    else:
        keys = grouped(counted, by)
    for key, members in keys.items():
        for outcome in outcomes(members):
            assert shown.pop((key, outcome)) == naive(members, wholes, outcome)
    assert by == "outcome" or not shown
    for row in answer.total:
        assert told(row) == naive(counted, wholes, row.outcome)


@given(forests())
def test_rows_that_are_said_to_add_up_do(drawn: Any) -> None:
    counted, wholes = drawn
    for by in ("month", "kind", "actor"):
        answer = sums(counted, wholes, by)
        for whole in answer.total if answer.additive else ():
            rows = [r for r in answer.rows if r.outcome == whole.outcome]
            assert sum(r.low or 0 for r in rows) == (whole.low or 0)
            assert sum(r.best_known or 0 for r in rows) == (whole.best_known or 0)
            for name in ("best", "high"):
                each = [getattr(r, name) for r in rows]
                assert getattr(whole, name) == (None if None in each else sum(each))


@given(forests(), st.randoms())
def test_the_order_in_which_occurrences_are_given_changes_nothing(drawn: Any, random: Any) -> None:
    counted, wholes = drawn
    shuffled = list(counted)
    random.shuffle(shuffled)

    assert sums(shuffled, wholes, "actor") == sums(counted, wholes, "actor")


@given(forests())
def test_a_total_lies_between_its_largest_figure_and_the_sum_of_all(drawn: Any) -> None:
    counted, wholes = drawn
    for row in [r for r in sums(counted, wholes, "outcome").total if r.outcome is not None]:
        of_it = [t for c in counted for t in c.value.toll if t.outcome == row.outcome]
        known = [t.best for t in of_it if t.best is not None]
        assert (row.best is None) == (row.without_best > 0)
        assert (row.high is None) == (row.without_high > 0)
        if known:
            assert row.best_known is not None
            assert max(known) <= row.best_known <= sum(known)


# The oracle


def grouped(counted: list[Counted], by: str) -> dict[Any, list[Counted]]:
    groups: dict[Any, list[Counted]] = {}
    for each in counted:
        value = each.value
        if by == "kind":
            keys = {value.kind}
        elif by == "month":
            keys = {MONTHS[value.occurred.edtf if value.occurred else None]}
        else:
            keys = {actor.name.lower() for actor in value.actors} or {None}
        for key in keys:
            groups.setdefault(key, []).append(each)
    return groups


def outcomes(members: list[Counted]) -> set[str | None]:
    return {t.outcome for each in members for t in each.value.toll} or {None}


def told(row: Row) -> tuple[Any, ...]:
    return (row.occurrences, row.without_figure, row.low, row.best, row.best_known, row.high)


def naive(members: list[Counted], wholes: dict[UUID, UUID], outcome: str | None) -> tuple[Any, ...]:
    own = {c.occurrence: t for c in members for t in c.value.toll if t.outcome == outcome}
    ids = {c.occurrence for c in members}

    def whole_of(part: UUID) -> UUID | None:
        whole = wholes.get(part)
        return whole if whole is None or whole in ids else whole_of(whole)

    def came(node: UUID | None, figure: str, unknown: float) -> float:
        """From the top: what is below, or what is said here, whichever is more."""
        below = sum(came(i, figure, unknown) for i in ids if i != node and whole_of(i) == node)
        if node is None or node not in own:
            return below
        said = getattr(own[node], figure)
        return max(below, unknown if said is None else said)

    def shown(figure: str, unknown: float) -> float | None:
        known = [getattr(t, figure) is not None for t in own.values()]
        number = came(None, figure, unknown)
        if not own or number == math.inf or not any(known):
            return None
        return number

    return (
        len(members),
        len(members) - len(own),
        shown("low", 0),
        shown("best", math.inf),
        shown("best", 0),
        shown("high", math.inf),
    )
