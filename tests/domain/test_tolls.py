"""Goal: figures mean what they were claimed as, and are added and set side by side by the rules.

Method: each form against the table of the rules; laws over random claims; and an oracle that works
on lists of claims with plain loops and infinities, written from the rules and without `Band`.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claims import Toll
from domain.errors import Invalid
from domain.occurrence import file
from domain.policy import GRADED_LATEST, LATEST, Policy, policy
from domain.reading import read_event
from domain.tolls import Band, Figure, Resolved, added, band, figures, meet, resolved

FORMS = [
    ({"exactly": 5}, (5, 5, 5)),
    ({"exactly": 0}, (0, 0, 0)),
    ({"at_least": 5}, (5, None, None)),
    ({"at_least": 0}, (0, None, None)),
    ({"at_most": 5}, (0, None, 5)),
    ({"at_least": 3, "at_most": 5}, (3, None, 5)),
    ({"about": 5}, (None, 5, None)),
    ({"words": "millions"}, (None, None, None)),
    ({"about": 5, "words": "a handful"}, (None, 5, None)),
    ({"low": 9, "best": 5, "high": 7}, (9, 5, 7)),
    ({"low": 9}, (9, None, None)),
    ({"best": 5}, (None, 5, None)),
    ({"high": 7}, (None, None, 7)),
]


@pytest.mark.parametrize(("form", "expected"), FORMS)
def test_each_form_of_figure_is_the_band_that_it_means(form: Any, expected: Any) -> None:
    assert parts(band(toll(**form))) == expected


def test_a_band_as_given_is_kept_where_its_figures_are_in_no_order() -> None:
    (shown,) = told([toll(low=9, best=5, high=7)])

    assert parts(shown) == (9, 5, 7)


def test_groups_of_an_incident_are_added_and_a_part_of_a_group_is_not() -> None:
    (shown,) = told(
        [
            toll(group="guards", exactly=23),
            toll(group="opponents", exactly=20),
            toll(group="rebels", of="opponents", exactly=13),
            toll(group="commanders", of="rebels", exactly=2),
        ]
    )

    assert parts(shown) == (43, 43, 43)
    assert [(g.group, g.of, g.best) for g in shown.groups] == [
        ("guards", None, 23),
        ("opponents", None, 20),
        ("rebels", "opponents", 13),
        ("commanders", "rebels", 2),
    ]


def test_who_counts_only_a_part_of_a_group_puts_no_figure_to_the_whole() -> None:
    (shown,) = told(
        [
            toll(claimant="Estra Relief", group="opponents", exactly=20),
            toll(claimant="Ministry", group="rebels", of="opponents", exactly=13),
        ]
    )

    assert (parts(shown), shown.claimants) == ((20, 20, 20), 1)


def test_cumulative_figures_are_listed_group_by_group_and_never_summed() -> None:
    since = {"scope": "cumulative", "since": "2031-04"}
    shown = told(
        [
            toll(group="civilians", at_least=900, **since),
            toll(group="children", exactly=230, of="civilians", **since),
            toll(group="fighters", exactly=100, **since),
            toll(group="civilians", exactly=4),
            toll(group="fighters", exactly=3),
        ]
    )

    assert [(t.scope, t.group, *parts(t)) for t in shown] == [
        ("cumulative", "civilians", 900, None, None),
        ("cumulative", "fighters", 100, 100, 100),
        ("incident", None, 7, 7, 7),
    ]
    assert [(g.group, g.of) for g in shown[0].groups] == [
        ("civilians", None),
        ("children", "civilians"),
    ]


def test_cumulative_figures_since_different_days_are_different_figures() -> None:
    shown = told(
        [
            toll(exactly=9, scope="cumulative", since="2031-04"),
            toll(exactly=12, scope="cumulative", since="2031-01"),
        ]
    )

    assert [(t.since, t.best) for t in shown] == [("2031-01", 12), ("2031-04", 9)]


def test_two_figures_of_one_claimant_for_one_cumulative_group_are_a_band() -> None:
    (shown,) = told([toll(at_most=n, scope="cumulative", since="2031") for n in (7, 9)])

    assert parts(shown) == (0, None, 9)


def test_figures_of_different_outcomes_are_never_added() -> None:
    shown = told([toll(exactly=4), toll(outcome="injured", exactly=9)])

    assert [(t.outcome, t.best) for t in shown] == [("injured", 9), ("killed", 4)]


def test_a_claimant_under_two_spellings_is_one() -> None:
    first = said([toll(claimant="Estra Relief", exactly=4)], 1)
    (shown,) = resolved([*first, *said([toll(claimant="ESTRA  relief", exactly=9)], 2)])

    assert (parts(shown), shown.claimants) == ((9, 9, 9), 1)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("graded-latest/1", (4, 4, 9)),
        ("latest/1", (4, 9, 9)),
        ("claimant:estra RELIEF/1", (4, 4, 4)),
        ("claimant:Ministry/1", (9, 9, 9)),
        ("claimant:Nobody/1", None),
    ],
)
def test_a_policy_chooses_whose_best_counts_and_who_counts_at_all(
    asked: str, expected: Any
) -> None:
    live = [
        *said([toll(claimant="Estra Relief", exactly=4)], 1, grade=0),
        *said([toll(claimant="Ministry", exactly=9)], 2, grade=20),
    ]
    shown = resolved(live, policy(asked))

    assert [parts(t) for t in shown] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "parted",
    [
        [("guards", "rebels"), ("rebels", "guards")],
        [("guards", "guards"), ("guards", "guards")],
        [("a", "b"), ("b", "c"), ("c", "b")],
    ],
)
def test_groups_that_are_parts_of_each_other_are_refused(parted: list[tuple[str, str]]) -> None:
    event = read_event(
        msgspec.json.encode(
            {
                "type": "report.filed",
                "report": {"source": {"name": "Norvale Post"}, "reported_at": "2031-05-09"},
                "claims": {
                    "toll": [
                        {"outcome": "killed", "group": group, "of": of, "exactly": 3}
                        for group, of in parted
                    ]
                },
            }
        )
    )
    with pytest.raises(Invalid, match="part of this group"):
        file(event, 2**61)


counts = st.integers(0, 60)
forms = st.one_of(
    st.builds(lambda n: {"exactly": n}, counts),
    st.builds(lambda n: {"about": n}, counts),
    st.builds(lambda n: {"at_least": n}, counts),
    st.builds(lambda n: {"at_most": n}, counts),
    st.builds(lambda a, b: {"at_least": a, "at_most": b}, counts, counts),
    st.fixed_dictionaries({}, optional={"low": counts, "best": counts, "high": counts}).map(
        lambda given: given or {"words": "dozens"}
    ),
)
GROUPS = (None, "guards", "rebels", "villagers")


@st.composite
def tolls(draw: st.DrawFn) -> list[Toll]:
    """One report's: some of its groups parts of groups before them, perhaps another claimant's."""
    made: list[Toll] = []
    for form in draw(st.lists(forms, min_size=1, max_size=5)):
        above = [t.group for t in made if t.group and t.outcome == "killed"]
        part = draw(st.booleans()) and bool(above)
        made.append(
            toll(
                group=draw(st.sampled_from(GROUPS[1:] if part else GROUPS)),
                of=draw(st.sampled_from(above)) if part else None,
                claimant=draw(st.sampled_from([None, "Ministry", "MINISTRY", "Estra Relief"])),
                outcome="killed"
                if part
                else draw(st.sampled_from(["killed", "killed", "injured"])),
                **form,
            )
        )
    return made


reports = st.lists(st.tuples(tolls(), st.sampled_from([0, 11, 100])), min_size=1, max_size=5)
policies = st.sampled_from([GRADED_LATEST, LATEST, policy("claimant:ministry/1")])


@given(reports, policies)
def test_what_claims_add_up_to_is_what_the_oracle_works_out(drawn: Any, asked: Policy) -> None:
    live = [f for n, (given, grade) in enumerate(drawn) for f in said(given, n, grade=grade)]
    shown = {t.outcome: parts(t) for t in resolved(live, asked)}

    assert shown == naive(drawn, asked)


@given(st.lists(forms, min_size=1, max_size=6), st.randoms())
def test_the_order_of_what_is_added_does_not_matter(given: list[Any], random: Any) -> None:
    bands = [band(toll(**form)) for form in given]
    shuffled = list(bands)
    random.shuffle(shuffled)

    assert added(shuffled) == added(bands)


@given(st.lists(forms, min_size=1, max_size=4), st.lists(forms, min_size=1, max_size=4))
def test_adding_in_two_steps_gives_what_adding_at_once_gives(one: Any, other: Any) -> None:
    first, second = ([band(toll(**form)) for form in some] for some in (one, other))

    assert added([added(first), added(second)]) == added([*first, *second])


@given(reports)
def test_a_band_lies_around_each_claimants_latest_figure(drawn: Any) -> None:
    live = [f for n, (given, grade) in enumerate(drawn) for f in said(given, n, grade=grade)]
    for shown in resolved(live):
        latest = {f.claimant.lower(): f for f in live if f.subject.outcome == shown.outcome}
        for figure in latest.values():
            if figure.band.low is not None:
                assert shown.low is not None
                assert shown.low <= figure.band.low
            if shown.high is not None:
                assert figure.band.high is not None
                assert shown.high >= figure.band.high
        assert shown.best in {figure.band.best for figure in latest.values()}


@given(st.lists(forms, min_size=1, max_size=5), counts)
def test_bands_meet_where_some_number_satisfies_all_of_them(given: Any, number: int) -> None:
    bands = [band(toll(**form)) for form in given]

    def satisfied(by: int) -> bool:
        return all(
            (b.low is None or b.low <= by) and (b.high is None or by <= b.high) for b in bands
        )

    assert meet(bands) == any(map(satisfied, range(-1, 62)))
    assert meet(bands) or not satisfied(number)


# The oracle: one claimant's latest list of claims at a time, with infinity for what has no bound.


def naive(drawn: list[tuple[list[Toll], int]], asked: Policy) -> dict[str, Any]:
    latest: dict[tuple[str, str], tuple[int, int, list[Toll]]] = {}
    for at, (tolls_given, grade) in enumerate(drawn):
        by: dict[tuple[str, str], list[Toll]] = {}
        for t in tolls_given:
            by.setdefault((t.outcome, (t.claimant or "Norvale Post").lower()), []).append(t)
        for key, own in by.items():
            wholes = [t for t in own if t.of is None]
            if wholes and (asked.claimant is None or key[1] == "ministry"):
                latest[key] = (grade, at, wholes)
    shown = {}
    for outcome in {outcome for outcome, _ in latest}:
        claims = [claim for key, claim in latest.items() if key[0] == outcome]
        sums = [(low_of(c[2]), best_of(c[2]), high_of(c[2])) for c in claims]
        best = min(zip(claims, sums, strict=True), key=lambda p: wins(p[0], asked))[1][1]
        lows = [low for low, _, _ in sums if low is not None]
        top = max(high for _, _, high in sums)
        shown[outcome] = (min(lows) if lows else None, best, None if top == math.inf else top)
    return shown


def wins(claim: tuple[int, int, list[Toll]], asked: Policy) -> Any:
    return (-claim[1],) if asked is LATEST else (claim[0], -claim[1])


def low_of(wholes: list[Toll]) -> int | None:
    known = []
    for t in wholes:
        if t.exactly is not None:
            known.append(t.exactly)
        elif t.at_least is not None:
            known.append(t.at_least)
        elif t.at_most is not None:
            known.append(0)
        elif t.low is not None:
            known.append(t.low)
    return sum(known) if known else None


def best_of(wholes: list[Toll]) -> int | None:
    total = 0
    for t in wholes:
        stated = [n for n in (t.exactly, t.about, t.best) if n is not None]
        if not stated:
            return None
        total += stated[0]
    return total


def high_of(wholes: list[Toll]) -> float:
    total: float = 0
    for t in wholes:
        stated = [n for n in (t.exactly, t.at_most, t.high) if n is not None]
        total += stated[0] if stated else math.inf
    return total


def toll(**form: Any) -> Toll:
    return Toll(**{"outcome": "killed", **form})


def told(given: list[Toll]) -> tuple[Resolved, ...]:
    """What one report alone adds up to."""
    return resolved(said(given, 1))


def said(given: list[Toll], day: int, grade: int = 100) -> list[Figure]:
    """A report's figures; the Norvale Post's own where they name no claimant."""
    return figures(given, "Norvale Post", grade, (day, day))


def parts(figure: Band | Resolved) -> tuple[int | None, int | None, int | None]:
    return figure.low, figure.best, figure.high
