"""What a report says: who said it, and each statement that it makes.

These are the shapes that people send and that the log keeps. Unknown fields and wrong types are
refused, never coerced: `"5"` is not 5.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from domain.dates import Bounds
from domain.names import END, SLUG_PATTERN

Short = Annotated[str, Meta(min_length=1, max_length=300)]
Long = Annotated[str, Meta(min_length=1, max_length=10_000)]
URL_PATTERN = r"^https?://"
GRADE_PATTERN = rf"^[A-F][1-6]{END}"
LANGUAGE_PATTERN = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*" + END
SHA256_PATTERN = r"^[0-9a-f]{64}" + END
Url = Annotated[str, Meta(pattern=URL_PATTERN, max_length=2_000)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A number of people. 2**53 - 1 is the greatest integer that every JSON reader keeps exact."""
Tag = Annotated[str, Meta(pattern=SLUG_PATTERN, max_length=60)]
Grade = Annotated[str, Meta(pattern=GRADE_PATTERN)]
"""The Admiralty pair: reliability of the source A to F, credibility of the information 1 to 6."""
Language = Annotated[str, Meta(pattern=LANGUAGE_PATTERN)]
"""A language tag by BCP 47: `en`, `ar`, `pt-BR`."""

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
"""Degrees, WGS 84, north and east."""
Metres = Annotated[float, Meta(ge=0, le=20_100_000)]
"""A distance on the Earth, at most to the other side of it."""
Relation = Literal["part-of", "follows", "caused-by", "breaches", "distinct-from"]
Fault = Literal["source", "entry"]


class Given(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A value that people send. Frozen; unknown fields are refused."""


class Source(Given, frozen=True, kw_only=True):
    """Who made a report public."""

    name: Short
    url: Url | None = None


class Evidence(Given, frozen=True, kw_only=True):
    """Where a report can be seen, and how to know that it is still the same."""

    url: Url
    archived_url: Url | None = None
    retrieved_at: Short | None = None
    sha256: Annotated[str, Meta(pattern=SHA256_PATTERN)] | None = None


class Report(Given, frozen=True, kw_only=True):
    """What one source said, once.

    `via` runs from the nearest to the origin, which is its last. `reported_at` is a day, a month, a
    year, or an instant with an offset; left out, the report counts from when it was recorded.
    `record` is the id that the report has in the data set it was imported from: `ged/305891`.
    """

    source: Source
    via: Annotated[tuple[Short, ...], Meta(max_length=10)] = ()
    document: Short | None = None
    record: Short | None = None
    reported_at: Short | None = None
    grade: Grade | None = None
    language: Language | None = None
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=100)] = ()

    @property
    def origin(self) -> str:
        """Whose words they are in the end: the last of the chain, or the source itself."""
        return self.via[-1] if self.via else self.source.name


class OccurredGiven(Given, frozen=True, kw_only=True):
    """When something happened: EDTF, the source's own words, or both."""

    edtf: Short | None = None
    phrase: Short | None = None


class Occurred(Given, frozen=True, kw_only=True):
    """When something happened, resolved once, when the report was filed.

    `bounds` are calendar seconds without zone. `rule` names the phrase rule that gave them, and is
    absent where EDTF was given.
    """

    edtf: str
    bounds: Bounds
    phrase: str | None = None
    rule: str | None = None


class Place(Given, frozen=True, kw_only=True):
    """Where something happened, as the source named it.

    It lies within `radius_m` of the point, or as near to it as the word `precision` says: see
    `domain.areas`.
    """

    name: Short
    lat: Latitude | None = None
    lon: Longitude | None = None
    precision: Short | None = None
    radius_m: Metres | None = None


class Actor(Given, frozen=True, kw_only=True):
    """Who took part, as the source named them."""

    name: Short
    role: Short | None = None


class Toll(Given, frozen=True, kw_only=True):
    """How many, as one claimant put it.

    One form of number, or none: `exactly`, `about`, `at_least` and `at_most` (one or both), or
    `low`, `best` and `high`. `words` may stand beside any, or alone. A `cumulative` figure runs
    `since` some date, and is never summed. `of` names the group that this one is a part of.
    """

    outcome: Short
    group: Short | None = None
    of: Short | None = None
    exactly: Count | None = None
    about: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    low: Count | None = None
    best: Count | None = None
    high: Count | None = None
    words: Short | None = None
    claimant: Short | None = None
    scope: Literal["incident", "cumulative"] = "incident"
    since: Short | None = None


class ClaimsGiven(Given, frozen=True, kw_only=True):
    """The statements of a report, or those that a correction replaces.

    In a correction a field that is absent keeps what was claimed, and null withdraws it.
    """

    title: Short | UnsetType | None = UNSET
    summary: Long | UnsetType | None = UNSET
    kind: Tag | UnsetType | None = UNSET
    occurred: OccurredGiven | UnsetType | None = UNSET
    place: Place | UnsetType | None = UNSET
    actors: Annotated[tuple[Actor, ...], Meta(max_length=100)] | UnsetType | None = UNSET
    toll: Annotated[tuple[Toll, ...], Meta(max_length=100)] | UnsetType | None = UNSET
    tags: Annotated[tuple[Tag, ...], Meta(max_length=100)] | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType | None = UNSET


class Claims(ClaimsGiven, frozen=True, kw_only=True):
    """Claims as the log keeps them: `occurred` is resolved."""

    occurred: Occurred | UnsetType | None = UNSET  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) is True and same_json(
            self.attributes, getattr(other, "attributes", None)
        )


def same_json(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON. To Python 1, 1.0 and true are equal; here they differ.

    Meant for values that `==` found equal.
    """
    return one is other or (
        msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    )


FIELDS: tuple[str, ...] = (
    "title",
    "summary",
    "kind",
    "occurred",
    "place",
    "actors",
    "toll",
    "tags",
    "attributes",
)
"""The top-level fields of claims: what a correction replaces whole."""
