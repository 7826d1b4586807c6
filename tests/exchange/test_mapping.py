"""Goal: a mapping that cannot mean anything is refused, with the place and what was expected.

Method: mappings with one thing wrong each.
"""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Invalid, Malformed
from exchange.mapping import (
    Cell,
    FileMap,
    Mapping,
    OccurredMap,
    PlaceMap,
    SourceMap,
    columns,
    load,
)

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
        ("titel = 'T'", "/titel", "`titel` is no key"),
        (
            "occurred = {begin = 'A'}",
            "/occurred/begin",
            "`occurred.begin` is no key. `occurred` has edtf, phrase",
        ),
        ("title = {column = 'A', case = 'low'}", "/title", "`title.case` is no key"),
        (
            "[[toll]]\noutcome = 'A'\nkilled = 'B'",
            "/toll/0/killed",
            "`killed` of [[toll]] number 1 is no key",
        ),
        ("[[toll]]\nbest = 'B'", "/toll/0", "[[toll]] number 1 needs outcome"),
        ("place = {name = 5}", "/place/name", "`place.name` is a column's name"),
        ("title = ''", "/title", "`title` is a column's name"),
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
        (
            "occurred = {start = 'A', end = 'B', means = 'both'}",
            "/occurred/means",
            'one of duration, possible, not "both"',
        ),
        ("occurred = {edtf = 'A', start = 'B'}", "/occurred/edtf", "`edtf`, or `start`"),
        ("place = {lat = 'A', latlon = 'B'}", "/place/latlon", "`latlon`, or `lat`"),
        ("file = {form = 'ods'}", "/file/form", 'one of csv, xlsx, json, ndjson, not "ods"'),
        (
            "actors = [{name = 'A', repeat = 0}]",
            "/actors/0/repeat",
            "a whole number from 1 to 100, not 0",
        ),
        ("occurrence_prefix = 'A b'", "/occurrence_prefix", "small letters"),
        (
            "file = {encoding = 'wingdings'}",
            "/file/encoding",
            "`file.encoding`: 'wingdings' is not",
        ),
        ("[place]\nname = 'A'\ntitle = 'B'", "/place/title", "stand above the first line in [ ]"),
        ("[toll]\noutcome = 'A'", "/toll", "each under a line [[toll]], not a table"),
        ("place = 'A'", "/place", '`place` is a table, like {name = "Town"}, not "A"'),
        ("kind = true", "/kind", "not true"),
        ("tags = 5", "/tags", "or a list of such, not 5"),
        ("title = {columns = []}", "/title/columns", "not an empty list"),
        ("title = {column = 'A', offset = '3'}", "/title/offset", 'like "+03:00"'),
        ("title = {column = 'A', words = ['a']}", "/title/words", "not a list"),
        ("attributes = 'none'", "/attributes", '"rest", "all", or a list'),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(toml: str, where: str, expected: str) -> None:
    with pytest.raises((Malformed, Invalid)) as refused:
        load((LEAST + toml).encode())

    assert (refused.value.where or "").startswith(where)
    assert expected in refused.value.detail
    assert "\n" not in refused.value.detail


def test_every_key_can_be_told_of() -> None:
    """Whatever stands at a key, the sentence about it names the key."""
    structs = {"": Mapping, "source": SourceMap, "occurred": OccurredMap, "place": PlaceMap}
    structs |= {"file": FileMap, "title": Cell}
    for table, struct in structs.items():
        for key in struct.__struct_fields__:
            name = f"{table}.{key}" if table else key
            with pytest.raises((Malformed, Invalid)) as refused:
                load_of({**({table: {key: [[7]]}} if table else {key: [[7]]})})
            told = refused.value.detail
            assert told.startswith((f"`{name}` is ", f"[[{name}]] number 1 is ")), told
            assert "something else" not in told


def load_of(given: dict[str, Any]) -> Mapping:
    """A mapping with one key at fault, which stands before the others."""
    whole = {**given, **{k: v for k, v in LEAST_OF.items() if k not in given}}
    return load("\n".join(f"{k} = {toml(v)}" for k, v in whole.items()).encode())


LEAST_OF = {"dataset": "norvale", "id": "No", "source": {"name": "Who"}}


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"
    return repr(value)


def test_what_is_needed_is_asked_for() -> None:
    with pytest.raises(Malformed, match="The mapping needs id, the column"):
        load(b'dataset = "norvale"\nsource = {name = "Who"}')
    with pytest.raises(Malformed, match="`dataset` is a name of small letters"):
        load(LEAST.replace("norvale", "Norvale 1").encode())


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(Malformed, match="nested too deeply"):
        load(b"x = " + b"[" * 5_000)
    with pytest.raises(Malformed, match=r"not TOML: .*line 1"):
        load(b"dataset: norvale")
    with pytest.raises(Malformed, match=r"line 4.* Text stands in quotes"):
        load((LEAST + "title = What").encode())
    with pytest.raises(Malformed, match="A key stands in it twice"):
        load((LEAST + "id = 'A'").encode())
    with pytest.raises(Malformed, match="not UTF-8"):
        load("dataset = 'é'".encode("latin-1"))


def test_actors_are_counted() -> None:
    toml = "[[actors]]\nrepeat = 2\nname = 'A{n}'\nroles = {victim = 'A{n} hurt'}"

    actors = load((LEAST + toml).encode()).actors

    assert [(actor.name, actor.roles) for actor in actors] == [
        ("A1", {"victim": "A1 hurt"}),
        ("A2", {"victim": "A2 hurt"}),
    ]
