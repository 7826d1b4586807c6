"""The live claims of occurrences in one cell: to be shown, and to be resolved by other policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET

from domain import answers
from domain.answers import ClaimsShown
from domain.claims import FIELDS, Claims, Report
from domain.held import Held, held
from domain.instants import text
from store.statements import sql

_claims = msgspec.json.Decoder(Claims)
_report = msgspec.json.Decoder(Report)
_said = msgspec.json.Decoder(dict[str, tuple[int, int]])

Claimed = dict[UUID, list[Any]]
"""Rows of `claims_at`, by occurrence."""


async def claimed(
    connection: asyncpg.Connection, chronicle_id: int, ids: Iterable[UUID], known: int, basis: int
) -> Claimed:
    """The live claims of some occurrences; none for one that has no live report."""
    found: Claimed = {}
    for row in await connection.fetch(sql("claims_at"), chronicle_id, list(ids), known, basis):
        found.setdefault(row["occurrence_id"], []).append(row)
    return found


def as_held(row: Any) -> Held:
    """A row of `claims_at` as the fold had it."""
    claims = _claims.decode(row["value"])
    if row["said"] is not None:
        said = _said.decode(row["said"])
    else:
        place = (row["known_from"], row["position_from"])
        said = {field: place for field in FIELDS if getattr(claims, field) is not UNSET}
    return held(
        row["event_id"],
        _report.decode(row["report"]),
        claims,
        said,
        known_from=row["known_from"],
        corrected=row["corrected"],
    )


def as_shown(row: Any) -> ClaimsShown:
    """A row of `claims_at` as it is answered."""
    report = _report.decode(row["report"])
    return ClaimsShown(
        event_id=row["event_id"],
        report=report,
        claims=answers.toll_claimed(answers.claims_shown(_claims.decode(row["value"])), report),
        corrected=row["corrected"],
        known_from=text(row["known_from"]),
        position=row["position_from"],
    )
