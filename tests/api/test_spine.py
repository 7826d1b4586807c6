"""Goal: the seeds go in over HTTP, and a timeline comes out as it was known.

Method: the seeds as one body of lines, then the timeline as of two days.
"""

from __future__ import annotations

import seeds


async def test_seeds_posted_as_lines_read_as_they_were_known(writer, reader) -> None:
    answer = await writer.post(
        "events",
        content=seeds.events(),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["refused"] == 0

    before = await reader.get("timelines/idlib-2019?as_of=2019-08-26")
    after = await reader.get("timelines/idlib-2019?as_of=2019-08-27")

    assert before.status_code == after.status_code == 200, before.text
    assert len(before.json()["entries"]) < len(after.json()["entries"])
