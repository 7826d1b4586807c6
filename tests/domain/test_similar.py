"""Goal: what is suggested as a duplicate is explained, and what has been answered is not asked.

Method: a table of made-up pairs with the points that each must be given; laws over generated
beliefs; and the tables of `docs/duplicates.md`, read as text and held to the code.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain import dates, similar
from domain.beliefs import Belief
from domain.calendar import DAY
from domain.claims import Actor, Occurred, Place
from domain.dates import MAX, MIN, Bounds
from domain.similar import Account, Kinship, Likeness, Rarity, account, likeness
from domain.tolls import Resolved

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "duplicates.md"
NORVALE = {"name": "Norvale", "lat": 10.0, "lon": 20.0, "precision": "town"}
ATTACK: dict[str, Any] = {
    "title": "Market shelled in Norvale",
    "kind": "shelling",
    "when": "2019-08-27",
    "place": NORVALE,
    "sources": ("Norvale Post",),
}


def told(number: int, **said: Any) -> Account:
    """An occurrence as believed."""
    when, place = said.get("when"), said.get("place")
    return account(
        UUID(int=number),
        f"occurrence-{number}",
        Belief(
            status=said.get("status", ("reported",)),
            title=said.get("title"),
            summary=said.get("summary"),
            kind=said.get("kind"),
            occurred=Occurred(edtf=when, bounds=dates.parse(when)) if when else None,
            place=Place(**place) if place else None,
            actors=tuple(Actor(name=name) for name in said.get("actors", ())),
            toll=tuple(said.get("toll", ())),
        ),
        said.get("sources", ()),
    )


def killed(low: int | None, best: int | None, high: int | None, **more: Any) -> Resolved:
    fields = {"outcome": "killed", "claimant": "Norvale Post", "claimants": 1, **more}
    return Resolved(low=low, best=best, high=high, **fields)


def of_pair(one: dict[str, Any], other: dict[str, Any]) -> Likeness | None:
    first = {**ATTACK, **one}
    return likeness(told(1, **first), told(2, **{**first, "sources": ("Estra Radio",), **other}),
                    Rarity())  # fmt: skip


def points(found: Likeness | None) -> dict[str, int]:
    assert found is not None
    assert found.score == sum(why.weight for why in found.why)
    return {why.what: why.weight for why in found.why}


# What is suggested, and why


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({}, {}, {"dates": 30, "area": 25, "words": 12, "kind": 10}, id="one account"),
        pytest.param(
            {"title": "Market shelled", "toll": [killed(43, 43, 43)]},
            {"title": "Attack at dawn", "toll": [killed(52, 52, 52)], "kind": "attack"},
            {"dates": 30, "area": 25, "tolls": 2, "kind": -3},
            id="figures that are close",
        ),
        pytest.param(
            {"toll": [killed(12, 12, 12)]},
            {"title": "Another wording", "when": "2019-08-28", "toll": [killed(12, 12, 12)]},
            {"dates": 20, "area": 25, "tolls": 20, "kind": 10},
            id="a day later, the same dead",
        ),
        pytest.param(
            {"toll": [killed(10, None, None)]},
            {"title": None, "toll": [killed(8, 12, 14)]},
            {"dates": 30, "area": 25, "tolls": 3, "kind": 10},
            id="a figure without an end",
        ),
        pytest.param(
            {"actors": ("Estra Brigade",)},
            {"title": None, "actors": ("ESTRA  brigade", "Others")},
            {"dates": 30, "area": 25, "kind": 10, "actors": 10},
            id="one actor in two spellings",
        ),
        pytest.param(
            {},
            {"title": None, "place": {"name": "Old Norvale", "lat": 10.02, "lon": 20.0,
                                      "precision": "town"}},
            {"dates": 30, "area": 14, "kind": 10},
            id="a place near by",
        ),
        pytest.param(
            {"place": {"name": "Norvale"}},
            {"place": {"name": "Old Norvale"}},
            {"dates": 30, "area": 12, "words": 12, "kind": 10},
            id="a name within another",
        ),
        pytest.param(
            {},
            {"place": {**NORVALE, "lat": 12.0}},
            {"dates": 30, "area": 5, "words": 12, "kind": 10},
            id="one name, a point astray",
        ),
        pytest.param(
            {"when": "2019-04/2019-08", "toll": [killed(43, 43, 43)]},
            {"when": "2019-04/2019-08", "toll": [killed(43, 43, 43)]},
            {"dates": 8, "area": 25, "words": 12, "tolls": 20, "kind": 10},
            id="what lasted from one month to another",
        ),
        pytest.param(
            {"when": "2019-04-20/.."},
            {"when": "2019-04-20/.."},
            {"dates": 8, "area": 25, "words": 12, "kind": 10},
            id="what has not ended",
        ),
        pytest.param(
            {"toll": [killed(43, 43, 43)]},
            {"sources": ATTACK["sources"], "toll": [killed(43, 43, 43)]},
            {"dates": 30, "area": 25, "tolls": 20, "kind": 10, "sources": -25},
            id="one source, entered twice",
        ),
    ],
)  # fmt: skip
def test_what_is_suggested_is_explained_in_points(
    one: dict[str, Any], other: dict[str, Any], expected: dict[str, int]
) -> None:
    assert points(of_pair(one, other)) == expected


def test_the_reasons_are_in_words() -> None:
    found = of_pair({"toll": [killed(43, 43, 43)]}, {"toll": [killed(40, 43, 50)]})

    assert found is not None
    assert [(why.what, why.detail) for why in found.why] == [
        ("dates", "both 2019-08-27"),
        ("area", "both Norvale, within 5 km"),
        ("words", "market, shelled"),
        ("tolls", "killed: 43 and 40 to 50 meet, best 43"),
        ("kind", "both shelling"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {"when": "2019-09-01"}, id="five days later"),
        pytest.param({"title": None}, {"when": "2019"}, id="some day of the year"),
        pytest.param({"when": None}, {"when": None}, id="undated"),
        pytest.param({"when": "2011/2019"}, {"when": "2019-08-27"}, id="a war and a day of it"),
        pytest.param({"when": "../2019-08-27"}, {"when": "2019-08-27"}, id="at any time before"),
        pytest.param(
            {}, {"place": {"name": "Estra", "lat": 10.5, "lon": 20.0, "precision": "town"}},
            id="another town",
        ),
        pytest.param({"place": {"name": "Norvale"}, "title": "A"},
                     {"place": {"name": "Estra"}, "title": "B"}, id="names that differ"),
        pytest.param({"toll": [killed(1, 1, 1)]}, {"toll": [killed(9, 9, 9)],
                     "sources": ATTACK["sources"]}, id="one source told of both"),
        pytest.param({"status": ("retracted",)}, {"status": ("reported",)}, id="retracted"),
        pytest.param({}, {"status": ("merged",)}, id="merged"),
    ],
)  # fmt: skip
def test_what_cannot_be_one_or_says_too_little_is_not_suggested(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert of_pair(one, other) is None


def test_common_words_count_little() -> None:
    often = Rarity([Belief(status=(), title="Market shelled")] * 100)
    one, other = told(1, **ATTACK), told(2, **{**ATTACK, "sources": ()})

    assert "words" in points(likeness(one, other, Rarity()))
    assert "words" not in points(likeness(one, other, often))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The shelling of Norvale's market in which 12 died", {"market", "died"}),
        ("Un marché bombardé à Norvale", {"marche", "bombarde"}),
        ("قصف على سوق", {"قصف", "سوق"}),
    ],
)
def test_words_of_grammar_place_and_kind_and_numbers_do_not_count(
    title: str, expected: set[str]
) -> None:
    assert told(1, **{**ATTACK, "title": title}).words == expected


# What has been answered


LINKS = [
    (1, "part-of", 3),
    (3, "part-of", 4),
    (2, "part-of", 3),
    (5, "distinct-from", 1),
    (6, "follows", 1),
]


def kinship(into: dict[int, int] | None = None) -> Kinship:
    return Kinship(
        [(UUID(int=a), relation, UUID(int=b)) for a, relation, b in LINKS],
        {UUID(int=a): UUID(int=b) for a, b in (into or {}).items()},
        {UUID(int=3): "norvale-siege"},
    )


@pytest.mark.parametrize(
    ("one", "other", "into", "settled"),
    [
        (1, 3, {}, True),  # a part and its whole
        (4, 1, {}, True),  # a whole and a part of its part
        (1, 5, {}, True),  # told apart
        (7, 5, {1: 7}, True),  # told apart, before one was merged into a third
        (1, 7, {1: 7}, True),  # merged
        (1, 2, {}, False),  # two parts of one whole
        (1, 6, {}, False),  # one followed the other
        (2, 5, {}, False),
        (2, 4, {1: 7}, True),
    ],
)
def test_links_and_merges_settle_how_two_stand_to_each_other(
    one: int, other: int, into: dict[int, int], settled: bool
) -> None:
    a, b = UUID(int=one), UUID(int=other)

    assert kinship(into).settled(a, b) is kinship(into).settled(b, a) is settled
    suggested = likeness(told(one, **ATTACK), told(other, **{**ATTACK, "sources": ()}), Rarity(),
                         [Kinship(), kinship(into)])  # fmt: skip
    assert (suggested is None) is settled


def test_two_parts_of_one_whole_are_marked() -> None:
    one, other = told(1, **ATTACK), told(2, **{**ATTACK, "sources": ()})

    found = likeness(one, other, Rarity(), [kinship()])

    assert points(found)["siblings"] == -10
    assert found is not None
    assert found.why[-1].detail == "both are parts of norvale-siege"


# Laws

DAYS = st.integers(0, 60).map(lambda day: 17_900 * DAY + day * DAY)


@st.composite
def spans(draw: st.DrawFn) -> Bounds:
    """Bounds that are open at no end."""
    marks = sorted(draw(st.lists(DAYS, min_size=4, max_size=4)))
    if draw(st.booleans()):  # a coarse date
        return Bounds(marks[0], marks[3] + DAY, marks[0], marks[3] + DAY)
    return Bounds(marks[0], marks[1] + DAY, marks[2], marks[3] + DAY)


@st.composite
def accounts(draw: st.DrawFn, number: int) -> Account:
    few = st.integers(0, 15)
    said = {
        "title": draw(st.sampled_from(["Market shelled", "Shelled at dawn", None])),
        "kind": draw(st.sampled_from(["shelling", "attack", None])),
        "when": draw(
            st.sampled_from(["2019-08-27", "2019-08-28", "2019-08", "2019-08-20/2019-08-27", ""])
        ),
        "place": draw(
            st.sampled_from([NORVALE, {"name": "Norvale"}, None, {"name": "Estra"},
                             {"name": "Tellin", "lat": 10.1, "lon": 20.0, "precision": "near"}])
        ),
        "actors": draw(st.lists(st.sampled_from(["Estra Brigade", "Police"]), unique=True)),
        "toll": [killed(draw(few), draw(few), draw(few))] if draw(st.booleans()) else [],
        "sources": draw(st.lists(st.sampled_from(["Post", "Radio"]), unique=True)),
        "status": (draw(st.sampled_from(["reported"] * 4 + ["merged", "retracted"])),),
    }  # fmt: skip
    return told(number, **said)


@given(accounts(1), accounts(2))
def test_which_of_two_is_given_first_makes_no_difference(one: Account, other: Account) -> None:
    assert likeness(one, other, Rarity()) == likeness(other, one, Rarity())


@given(accounts(1), accounts(2))
def test_what_is_settled_merged_or_retracted_is_never_suggested(
    one: Account, other: Account
) -> None:
    apart = Kinship([(other.id, "distinct-from", one.id)])

    assert likeness(one, other, Rarity(), [apart]) is None
    assert likeness(one, one, Rarity()) is None
    if {"merged", "retracted"} & {*one.belief.status, *other.belief.status}:
        assert likeness(one, other, Rarity()) is None


# About one random pair in six is suggested, which is enough to learn from.
FEW_ARE_ALIKE = settings(suppress_health_check=[HealthCheck.filter_too_much])


@FEW_ARE_ALIKE
@given(accounts(1), accounts(2))
def test_a_score_is_the_sum_of_its_reasons_and_reaches_the_threshold(
    one: Account, other: Account
) -> None:
    found = likeness(one, other, Rarity())

    assume(found is not None)
    assert found is not None
    assert found.score == sum(why.weight for why in found.why) >= similar.THRESHOLD
    assert len({why.what for why in found.why}) == len(found.why)


@FEW_ARE_ALIKE
@given(spans(), spans(), st.lists(st.integers(0, 400 * DAY), min_size=4, max_size=4))
def test_a_wider_date_never_gives_more_points(one: Bounds, other: Bounds, more: list[int]) -> None:
    before = similar.of_dates(one, other)
    assume(before is not None)
    wider = Bounds(
        one.start_earliest - more[0],
        one.start_latest + more[1],
        one.end_earliest - more[2],
        one.end_latest + more[3],
    )

    assert (similar.of_dates(wider, other) or 0) <= (before or 0)


@given(st.lists(st.integers(1, 8), unique=True).flatmap(
    lambda numbers: st.tuples(*(accounts(n) for n in numbers))))  # fmt: skip
def test_a_sweep_finds_each_pair_once_and_all_of_them(some: tuple[Account, ...]) -> None:
    # given
    in_order = sorted(some, key=lambda a: a.order)
    expected = {
        frozenset((a.id, b.id))
        for at, a in enumerate(in_order)
        for b in in_order[at + 1 :]
        if likeness(a, b, Rarity()) is not None
    }

    # when
    sweep = similar.Sweep(Rarity(), window=100)
    for one in in_order:
        sweep.next(one)

    # then
    found = [frozenset((a.id, b.id)) for a, b in sweep.found]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert (sweep.looked_at, sweep.limited) == (len(some), 0)
    assert sweep.undated == sum(a.bounds is None for a in some)


def test_a_sweep_says_where_there_were_too_many() -> None:
    sweep = similar.Sweep(Rarity(), window=2)

    for number in range(1, 5):
        sweep.next(told(number, **ATTACK))

    assert (sweep.compared, sweep.limited) == (0 + 1 + 2 + 2, 1)


@pytest.mark.parametrize("end", [MIN, MAX])
def test_open_ends_are_compared_without_overflow(end: int) -> None:
    one = Bounds(MIN, end, MIN, MAX)

    assert similar.of_dates(one, one) is None


# The document


def table(title: str) -> list[list[str]]:
    """The rows of the table under a head that begins with this."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(title)}[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", text, re.M)
    assert found, title
    return [
        [cell.strip() for cell in row.strip("| ").split(" | ")] for row in found[1].splitlines()
    ]


