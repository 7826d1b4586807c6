"""Goal: going from point to point gives what resolving all live claims at each point gives.

Method: random reports, corrections, grades, retractions, merges and splits, which arrive in no
order of the days that they count from; after each of them, every point of every occurrence is
compared with `tests.domain.slowly`, and folding on with folding anew.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.beliefs import Fold, fold
from domain.claims import ClaimsGiven, Report, Source
from domain.events import Recorded, Statement
from domain.instants import NEVER
from domain.occurrence import resolve_claims
from tests.domain import slowly
from tests.histories import KINDS, SOURCES, claims, tolls

NORVALE, ESTRA = UUID(int=7), UUID(int=8)
DATES = ("2019-08-19", "2019-08-20", "2019-08", "2019-08-18/2019-08-20", "2019-08-20/..")
TIED = (None, None, "estra-0820", "norvale-0821")

said = st.builds(
    lambda drawn, kind, date, toll: {
        **drawn,
        **({"kind": kind} if kind else {}),
        "occurred": {"edtf": date},
        **({"toll": toll} if toll else {}),
    },
    claims(withdrawing=False),
    st.sampled_from([*KINDS, None]),
    st.sampled_from(DATES),
    st.lists(tolls, max_size=4),
)
reports = st.builds(
    lambda source, via, document, grade: Report(
        source=Source(name=source), via=via, document=document, grade=grade
    ),
    st.sampled_from([*SOURCES, "Wire", "Estra Council"]),
    st.sampled_from([(), (), (), ("Norvale Watch",), ("Wire", "Estra Council")]),
    st.sampled_from(TIED),
    st.sampled_from([None, None, "A1", "B2", "F6"]),
)


@st.composite
def logs(draw: st.DrawFn, moves: bool) -> list[Recorded]:
    """Events of two occurrences, those of one day in the order of their positions."""
    log: list[Recorded] = []
    filed: list[Recorded] = []
    changed: list[Recorded] = []
    kinds = ["filed"] * 5 + ["corrected"] * 3 + ["retracted", "graded"]
    kinds += ["merged", "split"] if moves else []
    for position in range(1, draw(st.integers(2, 22)) + 1):
        what = draw(st.sampled_from(kinds)) if filed else "filed"
        known = draw(st.integers(1, 9))
        stream, statement, given_claims, target = NORVALE, Statement(), None, None
        if what == "filed":
            stream = draw(st.sampled_from([NORVALE, NORVALE, ESTRA])) if moves else NORVALE
            statement, given_claims = Statement(report=draw(reports)), draw(said)
        elif what in ("merged", "split"):
            stream, into = draw(st.sampled_from([(NORVALE, ESTRA), (ESTRA, NORVALE)]))
            if what == "merged" and any(e.type == "occurrence.merged" for e in log):
                continue
            named = draw(st.lists(st.sampled_from(filed), min_size=1, max_size=2))
            statement = Statement(into=into, reports=tuple({e.event_id for e in named}))
        else:
            about = draw(st.sampled_from(filed if what == "graded" else changed))
            known, stream, target = max(known, about.known_from or 0), about.stream_id, about
            if what == "graded":
                statement = Statement(grade=draw(st.sampled_from(["A1", "C3", "F6"])))
            if what == "corrected":
                given_claims = draw(claims(withdrawing=True))
        subject = "occurrence" if what in ("merged", "split") else "report"
        one = recorded(
            position, f"{subject}.{what}", known, stream, statement, given_claims, target
        )
        log.append(one)
        if what == "filed":
            filed.append(one)
        if what in ("filed", "corrected"):
            changed.append(one)
    return log


def recorded(
    position: int,
    what: str,
    known: int,
    stream: UUID,
    statement: Statement,
    said: dict[str, Any] | None,
    target: Recorded | None,
) -> Recorded:
    raw = msgspec.json.encode(said).replace(b"@tomorrow", b"2019-09-01")
    read = msgspec.json.decode(raw, type=ClaimsGiven) if said is not None else None
    return Recorded(
        position=position,
        event_id=UUID(int=position),
        type=what,
        recorded_at=position,
        known_from=known,
        target=target.event_id if target else None,
        statement=statement,
        claims=resolve_claims(read, None, filing=what == "report.filed") if read else None,
        stream_id=stream,
        version=position,
    )


@settings(max_examples=300)
@given(logs(moves=False) | logs(moves=True))
def test_each_point_holds_what_its_live_claims_add_up_to(log: list[Recorded]) -> None:
    before: dict[UUID, Fold] = {}
    for upto, last in enumerate(log, start=1):
        events = log[:upto]
        if last.type.startswith("occurrence."):
            before = fold(events[:-1])
        after = fold(events, before, last.known_from)

        assert after == fold(events)
        for one in after.values():
            check_each_point(one)
        before = after
    for flag in {flag for f in before.values() for s in f.beliefs for flag in s.belief.status}:
        event(flag)


def check_each_point(one: Fold) -> None:
    for known in sorted({h.known_from for h in one.held} | {h.known_to for h in one.held}):
        live = [h for h in one.held if h.known_from <= known < h.known_to]
        if not live or known == NEVER:
            continue
        (shown,) = (s.belief for s in one.beliefs if s.known_from <= known < s.known_to)
        alone = msgspec.structs.replace(shown, merged=())
        assert alone == slowly.believed(live)
