"""Reading what people send: bytes to events, strictly, with the place of every fault."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from domain.errors import Malformed
from domain.events import BATCH_LIMIT, AnyEvent, Batch, TimelineDefined
from domain.names import folded
from domain.reading_faults import escaped, explained

T = TypeVar("T")

_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_batch = msgspec.json.Decoder(Batch)
_anything = msgspec.json.Decoder()
_BOM = b"\xef\xbb\xbf"
"""Some programs begin every text with it."""
_BLANK = re.compile(
    rb'"(?: |\\[tnrf]|\\u(?:00(?:20|09|0[aAdD]|[aA]0)|20[0-6][0-9a-fA-F]|3000|[fF][eE][fF][fF])'
    rb'|\xc2\xa0|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xaf]|\xe3\x80\x80|\xef\xbb\xbf)+"'
)
"""A text of nothing but spaces and signs that cannot be seen."""


def read_events(raw: bytes) -> tuple[tuple[AnyEvent, ...], bool]:
    """The events in a JSON body, and whether they came as a batch (`{"events": [...]}`).

    Raises Malformed, with a JSON Pointer to the fault and, in a batch, the index of the event.
    """
    if b'"events"' in raw:
        peek = decode(_anything, raw)
        if isinstance(peek, dict) and "events" in peek and "type" not in peek:
            return _read_batch(raw, peek["events"]), True
    return (_read(_event, raw),), False


def read_event(raw: bytes) -> AnyEvent:
    """One event. Raises Malformed."""
    return _read(_event, raw)


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
    event = _read(
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
        return _read(_batch, raw).events
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
            raise Malformed(
                f"The body must be UTF-8, and byte {error.start} is not.", where=""
            ) from None
        raw = raw.removeprefix(_BOM)
    try:
        value = decoder.decode(raw)
        if b"\\u0000" in raw:
            _refuse_nul(_anything.decode(raw), "")
    except msgspec.ValidationError as error:
        raise explained(str(error), raw, decoder.type) from None
    except msgspec.DecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.", where="") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.", where="") from None
    return value


def _read(decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
    """Decode what is to be recorded: besides, no text in it is blank. Raises Malformed."""
    value = decode(decoder, raw)
    if _BLANK.search(raw):
        _refuse_blank(_anything.decode(raw.removeprefix(_BOM)), "")
    return value


def _refuse_nul(value: Any, where: str) -> None:
    """A NUL character ends strings in too many programs for a record to hold one."""
    if isinstance(value, str) and "\x00" in value:
        raise Malformed("Text must not contain the NUL character (\\u0000).", where=where)
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, where)
            _refuse_nul(item, f"{where}/{escaped(key)}")
    if isinstance(value, list):
        for at, item in enumerate(value):
            _refuse_nul(item, f"{where}/{at}")


def _refuse_blank(value: Any, where: str) -> None:
    """A source called " " says nothing, and all that are called so would be one.

    What stands in `attributes` is whatever the source has.
    """
    if isinstance(value, str) and value and not folded(value):
        raise Malformed("This text is blank: nothing in it can be seen.", where=where)
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "attributes":
                _refuse_blank(item, f"{where}/{escaped(key)}")
    if isinstance(value, list):
        for at, item in enumerate(value):
            _refuse_blank(item, f"{where}/{at}")
