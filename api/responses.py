"""Writing answers: one encoding to bytes, and the headers that make them cacheable by asking."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar.types import Receive, Scope, Send

from api.requests import JSON, AnyRequest
from domain.answers import EventAppended
from domain.registries import KINDS

_encoder = msgspec.json.Encoder()
BODILESS = (204, 304)
REVALIDATE = "no-cache"
"""May be kept, and must be asked about before each use: what was erased must not live on."""


class Sent:
    """An answer as an ASGI application: bytes as they are, under headers as they are.

    The framework's own responses do much that no answer here needs (cookies, encodings, background
    tasks), and a write must cost little.
    """

    __slots__ = ("_body", "_headers", "_status")

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes = b"", *, head: bool = False
    ) -> None:
        self._status = status
        self._headers = [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()]
        if status not in BODILESS:
            self._headers.append((b"content-length", str(len(body)).encode()))
        self._body = b"" if head else body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def reading(
    request: AnyRequest,
    answer: Any,
    *,
    version: int | None = None,
    settled: bool = True,
    cursor: str | None = None,
    vary: str = "Authorization",
    links: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Sent:
    """What was asked for, or 304 where the asker has it.

    The ETag is strong: a digest of the body, after the version that a write would have to name
    where there is one. `cursor` leads to the next page; `vary` are the headers of the request that
    the answer depends on. `links` stand after that to the next page, `headers` beside all these.
    """
    cache = REVALIDATE if settled else "no-store"
    headers = {"Cache-Control": cache, "Vary": vary, **(headers or {})}
    if cursor is not None:
        links = (f'<{with_parameter(request, "cursor", cursor)}>; rel="next"', *links)
    if links:
        headers["Link"] = ", ".join(links)
    return kept(request, _encoder.encode(answer), version=version, headers=headers)


def varied(*given: str) -> str:
    """Values of `Vary` as one, each header once, in the order given: `*` stands for all of them.

    Whatever else comes to depend on a header (an origin, an encoding) adds to what there is by it,
    and does not replace it.
    """
    names = {
        name.lower(): name for value in given for name in map(str.strip, value.split(",")) if name
    }
    return "*" if "*" in names else ", ".join(names.values())


def kept(
    request: AnyRequest,
    body: bytes,
    *,
    version: int | None = None,
    media_type: str = JSON,
    headers: dict[str, str] | None = None,
) -> Sent:
    """Bytes with their ETag, or 304 where the asker has them."""
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    etag = f'"{digest}"' if version is None else f'"{version}-{digest}"'
    headers = {
        "ETag": etag,
        "Cache-Control": REVALIDATE,
        "Vary": "Authorization",
        **(headers or {}),
    }
    if has(request, etag):
        return Sent(304, headers)
    return sent(request, body, media_type=media_type, headers=headers)


def fresh(request: AnyRequest, answer: Any) -> Sent:
    """What holds only now, and must not be kept."""
    return sent(request, _encoder.encode(answer), headers={"Cache-Control": "no-store"})


def sent(
    request: AnyRequest,
    body: bytes,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: dict[str, str],
) -> Sent:
    """Bytes as they are; to HEAD only what stands before them."""
    headers = {"Content-Type": media_type, **headers}
    return Sent(status, headers, body, head=request.method == "HEAD")


def written(answer: Any, *, status: int, headers: dict[str, str] | None = None) -> Sent:
    """What a write did."""
    return Sent(
        status,
        {"Content-Type": JSON, "Cache-Control": "no-store", **(headers or {})},
        _encoder.encode(answer),
    )


def redirected(request: AnyRequest, path: str) -> Sent:
    """The same question, to be asked of another address: for now, since it can change."""
    query = request.scope["query_string"].decode("ascii")
    location = f"{path}?{query}" if query else path
    return Sent(307, {"Location": location, "Cache-Control": REVALIDATE, "Vary": "Authorization"})


def occurrence_at(chronicle: str, name: str) -> str:
    """The address of an occurrence."""
    return f"/v1/chronicles/{chronicle}/occurrences/{quote(name)}"


def timeline_at(chronicle: str, name: str) -> str:
    """The address of a timeline."""
    return f"/v1/chronicles/{chronicle}/timelines/{quote(name)}"


def registry_at(chronicle: str, event: EventAppended) -> str:
    """The address of the registry that a registration belongs to."""
    (kind,) = (kind for kind in KINDS if getattr(event, kind) is not None)
    return f"/v1/chronicles/{chronicle}/{kind}s"


def has(request: AnyRequest, etag: str) -> bool:
    """Whether the asker says that they have this already."""
    return _has(request.headers.get("if-none-match"), etag)


def _has(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def with_parameter(request: AnyRequest, parameter: str, given: str) -> str:
    """The address that was asked, with this parameter instead of its own."""
    pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name != parameter]
    return f"{quote(request.scope['path'])}?{urlencode([*kept, (parameter, given)])}"
