"""Goal: what names stand for, and when; checked by hand, with the names that a real group bore in
succession, and by laws over random windows.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import answers, dates
from domain.events import Statement, body
from domain.registries import (
    Alias,
    Borne,
    Keys,
    Registration,
    bears,
    expanded,
    sought,
)

NUSRA = Alias(name="Jabhat al-Nusra", valid_from="2012-01", valid_to="2016-07-28")
FATAH = Alias(name="Jabhat Fatah al-Sham", valid_from="2016-07-28", valid_to="2017-01-28")
HTS = Registration(
    id="hts",
    name="Hayat Tahrir al-Sham",
    valid_from="2017-01-28",
    aliases=("HTS", NUSRA, FATAH),
)


def day(text: str) -> tuple[int, int]:
    bounds = dates.parse(text)
    return bounds.start_earliest, bounds.end_latest


@pytest.mark.parametrize(
    ("name", "when", "found"),
    [
        ("jabhat al nusra", "2012-01-01", True),
        ("jabhat al nusra", "2011-12-31", False),
        ("jabhat al nusra", "2011-12", False),
        ("jabhat al nusra", "2011", False),
        ("jabhat al nusra", "2011/2012", True),  # it may have happened in 2012
        ("jabhat al nusra", "2016-07-28", True),  # both names, on the day of the change
        ("jabhat fatah al sham", "2016-07-28", True),
        ("jabhat al nusra", "2016-07-29", False),
        ("jabhat al nusra", "2016-07", True),
        ("jabhat al nusra", "2016-07-29/..", False),
        ("jabhat al nusra", "../2019", True),
        ("jabhat al nusra", None, True),  # nobody can say that it was another time
        ("hts", "2017-01-27", False),  # the thing's own validity, since it has none
        ("hts", "2023", True),
        ("hayat tahrir al sham", "2016", False),
        ("somebody else", None, False),
    ],
)
def test_a_name_counts_unless_it_was_certainly_borne_at_another_time(
    name: str, when: str | None, found: bool
) -> None:
    keys = expanded({"hts": HTS}, ("Jabhat al-Nusra",))

    assert bears(keys, (name,), day(when) if when else None) is found


def test_an_alias_with_one_side_is_open_on_the_other_whatever_the_thing_says() -> None:
    alias = Alias(name="The Guard", valid_to="2015")
    thing = Registration(
        id="guard", name="Guard", valid_from="2020", valid_to="2021", aliases=(alias,)
    )

    assert bears(expanded({"guard": thing}, ("guard",)), ("the guard",), day("1999"))
    assert not bears(expanded({"guard": thing}, ("guard",)), ("guard",), day("1999"))


def test_a_name_that_nobody_registered_stands_for_itself_at_any_time() -> None:
    assert expanded({"hts": HTS}, ("Tellin Front",)) == ("tellin front",)


def test_windows_of_one_name_that_meet_are_one_and_those_that_do_not_stay_apart() -> None:
    assert sought([("a", 1, 3), ("a", 3, 5), ("a", 7, 9), ("b", dates.MIN, dates.MAX)]) == (
        Borne("a", 1, 5),
        Borne("a", 7, 9),
        "b",
    )
    assert sought([("a", dates.MIN, 3), ("a", 2, dates.MAX)]) == ("a",)
    assert sought([("a", 2, 3), ("a", dates.MIN, dates.MAX)]) == ("a",)


sides = st.sampled_from([dates.MIN, -3, -1, 0, 2, 4, dates.MAX])
windows = st.tuples(sides, sides).filter(lambda window: window[0] < window[1])


@given(st.lists(windows, min_size=1, max_size=4), windows)
def test_joining_windows_changes_no_answer(borne: list[tuple[int, int]], time: object) -> None:
    assert isinstance(time, tuple)
    keys = sought([("a", *window) for window in borne])

    assert bears(keys, ("a",), time) == any(
        start < time[1] and time[0] < end for start, end in borne
    )


def test_keys_show_days_that_are_included() -> None:
    keys = Keys(actor=expanded({"hts": HTS}, ("hts",)))

    shown = {key.key: key for key in answers.keys_shown(keys).actor}
    assert (shown["jabhat al nusra"].earliest, shown["jabhat al nusra"].latest) == (
        "2012-01-01",
        "2016-07-28",
    )
    assert (shown["hts"].earliest, shown["hts"].latest) == ("2017-01-28", None)


def test_of_one_name_for_two_things_each_names_the_other_where_both_may_have_borne_it() -> None:
    def guard(id: str, since: str | None, until: str | None = None) -> Registration:
        return Registration(id=id, name="The Guard", valid_from=since, valid_to=until)

    registry = {
        "old": guard("old", None, "2015"),
        "new": guard("new", "2016"),
        "odd": guard("odd", "2015-12-31", "2016-01-01"),
        "same": Registration(id="same", name="The Guard", same_as="new"),
    }
    who = answers.bearers(registry)

    def also(id: str) -> tuple[str, ...]:
        (name,) = answers.registered_shown(
            answers.SourceRegisteredShown, registry[id], 1, 1, who
        ).names
        return tuple(name.also)

    assert also("old") == ("odd", "same")
    assert also("new") == ("odd",)  # that which is the same is no other
    assert also("odd") == ("new", "old", "same")


def test_what_older_events_say_is_read_as_it_was_written() -> None:
    """Shapes of schema 1 as they were before names had a validity of their own."""
    stored = (
        b'{"registered":{"aliases":["HTS",{"language":"ar","name":"x"}],"id":"hts",'
        b'"name":"Tahrir","valid_from":"2017"}}'
    )
    statement = msgspec.json.decode(stored, type=Statement)
    assert body(statement) == stored
    defined = b'{"keys":{"actor":["hts","tahrir"]},"timeline":"of-hts"}'
    keys = msgspec.json.decode(defined, type=Statement)
    assert body(keys) == defined

    # A definition's names were resolved without times, and stay so.
    assert keys.keys is not None
    assert bears(keys.keys.actor, ("tahrir",), day("1999"))


def test_a_definition_keeps_the_times_of_its_names_as_it_is_stored() -> None:
    keys = Keys(actor=(*expanded({"hts": HTS}, ("hts",)), "other"))

    stored = body(Statement(keys=keys))

    assert msgspec.json.decode(stored, type=Statement).keys == keys
