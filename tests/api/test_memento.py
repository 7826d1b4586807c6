"""Goal: a timeline's earlier states are found by any client of Memento (RFC 7089), and are exact.

Method: each case of the protocol by itself, in process; links are read by a parser of others', and
the whole is followed by the protocol's own client on a real server.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import link_header
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from memento_client import MementoClient

from api import memento
from api.responses import varied
from api.revisions import last_microsecond
from api.settings import Settings
from domain.reading import read_event
from store.known import Append
from store.store import Store, open_store
from tests.api.asking import EVENTS, SERVER, TIMELINES, defined, filed, refused
from tests.api.conftest import asking, running
from tests.api.test_feed import served
from tests.conftest import Database

NORVALE = f"{TIMELINES}/norvale"
TIMEMAP = f"{NORVALE}/timemap"
MEMENTOS = [2, 3, 5]
"""The positions that change the timeline; 1 and 4 change nothing of it."""
LONG_AGO, FAR_AHEAD = "Mon, 01 Jan 2001 00:00:00 GMT", "Sat, 01 Jan 2050 00:00:00 GMT"
Links = list[tuple[str, set[str], dict[str, str]]]


@pytest.fixture(autouse=True)
async def norvale(writer: httpx.AsyncClient) -> None:
    """A timeline of closures with three revisions, among events that do not change it."""
    select = {"select": {"kind": ["closure"]}, "expected_version": "none"}
    for event in (
        filed("elsewhere", kind="flood"),
        defined(**select),
        filed(),
        filed("elsewhere", kind="flood"),
        filed(title="The bridge is closed for good"),
    ):
        answer = await writer.post(EVENTS, json=event)
        assert answer.status_code == 201, answer.text


def links(text: str) -> Links:
    """Links as a parser of others' reads them: address, relations, attributes."""
    return [
        (found.href, set(found.rel.split()), dict(found.attr_pairs))
        for found in link_header.parse(" ".join(text.split())).links
    ]


def by_rel(answer: httpx.Response, rel: str) -> list[str]:
    return [href for href, rels, _ in links(answer.headers["Link"]) if rel in rels]


def leading(answer: httpx.Response) -> dict[str, int]:
    """Which position each relation of a memento leads to."""
    return {
        rel: position(href)
        for href, rels, _ in links(answer.headers["Link"])
        if "memento" in rels
        for rel in rels - {"memento"}
    }


def position(href: str) -> int:
    return int(urlsplit(href).path.rpartition("/at/")[2])


async def recorded(reader: httpx.AsyncClient) -> dict[int, datetime]:
    """When each event was recorded."""
    events = (await reader.get(EVENTS)).json()["events"]
    return {e["position"]: datetime.fromisoformat(e["recorded_at"]) for e in events}


