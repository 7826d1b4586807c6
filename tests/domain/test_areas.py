"""Goal: a place's area holds all that may be meant, also across the antimeridian and at the poles;
and two places are contested only where no point can be both.

Method: hypothesis, against distances on the sphere worked out from unit vectors, and against boxes
compared point by point.
"""

from __future__ import annotations

import math
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreement import disagreements
from domain.areas import EARTH, RADII, UNSTATED, Box, around, box, radius
from domain.claims import Claims, Place, Report, Source
from domain.held import Held

DEGREE = math.radians(1) * EARTH
"""Metres along a meridian."""
SLACK = 2e-6
"""Degrees: bounds are rounded to a millionth of one."""

latitudes = st.floats(-90, 90) | st.sampled_from([-90.0, 0.0, 89.99, 90.0])
longitudes = st.floats(-180, 180) | st.sampled_from([-180.0, 179.999, 180.0])
distances = st.floats(1, math.pi * EARTH) | st.floats(1, 500_000)


def vector(lat: float, lon: float) -> tuple[float, float, float]:
    phi, theta = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


def travelled(lat: float, lon: float, metres: float, bearing: float) -> tuple[float, float]:
    """Where one comes to that goes so far along a great circle, by turning vectors."""
    here, angle = vector(lat, lon), metres / EARTH
    north = vector(lat + 90, lon)
    east = (-math.sin(math.radians(lon)), math.cos(math.radians(lon)), 0.0)
    ahead = [
        math.cos(bearing) * n + math.sin(bearing) * e for n, e in zip(north, east, strict=True)
    ]
    x, y, z = (math.cos(angle) * h + math.sin(angle) * a for h, a in zip(here, ahead, strict=True))
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def holds(area: Box, lat: float, lon: float, slack: float) -> bool:
    """Whether a point lies in a box, or as near to it."""
    if not area.south - slack <= lat <= area.north + slack:
        return False
    width = (area.east - area.west) % 360 if area.east - area.west != 360 else 360
    from_west = (lon - area.west) % 360
    return from_west <= width + slack or from_west >= 360 - slack


@given(latitudes, longitudes, distances, st.floats(0, 1), st.floats(0, 2 * math.pi))
def test_an_area_holds_every_point_within_its_radius(
    lat: float, lon: float, metres: float, share: float, bearing: float
) -> None:
    there = travelled(lat, lon, metres * share, bearing)
    # Near a pole a degree of longitude is a few metres or less, and a millionth of it nothing.
    slack = SLACK / max(math.cos(math.radians(there[0])), 1e-9)

    assert holds(around(lat, lon, metres), *there, slack=max(slack, SLACK))


@given(st.floats(-80, 80), longitudes, st.floats(10, 500_000))
def test_an_area_is_no_larger_than_it_must_be(lat: float, lon: float, metres: float) -> None:
    area = around(lat, lon, metres)
    west, south, east, north = area.unrolled

    reach = math.degrees(metres / EARTH)
    assert (north - south) / 2 == pytest.approx(reach, abs=SLACK)
    # The meridian on its eastern side comes as near to the point as the radius, and no nearer.
    nearest = math.asin(math.sin(math.radians((east - west) / 2)) * math.cos(math.radians(lat)))
    assert nearest * EARTH == pytest.approx(metres, abs=1, rel=1e-6)


@given(latitudes, longitudes, distances)
def test_an_area_has_bounds_that_a_box_may_have(lat: float, lon: float, metres: float) -> None:
    area = around(lat, lon, metres)

    assert -90 <= area.south <= area.north <= 90
    assert -180 <= area.west <= 180
    assert -180 <= area.east <= 180
    assert holds(area, lat, lon, SLACK)


def test_areas_at_the_antimeridian_and_at_the_poles() -> None:
    assert around(0, 179.9, DEGREE) == Box(178.9, -1.0, -179.1, 1.0)
    assert around(0, -179.9, DEGREE) == Box(179.1, -1.0, -178.9, 1.0)
    assert around(89.9, 10, DEGREE) == Box(-180.0, 88.9, 180.0, 90.0)
    assert around(-90, 10, DEGREE) == Box(-180.0, -90.0, 180.0, -89.0)
    assert around(10, 20, 25_000_000) == Box(-180.0, -90.0, 180.0, 90.0)
    assert around(10.5, -20.25, 0) == Box(-20.25, 10.5, -20.25, 10.5)


