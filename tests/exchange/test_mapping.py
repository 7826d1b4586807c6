"""Goal: a mapping that cannot mean anything is refused, with the place and what was expected.

Method: mappings with one thing wrong each.
"""

from __future__ import annotations

import pytest

from domain.errors import Invalid, Malformed
from exchange.mapping import columns, load

LEAST = 'dataset = "norvale"\nid = "No"\nsource = {name = "Who"}\n'


def test_the_least_that_a_mapping_says() -> None:
    mapping = load(LEAST.encode())

    assert mapping.dataset == "norvale"
    assert columns(mapping) == ("No", "Who")


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    assert load(LEAST.encode("utf-8-sig")) == load(LEAST.encode())


@pytest.mark.parametrize(
    ("toml", "where", "expected"),
    [
        ("titel = 'T'", "/titel", "Unknown field `titel`"),
        ("occurred = {begin = 'A'}", "/occurred/begin", "Unknown field `begin`"),
        ("title = {column = 'A', case = 'low'}", "/title", None),
        ("[[toll]]\noutcome = 'A'\nkilled = 'B'", "/toll/0/killed", "Unknown field `killed`"),
        ("[[toll]]\nbest = 'B'", "/toll/0", "`outcome` is required"),
        ("place = {name = 5}", "/place/name", "Expected"),
        ("title = ''", "/title", "this is empty"),
        ("title = {}", "/title", "one of `column`, `columns` and `value`"),
        ("title = {column = 'A', value = 'b'}", "/title", "one of `column`"),
        ("title = {column = 'A', match = '('}", "/title/match", "no regular expression"),
        ("title = {column = 'A', match = 'a'}", "/title/match", "has 0 groups"),
        ("title = {column = 'A', match = '(a)(b)'}", "/title/match", "has 2 groups"),
        ("occurred = {edtf = {column = 'A', format = '%d/%m'}}", "/occurred/edtf/format", "%Y"),
        ("occurred = {edtf = {column = 'A', format = '%Y %x'}}", "/occurred/edtf/format", "not %x"),
        (
            "occurred = {edtf = {column = 'A', format = '%Y%Y'}}",
            "/occurred/edtf/format",
            "strptime",
        ),
        ("occurred = {}", "/occurred", "Give `edtf`, `phrase`, or `start`"),
        ("occurred = {start = 'A', end = 'B'}", "/occurred", "need `means`"),
        ("occurred = {start = 'A', means = 'duration'}", "/occurred", "need `means`"),
        ("occurred = {end = 'A', means = 'duration'}", "/occurred", "need `means`"),
        ("occurred = {start = 'A', end = 'B', means = 'both'}", "/occurred/means", "both"),
        ("occurred = {edtf = 'A', start = 'B'}", "/occurred/edtf", "`edtf`, or `start`"),
        ("place = {lat = 'A', latlon = 'B'}", "/place/latlon", "`latlon`, or `lat`"),
        ("file = {form = 'ods'}", "/file/form", "ods"),
        ("actors = [{name = 'A', repeat = 0}]", "/actors/0/repeat", "at least 1"),
        ("occurrence_prefix = 'A b'", "/occurrence_prefix", None),
        ("attributes = 'none'", "/attributes", None),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(
    toml: str, where: str, expected: str | None
) -> None:
    with pytest.raises((Malformed, Invalid)) as refused:
        load((LEAST + toml).encode())

    assert (refused.value.where or "").startswith(where)
    assert expected is None or expected in refused.value.detail


def test_what_is_needed_is_asked_for() -> None:
    with pytest.raises(Malformed, match="`id` is required"):
        load(b'dataset = "norvale"\nsource = {name = "Who"}')
    with pytest.raises(Malformed, match="lower-case letters"):
        load(LEAST.replace("norvale", "Norvale 1").encode())


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(Malformed, match="nested too deeply"):
        load(b"x = " + b"[" * 5_000)
    with pytest.raises(Malformed, match=r"not TOML: .*line 1"):
        load(b"dataset: norvale")
    with pytest.raises(Malformed, match="not UTF-8"):
        load("dataset = 'é'".encode("latin-1"))


def test_actors_are_counted() -> None:
    toml = "[[actors]]\nrepeat = 2\nname = 'A{n}'\nroles = {victim = 'A{n} hurt'}"

    actors = load((LEAST + toml).encode()).actors

    assert [(actor.name, actor.roles) for actor in actors] == [
        ("A1", {"victim": "A1 hurt"}),
        ("A2", {"victim": "A2 hurt"}),
    ]
