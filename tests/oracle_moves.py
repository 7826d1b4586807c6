"""The oracle's other half: where reports are at home, and which links stand.

Reports move: an occurrence is merged into another, named reports are split off. As in
`tests.oracle` everything is worked out from a list at each question, in the order in which it
became known; nothing is kept between two questions. Written from DESIGN alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Json = dict[str, Any]
Link = tuple[str, str, str]
"""The part, the relation, and the other."""
MOVES = ("occurrence.merged", "occurrence.split")
LINKS = ("occurrence.linked", "occurrence.unlinked")


class Logged(NamedTuple):
    """An event in the log. `known_from` is None for what lives on the recorded axis only.

    `ends` are the occurrences that the event names, as they were resolved when it was filed;
    `streams` those whose version it raised then; `ended` the links that it took off.
    """

    position: int
    recorded_at: int
    known_from: int | None
    event: Json
    ends: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    ended: frozenset[Link] = frozenset()

    @property
    def type(self) -> str:
        return self.event["type"]

    @property
    def id(self) -> str:
        return self.event["event_id"]


class Homes:
    """Where each report is at home, and what became of each occurrence that was merged away.

    `left` says of a report and an occurrence by what the report last went from there.
    """

    def __init__(self, visible: list[Logged]) -> None:
        self.away: dict[str, str] = {}
        self.of: dict[str, str] = {}
        self.left: dict[tuple[str, str], str] = {}
        for entry in visible:
            if entry.type == "report.filed":
                self._file(entry.id, entry.event["occurrence"])
            elif entry.type == "occurrence.merged":
                merged, into = entry.ends
                if self.follow(into) == merged:
                    del self.away[into]
                into = self.follow(into)
                for report in self.at(merged):
                    self._move(report, into, "merge")
                self.away[merged] = into
            elif entry.type == "occurrence.split":
                split, into = entry.ends
                for report in self.at(split):
                    if report in entry.event["reports"]:
                        self._move(report, into, "split")
                self.away.pop(into, None)

    def follow(self, name: str) -> str:
        return self.follow(self.away[name]) if name in self.away else name

    def at(self, occurrence: str) -> list[str]:
        """The reports at home there."""
        return [report for report, home in self.of.items() if home == occurrence]

    def merged(self, occurrence: str) -> set[str]:
        """What was merged into an occurrence, directly or through others."""
        if occurrence in self.away:
            return set()
        return {name for name in self.away if self.follow(name) == occurrence}

    def members(self, occurrence: str) -> list[str]:
        """The reports that an occurrence took along when it was merged away."""
        if occurrence not in self.away or self.at(occurrence):
            return []
        return [report for report in self.of if self.left.get((report, occurrence)) == "merge"]

    def _file(self, report: str, occurrence: str) -> None:
        self.of[report] = occurrence
        while self.of[report] in self.away:
            self._move(report, self.away[self.of[report]], "merge")

    def _move(self, report: str, into: str, how: str) -> None:
        self.left[report, self.of[report]] = how
        self.of[report] = into


# Links


def links(visible: list[Logged]) -> set[Link]:
    """The links that are on, between the ids that were linked."""
    on: set[Link] = set()
    for entry in visible:
        if entry.type == "occurrence.linked":
            on.add(link(entry))
        on -= entry.ended
    return on


def ended(visible: list[Logged], event: Json) -> frozenset[Link]:
    """The links that unlinking takes off: all between what the names stand for at its point."""
    if event["type"] != "occurrence.unlinked":
        return frozenset()
    homes = Homes(visible)
    ends = [homes.follow(event["occurrence"]), homes.follow(event["to"])]
    return frozenset(
        (part, relation, other)
        for part, relation, other in links(visible)
        if relation == event["relation"] and [homes.follow(part), homes.follow(other)] == ends
    )


def link(entry: Logged) -> Link:
    part, other = entry.ends
    return part, entry.event["relation"], other


def standing(visible: list[Logged]) -> set[Link]:
    """The links that are on, between what their ends became; none from a thing to itself."""
    homes = Homes(visible)
    found = {(homes.follow(part), rel, homes.follow(other)) for part, rel, other in links(visible)}
    return {(part, relation, other) for part, relation, other in found if part != other}


def is_forest(standing: set[Link]) -> bool:
    """Whether each part has one whole at most, and none is above itself."""
    parts = [(part, whole) for part, relation, whole in standing if relation == "part-of"]
    wholes = dict(parts)
    if len(wholes) < len(parts):
        return False
    for part in wholes:
        above, seen = wholes[part], {part}
        while above in wholes and above not in seen:
            seen.add(above)
            above = wholes[above]
        if above in seen:
            return False
    return True


# Filing


def ends(homes: Homes, event: Json) -> tuple[str, ...]:
    """What the names in an event stand for, when it is filed."""
    if event["type"] in LINKS:
        return homes.follow(event["occurrence"]), homes.follow(event["to"])
    if event["type"] == "occurrence.merged":
        return event["occurrence"], homes.follow(event["into"])
    if event["type"] == "occurrence.split":
        return event["occurrence"], event["into"]
    return ()


def streams(homes: Homes, event: Json, report: str | None) -> tuple[str, ...]:
    """The occurrences whose version an event raises. `report` is the one that it is about."""
    if event["type"] == "timeline.defined":
        return ()
    if event["type"] == "report.filed":
        named = event["occurrence"]
        return tuple(dict.fromkeys((named, homes.follow(named))))
    if event["type"] in LINKS:
        return ends(homes, event)[:1]
    return ends(homes, event) if event["type"] in MOVES else (homes.of[report],)


def refuses_move(homes: Homes, then: Homes, event: Json) -> bool:
    """Whether a merge or a split cannot be, forests aside. Its names are known.

    `then` are the homes at the point that it counts from: a split must take what is there.
    """
    occurrence = event["occurrence"]
    if occurrence in homes.away:
        return True
    if event["type"] == "occurrence.merged":
        return homes.follow(event["into"]) == occurrence
    there, named = set(homes.at(occurrence)), set(event["reports"])
    nowhere = not named <= set(then.at(occurrence))
    return event["into"] == occurrence or not named < there or nowhere
