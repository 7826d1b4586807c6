"""Areas: where a place may be, as a box around all points within its radius. Never a bare pin.

Degrees are WGS 84, distances metres on a sphere of the Earth's mean radius. docs/places.md shows
the table of radii and where each figure comes from.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from domain.names import folded

EARTH = 6_371_008.8
"""The mean radius of the Earth, R1 of the IUGG, in metres."""
RADII: dict[str, float] = {
    "exact": 1_000,
    "village": 2_000,
    "town": 5_000,
    "city": 15_000,
    "near": 25_000,  # UCDP GED codebook, where_prec 2: within about 25 km
    "district": 60_000,
    "governorate": 130_000,
    "province": 130_000,
    "region": 130_000,
    "area": 130_000,
    "sea-or-air": 200_000,
    "country": 500_000,
}
"""Metres by the word for a precision. All but `near` are our convention."""
UNSTATED = RADII["near"]
"""Metres where no precision is stated, or a word that is not in the table."""
PLACES = 6
"""Decimals of a degree that bounds are rounded to: 0.1 m."""
_RADII = {folded(word): radius for word, radius in RADII.items()}


class Located(Protocol):
    """What may have a point and a precision: a place as claimed, or as registered."""

    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def precision(self) -> str | None: ...
    @property
    def radius_m(self) -> float | None: ...


class Box(Struct, frozen=True):
    """All between two meridians, eastwards, and two parallels; the edges belong to it.

    Where `west` is the greater it runs across the antimeridian (OGC, RFC 7946 section 5.2).
    """

    west: float
    south: float
    east: float
    north: float

    @property
    def unrolled(self) -> tuple[float, float, float, float]:
        """West, south, east and north, with east never less than west: up to 540."""
        east = self.east + 360 if self.west > self.east else self.east
        return self.west, self.south, east, self.north

    def meets(self, other: Box) -> bool:
        """Whether two boxes have a point in common. -180 and 180 are one meridian."""
        if self.south > other.north or self.north < other.south:
            return False
        west, _, east, _ = self.unrolled
        other_west, _, other_east, _ = other.unrolled
        return any(
            west <= other_east + turn and east >= other_west + turn for turn in (-360, 0, 360)
        )


def radius(place: Located) -> float:
    """How far from its point a place may be, in metres: as given, or by its word."""
    if place.radius_m is not None:
        return place.radius_m
    return _RADII.get(folded(place.precision), UNSTATED) if place.precision else UNSTATED


def box(place: Located) -> Box | None:
    """The box around a place; None where it has no point."""
    if place.lat is None or place.lon is None:
        return None
    return around(place.lat, place.lon, radius(place))


@lru_cache(maxsize=16_384)
def around(lat: float, lon: float, metres: float) -> Box:
    """The least box around all points within a distance of one.

    Its meridians touch the circle: sin(half the width) = sin(distance) / cos(latitude), by the
    spherical law of sines. A circle that holds a pole reaches all meridians; what is known to less
    than a metre is taken for a point.
    """
    if metres < 1:
        return Box(lon, lat, lon, lat)
    angle = metres / EARTH
    reach = math.degrees(angle)
    south, north = max(lat - reach, -90.0), min(lat + reach, 90.0)
    if abs(lat) + reach >= 90:
        return Box(-180.0, _rounded(south), 180.0, _rounded(north))
    width = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(lat))))
    west, east = _rounded(lon - width), _rounded(lon + width)
    # What reaches across the antimeridian goes on at the other side.
    west += 360 if west < -180 else 0
    east -= 360 if east > 180 else 0
    return Box(_rounded(west), _rounded(south), _rounded(east), _rounded(north))


def _rounded(degrees: float) -> float:
    """Libraries of mathematics differ in the last digits, and answers must not."""
    return round(degrees, PLACES)
