"""`dateline actors`, `places` and `sources`: what is registered, as tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from cyclopts import App
from rich.console import RenderableType
from rich.text import Text

from cli import words
from cli.asking import Recorded, point
from cli.database import Where, opened_chronicle
from cli.output import AsJson, print_json, show, terminal_width
from cli.timeline import read_from, table
from domain.answers import (
    ActorRegisteredShown,
    Actors,
    NameShown,
    PlaceRegisteredShown,
    Places,
    RegisteredShown,
    SourceRegisteredShown,
    Sources,
)
from domain.query import Point
from store.read import Reader


def _app(registry: str) -> App:
    examples = f"    dateline {registry}\n    dateline {registry} --basis 44 --json"
    return App(name=registry, help_epilogue=f"Examples:\n\n{examples}")


actors, places, sources = map(_app, ("actors", "places", "sources"))


@actors.default
async def list_actors(
    *,
    asked: Recorded = Recorded(),  # noqa: B008 -- frozen
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """List the registered actors, and the names that `--actor` takes for one.

    They are registered by events `actor.registered`, each of which replaces the one before it.
    """
    await _list("actors", Reader.actors, asked, where, json)


@places.default
async def list_places(
    *,
    asked: Recorded = Recorded(),  # noqa: B008
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """List the registered places, and the names that `--place` takes for one.

    They are registered by events `place.registered`, each of which replaces the one before it.
    """
    await _list("places", Reader.places, asked, where, json)


@sources.default
async def list_sources(
    *,
    asked: Recorded = Recorded(),  # noqa: B008
    where: Where = Where(),  # noqa: B008
    json: AsJson = False,
) -> None:
    """List the registered sources, the names that `--source` takes for one, and their terms.

    They are registered by events `source.registered`, each of which replaces the one before it.
    """
    await _list("sources", Reader.sources, asked, where, json)


async def _list(
    registry: str,
    read: Callable[[Reader, Point], Awaitable[Actors | Places | Sources]],
    asked: Recorded,
    where: Where,
    json: bool,
) -> None:
    question = point(asked)
    async with opened_chronicle(where) as store, store.reading(where.chronicle) as reader:
        answer = await read(reader, question)
    if json:
        return print_json(answer)
    log = read_from(where.chronicle, answer.basis, answer.settled)
    things = getattr(answer, registry)
    return show(*page(registry, things, log, terminal_width()))


def page(
    registry: str, things: Sequence[RegisteredShown], log: str, width: int | None
) -> list[RenderableType]:
    """What is registered, one thing a row."""
    if not things:
        return [Text(f"No {registry.removesuffix('s')} is registered ({log}).")]
    made = table(width, "Id", "Names", "Version", "About")
    for thing in things:
        made.add_row(
            Text(thing.id, style="bold"),
            Text(words.plain(", ".join(map(named, thing.names)))),
            Text(str(thing.version)),
            Text(words.plain("; ".join(about(thing)))),
        )
    return [Text(f"Registered {registry} of {log}"), Text(""), made]


def named(name: NameShown) -> str:
    """A name, and when it was borne, where that is not for ever."""
    match name.valid_from, name.valid_to:
        case None, None:
            return name.name
        case since, None:
            return f"{name.name} (from {since})"
        case None, until:
            return f"{name.name} (until {until})"
        case since, until:
            return f"{name.name} ({since} to {until})"


def about(thing: RegisteredShown) -> list[str]:
    """What is said of a thing besides its names."""
    said = [f"same as {thing.same_as}"] if thing.same_as else []
    match thing:
        case ActorRegisteredShown():
            said += [thing.kind] if thing.kind else []
        case PlaceRegisteredShown():
            if thing.area is not None:
                kilometres = f"{thing.area.radius_m / 1_000:,.10g}"
                said.append(f"within {kilometres} km of {thing.lat}, {thing.lon}")
            said += [f"in {thing.within}"] if thing.within else []
        case SourceRegisteredShown():
            said += [text for text in (thing.licence, thing.attribution, thing.url) if text]
            if thing.redistribute is not None:
                said.append(f"may {'' if thing.redistribute else 'not '}be passed on")
    for name in thing.names:
        if name.also:
            said.append(f"“{name.name}” is also a name of {', '.join(name.also)}")
    return said
