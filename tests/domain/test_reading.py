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
    assert fault.detail == "Expected a whole number or null, and this is text."


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


def test_what_is_wrong_deep_inside_is_refused_too() -> None:
    deep = '{"a":' * 980 + '"\\u0000"' + "}" * 980
    raw = changed(claims={"attributes": 0}).replace(
        b'"attributes": 0', f'"attributes": {deep}'.encode()
    )
    refused(raw)


@pytest.mark.parametrize(
    ("members", "where", "expected"),
    [
        ({"occurrence": "Norvale Fire"}, "/occurrence", "lower-case letters a to z"),
        ({"occurrence": "x" * 121}, "/occurrence", "text of at most 120 characters"),
        ({"claims": {"kind": "Fire!"}}, "/claims/kind", "lower-case letters a to z"),
        ({"claims": {"title": ""}}, "/claims/title", "Expected text, and this is empty."),
        ({"claims": {"tags": "fire"}}, "/claims/tags", "Expected a list or null, and this is text"),
        (
            {"claims": {"place": {"name": "Norvale", "lat": 91, "lon": 0}}},
            "/claims/place/lat",
            "at most 90",
        ),
        ({"claims": {"colour": "red"}}, "/claims/colour", "title, summary, kind, occurred, place"),
        ({"claims": {"a/b~c": 1}}, "/claims/a~1b~0c", "`a/b~c`"),
        (
            {"claims": {"toll": [{"outcome": "killed", "exactly": 1, "scope": "total"}]}},
            "/claims/toll/0/scope",
            "cumulative, incident",
        ),
        ({"report": {"source": {"name": "N", "url": "ftp://n"}}}, "/report/source/url", "http://"),
        ({"report": {"source": {"name": "N"}, "grade": "b2"}}, "/report/grade", "a grade like B2"),
        ({"report": {"source": {"name": "N"}, "language": "en_GB"}}, "/report/language", "en, ar"),
        ({"report": {"source": {"name": "N"}, "via": ["a"] * 11}}, "/report/via", "at most 10"),
        ({"event_id": "one"}, "/event_id", "Expected a UUID, like"),
        ({"expected_version": "soon"}, "/expected_version", "any, none"),
        ({"expected_version": {"A b": 1}}, "/expected_version", "A name in this object: expected"),
        ({"expected_version": {"a": -1}}, "/expected_version", "at least 0"),
        ({"type": 5}, "/type", "`type` must be text. Expected one of: report.filed"),
    ],
)
def test_a_fault_is_told_in_words_of_what_was_expected_and_where(
    members: dict[str, Any], where: str, expected: str
) -> None:
    one, of_two = refused(changed(**members)), refused(b'{"events": [%s]}' % changed(**members))
    assert one.where == where
    assert of_two.where == f"/events/0{where}"
    assert expected in one.detail
    assert one.detail == of_two.detail


def test_the_choices_of_another_type_of_event_are_its_own() -> None:
    said = {"target": "0198e000-0000-7000-8000-000000000000", "reason": "Read again.", "claims": {}}
    event = {"type": "report.corrected", "occurrence": "norvale-fire", "fault": "ours", **said}
    assert "entry, source" in refused(json.dumps(event).encode()).detail


def test_a_fault_before_what_is_no_json_is_told_all_the_same() -> None:
    raw = changed(claims={"colour": "red"})[:-1] + b" nonsense"
    assert refused(raw).where == "/claims/colour"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_event(b"\xef\xbb\xbf" + changed()) == read_event(changed())
    with_umlaut = changed(claims={"title": "Feuer in Nörvale"})
    events, _ = read_events(b'\xef\xbb\xbf{"events": [' + with_umlaut + b"]}")
    assert events == (read_event(with_umlaut),)


@pytest.mark.parametrize("blank", [" ", "\t\n", "\u00a0", "\u200b\u200e", "\u3000", "\ufeff"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_text_in_which_nothing_can_be_seen_is_refused(blank: str, ascii_only: bool) -> None:
    event = {**EVENT, "report": {"source": {"name": blank}}}
    fault = refused(json.dumps(event, ensure_ascii=ascii_only).encode())
    assert fault.where == "/report/source/name"
    assert "blank" in fault.detail


def test_what_a_source_has_besides_may_be_blank() -> None:
    read_events(changed(claims={"title": '" " Fire', "attributes": {"note": " ", "x": [""]}}))


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
