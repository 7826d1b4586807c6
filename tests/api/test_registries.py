"""Goal: over HTTP registries are appended, read, kept and asked for again like all else, and their
names filter listings and timelines.

Method: made-up places over HTTP; what is refused says what was expected.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.asking import EVENTS, OCCURRENCES, SERVER, TIMELINES, filed, head_of, refused

TOWN = {
    "type": "place.registered",
    "id": "norvale",
    "name": "Norvale",
    "aliases": ["Norwale", {"name": "نورفال", "language": "ar", "script": "Arab"}],
    "lat": 10.5,
    "lon": 20.25,
    "precision": "town",
}
POST = {
    "type": "source.registered",
    "id": "observer",
    "name": "Estra Observer",
    "aliases": ["The Observer"],
    "url": "https://observer.example",
    "licence": "CC BY 4.0",
    "attribution": "Estra Observer, Estra",
    "redistribute": True,
}
GUARD = {"type": "actor.registered", "id": "guard", "name": "Norvale Guard", "kind": "militia"}


@pytest.fixture(autouse=True)
async def norvale(writer) -> None:
    """An occurrence there, with an actor, and one without a place."""
    where = {"name": "نُورفال", "lat": 10.5, "lon": 20.25, "radius_m": 500}
    there = filed(place=where, actors=[{"name": "NORVALE GUARD"}], occurred={"edtf": "2019-08"})
    answer = await writer.post(EVENTS, json={"events": [there, filed("a-rumour")]})
    assert answer.status_code == 201, answer.text


async def named(reader, query: str) -> list[str]:
    answer = await reader.get(f"{OCCURRENCES}?{query}")
    assert answer.status_code == 200, answer.text
    return [entry["occurrence"] for entry in answer.json()["entries"]]


async def test_each_registration_says_where_it_came_to_stand(writer) -> None:
    for kind, event in (("place", TOWN), ("source", POST), ("actor", GUARD)):
        answer = await writer.post(EVENTS, json=event)

        assert answer.status_code == 201, answer.text
        (done,) = answer.json()["events"]
        assert (done[kind], done["version"]) == (event["id"], 1)
        assert answer.headers["Location"].endswith(f"/{kind}s")

        read = await writer.get(f"{SERVER}{answer.headers['Location']}")
        (shown,) = read.json()[f"{kind}s"]
        given = {k: v for k, v in event.items() if k not in ("type", "aliases")}
        assert {**shown, **given} == shown


async def test_a_registry_shows_aliases_and_the_area(writer, reader) -> None:
    await writer.post(EVENTS, json=TOWN)

    (town,) = (await reader.get("places")).json()["places"]

    assert town["aliases"] == [
        {"name": "Norwale"},
        {"name": "نورفال", "language": "ar", "script": "Arab"},
    ]
    assert town["area"]["radius_m"] == 5_000
    assert town["area"]["south"] < 10.5 < town["area"]["north"]


@pytest.mark.parametrize("registry", ["actors", "places", "sources"])
async def test_a_registry_is_kept_until_it_changes(writer, reader, registry: str) -> None:
    kind = registry.removesuffix("s")
    first = await reader.get(registry)
    await writer.post(EVENTS, json=filed("another"))
    tag = {"If-None-Match": first.headers["ETag"]}
    assert (await reader.get(registry, headers=tag)).status_code == 304

    event = {"type": f"{kind}.registered", "id": "new", "name": "New"}
    basis = (await writer.post(EVENTS, json=event)).json()["basis"]

    changed = await reader.get(registry, headers=tag)
    assert (changed.status_code, changed.json()["basis"]) == (200, basis)
    old = await reader.get(f"{registry}?basis={basis - 1}")
    assert old.json()[registry] == []


async def test_names_filter_in_any_spelling(writer, reader) -> None:
    assert await named(reader, f"place={quote('Norwale')}") == []
    for event in (TOWN, POST, GUARD):
        await writer.post(EVENTS, json=event)

    for name in ("norvale", "NORWALE", "نورفال", "Estra&place=Norvale"):
        assert await named(reader, f"place={quote(name, safe='&=')}") == ["bridge-at-norvale"]
    assert await named(reader, "actor=guard") == ["bridge-at-norvale"]
    both = await named(reader, "source=The%20Observer")
    assert sorted(both) == ["a-rumour", "bridge-at-norvale"]
    assert await named(reader, "source=The%20Observer&actor=Council") == []


@pytest.mark.parametrize("address", ["totals", f"{TIMELINES}/everything/totals"])
async def test_totals_know_what_was_registered_since_anything_was_reported(
    writer, reader, address: str
) -> None:
    definition = {"title": "All", "select": {}}
    await writer.put(f"{TIMELINES}/everything", json=definition, headers={"If-None-Match": "*"})
    asked = f"{address}?by=outcome&place=Norwale"
    before = (await reader.get(asked)).json()
    await writer.post(EVENTS, json=TOWN)

    after = (await reader.get(asked)).json()

    assert (before["occurrences"], after["occurrences"]) == (0, 1)
    assert after["basis"] == await head_of(reader)
    assert (await reader.get(f"{asked}&basis={before['basis']}")).json()["occurrences"] == 0


async def test_an_answer_says_which_names_mean_several_things_and_a_registry_when(
    writer, reader
) -> None:
    alias = {"name": "The Guard", "valid_from": "2012", "valid_to": "2019-07"}
    await writer.post(EVENTS, json={**GUARD, "aliases": [alias]})
    other = {"type": "actor.registered", "id": "council", "name": "The Guard"}
    await writer.post(EVENTS, json=other)

    answer = (await reader.get(f"{OCCURRENCES}?actor=the%20guard")).json()
    alone = (await reader.get(f"{OCCURRENCES}?actor=guard")).json()
    _, guard = (await reader.get("actors")).json()["actors"]

    assert answer["ambiguous"] == {"actor": {"the guard": ["council", "guard"]}}
    assert "ambiguous" not in alone
    assert guard["aliases"] == [alias]
    assert guard["names"][1] == {
        **alias,
        "earliest": "2012-01-01",
        "latest": "2019-07-31",
        "also": ["council"],
    }


async def test_a_box_finds_areas_and_says_what_it_cannot_judge(reader) -> None:
    answer = (await reader.get(f"{OCCURRENCES}?bbox=20,10,21,11")).json()

    (entry,) = answer["entries"]
    assert entry["place"]["area"] == {
        "radius_m": 500,
        "west": 20.245427,
        "south": 10.495503,
        "east": 20.254573,
        "north": 10.504497,
    }
    assert answer["left_out"] == {"unlocated": 1}
    assert await named(reader, "bbox=21,10,20,11") == []  # the other way around the Earth
    assert await named(reader, "bbox=170,10,20.3,11") == ["bridge-at-norvale"]
    both = (await reader.get(f"{OCCURRENCES}?bbox=20,10,21,11&during=2018")).json()
    assert both["left_out"] == {"undated": 1, "unlocated": 0}


async def test_a_permalink_asks_the_same_again(writer, reader) -> None:
    await writer.post(EVENTS, json=TOWN)
    asked = f"place=norvale&place={quote('Old, Bridge')}&source=x&actor=y&bbox=-0.00001,1.5,2,3"
    first = await reader.get(f"{OCCURRENCES}?{asked}")

    again = await reader.get(f"{SERVER}{first.json()['permalink']}")

    assert again.json() == first.json()
    assert "bbox=-0.00001%2C1.5%2C2%2C3" in first.json()["permalink"]


async def test_a_timeline_is_defined_by_names_and_a_box(writer, reader) -> None:
    await writer.post(EVENTS, json=TOWN)
    select = {"place": ["Norwale"], "bbox": [20, 10, 21, 11]}
    made = await writer.put(
        f"{TIMELINES}/norvale",
        json={"title": "Norvale", "select": select},
        headers={"If-None-Match": "*"},
    )
    assert made.status_code == 201, made.text

    page = (await reader.get(f"{TIMELINES}/norvale")).json()
    (shown,) = (await reader.get(TIMELINES)).json()["timelines"]

    assert [entry["occurrence"] for entry in page["entries"]] == ["bridge-at-norvale"]
    assert shown["select"] == select
    assert shown["keys"] == {"place": ["norvale", "norwale", "نورفال"]}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bbox=1,2,3", "west,south,east,north"),
        ("bbox=1,2,3,x", "west,south,east,north"),
        ("bbox=1,2,3,1", "south not above north"),
        ("bbox=181,2,3,4", "-180 to 180"),
        ("bbox=1,2,3,91", "-90 to 90"),
        ("bbox=1,2,3,nan", "bbox must be"),
        ("bbox=1,2,3,4%0A", "bbox must be"),
        ("place=", "place must be a name"),
        (f"actor={'x' * 301}", "actor must be a name"),
        ("bbox=1,2,3,4&bbox=1,2,3,4", "only once"),
    ],
)
async def test_a_filter_that_cannot_be_is_refused(reader, query: str, said: str) -> None:
    refused(await reader.get(f"{OCCURRENCES}?{query}"), 400, "malformed", said)


@pytest.mark.parametrize(
    ("event", "status", "slug", "pointer"),
    [
        ({**TOWN, "within": "nowhere"}, 404, "not-found", "/within"),
        ({**TOWN, "within": "norvale"}, 409, "conflict", "/within"),
        ({**TOWN, "lat": None}, 422, "invalid", None),
        ({**TOWN, "lat": 91}, 400, "malformed", "/lat"),
        ({**TOWN, "kind": "town"}, 400, "malformed", "/kind"),
        ({**TOWN, "aliases": [{"name": "x", "script": "arabic"}]}, 400, "malformed", None),
        ({**GUARD, "valid_from": "once"}, 422, "invalid", "/valid_from"),
        ({**TOWN, "expected_version": 3}, 409, "wrong-expected-version", None),
        (filed(place={"name": "Norvale", "radius_m": 3}), 422, "invalid", None),
    ],
)
async def test_a_registration_that_cannot_be_is_refused(
    writer, event: dict, status: int, slug: str, pointer: str | None
) -> None:
    answer = await writer.post(EVENTS, json=event)

    problem = refused(answer, status, slug)
    if pointer is not None:
        assert problem["errors"][0]["pointer"].endswith(pointer)
