"""Reading what people send: bytes to events, strictly, with the place of every fault."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from domain.errors import Malformed
from domain.events import BATCH_LIMIT, TYPES, AnyEvent, Batch, TimelineDefined

T = TypeVar("T")

_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_batch = msgspec.json.Decoder(Batch)
_anything = msgspec.json.Decoder()
_FAULT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def read_events(raw: bytes) -> tuple[tuple[AnyEvent, ...], bool]:
    """The events in a JSON body, and whether they came as a batch (`{"events": [...]}`).

    Raises Malformed, with a JSON Pointer to the fault and, in a batch, the index of the event.
    """
    if b'"events"' in raw:
        peek = decode(_anything, raw)
        if isinstance(peek, dict) and "events" in peek and "type" not in peek:
            return _read_batch(raw, peek["events"]), True
    return (decode(_event, raw),), False


def read_event(raw: bytes) -> AnyEvent:
    """One event. Raises Malformed."""
    return decode(_event, raw)


def read_definition(raw: bytes, name: str) -> TimelineDefined:
    """A `timeline.defined` from the body of a PUT, whose address names the timeline."""
    peek = decode(_anything, raw)
    if not isinstance(peek, dict):
        raise Malformed("A timeline's definition must be a JSON object.", where="")
    if "type" in peek or "timeline" in peek:
        raise Malformed(
            "The address says which timeline this defines: leave out `type` and `timeline`.",
            where="/type" if "type" in peek else "/timeline",
        )
    event = decode(
        _event, msgspec.json.encode({**peek, "type": "timeline.defined", "timeline": name})
    )
    assert isinstance(event, TimelineDefined)
    return event


def _read_batch(raw: bytes, items: Any) -> tuple[AnyEvent, ...]:
    if isinstance(items, list) and len(items) > BATCH_LIMIT:
        raise Malformed(
            f"A batch takes at most {BATCH_LIMIT} events, and this one has {len(items)}: "
            "send several, or NDJSON.",
            where="/events",
        )
    try:
        return decode(_batch, raw).events
    except Malformed as fault:
        step = re.match(r"/events/(\d+)", fault.where or "")
        if step:
            fault.index = int(step[1])
        raise


def decode(decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
    """Decode strictly: no coercion, no unknown fields, no NUL. Raises Malformed."""
    if not raw.isascii():
        try:
            raw.decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise Malformed(f"The body must be UTF-8, and byte {error.start} is not.") from None
    try:
        value = decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _explained(str(error), raw) from None
    except msgspec.DecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    if b"\\u0000" in raw:
        _refuse_nul(_anything.decode(raw), "")
    return value


def _refuse_nul(value: Any, where: str) -> None:
    """A NUL character ends strings in too many programs for a record to hold one."""
    if isinstance(value, str) and "\x00" in value:
        raise Malformed("Text must not contain the NUL character (\\u0000).", where=where)
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, where)
            _refuse_nul(item, f"{where}/{key}")
    if isinstance(value, list):
        for at, item in enumerate(value):
            _refuse_nul(item, f"{where}/{at}")


def _explained(message: str, raw: bytes) -> Malformed:
    """The decoder's words as a sentence of ours, its path as a JSON Pointer."""
    fault = _FAULT.match(message)
    assert fault is not None
    what, where = fault["what"], pointer(fault["path"] or "")
    if where.endswith("/type") or (what.startswith("Invalid value") and where == "/type"):
        return Malformed(
            f"{what.removeprefix('Invalid value ')} is not a type of event. Expected one of: "
            f"{', '.join(TYPES)}.",
            where=where,
        )
    unknown = re.match(r"Object contains unknown field `(.*)`", what)
    if unknown:
        return Malformed(
            f"Unknown field `{unknown[1]}`: it is not one of those that stand here.",
            where=f"{where}/{unknown[1]}",
        )
    missing = re.match(r"Object missing required field `(.*)`", what)
    if missing:
        return Malformed(f"`{missing[1]}` is required here.", where=where)
    return Malformed(f"{what}.", where=where)


def pointer(path: str) -> str:
    """`$.claims.toll[0].exactly` as the JSON Pointer `/claims/toll/0/exactly`."""
    return "".join("/" + (name or number) for name, number in _STEP.findall(path))
