"""CloudEvents 1.0, a batch in JSON: the events of the log under the envelope that brokers know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain.answers import EventTold

MEDIA_TYPE = "application/cloudevents-batch+json"
SUBJECTS = ("occurrence", "timeline", "actor", "place", "source")


def batch(chronicle: UUID, events: Sequence[EventTold]) -> bytes:
    """Events in the order of the log. `source` and `id` together are of one event alone: the
    chronicle's UUID, which no other chronicle has wherever it is copied to, and the event's."""
    return msgspec.json.encode([_event(chronicle, told) for told in events])


def _event(chronicle: UUID, told: EventTold) -> dict[str, Any]:
    subject = next(kind for kind in SUBJECTS if getattr(told, kind) is not None)
    return {
        "specversion": "1.0",
        "id": str(told.event_id),
        "source": f"urn:uuid:{chronicle}",
        "type": f"dateline.{told.type}",
        "subject": f"{subject}/{getattr(told, subject)}",
        "time": told.recorded_at,
        "datacontenttype": "application/json",
        "sequence": str(told.position),
        "data": told,
    }
