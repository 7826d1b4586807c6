"""Goal: likely duplicates over HTTP: why, once, and cacheable by asking.

Method: made-up reports of two sources about one closure; the answers as they come over HTTP.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from tests.api.asking import EVENTS, OCCURRENCES, SERVER, filed, head_of, refused

CLAIMS = {"occurred": {"edtf": "2019-08-27"}, "place": {"name": "Norvale"}}
SIMILAR = f"{OCCURRENCES}/bridge-at-norvale/similar"


def told(occurrence: str, source: str, reported_at: str = "2019-08-28") -> dict[str, object]:
    event = filed(occurrence, **CLAIMS)
    return {**event, "report": {"source": {"name": source}, "reported_at": reported_at}}


async def write(writer: httpx.AsyncClient, *events: dict[str, object]) -> None:
    answer = await writer.post(EVENTS, json={"events": list(events)})
    assert answer.status_code == 201, answer.text


async def two(writer: httpx.AsyncClient) -> None:
    """Two accounts of one closure, the second told five days later."""
    await write(
        writer,
        told("bridge-at-norvale", "Estra Observer"),
        told("norvale-bridge", "Tellin Radio", "2019-09-02"),
    )


async def test_a_candidate_comes_with_its_points_and_what_each_was_given_for(
    writer: httpx.AsyncClient,
) -> None:
    await two(writer)

    answer = await writer.get(SIMILAR)

    assert answer.status_code == 200, answer.text
    found = answer.json()
    (candidate,) = found["candidates"]
    assert candidate["occurrence"] == "norvale-bridge"
    assert candidate["title"] == "A bridge at Norvale is closed"
    assert [why["what"] for why in candidate["why"]] == ["dates", "area", "words", "kind"]
    assert candidate["why"][0] == {"what": "dates", "detail": "both 2019-08-27", "weight": 30}
    assert candidate["score"] == sum(why["weight"] for why in candidate["why"])
    assert (found["found"], found["looked_at"], found["limited"]) == (1, 1, False)
    assert (found["as_of"], found["basis"]) == ("latest", await head_of(writer))
    assert found["rules"].endswith("similar/1")


async def test_an_answer_holds_while_nothing_changes_and_can_be_had_again(
    writer: httpx.AsyncClient,
) -> None:
    # given
    await two(writer)
    first = await writer.get(SIMILAR)

    # then
    etag = {"If-None-Match": first.headers["etag"]}
    assert (await writer.get(SIMILAR, headers=etag)).status_code == 304
    head = await writer.head(SIMILAR)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == first.headers["etag"]

    # when
    link = {"type": "occurrence.linked", "occurrence": "norvale-bridge",
            "relation": "distinct-from", "to": "bridge-at-norvale"}  # fmt: skip
    await write(writer, link)

    # then
    changed = await writer.get(SIMILAR, headers=etag)
    assert changed.status_code == 200
    assert changed.json()["candidates"] == []
    again = await writer.get(f"{SERVER}{first.json()['permalink']}")
    assert again.content == first.content


async def test_it_is_read_in_a_cell(writer: httpx.AsyncClient) -> None:
    await two(writer)

    for asked, expected in (
        ({"as_of": "2019-09-01"}, 0),
        ({"as_of": "2019-09-02"}, 1),
        ({"basis": "1"}, 0),
        ({"recorded_as_of": "2019-08-28"}, None),
    ):
        answer = await writer.get(SIMILAR, params=asked)
        if expected is None:
            refused(answer, 404, "not-found", "bridge-at-norvale")
        else:
            assert len(answer.json()["candidates"]) == expected, asked


async def test_what_was_merged_redirects_to_what_it_is_now(writer: httpx.AsyncClient) -> None:
    await two(writer)
    await write(
        writer,
        {
            "type": "occurrence.merged",
            "occurrence": "bridge-at-norvale",
            "into": "norvale-bridge",
            "reason": "Two accounts of one closure",
            "expected_version": "any",
        },
    )

    answer = await writer.get(f"{SIMILAR}?limit=3")

    assert answer.status_code == 307
    target = urlsplit(answer.headers["location"])
    assert target.path == f"{writer.base_url.path}occurrences/norvale-bridge/similar"
    assert target.query == "limit=3"
    assert (await writer.get(f"{SERVER}{answer.headers['location']}")).json()["candidates"] == []


async def test_what_cannot_be_asked_is_refused(writer: httpx.AsyncClient) -> None:
    await two(writer)

    refused(await writer.get(f"{SIMILAR}?limit=0"), 400, "malformed", "limit")
    refused(await writer.get(f"{SIMILAR}?kind=closure"), 400, "malformed", "kind")
    refused(await writer.get(f"{SIMILAR}?basis=99"), 422, "invalid", "99")
    refused(await writer.get(f"{OCCURRENCES}/nothing/similar"), 404, "not-found", "nothing")