def as_http(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def owned(dsn: str) -> str:
    """The same database as its owner."""
    return dsn.replace("//dateline_app", "//dateline")


async def spread(owner_dsn: str, chronicle: str, seconds: list[int]) -> datetime:
    """Move when the events were recorded, so that a test need not wait: each by so many seconds
    after one time. Only the owner can."""
    start = datetime(2024, 3, 5, 12, tzinfo=UTC)
    owner = await asyncpg.connect(owner_dsn)
    for number, second in enumerate(seconds, 1):
        await owner.execute(
            "UPDATE event SET recorded_at = $3 FROM chronicle c WHERE c.name = $1 "
            "AND event.chronicle_id = c.chronicle_id AND position = $2",
            chronicle,
            number,
            int(start.timestamp() + second) * 1_000_000 + number,
        )
    await owner.close()
    return start


@pytest.fixture
async def start(chronicle: str, dsn: str, norvale: None) -> datetime:
    """The time from which the events were recorded: 2 after 10 s, 3 and 4 in the 20th, 5 after
    50."""
    return await spread(owned(dsn), chronicle, [0, 10, 20, 20, 50])


# The original


async def test_the_timeline_is_its_own_timegate_and_names_its_first_and_last_memento(
    reader: httpx.AsyncClient, chronicle: str
) -> None:
    answer = await reader.get(NORVALE)

    here = f"/v1/chronicles/{chronicle}/timelines/norvale"
    assert answer.status_code == 200
    assert by_rel(answer, "original") == by_rel(answer, "timegate") == [here]
    assert by_rel(answer, "timemap") == [f"{here}/timemap"]
    assert leading(answer) == {"first": 2, "last": 5}
    assert answer.headers["Vary"] == "Accept, Authorization, Accept-Datetime"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Memento-Datetime" not in answer.headers


async def test_one_revision_is_first_and_last(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    await writer.post(EVENTS, json=defined("estra", expected_version="none"))

    answer = await reader.get(f"{TIMELINES}/estra")

    assert leading(answer) == {"first": 6, "last": 6}
    assert len(by_rel(answer, "memento")) == 1


@pytest.mark.parametrize(
    ("seconds", "chosen"), [(9, 2), (10, 2), (19, 2), (20, 3), (49, 3), (50, 5), (51, 5)]
)
async def test_a_time_leads_to_the_last_revision_recorded_by_then(
    reader: httpx.AsyncClient, start: datetime, seconds: int, chosen: int
) -> None:
    """Also before the first, which leads to the first."""
    when = as_http(start + timedelta(seconds=seconds))
    answer = await reader.get(NORVALE, headers={"Accept-Datetime": when})

    assert answer.status_code == 302
    assert position(answer.headers["Location"]) == chosen
    assert answer.content == b""
    assert leading(answer) == {"first": 2, "last": 5}
    assert by_rel(answer, "original") == by_rel(answer, "timegate")
    assert by_rel(answer, "timemap")
    assert answer.headers["Vary"] == "Accept, Authorization, Accept-Datetime"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Memento-Datetime" not in answer.headers


@pytest.mark.parametrize(("when", "chosen"), [(LONG_AGO, 2), (FAR_AHEAD, 5)])
async def test_before_the_first_leads_to_the_first_and_after_the_last_to_the_last(
    reader: httpx.AsyncClient, when: str, chosen: int
) -> None:
    answer = await reader.get(NORVALE, headers={"Accept-Datetime": when})

    assert (answer.status_code, position(answer.headers["Location"])) == (302, chosen)


async def test_of_several_revisions_in_one_second_the_last_is_chosen_and_all_can_be_had(
    reader: httpx.AsyncClient, chronicle: str, dsn: str
) -> None:
    start = await spread(owned(dsn), chronicle, [0, 7, 7, 7, 7])

    answer = await reader.get(
        NORVALE, headers={"Accept-Datetime": as_http(start + timedelta(seconds=7))}
    )
    listed = links((await reader.get(TIMEMAP)).text)
    times = {(await reader.get(f"{NORVALE}/at/{n}")).headers["Memento-Datetime"] for n in MEMENTOS}

    assert position(answer.headers["Location"]) == 5
    assert [position(href) for href, rels, _ in listed if "memento" in rels] == MEMENTOS
    assert times == {as_http(start + timedelta(seconds=7))}


@pytest.mark.parametrize(
    "given",
    [
        "2019-08-27",
        "2019-08-27T12:00:00Z",
        "Mon, 27 Aug 2019 12:00:00 GMT",  # it was a Tuesday
        "Tue, 27 Aug 2019 12:00:00 +0000",
        "Tue, 27 Aug 2019 12:00:00 -0000",
        "Tue, 27 Aug 2019 15:00:00 +0300",
        "Tue, 27 Aug 2019 12:00:00",
        "Tuesday, 27-Aug-19 12:00:00 GMT",
        "Tue Aug 27 12:00:00 2019",
        "Tue, 31 Feb 2019 12:00:00 GMT",
        "Tue, 27 Aug 2019 24:00:00 GMT",
        "Tue, 27 Aug 2019 12:00:60 GMT",
        "Tue, 27 Aug 2019 12:00:00 GMT, Tue, 27 Aug 2019 12:00:00 GMT",
        "yesterday",
        "",
    ],
)
async def test_a_malformed_time_is_refused_with_links(
    reader: httpx.AsyncClient, given: str
) -> None:
    answer = await reader.get(NORVALE, headers={"Accept-Datetime": given})

    problem = refused(answer, 400, "malformed", "Accept-Datetime must be a time in GMT")
    assert problem["errors"][0]["header"] == "Accept-Datetime"
    assert leading(answer) == {"first": 2, "last": 5}
    assert by_rel(answer, "original")
    assert answer.headers["Vary"] == "Accept, Authorization, Accept-Datetime"


async def test_a_time_that_is_given_twice_is_refused(reader: httpx.AsyncClient) -> None:
    twice = [("Accept-Datetime", LONG_AGO), ("Accept-Datetime", FAR_AHEAD)]
    refused(await reader.get(NORVALE, headers=twice), 400, "malformed")


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d+ \w+ \d+ [\d:]+ \S*"))
@example("Mon, 01 Jan 0001 00:00:00 GMT")
@example("Fri, 31 Dec 9999 23:59:59 GMT")
def test_whatever_is_given_as_a_time_is_one_or_is_told_not_to_be(text: str) -> None:
    found = last_microsecond(text)

    if found is not None:
        assert format_datetime(datetime.fromtimestamp(found // 1_000_000, UTC), usegmt=True) == text


@given(st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)))
def test_a_time_is_read_as_the_end_of_its_second(at: datetime) -> None:
    at = at.replace(tzinfo=UTC, microsecond=0)

    end = at + timedelta(microseconds=999_999)
    assert last_microsecond(as_http(at)) == (end - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


@pytest.mark.parametrize("pinning", ["basis=3", "recorded_as_of=2019-08-27", "cursor"])
async def test_a_read_that_names_its_basis_is_not_negotiated_about(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient, pinning: str
) -> None:
    if pinning == "cursor":
        await writer.post(EVENTS, json=filed("road-at-tellin"))
        first = await reader.get(NORVALE, params={"limit": 1})
        pinning = f"limit=1&cursor={first.json()['next']}"

    answer = await reader.get(f"{NORVALE}?{pinning}", headers={"Accept-Datetime": LONG_AGO})

    if answer.status_code == 404:  # there was no timeline in 2019
        assert pinning.startswith("recorded")
        return
    assert answer.status_code == 200
    assert answer.headers["Vary"] == "Accept, Authorization"
    assert "Memento-Datetime" not in answer.headers
    assert not by_rel(answer, "memento")
    assert by_rel(answer, "timegate")


# Mementos


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (2, {"first": 2, "next": 3, "last": 5}),
        (3, {"first": 2, "prev": 2, "next": 5, "last": 5}),
        (5, {"first": 2, "prev": 3, "last": 5}),
    ],
)
async def test_a_memento_says_when_it_was_recorded_and_leads_to_those_beside_it(
    reader: httpx.AsyncClient, number: int, wanted: dict[str, int]
) -> None:
    answer = await reader.get(f"{NORVALE}/at/{number}")

    at = (await recorded(reader))[number]
    assert answer.status_code == 200
    assert answer.json()["basis"] == number
    assert answer.headers["Memento-Datetime"] == as_http(at)
    assert leading(answer) == wanted
    assert by_rel(answer, "original") == by_rel(answer, "timegate")
    assert by_rel(answer, "timemap")
    assert answer.headers["Vary"] == "Authorization"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_each_memento_says_in_its_links_when_the_others_were_recorded(
    reader: httpx.AsyncClient,
) -> None:
    answer = await reader.get(f"{NORVALE}/at/3")

    at = await recorded(reader)
    said = {
        position(href): attrs["datetime"]
        for href, rels, attrs in links(answer.headers["Link"])
        if "memento" in rels
    }
    assert said == {n: as_http(at[n]) for n in (2, 5)}


async def test_a_memento_is_what_was_read_at_its_basis_for_ever(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    now = await reader.get(NORVALE)
    last = await reader.get(f"{NORVALE}/at/5")
    await writer.post(EVENTS, json=filed(title="The bridge is open"))
    later = await reader.get(f"{NORVALE}/at/5")
    pinned = await reader.get(f"{NORVALE}?basis=5")

    assert now.content == last.content == later.content == pinned.content
    assert now.headers["ETag"] == last.headers["ETag"] == later.headers["ETag"]
    assert (leading(last).get("next"), leading(later)["next"]) == (None, 6)


async def test_a_memento_that_the_asker_has_is_not_sent_again(reader: httpx.AsyncClient) -> None:
    first = await reader.get(f"{NORVALE}/at/3")
    again = await reader.get(
        f"{NORVALE}/at/3", headers={"If-None-Match": f"W/{first.headers['ETag']}"}
    )

    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Memento-Datetime", "Link", "Vary", "Cache-Control"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize(("given", "shown"), [("4", 3), ("003", 3)])
async def test_another_position_leads_to_the_revision_that_it_shows(
    reader: httpx.AsyncClient, given: str, shown: int
) -> None:
    answer = await reader.get(f"{NORVALE}/at/{given}?claims=all")

    assert answer.status_code == 307
    assert answer.headers["Location"].endswith(f"/timelines/norvale/at/{shown}?claims=all")
    assert "Memento-Datetime" not in answer.headers


@pytest.mark.parametrize(
    "given", ["0", "1", "6", "-1", "latest", "²", "9" * 16, "9" * 5_000, "1e3", "3.0"]
)
async def test_there_is_no_memento_where_the_timeline_was_not(
    reader: httpx.AsyncClient, given: str
) -> None:
    answer = await reader.get(f"{NORVALE}/at/{given}")

    refused(answer, 404, "not-found")
    assert "Memento-Datetime" not in answer.headers


@pytest.mark.parametrize("address", [NORVALE, f"{NORVALE}/at/2", TIMEMAP])
async def test_of_a_chronicle_without_the_timeline_there_is_none(
    reader: httpx.AsyncClient, address: str
) -> None:
    for absent in ("estra", "NoName"):
        there = address.replace("norvale", absent)
        refused(await reader.get(there, headers={"Accept-Datetime": LONG_AGO}), 404, "not-found")


async def test_a_timeline_that_is_defined_anew_shows_each_definition_at_its_own_time(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    again = defined(title="Norvale anew", select={"kind": ["flood"]}, expected_version=1)
    assert (await writer.post(EVENTS, json=again)).status_code == 201
    await writer.post(EVENTS, json=filed("elsewhere", kind="flood"))

    before, anew, after = [(await reader.get(f"{NORVALE}/at/{n}")) for n in (5, 6, 7)]

    assert [a.json()["title"] for a in (before, anew, after)] == ["Norvale", *["Norvale anew"] * 2]
    assert [a.json()["version"] for a in (before, anew, after)] == [1, 2, 2]
    assert leading(anew) == {"first": 2, "prev": 5, "next": 7, "last": 7}


async def test_what_is_registered_changes_what_is_asked_by_it(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    """And nothing else: the timeline's own revisions stay as they are."""
    registered = {"type": "place.registered", "id": "norvale", "name": "Norvale"}
    assert (await writer.post(EVENTS, json=registered)).status_code == 201

    asked = await reader.get(NORVALE, params={"place": "norvale"})
    when = {"Accept-Datetime": FAR_AHEAD}
    gate = await reader.get(NORVALE, params={"place": "norvale"}, headers=when)
    listed = links((await reader.get(TIMEMAP, params={"place": "norvale"})).text)
    plain = links((await reader.get(TIMEMAP)).text)

    assert asked.json()["basis"] == leading(asked)["last"] == 6
    assert position(gate.headers["Location"]) == 6
    assert [position(h) for h, rels, _ in listed if "memento" in rels] == [*MEMENTOS, 6]
    assert [position(h) for h, rels, _ in plain if "memento" in rels] == MEMENTOS


# What is asked besides

ASKED = (
    "as_of=2019-08-28&during=2019&match=certain&kind=closure&kind=flood&claims=all&sort=-occurred"
    "&policy=claimant%3AEstra+Observer%2F1&limit=1&bbox=-180%2C-90%2C180%2C90"
)


async def test_what_is_asked_is_kept_in_every_link_and_redirect(reader: httpx.AsyncClient) -> None:
    original = await reader.get(f"{NORVALE}?{ASKED}")
    gate = await reader.get(f"{NORVALE}?{ASKED}", headers={"Accept-Datetime": LONG_AGO})
    there = await reader.get(f"{SERVER}{gate.headers['Location']}")
    timemap = await reader.get(f"{TIMEMAP}?{ASKED}")

    assert gate.status_code == 302
    assert [a.status_code for a in (original, there, timemap)] == [200] * 3
    assert there.json()["as_of"] == "2019-08-28"
    found = [
        *(
            href
            for a in (original, gate, there, timemap)
            for href, _, _ in links(a.headers["Link"])
        ),
        *(href for href, _, _ in links(timemap.text)),
        gate.headers["Location"],
    ]
    assert len(found) > 15
    for href in found:
        assert parse_qs(urlsplit(href).query) == parse_qs(ASKED), href


async def test_pages_of_a_memento_are_of_it_and_lead_to_whole_others(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    await writer.post(EVENTS, json=filed("road-at-tellin"))
    await writer.post(EVENTS, json=filed("mill-at-estra"))
    first = await reader.get(f"{NORVALE}/at/6?limit=1")
    (following,) = [href for href, rels, _ in links(first.headers["Link"]) if rels == {"next"}]

    second = await reader.get(f"{SERVER}{following}")

    assert second.status_code == 200
    assert second.json()["basis"] == 6
    names = {a.json()["entries"][0]["occurrence"] for a in (first, second)}
    assert names == {"bridge-at-norvale", "road-at-tellin"}
    assert second.headers["Memento-Datetime"] == first.headers["Memento-Datetime"]
    assert leading(second) == leading(first) == {"first": 2, "prev": 5, "next": 7, "last": 7}
    assert not any("cursor" in href for href, _, _ in links(second.headers["Link"]))
    elsewhere = await reader.get(f"{SERVER}{following.replace('/at/6', '/at/7')}")
    refused(elsewhere, 400, "malformed", "cursor")


@pytest.mark.parametrize("asked", ["basis=3", "recorded_as_of=2019", "nothing=1"])
@pytest.mark.parametrize("address", [f"{NORVALE}/at/3", TIMEMAP])
async def test_the_basis_of_a_memento_is_in_its_address_alone(
    reader: httpx.AsyncClient, address: str, asked: str
) -> None:
    refused(await reader.get(f"{address}?{asked}"), 400, "malformed", "Unknown query parameter")


# TimeMaps


async def test_a_timemap_lists_every_revision_with_its_time(
    reader: httpx.AsyncClient, chronicle: str
) -> None:
    answer = await reader.get(TIMEMAP)
    at = {n: as_http(when) for n, when in (await recorded(reader)).items()}
    here = f"/v1/chronicles/{chronicle}/timelines/norvale"

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/link-format"
    assert answer.headers["Vary"] == "Accept, Authorization"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Memento-Datetime" not in answer.headers
    form = "application/link-format"
    assert [
        (h, r, {k: v for k, v in a.items() if k != "rel"}) for h, r, a in links(answer.text)
    ] == [
        (here, {"original", "timegate"}, {}),
        (f"{here}/timemap", {"self"}, {"type": form, "from": at[2], "until": at[5]}),
        (f"{here}/at/2", {"first", "memento"}, {"datetime": at[2]}),
        (f"{here}/at/3", {"memento"}, {"datetime": at[3]}),
        (f"{here}/at/5", {"last", "memento"}, {"datetime": at[5]}),
    ]


def turned(text: str) -> dict[str, list[dict[str, Any]]]:
    """The links of a link-format by relation, as a linkset has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for href, rels, attrs in links(text):
        said = {
            name: value if name == "type" else [value]
            for name, value in attrs.items()
            if name != "rel"
        }
        for rel in rels:
            found.setdefault(rel, []).append({"href": href, **said})
    return found


async def test_a_linkset_has_the_same_links(reader: httpx.AsyncClient) -> None:
    as_text = await reader.get(TIMEMAP)
    answer = await reader.get(TIMEMAP, headers={"Accept": "application/linkset+json"})

    wanted = turned(as_text.text.replace("application/link-format", "application/linkset+json"))
    this = wanted.pop("self")
    about, itself = answer.json()["linkset"]
    assert answer.headers["Content-Type"] == "application/linkset+json"
    assert about.pop("anchor") == wanted["original"][0]["href"]
    assert about == wanted
    assert itself == {"anchor": this[0]["href"], "self": this}
    assert answer.headers["ETag"] != as_text.headers["ETag"]


async def test_other_forms_of_a_timemap_are_not_acceptable(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(TIMEMAP, headers={"Accept": "text/csv"})
    refused(answer, 406, "not-acceptable", "application/link-format")


@pytest.mark.parametrize("form", ["application/link-format", "application/linkset+json"])
async def test_pages_of_a_timemap_joined_are_all_of_it(
    reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(memento, "PAGE", 1)
    found, address, pages = [], TIMEMAP, 0
    while address:
        answer = await reader.get(address, headers={"Accept": form})
        assert answer.status_code == 200
        pages += 1
        if form == "application/link-format":
            rels = turned(answer.text)
        else:
            about, itself = answer.json()["linkset"]
            rels = {**about, **itself}
        (this,) = rels["self"]
        (only,) = rels["memento"]
        assert this["from"] == this["until"] == only["datetime"]
        assert ("first" in rels, "last" in rels) == (pages == 1, pages == 3)
        found.append(position(only["href"]))
        others = [t for t in rels.get("timemap", ()) if "after_position" in t["href"]]
        assert all(t["type"] == form and t["from"] for t in others)
        assert (pages > 1) == any(
            "after_position" not in t["href"] for t in rels.get("timemap", ())
        )
        address = f"{SERVER}{others[0]['href']}" if others else ""

    assert found == MEMENTOS


async def test_a_page_after_the_last_revision_is_empty(reader: httpx.AsyncClient) -> None:
    answer = await reader.get(f"{TIMEMAP}?after_position=99")

    assert answer.status_code == 200
    assert "memento" not in turned(answer.text)
    refused(await reader.get(f"{TIMEMAP}?after_position=-1"), 400, "malformed")


async def test_a_timemap_that_the_asker_has_is_not_sent_again_until_there_is_more(
    reader: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    tag = {"If-None-Match": (await reader.get(TIMEMAP)).headers["ETag"]}
    await writer.post(EVENTS, json=filed("elsewhere", kind="flood"))
    same = await reader.get(TIMEMAP, headers=tag)
    await writer.post(EVENTS, json=filed())
    more = await reader.get(TIMEMAP, headers=tag)

    assert (same.status_code, more.status_code) == (304, 200)


# All three


@pytest.mark.parametrize("address", [NORVALE, f"{NORVALE}/at/3", f"{NORVALE}/at/4", TIMEMAP])
@pytest.mark.parametrize("asked", [{}, {"Accept-Datetime": FAR_AHEAD}, {"Accept-Datetime": "?"}])
async def test_head_answers_as_get_does_without_the_body(
    reader: httpx.AsyncClient, address: str, asked: dict[str, str]
) -> None:
    got = await reader.get(address, headers=asked)
    head = await reader.head(address, headers=asked)

    assert head.status_code == got.status_code
    assert head.content == b""
    for name in {*got.headers} - {"content-length"}:
        assert head.headers[name] == got.headers[name]


async def test_a_key_limited_to_another_chronicle_reads_none_of_them(
    dsn: str, store: Store, chronicle: str
) -> None:
    other = f"estra-{uuid4().hex[:12]}"
    await store.create_chronicle(other)
    keys = [await store.create_key("limited", "reader", name) for name in (chronicle, other)]
    async with running(Settings(database=dsn, host="127.0.0.1", open_reading=False)) as closed:
        for address in (NORVALE, f"{NORVALE}/at/3", TIMEMAP):
            for secret, status in zip((*keys, None), (200, 403, 401), strict=True):
                async with asking(closed, chronicle, secret) as client:
                    answer = await client.get(address)
                assert answer.status_code == status
                assert ("Link" in answer.headers) == (status == 200)


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        (("Authorization",), "Authorization"),
        (("Authorization", "Accept-Datetime"), "Authorization, Accept-Datetime"),
        (
            ("Accept, Authorization", "Origin", "accept-encoding,Accept"),
            "Accept, Authorization, Origin, accept-encoding",
        ),
        (("", "Origin"), "Origin"),
        (("Authorization", "*"), "*"),
    ],
)
def test_what_an_answer_varies_by_is_added_up(given: tuple[str, ...], merged: str) -> None:
    assert varied(*given) == merged


# Followed by others


async def test_the_protocols_own_client_finds_each_memento(
    database: Database,
) -> None:
    """Its TimeGate is named by the server's address alone, since links begin below it."""
    async with open_store(database.app_dsn) as store:
        await store.create_chronicle("main")
        for event in (defined(expected_version="none"), filed(), filed(title="Open again")):
            await store.append("main", Append(events=(read_event(json.dumps(event).encode()),)))
    start = await spread(database.owner_dsn, "main", [0, 10, 20])
    async with served(database.app_dsn) as (address, _):
        server = address.partition("/v1/")[0]
        original = "/v1/chronicles/main/timelines/norvale"

        def find(seconds: int) -> dict[str, Any]:
            with MementoClient(timegate_uri=server, check_native_timegate=False) as client:
                when = (start + timedelta(seconds=seconds)).replace(tzinfo=None)
                found: dict[str, Any] = client.get_memento_info(f"{server}{original}", when)
                return found

        for seconds, number in ((-5, 1), (5, 1), (10, 2), (999, 3)):
            found = await asyncio.to_thread(find, seconds)
            closest = found["mementos"]["closest"]
            assert found["original_uri"] == original
            assert closest["uri"] == [f"{server}{original}/at/{number}"]
            assert closest["http_status_code"] == 200
            assert closest["datetime"].replace(tzinfo=UTC) == start + timedelta(
                seconds=10 * (number - 1)
            )
            assert found["mementos"]["first"]["uri"] == [f"{original}/at/1"]
            assert found["mementos"]["last"]["uri"] == [f"{original}/at/3"]
