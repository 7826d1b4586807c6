"""Independence: how many sources stand behind some reports, and not merely repeat each other."""

from __future__ import annotations

from collections.abc import Iterable

from domain.claims import Report
from domain.names import folded


def ties(report: Report) -> tuple[str, ...]:
    """What makes another report dependent on this one: that it has one of these too."""
    who = ("who:" + folded(report.source.name), "who:" + folded(report.origin))
    return (*who, "document:" + report.document) if report.document else who


def independent(reports: Iterable[Report]) -> int:
    """How many independent sources there are behind some reports.

    Two reports are dependent when they share a source, a document, or the origin that their chains
    go back to, or one is the other's origin; so two articles that quote one observatory are one.
    """
    return len(set(grouped(ties(report) for report in reports)))


def grouped(tied: Iterable[tuple[str, ...]]) -> list[str]:
    """For each report's ties the name of the group of dependent reports that it is in."""
    leader: dict[str, str] = {}

    def leading(tie: str) -> str:
        while leader[tie] != tie:
            leader[tie] = leader[leader[tie]]
            tie = leader[tie]
        return tie

    firsts = []
    joined: set[tuple[str, ...]] = set()
    for each in tied:
        first, *others = each
        firsts.append(first)
        if each in joined:
            continue
        joined.add(each)
        leader.setdefault(first, first)
        for other in others:
            leader[leading(leader.setdefault(other, other))] = leading(first)
    return [leading(first) for first in firsts]
