"""Goal: other policies show what they say, from the claims that are live in a cell, and change
neither what is selected nor the order.

Method: random histories, told to the oracle and to the store; in every cell each value is worked
out from the oracle's account of the live reports. The default policy, resolved from stored claims,
must give the belief that the fold gave, so that what claims say of their age is right.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from domain.beliefs import Belief, values
from domain.errors import Malformed
from domain.policy import GRADED_LATEST, Policy, policy
from domain.query import Filter, Query, query
from domain.reading import read_event
from store.claimed import as_held
from store.known import Append
from store.store import Store, open_store
from tests import oracle as naively
from tests.histories import History, histories, points_of_knowledge, said
from tests.oracle import FOREVER, SHOWN, Json, Oracle, Words
from tests.store.test_oracle import EXAMPLES, at, in_cell, play, told

ASKED = tuple(map(policy, ("latest/1", "claimant:norvale  WATCH/1", "claimant:Estra Herald/1")))
EVERYTHING = Query(filter=Filter(status=("reported", "retracted")), limit=1_000)


@pytest.fixture
async def store(database) -> AsyncIterator[Store]:
    async with open_store(database.app_dsn) as store:
        yield store


@settings(max_examples=4 * EXAMPLES)
@given(histories(longest=12))
def test_stored_claims_resolve_to_what_the_fold_believed(history: History) -> None:
    oracle, ledger = play(history)

    for basis in range(len(oracle.log) + 1):
        for known in points_of_knowledge(oracle):
            for occurrence in ledger.known.names.values():
                for row in in_cell(ledger.beliefs, occurrence, known, basis):
                    belief = msgspec.json.decode(row[6], type=Belief)
                    live = in_cell(ledger.claims, occurrence, known, basis)
                    if not live:
                        continue
                    anew = values([as_held(column(c)) for c in live])
                    assert shown(anew) == shown(belief)


def column(row: list[Any]) -> Json:
    return {
        "known_from": row[2],
        "position_from": row[4],
        "event_id": row[6],
        "report": row[7],
        "value": row[8],
        "corrected": row[9],
        "said": row[10],
    }


def shown(belief: Any) -> Json:
    return {field: said(belief)[field] for field in (*SHOWN, "toll", "tags")}


@settings(max_examples=EXAMPLES)
@given(histories(longest=10))
async def test_each_policy_shows_what_the_oracle_works_out(store: Store, history: History) -> None:
    told_ = await told(store, history)
    oracle = told_.oracle

    async with store.reading(told_.chronicle) as reader:
        for basis in range(1, len(oracle.log) + 1, 2):
            for known in points_of_knowledge(oracle)[1::3]:
                asked = msgspec.structs.replace(EVERYTHING, point=at(known, basis))
                default = (await reader.occurrences(asked)).entries
                for each in ASKED:
                    page = await reader.occurrences(msgspec.structs.replace(asked, policy=each))
                    assert (page.policy, page.selected_by) == (each.name, GRADED_LATEST.name)
                    assert [e.id for e in page.entries] == [e.id for e in default]
                    for entry, before in zip(page.entries, default, strict=True):
                        name = entry.occurrence
                        alone = await reader.occurrence(name, at(known, basis), each)
                        assert alone.entry == entry
                        assert alone.policy == each.name
                        assert entry.status == before.status
                        assert entry.differ == before.differ
                        assert entry.contested == before.contested
                        if "retracted" not in entry.status:
                            expected = resolved(oracle, name, known, basis, each)
                            assert shown(entry) == expected


def resolved(oracle: Oracle, name: str, known: int, basis: int, asked: Policy) -> Json:
    """What the live reports come to by a policy: over the plain accounts of the oracle."""
    live = oracle._live(name, known, basis)

    def wins(words: Words, field: str) -> Any:
        grade, known_from, position = words.rank(field)
        if asked.claimant is None:
            return known_from, position
        report = words.report
        ours = {naively.folded(report["source"]["name"]), naively.folded(naively.origin(report))}
        return asked.claimant not in ours, grade, known_from, position

    values: Json = {}
    for field in SHOWN:
        having = [w for w in live if field in w.claims]
        values[field] = min(having, key=lambda w: wins(w, field)).says(field) if having else None
    values["tags"] = {tag for w in live for tag in w.says("tags") or ()}
    values["toll"] = {}
    for subject, by_claimant in naively.figures(live).items():
        counted = {
            claimant: figures[-1:]
            for claimant, figures in by_claimant.items()
            if asked.claimant in (None, claimant)
        }
        if counted:
            latest = [figures[0] for figures in counted.values()]
            winner = min(latest, key=lambda f: f.rank[1:] if asked.claimant is None else f.rank)
            # The oracle resolves figures by its own rank: the winner's is made the best.
            only = [f._replace(rank=("0" if f is winner else "1", 0, 0)) for f in latest]
            values["toll"][subject] = tolls_of(subject, only)
    return values


def tolls_of(subject: naively.Subject, latest: list[naively.Figure]) -> Json:
    by_claimant = {str(n): [figure] for n, figure in enumerate(latest)}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(naively, "figures", lambda spoken: {subject: by_claimant})
        return naively.tolls([])[subject]


async def test_claims_that_a_merge_moved_keep_their_age(store: Store) -> None:
    """The older claim comes into the survivor last, and is the older one all the same."""
    await store.create_chronicle("main")
    for event in (
        report(1, "norvale-fire", "2019-05-12", "Norvale Post", "the later account"),
        report(2, "fire-at-norvale", "2019-05-10", "Estra Observer", "the earlier account"),
        {"type": "occurrence.merged", "occurrence": "fire-at-norvale", "into": "norvale-fire",
         "reason": "one fire", "reported_at": "2019-05-14", "expected_version": "any"},
    ):  # fmt: skip
        raw = msgspec.json.encode(event)
        await store.append("main", Append(events=(read_event(raw),)))

    async with store.reading("main") as reader:
        for each in ("latest/1", "claimant:nobody/1"):
            answer = await reader.occurrence("norvale-fire", at(FOREVER - 1, None), policy(each))
            assert answer.entry.title == "the later account"
        ours = await reader.occurrence(
            "norvale-fire", at(FOREVER - 1, None), policy("claimant:ESTRA observer/1")
        )
    assert ours.entry.title == "the earlier account"


def report(number: int, occurrence: str, day: str, source: str, title: str) -> Json:
    return {
        "type": "report.filed",
        "event_id": f"01920000-0000-7000-8000-{number:012}",
        "occurrence": occurrence,
        "report": {"source": {"name": source}, "reported_at": day},
        "claims": {"title": title},
    }


def test_rows_from_before_ages_were_kept_rank_by_where_they_began() -> None:
    row = {
        "known_from": 7,
        "position_from": 3,
        "event_id": None,
        "report": b'{"source":{"name":"Norvale Post"}}',
        "value": b'{"title":"Fire","toll":[{"outcome":"killed","exactly":4}]}',
        "corrected": True,
        "said": None,
    }
    held = as_held(row)

    assert held.said == {"title": (7, 3), "toll": (7, 3)}
    assert held.figures[0].latest == (7, 3)


@pytest.mark.parametrize(
    "text", ["", "latest", "latest/2", "claimant:/1", "claimant: /1", "claimant:SOHR", "LATEST/1"]
)
def test_a_policy_that_is_none_is_refused_and_told_which_there_are(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        query({"policy": text}, {})

    assert refused.value.where == "policy"
    for form in ("graded-latest/1", "latest/1", "claimant:NAME/1"):
        assert form in refused.value.detail


def test_a_claimants_name_may_hold_a_slash() -> None:
    asked = policy("claimant:Estra/Norvale Desk/1")

    assert (asked.name, asked.claimant) == ("claimant:Estra/Norvale Desk/1", "estra/norvale desk")
