"""GeoJSON (RFC 7946), with the names of OGC API Features: a page of entries as features.

The geometry is where it may have been: the box around the area, cut in two at the antimeridian
(section 3.1.9). What has no place, or one without a point, has the geometry null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from domain.answers import Area, Entry
from exchange.columns import Column, Value, columns
from exchange.export import About, facts

POINT_M = 1.0
"""What is known to less than so many metres is a point: its box has no width."""
MEDIA_TYPE = "application/geo+json"


class GeoJson:
    """A FeatureCollection."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._columns: dict[tuple[str, ...], tuple[Column, ...]] = {}
        self._features: list[dict[str, Any]] = []

    def begin(self) -> bytes:
        """Nothing yet."""
        return b""

    def add(self, entries: Sequence[Entry]) -> bytes:
        """Nothing yet."""
        self._features += map(self._feature, entries)
        return b""

    def end(self) -> bytes:
        """The collection, and what it is of."""
        links = [_link(self._about.permalink, "self")]
        if self._about.next is not None:
            links.append(_link(self._about.next, "next"))
        return msgspec.json.encode(
            {
                "type": "FeatureCollection",
                "numberReturned": len(self._features),
                "links": links,
                **facts(self._about),
                "features": self._features,
            }
        )

    def _feature(self, entry: Entry) -> dict[str, Any]:
        area = entry.place.area if entry.place is not None else None
        feature: dict[str, Any] = {"type": "Feature", "id": str(entry.id)}
        geometry = None
        if entry.place is not None and area is not None:
            feature["bbox"] = [area.west, area.south, area.east, area.north]
            geometry = _box(area)
            if area.radius_m < POINT_M:
                geometry = {"type": "Point", "coordinates": [entry.place.lon, entry.place.lat]}
        properties: dict[str, Value] = {c.name: c.of(entry) for c in self._columns_of(entry)}
        return {**feature, "geometry": geometry, "properties": properties}

    def _columns_of(self, entry: Entry) -> tuple[Column, ...]:
        """With those of the entry's own outcomes, so that a feature is the same on any page."""
        outcomes = tuple(sorted({t.outcome for t in entry.toll if t.scope == "incident"}))
        if outcomes not in self._columns:
            about = msgspec.structs.replace(self._about, outcomes=outcomes)
            self._columns[outcomes] = columns(about)
        return self._columns[outcomes]


def _link(href: str, rel: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": MEDIA_TYPE}


def _box(area: Area) -> dict[str, Any]:
    """The area's box; of one that crosses the antimeridian the parts on either side that have any
    width."""
    if area.west <= area.east:
        return {"type": "Polygon", "coordinates": _ring(area, area.west, area.east)}
    sides = [(area.west, 180.0), (-180.0, area.east)]
    rings = [_ring(area, west, east) for west, east in sides if west < east]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _ring(area: Area, west: float, east: float) -> list[list[list[float]]]:
    """Counterclockwise, and closed (section 3.1.6)."""
    south, north = area.south, area.north
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]
