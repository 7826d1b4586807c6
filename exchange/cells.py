"""What stands in a cell: text, numbers and dates, read strictly."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from domain.dates import quoted
from exchange.rows import Refused

_COUNT = re.compile(r"(\d+)(?:\.0+)?")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_CODE = re.compile(r"-?\d+")


def text(value: Any) -> str:
    """A cell as text, without spaces around it; an empty one is "".

    Whole numbers are written without a point, dates as ISO 8601 (a midnight is its day).
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def one(cells: Mapping[str, Any], column: str) -> str:
    """The text of a cell; "" where it is empty or missing. JSON can have several values in one."""
    value = cells.get(column)
    if isinstance(value, list | dict):
        raise Refused(column, f"{column} holds several values, and one was expected.")
    return text(value)


def required(cells: Mapping[str, Any], column: str) -> str:
    """The text of a cell that cannot be empty."""
    found = one(cells, column)
    if not found:
        raise Refused(column, f"{column} is empty, and a report cannot do without it.")
    return found


def count(cells: Mapping[str, Any], column: str) -> int | None:
    """How many, where it says so. `12` and `12.0` are 12."""
    given = one(cells, column)
    if not given:
        return None
    found = _COUNT.fullmatch(given)
    if found is None or len(found[1]) > 15:
        raise Refused(
            column,
            f"{quoted(given)} is not a number of people: digits were expected, without a sign or "
            "separators (12.0 counts as 12).",
        )
    return int(found[1])


def code(cells: Mapping[str, Any], column: str, known: Mapping[int, Any]) -> int:
    """A number out of a code list."""
    given = required(cells, column)
    if not _CODE.fullmatch(given) or int(given) not in known:
        raise Refused(
            column,
            f"{quoted(given)} is not a code of {column}: one of {', '.join(map(str, known))} was "
            "expected.",
        )
    return int(given)


def degrees(cells: Mapping[str, Any], column: str, limit: int) -> float | None:
    """Latitude (limit 90) or longitude (limit 180), WGS 84, where it says so."""
    given = one(cells, column)
    if not given:
        return None
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    if not -limit <= found <= limit:
        raise Refused(
            column,
            f"{quoted(given)} is not a number of degrees from -{limit} to {limit}, with a point.",
        )
    return found


def point(cells: Mapping[str, Any], lat: str, lon: str) -> tuple[float | None, float | None]:
    """Latitude and longitude out of their columns: both, or neither."""
    found = degrees(cells, lat, 90), degrees(cells, lon, 180)
    if (found[0] is None) != (found[1] is None):
        column = lat if found[0] is None else lon
        raise Refused(column, f"{column} is empty: a place has both coordinates, or neither.")
    return found


def day(cells: Mapping[str, Any], column: str) -> datetime.date:
    """A day, `2019-08-27`. A midnight behind it, as some exports write it, is not a time."""
    given = required(cells, column)
    try:
        return datetime.date.fromisoformat(re.sub(r"[ T]00:00:00(\.0+)?$", "", given))
    except ValueError:
        raise Refused(
            column, f"{quoted(given)} is not a day: one like 2019-08-27 was expected."
        ) from None


def within(first: datetime.date, last: datetime.date) -> str:
    """EDTF for one day or several at some unknown time from the first day to the last."""
    return f"{first}" if first == last else f"[{first}..{last}]"


def tag(words: str) -> str:
    """Words as a tag or a kind: `Air/drone strike` is `air-drone-strike`. "" if none are Latin."""
    return "-".join(re.findall(r"[a-z0-9]+", words.lower()))


def attribute(value: Any) -> Any:
    """A cell as it is kept in `attributes`: as given, dates as ISO 8601."""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return text(value)
    return value


def others(cells: Mapping[str, Any], stated: Collection[str]) -> dict[str, Any]:
    """Every cell that is not empty and not of a column in `stated`, for `attributes`.

    Whole numbers become numbers where their digits say no more than that: `007` stays text.
    """
    kept = {}
    for name, value in cells.items():
        if name not in stated and value not in ("", None):
            whole = isinstance(value, str) and _WHOLE.fullmatch(value)
            kept[name] = int(value) if whole else attribute(value)
    return kept
