"""The one tree of errors. Each says what was expected; rooms outside map them to their own words.

DatelineError
├── Malformed              the request itself cannot be read: syntax, type, unknown field
├── Invalid                it can be read, but what it says cannot be so
├── NotFound               what is named does not exist (at that basis)
├── MergedInto             what is named is another one now: names it
├── VersionRequired        this change must name the version that it was decided on
├── WrongExpectedVersion   the stream has moved on: names expected and actual
├── Conflict               it contradicts what is already in the log
└── Unavailable            what keeps the record does not answer now
"""

from __future__ import annotations


class DatelineError(Exception):
    """Something that Dateline refuses, and why.

    `detail` is one sentence for a person. `where` is a JSON Pointer into the request body, or the
    name of a query parameter, when one part of the request is at fault.
    """

    def __init__(self, detail: str, *, where: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where
        self.index: int | None = None
        """Which event of a batch is at fault, from 0."""

    def within(self, prefix: str) -> DatelineError:
        """Put the fault inside a larger document: `/occurred` within `/claims`."""
        self.where = prefix + (self.where or "")
        return self


class Malformed(DatelineError):
    """The request cannot be read: syntax, a wrong type, an unknown field or parameter."""


class Invalid(DatelineError):
    """The request can be read, but what it says cannot be so."""


class NotFound(DatelineError):
    """What is named does not exist, or did not yet at the basis asked for."""


class MergedInto(DatelineError):
    """What is named was merged into another, which is `into`."""

    def __init__(self, name: str, into: str) -> None:
        super().__init__(f"{name} was merged into {into}.")
        self.into = into


class VersionRequired(DatelineError):
    """A change that rewrites what is shown must name the version that it was decided on.

    `versions` are those of now, by name, where it changes several occurrences that it does not
    name.
    """

    def __init__(
        self, detail: str, *, where: str | None = None, versions: dict[str, int] | None = None
    ) -> None:
        super().__init__(detail, where=where)
        self.versions = versions


class WrongExpectedVersion(DatelineError):
    """The stream is not at the version that the change was decided on.

    `expected` is a number or "none"; `actual` is the version now, 0 for a stream without events.
    """

    def __init__(self, stream: str, expected: int | str, actual: int) -> None:
        super().__init__(
            f"{stream} is at version {actual}, but version {expected} was expected.",
            where="/expected_version",
        )
        self.stream = stream
        self.expected = expected
        self.actual = actual


class Conflict(DatelineError):
    """The request contradicts what is already in the log."""


class Unavailable(DatelineError):
    """What keeps the record does not answer now. Asking again later is right."""
