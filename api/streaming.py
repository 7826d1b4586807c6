"""Answers in pieces: sent as they come, until they end, the asker goes, or the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

from litestar.types import Receive, Scope, Send

HEARTBEAT_SECONDS = 15.0
"""How long a stream is silent at most: what lies between may cut a connection without traffic."""
RETRY_MILLISECONDS = 2_000
"""How long a browser waits before it comes back."""
LAST_EVENT_ID = "last-event-id"


class Cut(Exception):
    """Raised by pieces that end before all is told: the connection is cut, so that what came is not
    taken for all."""


class Streamed:
    """An answer in pieces, as an ASGI application: each is sent as it comes, until the asker goes.

    The first piece is made before anything is sent, so that what is refused there is a problem.
    """

    __slots__ = ("_headers", "_only_headers", "_pieces")

    def __init__(
        self,
        media_type: str,
        pieces: AsyncIterator[bytes],
        *,
        head: bool,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._pieces = pieces
        self._only_headers = head
        named = {
            "Content-Type": media_type,
            "Cache-Control": "no-store",
            "Vary": "Accept, Authorization",
            "X-Accel-Buffering": "no",
            **(headers or {}),
        }
        self._headers = [(k.lower().encode(), v.encode("latin-1")) for k, v in named.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_gone(receive))
        async with AsyncExitStack() as ended:
            for task in (sending, gone):
                ended.push_async_callback(_ended, task)
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        first = b"" if self._only_headers else await anext(self._pieces, b"")
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        if not self._only_headers:
            try:
                async for piece in self._pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except Cut:
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    """Wait until the asker has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
