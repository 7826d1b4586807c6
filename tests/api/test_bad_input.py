"""Goal: whatever is wrong with a request is refused as a problem that says what was expected.

Method: one bad request a test, its status, its type, its words and the place that it names. Nothing
of it may have been written.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.api.asking import (
    EVENTS,
    NDJSON,
    OCCURRENCES,
    SERVER,
    TIMELINES,
    defined,
    filed,
    head_of,
    refused,
    retracted,
)

AS_JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def nothing_written(reader: httpx.AsyncClient):
    """After the test the chronicle is as empty as before it."""
    yield
    assert await head_of(reader) == 0


@pytest.fixture
async def defined_timeline(writer: httpx.AsyncClient) -> None:
    answer = await writer.post(EVENTS, json=defined(expected_version="none"))
    assert answer.status_code == 201, answer.text


# Bodies


async def test_an_unknown_event_type_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json={**filed(), "type": "report.imagined"})

    problem = refused(answer, 400, "malformed", "report.imagined", "report.filed")
    assert problem["errors"][0]["pointer"] == "/type"


async def test_an_unknown_field_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json=filed(colour="red"))

    problem = refused(answer, 400, "malformed", "colour")
    assert problem["errors"][0]["pointer"] == "/claims/colour"


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (filed("norvale\n"), "/occurrence"),
        (filed(kind="closure\n"), "/claims/kind"),
        (filed(tags=["roads\n"]), "/claims/tags/0"),
        (defined("norvale\n", expected_version="none"), "/timeline"),
    ],
)
async def test_a_name_does_not_end_with_a_line_break(
    writer, nothing_written, event: dict[str, Any], pointer: str
) -> None:
    problem = refused(await writer.post(EVENTS, json=event), 400, "malformed")

    assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("digit", ["0", "f"])
async def test_an_occurrence_is_not_named_by_the_uuid_of_nothing(
    writer, nothing_written, digit: str
) -> None:
    name = "-".join(digit * length for length in (8, 4, 4, 4, 12))

    problem = refused(await writer.post(EVENTS, json=filed(name)), 422, "invalid", name)

    assert problem["errors"][0]["pointer"] == "/occurrence"


async def test_a_number_in_quotes_is_not_a_number(writer, nothing_written) -> None:
    toll = [{"outcome": "injured", "exactly": "5"}]
    answer = await writer.post(EVENTS, json=filed(toll=toll))

    problem = refused(answer, 400, "malformed", "a whole number", "text")
    assert problem["errors"][0]["pointer"] == "/claims/toll/0/exactly"


async def test_a_date_time_without_offset_is_refused(writer, nothing_written) -> None:
    event = filed()
    event["report"]["reported_at"] = "2019-08-27T10:00:00"
    answer = await writer.post(EVENTS, json=event)

    problem = refused(answer, 422, "invalid", "offset")
    assert problem["errors"][0]["pointer"] == "/report/reported_at"


async def test_a_day_that_no_month_has_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json=filed(occurred={"edtf": "2019-02-30"}))

    problem = refused(answer, 422, "invalid", "February 2019 has 28 days")
    assert problem["errors"][0]["pointer"] == "/claims/occurred/edtf"


async def test_an_interval_that_ends_before_it_begins_is_refused(writer, nothing_written) -> None:
    occurred = {"edtf": "2019-08-27/2019-08-26"}
    answer = await writer.post(EVENTS, json=filed(occurred=occurred))

    problem = refused(answer, 422, "invalid", "2019-08-27/2019-08-26")
    assert problem["errors"][0]["pointer"] == "/claims/occurred/edtf"


async def test_a_phrase_that_no_rule_knows_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json=filed(occurred={"phrase": "once upon a time"}))

    problem = refused(answer, 422, "invalid", "once upon a time", "edtf")
    assert problem["errors"][0]["pointer"] == "/claims/occurred/phrase"


async def test_a_body_of_eleven_megabytes_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, content=b" " * 11 * 2**20, headers=AS_JSON)

    refused(answer, 413, "too-large", "10,485,760")


async def test_a_body_that_grows_too_large_unannounced_is_refused(writer, nothing_written) -> None:
    async def endless():
        for _ in range(11):
            yield b" " * 2**20

    answer = await writer.post(EVENTS, content=endless(), headers=AS_JSON)

    refused(answer, 413, "too-large", "10,485,760")


async def test_a_body_of_plain_text_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(
        EVENTS, content=json.dumps(filed()), headers={"Content-Type": "text/plain"}
    )

    problem = refused(answer, 415, "unsupported-media-type", "application/json", "text/plain")
    assert problem["errors"][0]["header"] == "Content-Type"


async def test_a_body_without_a_type_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, content=json.dumps(filed()))

    refused(answer, 415, "unsupported-media-type", "application/json")


async def test_lines_are_taken_as_events_and_not_as_a_definition(writer, nothing_written) -> None:
    answer = await writer.put(f"{TIMELINES}/norvale", content=b"{}\n", headers=NDJSON)

    refused(answer, 415, "unsupported-media-type", "application/json")


async def test_a_body_in_another_encoding_of_text_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(
        EVENTS, content=b"{}", headers={"Content-Type": "application/json; charset=latin-1"}
    )

    refused(answer, 415, "unsupported-media-type", "latin-1")


async def test_a_compressed_body_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json=filed(), headers={"Content-Encoding": "gzip"})

    refused(answer, 415, "unsupported-media-type", "Content-Encoding")


async def test_an_empty_body_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, content=b"", headers=AS_JSON)

    refused(answer, 400, "malformed", "empty")


async def test_a_body_that_is_not_json_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, content=b'{"type": ', headers=AS_JSON)

    refused(answer, 400, "malformed", "not JSON")


async def test_bytes_that_are_not_utf8_are_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, content=b'{"type": "\xff"}', headers=AS_JSON)

    refused(answer, 400, "malformed", "UTF-8", "byte 10")


async def test_a_nul_in_a_string_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json=filed(title="Nor\x00vale"))

    problem = refused(answer, 400, "malformed", "NUL")
    assert problem["errors"][0]["pointer"] == "/claims/title"


async def test_a_body_where_none_is_taken_is_refused(writer) -> None:
    answer = await writer.put(f"{SERVER}/v1/chronicles/estra", json={})

    refused(answer, 400, "malformed", "no body")


@pytest.mark.parametrize("of_lines", [True, False])
async def test_attributes_deeper_than_can_be_read_again_are_refused(
    writer, reader, of_lines: bool
) -> None:
    """How deep a reader gets depends on where it is called from: what was written as a line could
    not be shown."""
    kind = {"Content-Type": "application/x-ndjson" if of_lines else "application/json"}
    for depth, status in ((99, 201), (100, 422), (500, 422)):
        bare = json.dumps(filed(f"norvale-{depth}", attributes={"inside": 0}))
        raw = bare.replace('"inside": 0', f'"inside": {"[" * depth}{"]" * depth}')
        answer = await writer.post(EVENTS, content=raw, headers=kind)
        problem = answer.json()
        if of_lines:
            (line,) = problem["lines"]
            problem = line.get("problem")
        if status == 201:
            assert answer.status_code == (200 if of_lines else 201), answer.text
            shown = await reader.get(f"{OCCURRENCES}/norvale-{depth}")
            assert shown.status_code == 200
        else:
            assert problem["status"] == status
            assert problem["errors"][0]["pointer"] == "/claims/attributes"
            assert "100 levels" in problem["detail"]
    assert await head_of(reader) == 1


@pytest.mark.parametrize(
    ("reported_at", "said"),
    [
        ("2019-08-27T10:00:00 03:00", "a space where its offset has a +"),
        ("9998", "counts from its last moment, 9998-12-31T23:59:59.999999Z"),
        ("9998-12-31T10:00:00Z", "9998-12-31T10:00:00Z lies more than 48 hours after"),
    ],
)
async def test_a_day_that_cannot_be_when_it_was_said_is_refused_with_the_reason(
    writer, nothing_written, reported_at: str, said: str
) -> None:
    event = filed()
    event["report"]["reported_at"] = reported_at

    problem = refused(await writer.post(EVENTS, json=event), 422, "invalid", said)

    assert problem["errors"][0]["pointer"] == "/report/reported_at"


# Batches


async def test_a_batch_with_one_unreadable_event_writes_nothing_and_names_it(
    writer, nothing_written
) -> None:
    events = [filed("one"), filed("two"), filed("three", colour="red")]
    answer = await writer.post(EVENTS, json={"events": events})

    problem = refused(answer, 400, "malformed", "colour")
    assert problem["index"] == 2
    assert problem["errors"][0]["pointer"] == "/events/2/claims/colour"


async def test_a_batch_with_one_impossible_event_writes_nothing_and_names_it(
    writer, nothing_written
) -> None:
    events = [filed("one"), filed("two", occurred={"edtf": "2019-02-30"}), filed("three")]
    answer = await writer.post(EVENTS, json={"events": events})

    problem = refused(answer, 422, "invalid", "February")
    assert problem["index"] == 1
    assert problem["errors"][0]["pointer"] == "/events/1/claims/occurred/edtf"


async def test_a_batch_of_one_names_its_event_too(writer, nothing_written) -> None:
    events = [filed(occurred={"edtf": "2019-02-30"})]
    answer = await writer.post(EVENTS, json={"events": events})

    problem = refused(answer, 422, "invalid", "February")
    assert problem["index"] == 0
    assert problem["errors"][0]["pointer"] == "/events/0/claims/occurred/edtf"


async def test_a_batch_of_more_than_a_thousand_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json={"events": [filed(None)] * 1_001})

    refused(answer, 400, "malformed", "1000", "1001")


async def test_a_batch_of_none_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json={"events": []})

    refused(answer, 400, "malformed")


# What is not there


async def test_a_correction_of_an_unknown_occurrence_is_refused(writer, nothing_written) -> None:
    target = "0198e000-0000-7000-8000-000000000000"
    answer = await writer.post(EVENTS, json=retracted(target, expected_version=1))

    problem = refused(answer, 404, "not-found", "bridge-at-norvale")
    assert problem["errors"][0]["pointer"] == "/occurrence"


async def test_an_unknown_timeline_is_not_found(reader) -> None:
    refused(await reader.get(f"{TIMELINES}/nowhere"), 404, "not-found", "nowhere")


async def test_an_unknown_occurrence_is_not_found(reader) -> None:
    refused(await reader.get(f"{OCCURRENCES}/nowhere"), 404, "not-found", "nowhere")


async def test_an_unknown_chronicle_is_not_found(reader, writer) -> None:
    refused(
        await reader.get(f"{SERVER}/v1/chronicles/no-such/timelines"), 404, "not-found", "no-such"
    )
    answer = await writer.post(f"{SERVER}/v1/chronicles/no-such/events", json=filed())
    refused(answer, 404, "not-found", "no-such")


@pytest.mark.parametrize("name", ["Norvale", "%00", "a--b", "n%C3%B6rvale", "x" * 200])
async def test_a_name_that_nothing_can_have_is_not_found(reader, name: str) -> None:
    refused(await reader.get(f"{TIMELINES}/{name}"), 404, "not-found", "lower-case")


async def test_an_address_where_nothing_is_is_a_problem_too(reader) -> None:
    refused(await reader.get(f"{SERVER}/v1/nothing"), 404, "not-found", "/docs")


async def test_a_method_that_an_address_does_not_have_is_refused_with_those_it_has(
    writer,
) -> None:
    answer = await writer.delete(f"{TIMELINES}/norvale")

    refused(answer, 405, "method-not-allowed", "DELETE")
    allowed = {method.strip() for method in answer.headers["Allow"].split(",")}
    assert allowed == {"GET", "HEAD", "OPTIONS", "PUT"}


# Queries


@pytest.mark.parametrize("text", ["yesterday", "2019-02-30", "2019-08-27T10:00:00", "", "2019-W35"])
async def test_an_as_of_that_is_no_date_is_refused(reader, text: str) -> None:
    answer = await reader.get(OCCURRENCES, params={"as_of": text})

    problem = refused(answer, 400, "malformed", "as_of", "2019-08-27")
    assert problem["errors"][0]["parameter"] == "as_of"


async def test_a_basis_beyond_the_head_is_refused(reader) -> None:
    answer = await reader.get(OCCURRENCES, params={"basis": 7})

    problem = refused(answer, 422, "invalid", "7", "position 0")
    assert problem["errors"][0]["parameter"] == "basis"


@pytest.mark.parametrize("text", ["-1", "1.5", "one", "9" * 30, "٣"])
async def test_a_basis_that_is_no_position_is_refused(reader, text: str) -> None:
    answer = await reader.get(OCCURRENCES, params={"basis": text})

    refused(answer, 400, "malformed", "basis must be a whole number")


@pytest.mark.parametrize("text", ["-1", "0", "1001", "99999999999999999999", "ten", "1e2"])
async def test_a_negative_or_huge_limit_is_refused(reader, text: str) -> None:
    answer = await reader.get(OCCURRENCES, params={"limit": text})

    problem = refused(answer, 400, "malformed", "1 to 1000")
    assert problem["errors"][0]["parameter"] == "limit"


async def test_a_recorded_as_of_in_the_future_is_refused(reader) -> None:
    answer = await reader.get(OCCURRENCES, params={"recorded_as_of": "2999-01-01"})

    refused(answer, 422, "invalid", "future")


async def test_a_basis_and_a_recorded_as_of_together_are_refused(reader) -> None:
    answer = await reader.get(OCCURRENCES, params={"basis": 0, "recorded_as_of": "2020-01-01"})

    refused(answer, 400, "malformed", "one of them")


@pytest.mark.parametrize(
    "text",
    ["x", "%%%", "ünknown", base64.urlsafe_b64encode(b'{"basis": "1"}').decode(), "A" * 500],
)
async def test_a_cursor_that_is_none_of_ours_is_refused(reader, text: str) -> None:
    answer = await reader.get(OCCURRENCES, params={"cursor": text})

    problem = refused(answer, 400, "malformed", "cursor")
    assert problem["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("earliest", [2**63, -(2**63) - 1])
async def test_a_cursor_beyond_all_dates_is_refused(writer, earliest: int) -> None:
    for name in ("one", "two"):
        await writer.post(EVENTS, json=filed(name))
    page = (await writer.get(OCCURRENCES, params={"limit": 1})).json()
    cursor = json.loads(base64.urlsafe_b64decode(page["next"] + "=="))
    edited = base64.urlsafe_b64encode(json.dumps({**cursor, "earliest": earliest}).encode())

    answer = await writer.get(OCCURRENCES, params={"cursor": edited.decode().rstrip("=")})

    refused(answer, 400, "malformed", "cursor")


async def test_a_cursor_of_another_listing_is_refused(writer, defined_timeline) -> None:
    for name in ("one", "two", "three"):
        await writer.post(EVENTS, json=filed(name))
    page = (await writer.get(OCCURRENCES, params={"limit": 1})).json()

    elsewhere = await writer.get(f"{TIMELINES}/norvale", params={"cursor": page["next"]})
    otherwise = await writer.get(OCCURRENCES, params={"cursor": page["next"], "kind": "closure"})
    earlier = await writer.get(
        OCCURRENCES, params={"cursor": page["next"], "recorded_as_of": "2001-01-01"}
    )

    refused(earlier, 400, "malformed", "another listing")
    refused(elsewhere, 400, "malformed", "another listing")
    refused(otherwise, 400, "malformed", "another listing")


async def test_an_unknown_query_parameter_is_refused_with_those_there_are(reader) -> None:
    answer = await reader.get(OCCURRENCES, params={"asof": "2019-08-27"})

    problem = refused(answer, 400, "malformed", "asof", "as_of", "recorded_as_of", "status")
    assert problem["errors"][0]["parameter"] == "asof"


async def test_a_query_where_none_is_taken_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, params={"dry": "1"}, json=filed())

    refused(answer, 400, "malformed", "dry", "none")


async def test_a_parameter_given_twice_is_refused(reader) -> None:
    answer = await reader.get(f"{OCCURRENCES}?as_of=2019&as_of=2020")

    refused(answer, 400, "malformed", "only once")


@pytest.mark.parametrize("query", ["as_of=%FF", "as_of=%00", "%00=1", "\xff=1"])
async def test_a_query_that_is_no_text_is_refused(reader, query: str) -> None:
    answer = await reader.get(f"{OCCURRENCES}?{query}")

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/malformed"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("during=2019-13", "EDTF"),
        ("during=2019-08-27/2019-08-26", "2019-08-27/2019-08-26"),
        ("match=certain", "give during too"),
        ("during=2019&match=maybe", "possible, certain"),
        ("sort=title", "occurred, -occurred"),
        ("status=dubious", "reported"),
        ("kind=Closure", "lower-case"),
        ("tag=", "lower-case"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_refused(reader, query: str, said: str) -> None:
    refused(await reader.get(f"{OCCURRENCES}?{query}"), 400, "malformed", said)


@pytest.mark.parametrize(
    ("query", "status", "slug", "parameter"),
    [
        ("to=2019-08-27", 400, "malformed", "from"),
        ("from=2019-08-27", 400, "malformed", "to"),
        ("from=soon&to=2019-08-27", 400, "malformed", "from"),
        ("from=2019-08-27&to=soon", 400, "malformed", "to"),
        ("from=2019-08-28&to=2019-08-27", 422, "invalid", "from"),
        ("from=2019-08-26&to=2019-08-27&as_of=2019", 400, "malformed", "as_of"),
    ],
)
async def test_a_difference_needs_two_days_in_order(
    reader, defined_timeline, query: str, status: int, slug: str, parameter: str
) -> None:
    problem = refused(await reader.get(f"{TIMELINES}/norvale/diff?{query}"), status, slug)

    assert problem["errors"][0]["parameter"] == parameter


async def test_an_offset_whose_plus_was_not_encoded_is_read_as_one(reader) -> None:
    answer = await reader.get(f"{OCCURRENCES}?as_of=2019-08-27T10:00:00+03:00")

    assert answer.status_code == 200, answer.text


# Headers


@pytest.mark.parametrize("given", ["3", '"x"', "*", '"1", "2"', '"-1"', '"3-XYZ"'])
async def test_an_if_match_that_names_no_version_is_refused(
    writer, nothing_written, given: str
) -> None:
    answer = await writer.post(EVENTS, json=filed(), headers={"If-Match": given})

    problem = refused(answer, 400, "malformed", 'as "3"')
    assert problem["errors"][0]["header"] == "If-Match"


async def test_an_if_none_match_of_a_tag_is_refused_on_a_write(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, json=filed(), headers={"If-None-Match": '"3"'})

    refused(answer, 400, "malformed", "only as *")


async def test_headers_that_contradict_each_other_are_refused(writer, nothing_written) -> None:
    headers = {"If-Match": '"1"', "If-None-Match": "*"}
    refused(await writer.post(EVENTS, json=filed(), headers=headers), 400, "malformed")


async def test_a_header_that_contradicts_the_body_is_refused(writer, nothing_written) -> None:
    event = {**filed(), "expected_version": 4}
    answer = await writer.post(EVENTS, json=event, headers={"If-Match": '"3"'})

    problem = refused(answer, 400, "malformed", "3", "4")
    assert problem["errors"][0]["pointer"] == "/expected_version"


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
async def test_conditions_before_several_events_are_refused(
    writer, nothing_written, name: str
) -> None:
    value = {"If-Match": '"1"', "If-None-Match": "*"}[name]
    batch = await writer.post(EVENTS, json={"events": [filed()]}, headers={name: value})
    lines = await writer.post(EVENTS, content=b"{}\n", headers={name: value, **NDJSON})

    refused(batch, 400, "malformed", "single event")
    refused(lines, 400, "malformed", "single event")


@pytest.mark.parametrize("given", ["", '""', "x" * 201, '"open', '"a"b"', "na\tme"])
async def test_an_idempotency_key_that_is_none_is_refused(
    writer, nothing_written, given: str
) -> None:
    answer = await writer.post(EVENTS, json=filed(), headers={"Idempotency-Key": given})

    problem = refused(answer, 400, "malformed", "printable ASCII")
    assert problem["errors"][0]["header"] == "Idempotency-Key"


async def test_an_idempotency_key_before_lines_is_refused(writer, nothing_written) -> None:
    answer = await writer.post(EVENTS, content=b"{}\n", headers={"Idempotency-Key": "a", **NDJSON})

    refused(answer, 400, "malformed", "event_id")


# Failures of our own


async def test_an_error_of_ours_says_nothing_of_the_inside_and_is_logged(
    reader, store, monkeypatch, caplog
) -> None:
    async def broken() -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(store, "chronicles", broken)
    answer = await reader.get(f"{SERVER}/v1/chronicles")

    refused(answer, 500, "failed")
    assert "secret" not in answer.text
    assert "secret of the inside" in caplog.text
