"""Listings over HTTP: in which format they are answered, and under which headers."""

from __future__ import annotations

from litestar.types import ASGIApp

from api import memento
from api.exporting import FORMS, JSON, MEDIA_TYPES, Export, check_format, export
from api.negotiation import negotiated
from api.requests import AnyRequest, switch
from api.responses import REVALIDATE, Sent, has, kept, reading
from api.streaming import Streamed
from domain import query
from store.store import Store

EXPORT = ("format", "bom")
"""The parameters by which a listing is exported."""
VARY = "Accept, Authorization"


async def listing(
    request: AnyRequest, store: Store, chronicle: str, timeline: str | None
) -> ASGIApp:
    """A timeline, or all occurrences, in the format that is asked for."""
    once, several = request.state.asked.once, request.state.asked.several
    asked = query.query(once, several)
    name = _format(request)
    mark = switch(request.state.asked, "bom")
    if name == "json" and not mark:
        async with store.reading(chronicle) as reader:
            if timeline is not None:
                return await memento.original(request, reader, timeline, asked)
            page = await reader.occurrences(asked)
        return reading(
            request,
            page,
            version=page.version,
            settled=page.settled,
            cursor=page.next,
            vary=VARY,
        )
    paged = "limit" in once or "cursor" in once
    made = await export(store, chronicle, timeline, asked, name, paged=paged, mark=mark)
    return await _exported(request, made)


def _format(request: AnyRequest) -> str:
    """The format that `format` names, else the one that `Accept` prefers. Raises Refused."""
    if "format" in request.state.asked.once:
        return check_format(request.state.asked.once["format"])
    by_name = {JSON: "json", **{form.media_type: name for name, form in FORMS.items()}}
    return by_name[negotiated(request, MEDIA_TYPES, by_name)]


async def _exported(request: AnyRequest, made: Export) -> ASGIApp:
    about, form = made.about, made.form
    links = [f'<{about.permalink}>; rel="bookmark"']
    if about.next is not None:
        links.append(f'<{about.next}>; rel="next"')
    headers = {
        "Cache-Control": REVALIDATE if about.settled else "no-store",
        "Vary": VARY,
        "Link": ", ".join(links),
        "Content-Disposition": f'attachment; filename="{made.filename}"',
    }
    if not form.streamed:
        body = b"".join([piece async for piece in made.pieces])
        return kept(
            request, body, version=made.version, media_type=form.content_type, headers=headers
        )
    etag = f'"{made.digest}"' if made.version is None else f'"{made.version}-{made.digest}"'
    headers = {"ETag": etag, **headers}
    if has(request, etag):
        return Sent(304, headers)
    return Streamed(form.content_type, made.pieces, head=request.method == "HEAD", headers=headers)
