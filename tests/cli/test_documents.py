"""Goal: what is said of a document can be filed from a file, again and in a batch; and whoever
reads an occurrence sees which document its reports are of.

Method: an article from Norvale tells of two floods, and is corrected and withdrawn as one.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from store.store import Store
from tests.cli.conftest import Dateline, append

ARTICLE = "norvale-post-2024-03-05"
IDS = [f"01920000-0000-7000-8000-{number:012}" for number in range(0, 100, 10)]
FILED = "\n".join(
    f'{{"type": "report.filed", "event_id": "{IDS[n]}", "occurrence": "{name}", '
    f'"report": {{"source": {{"name": "Norvale Post"}}, "document": "{ARTICLE}", '
    '"reported_at": "2024-03-05"}, "claims": {"title": "Flood", "kind": "flood"}}'
    for n, name in ((1, "norvale-flood"), (2, "tellin-flood"))
)
CORRECTED = (
    f'{{"type": "report.corrected", "event_id": "{IDS[3]}", "document": "{ARTICLE}", '
    '"fault": "entry", "reason": "Misread", "claims": {"kind": "storm"}, '
    '"expected_version": {"norvale-flood": 1, "tellin-flood": 1}}'
)
WITHDRAWN = (
    f'{{"type": "report.retracted", "event_id": "{IDS[4]}", "document": "{ARTICLE}", '
    '"fault": "source", "reason": "The paper withdrew it", "reported_at": "2024-03-07", '
    '"expected_version": "any"}'
)
GRADED = (
    f'{{"type": "report.graded", "event_id": "{IDS[5]}", "document": "{ARTICLE}", '
    '"grade": "E4", "reason": "Looked into", "reported_at": "2024-03-06"}'
)


async def file(dateline: Dateline, folder: Path, text: str, *words: str):
    path = folder / "events.ndjson"
    path.write_text(text)
    return await dateline("file", str(path), *words)


async def test_a_line_about_a_document_is_told_with_all_that_came_of_it(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    lines = "\n".join((FILED, CORRECTED, GRADED))

    ran = await file(dateline, tmp_path, lines)
    again = await file(dateline, tmp_path, lines)

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[2:] == [
        "line 3: 2 events, positions 3 to 4",
        "line 4: 2 events, positions 5 to 6",
        "4 lines appended, 0 refused.",
    ]
    assert "line 3: there already, 2 events, positions 3 to 4" in again.out
    assert again.out.endswith("0 lines appended, 4 there already, 0 refused.\n")
    assert await store.chronicles() == [("main", 6)]


async def test_json_tells_each_event_that_came_of_a_line(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    ran = await file(dateline, tmp_path, f"{FILED}\n{CORRECTED}", "--json")

    told = [msgspec.json.decode(line) for line in ran.out.splitlines()]
    assert [(one["line"], one["event"]["position"]) for one in told] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (3, 4),
    ]


async def test_a_batch_can_file_a_document_and_withdraw_it(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    batch = f'{{"events": [{",".join((*FILED.splitlines(), WITHDRAWN))}]}}'

    ran = await file(dateline, tmp_path, batch)

    assert ran.out == "line 1: 4 events, positions 1 to 4\n1 line appended, 0 refused.\n"


async def test_what_cannot_be_said_of_a_document_is_refused_with_its_line(
    dateline: Dateline, store: Store, tmp_path: Path
) -> None:
    bare = WITHDRAWN.replace(', "expected_version": "any"', "")
    lines = (FILED, bare, GRADED.replace(ARTICLE, "another"), WITHDRAWN, GRADED)

    # The versions are those of now: what was filed beside it may have been committed with it.
    ran = await file(dateline, tmp_path, "\n".join(lines))

    assert ran.status == 1
    first, second = ran.err.splitlines()
    assert first.startswith("line 3: refused: This changes 2 occurrences: name the version of each")
    assert second == ("line 4: refused: No report was taken from 'another'. (at /document)")
    assert "line 5: 2 events, positions 3 to 4" in ran.out
    # A grade from the day before the retraction still shows on that day.
    assert "line 6: 2 events, positions 5 to 6" in ran.out
    assert ran.out.endswith("4 lines appended, 2 refused.\n")


async def test_a_history_names_the_document_of_a_report_and_what_was_said_of_all_of_it(
    dateline: Dateline, store: Store
) -> None:
    await append(store, "\n".join((FILED, GRADED, WITHDRAWN)))

    ran = await dateline("history", "tellin-flood")

    assert f"Report by Norvale Post, document {ARTICLE}" in ran.out
    assert f"Grade of position 2, with all of document {ARTICLE}: E4" in ran.out
    assert f"Retraction of position 2, with all of document {ARTICLE}" in ran.out


async def test_claims_and_differences_name_the_document(dateline: Dateline, store: Store) -> None:
    timeline = (
        '{"type": "timeline.defined", "timeline": "floods", "title": "Floods", "select": {}, '
        '"expected_version": "none"}'
    )
    await append(store, "\n".join((FILED, timeline, CORRECTED)))

    claims = await dateline("timeline", "floods", "--claims")
    diff = await dateline("diff", "floods", "--from", "2024-03-04", "--to", "2024-03-05")

    assert f"Norvale Post, 5 March 2024, document {ARTICLE}, corrected (position 4)" in claims.out
    assert f"(position 1, document {ARTICLE})" in diff.out