grid = st.integers(-6, 6).map(lambda n: n * 30.0)
tiles = st.builds(
    lambda west, east, parallels: Box(west, min(parallels), east, max(parallels)),
    grid,
    grid,
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(lambda p: [n * 30.0 for n in p]),
)


@given(tiles, tiles)
def test_boxes_meet_where_they_have_a_point_in_common(one: Box, other: Box) -> None:
    # Their edges are on a grid, so that they meet on a point of it or nowhere.
    def has(tile: Box, lat: float, lon: float) -> bool:
        longitudes = {lon, -lon} if abs(lon) == 180 else {lon}
        beside = tile.west <= tile.east
        return tile.south <= lat <= tile.north and any(
            (tile.west <= at <= tile.east) if beside else (at >= tile.west or at <= tile.east)
            for at in longitudes
        )

    points = [(lat * 30.0, lon * 30.0) for lat in range(-3, 4) for lon in range(-6, 7)]
    common = any(has(one, *point) and has(other, *point) for point in points)
    assert one.meets(other) == other.meets(one) == common


def test_a_radius_is_the_one_given_or_that_of_the_word() -> None:
    assert radius(Place(name="Norvale", lat=1, lon=2, radius_m=70, precision="town")) == 70
    assert (
        radius(Place(name="Norvale", lat=1, lon=2, precision="Sea or Air")) == RADII["sea-or-air"]
    )
    assert radius(Place(name="Norvale", lat=1, lon=2, precision="by the river")) == UNSTATED
    assert radius(Place(name="Norvale", lat=1, lon=2)) == UNSTATED
    assert box(Place(name="Norvale", precision="country")) is None


def test_every_word_that_is_written_by_a_reader_of_data_sets_has_a_radius() -> None:
    from exchange import acled, ged

    assert {*ged.PRECISIONS.values(), *acled.PRECISIONS.values()} <= RADII.keys()


# Contested places


def at(name: str, lat: float | None = None, lon: float | None = None, **said: object) -> Held:
    """A report that says where, and nothing else."""
    claims = Claims(place=Place(name=name, lat=lat, lon=lon, **said))  # type: ignore[arg-type]
    return Held(
        event_id=UUID(int=1),
        report=Report(source=Source(name="Norvale Post")),
        known_from=0,
        known_to=1,
        claims=claims,
        said={"place": (0, 1)},
        corrected=False,
        figures=(),
        ties=(),
    )


NORVALE = ("Norvale", 10.0, 20.0)


@pytest.mark.parametrize(
    ("others", "differ", "contested"),
    [
        ([at("NORVALE", 10.0, 20.0)], [], []),
        ([at("Norvale", 50.0, 20.0)], [], []),
        ([at("Estra")], ["place"], []),
        ([at("Estra", 10.08, 20.0, precision="town")], ["place"], []),
        ([at("Estra", 12.0, 20.0, precision="town")], [], ["place"]),
        ([at("Estra", 12.0, 20.0, precision="country")], ["place"], []),
        ([at("Estra", 12.0, 20.0, precision="country"), at("Tellin", 8.0, 20.0)], [], ["place"]),
    ],
)
def test_places_are_contested_where_differently_named_areas_do_not_meet(
    others: list[Held], differ: list[str], contested: list[str]
) -> None:
    live = [at(*NORVALE, precision="town"), *others]

    assert disagreements(live) == (differ, contested)
    assert disagreements(live[::-1]) == (differ, contested)


@given(
    latitudes,
    longitudes,
    st.floats(1, 300_000),
    st.lists(st.floats(0, 2 * math.pi), min_size=2, max_size=4),
)
def test_places_that_one_point_may_be_all_of_are_not_contested(
    lat: float, lon: float, metres: float, bearings: list[float]
) -> None:
    points = [travelled(lat, lon, metres - 0.2, bearing) for bearing in bearings]
    live = [at(f"Place {n}", *point, radius_m=metres) for n, point in enumerate(points)]

    assert disagreements(live) == (["place"], [])
