"""Goal: what people send is read strictly, and every fault is named with its place.

Method: one small event, made wrong in one way at a time.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.errors import Malformed
from domain.events import ReportFiled
from domain.reading import read_definition, read_event, read_events

EVENT: dict[str, Any] = {
    "type": "report.filed",
    "occurrence": "norvale-fire",
    "report": {"source": {"name": "Norvale Radio"}, "reported_at": "2031-05-10"},
    "claims": {"title": "Fire in Norvale", "toll": [{"outcome": "killed", "exactly": 5}]},
}


def changed(**members: Any) -> bytes:
    return json.dumps({**EVENT, **members}).encode()


def refused(raw: bytes) -> Malformed:
    with pytest.raises(Malformed) as fault:
        read_events(raw)
    return fault.value


def test_a_good_event_is_read() -> None:
    (event,), batch = read_events(changed())
    assert isinstance(event, ReportFiled)
    assert not batch
    assert read_event(changed()) == event


def test_an_unknown_type_is_answered_with_the_types_that_there_are() -> None:
    fault = refused(changed(type="report.filled"))
    assert "report.filled" in fault.detail
    assert "report.filed, report.corrected" in fault.detail


def test_an_event_without_a_type_says_so() -> None:
    raw = json.dumps({k: v for k, v in EVENT.items() if k != "type"}).encode()
    assert "type" in refused(raw).detail


def test_an_unknown_field_is_named_with_its_place() -> None:
    fault = refused(changed(claims={"title": "Fire", "headline": "Fire"}))
    assert fault.where == "/claims/headline"


def test_text_is_not_taken_for_a_number() -> None:
    fault = refused(changed(claims={"toll": [{"outcome": "killed", "exactly": "5"}]}))
    assert fault.where == "/claims/toll/0/exactly"
    assert "int" in fault.detail
    assert "str" in fault.detail


@pytest.mark.parametrize("number", [1.5, True, -1, 2**53])
def test_a_count_is_a_whole_number_that_every_reader_keeps_exact(number: Any) -> None:
    fault = refused(changed(claims={"toll": [{"outcome": "killed", "exactly": number}]}))
    assert fault.where == "/claims/toll/0/exactly"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"5", b'"text"', changed()[:-1], changed() + b"x"]
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    refused(raw)


def test_invalid_utf8_is_refused_with_its_byte() -> None:
    raw = changed().replace(b"Norvale Radio", b"Norvale \xff")
    assert "UTF-8" in refused(raw).detail


def test_a_nul_character_is_refused_with_its_place() -> None:
    assert refused(changed(claims={"title": "Fire\x00"})).where == "/claims/title"


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    read_events(changed(claims={"title": "C:\\u0000"}))


def test_nesting_without_end_is_refused() -> None:
    deep = '{"a":' * 5_000 + "1" + "}" * 5_000
    raw = changed(claims={"title": "Fire", "attributes": 0}).replace(
        b'"attributes": 0', b'"attributes": ' + deep.encode()
    )
    assert "deep" in refused(raw).detail


def test_the_bad_event_of_a_batch_is_named_by_its_index() -> None:
    bad = {**EVENT, "claims": {"title": 5}}
    fault = refused(json.dumps({"events": [EVENT, bad]}).encode())
    assert fault.index == 1
    assert fault.where == "/events/1/claims/title"


def test_a_batch_has_from_one_to_a_thousand_events() -> None:
    events, batch = read_events(json.dumps({"events": [EVENT]}).encode())
    assert (len(events), batch) == (1, True)
    refused(b'{"events": []}')
    assert "1000" in refused(json.dumps({"events": [EVENT] * 1_001}).encode()).detail


def test_a_definition_takes_its_name_from_the_address() -> None:
    event = read_definition(b'{"title": "Norvale", "select": {"tag": ["norvale"]}}', "norvale")
    assert event.timeline == "norvale"
    with pytest.raises(Malformed):
        read_definition(b'{"title": "Norvale", "timeline": "estra"}', "norvale")
    with pytest.raises(Malformed):
        read_definition(b"[]", "norvale")
