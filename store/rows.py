"""Rows of the log as the domain reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from domain.claims import Claims
from domain.events import Personal, Recorded, Statement
from domain.registries import Registration
from domain.timelines import Definition, defined

_statement = msgspec.json.Decoder(Statement)
_claims = msgspec.json.Decoder(Claims)
_personal = msgspec.json.Decoder(Personal)


def recorded(row: Mapping[str, Any]) -> Recorded:
    """An event with its bodies, from a row of `events_of_streams` or `events_by_id`."""
    return Recorded(
        position=row["position"],
        event_id=row["event_id"],
        type=row["type"],
        recorded_at=row["recorded_at"],
        known_from=row["known_from"],
        target=row["target"],
        statement=_statement.decode(row["report"]),
        claims=_claims.decode(row["claims"]) if row["claims"] is not None else None,
        author=_personal.decode(row["personal"]).author,
        causation_id=row["causation_id"],
        correlation_id=row["correlation_id"],
        stream_id=row["stream_id"],
        version=row["version"],
    )


def definition(row: Mapping[str, Any]) -> Definition:
    """A timeline's definition, from a row of `definitions`, `definition_at` or `unfilled`."""
    return defined(
        row["stream_id"], row["version"], row["position"], _statement.decode(row["report"])
    )


def definitions(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, Definition]:
    """Timelines by id."""
    return {row["stream_id"]: definition(row) for row in rows}


def registrations(rows: Iterable[Mapping[str, Any]]) -> dict[str, Registration]:
    """What is registered by its id, from rows of `registered`."""
    found = (_statement.decode(row["report"]).registered for row in rows)
    return {thing.id: thing for thing in found if thing is not None}
