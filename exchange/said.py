"""An entry as text, for formats that have no fields for its values. Each figure with its doubt."""

from __future__ import annotations

from domain.answers import Entry, OccurredShown, PlaceShown, SourceShown
from domain.claims import Actor
from domain.tolls import Group, Resolved

UNTITLED = "(untitled)"


def figure(of: Resolved | Group) -> str:
    """How many: `exactly 4`, `43 to 52, best 52`, `at least 50`, `at most 9`, `about 20`."""
    low, best, high = of.low, of.best, of.high
    if low is not None and low == best == high:
        said = f"exactly {low}"
    elif low is not None and high is not None:
        said = f"{low} to {high}"
    elif low is not None:
        said = f"at least {low}"
    elif high is not None:
        said = f"at most {high}"
    elif best is not None:
        return f"about {best}{_words(of)}"
    else:
        return (of.words and f"“{of.words}”") or "no figure"
    if best is not None and not low == best == high:
        said += f", best {best}"
    return said + _words(of)


def _words(of: Resolved | Group) -> str:
    return f" (“{of.words}”)" if of.words else ""


def toll(of: Resolved) -> str:
    """`killed: 43 to 52, best 52 [claimant UCDP, 2 claimants; insurgents: exactly 23]`."""
    what = of.outcome if of.group is None else f"{of.outcome}, {of.group}"
    if of.scope == "cumulative":
        what += f", cumulative since {of.since}" if of.since else ", cumulative"
    counted = f"claimant {of.claimant}"
    if of.claimants > 1:
        counted = f"claimant {of.claimant}, {of.claimants} claimants"
    groups = [_group(group) for group in of.groups]
    return f"{what}: {figure(of)} [{'; '.join([counted, *groups])}]"


def _group(group: Group) -> str:
    part = f" of {group.of}" if group.of is not None else ""
    return f"{group.group or 'some'}{part}: {figure(group)}"


def actor(of: Actor) -> str:
    """`Norvale Guard [perpetrator]`."""
    return f"{of.name} [{of.role}]" if of.role is not None else of.name


def source(of: SourceShown) -> str:
    """`TRT World via SOHR`: the chain runs from the nearest to the origin."""
    return " via ".join((of.name, *of.via))


def place(of: PlaceShown) -> str:
    """`Norvale, within 5 km of 35.44, 36.65`: an area, and never a bare point."""
    if of.area is None:
        return of.name
    return f"{of.name}, within {distance(of.area.radius_m)} of {of.lat}, {of.lon}"


def distance(metres: float) -> str:
    """Metres below a kilometre, kilometres above."""
    return f"{metres:.10g} m" if metres < 1_000 else f"{metres / 1_000:.10g} km"


def when(of: OccurredShown) -> str:
    """`[2019-08-19..2019-08-25], “last week”: 2019-08-19 to 2019-08-25`."""
    phrase = f", “{of.phrase}”" if of.phrase is not None else ""
    first, last = of.earliest or "unknown", of.latest or "unknown"
    span = first if first == last else f"{first} to {last}"
    return f"{of.edtf}{phrase}: {span}"


def lines(entry: Entry) -> list[str]:
    """All that is believed of an occurrence besides its title, a line each."""
    said = []
    if entry.summary:
        said.append(entry.summary)
    said.append(f"When: {when(entry.occurred) if entry.occurred else 'undated'}")
    if entry.place is not None:
        said.append(f"Where: {place(entry.place)}")
    said += [f"Toll: {toll(one)}" for one in entry.toll]
    if entry.actors:
        said.append(f"Actors: {'; '.join(map(actor, entry.actors))}")
    doubts = [f"{n}: {', '.join(f)}" for n in ("differ", "contested") if (f := getattr(entry, n))]
    said.append(f"Status: {', '.join(entry.status)}{''.join(f'; {d}' for d in doubts)}")
    said.append(f"Sources: {'; '.join(map(source, entry.sources)) or 'none'}")
    said.append(f"Independent sources: {entry.independent}")
    said.append(f"So known from {entry.known_from}, recorded at position {entry.position}")
    return said
