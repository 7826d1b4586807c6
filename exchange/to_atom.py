"""Atom (RFC 4287): entries as they are known, each `updated` when this came to be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid5
from xml.sax.saxutils import escape, quoteattr

from domain.answers import Entry
from exchange import said
from exchange.export import About, filters_text, left_out_text, printable

MEDIA_TYPE = "application/atom+xml"
NEVER = "1970-01-01T00:00:00Z"
"""When a feed without entries was updated: a date must stand there, and none would be true."""


class Atom:
    """A feed."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._entries: list[str] = []
        self._updated = ""

    def begin(self) -> bytes:
        """Nothing yet: the latest change stands first."""
        return b""

    def add(self, entries: Sequence[Entry]) -> bytes:
        """Nothing yet."""
        for entry in entries:
            self._updated = max(self._updated, entry.known_from)
            self._entries.append("".join(self._entry(entry)))
        return b""

    def end(self) -> bytes:
        """The feed."""
        about = self._about
        # The same feed whatever the basis, so that a reader knows it again.
        asked = [about.timeline or "", about.as_of, *(f"{n}={v}" for n, v in about.filters)]
        name = uuid5(about.chronicle_id, "\n".join(asked))
        lines = [f"As known: {about.as_of}", f"Basis: {about.basis}", f"Policy: {about.policy}"]
        lines += [f"Rules: {about.rules}", f"Filters: {filters_text(about)}"]
        lines += [f"Left out: {left_out_text(about)}", f"Permalink: {about.permalink}", about.cite]
        if about.description:
            lines.insert(0, about.description)
        head = [
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
            _element("id", f"urn:uuid:{name}"),
            _element("title", about.title),
            _element("subtitle", "\n".join(lines)),
            _element("updated", self._updated or NEVER),
            f"<author>{_element('name', f'Dateline chronicle {about.chronicle}')}</author>\n",
            _link(about.permalink, "self", MEDIA_TYPE),
        ]
        if about.next is not None:
            head.append(_link(about.next, "next", MEDIA_TYPE))
        return "".join([*head, *self._entries, "</feed>\n"]).encode()

    def _entry(self, entry: Entry) -> Iterator[str]:
        yield "<entry>\n"
        yield _element("id", f"urn:uuid:{entry.id}")
        yield _element("title", entry.title or said.UNTITLED)
        yield _element("updated", entry.known_from)
        for name in dict.fromkeys(source.name for source in entry.sources):
            yield f"<author>{_element('name', name)}</author>\n"
        yield _link(self._about.link(entry.occurrence), "alternate", "application/json")
        for word in (*([entry.kind] if entry.kind else []), *entry.tags):
            yield f"<category term={quoteattr(word)}/>\n"
        yield _element("content", "\n".join([*said.lines(entry), self._about.cite]))
        yield "</entry>\n"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(printable(text))}</{name}>\n"


def _link(href: str, rel: str, media_type: str) -> str:
    return f"<link rel={quoteattr(rel)} type={quoteattr(media_type)} href={quoteattr(href)}/>\n"