def numbers(title: str) -> list[tuple[int, int]]:
    return [(int(re.findall(r"\d+", row[0])[0]), int(row[1])) for row in table(title)]


def test_the_tables_of_the_document_are_those_of_the_code() -> None:
    assert [(days * DAY, p) for days, p in numbers("Doubt")] == list(similar.DATES)
    assert numbers("One name") == list(similar.SAME_NAME)
    assert numbers("Two names") == list(similar.NEAR)
    radii = {word: float(km) for words, km in table("Precision")
             for word in re.findall(r"`(.+?)`", words)}  # fmt: skip
    assert radii == dict(similar.RADII)
    assert radii["city"] == similar.RADIUS
    assert [int(row[1]) for row in table("Otherwise")] == [
        similar.LEAST_AREA, similar.ASTRAY, similar.NESTED, similar.NAMED_OTHERWISE, 0,
    ]  # fmt: skip
    what, tolls = table("What"), DOCUMENT.read_text(encoding="utf-8").split("### Tolls")[1]
    assert [int(row[1]) for row in what] == [
        similar.WORD["rare"], similar.WORD["seldom"], similar.WORDS_MOST, similar.KIND,
        similar.OTHER_KIND, *similar.ACTOR.values(), similar.ACTORS_MOST, similar.ONE_SOURCE,
        similar.SIBLINGS,
    ]  # fmt: skip
    given = [int(p) for p in re.findall(r"^\| [^|]+ \| (-?\d+) \|$", tolls, re.M)]
    assert given == [
        *(p for _, p in similar.EQUAL_FIGURES), similar.BEST_EQUAL, similar.BOUNDED, similar.OPEN,
        similar.CLOSE, similar.UNLIKE, similar.TOLLS_MOST, similar.TOLLS_LEAST,
    ]  # fmt: skip


def test_the_document_names_the_threshold_the_gap_and_the_version() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    assert f"From {similar.THRESHOLD} on" in text
    assert f"at most {similar.GAP // DAY} days apart" in text
    assert f"rules `{similar.RULES}`" in text
    (rare, rarely, _), (seldom, at_times, _) = similar.FREQUENT
    assert f"rare in up to {rare} of them or 1 in {1 / rarely:.0f}, seldom" in text
    assert f"in up to {seldom} or 1 in {1 / at_times:.0f}." in text
