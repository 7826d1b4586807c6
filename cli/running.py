"""Running the server in this process, and the embedded database for as long as it does."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from store.embedded import Embedded

if TYPE_CHECKING:
    from api.settings import Settings


@contextlib.contextmanager
def started(server: Embedded) -> Iterator[None]:
    """Around what needs the embedded database. Who starts it stops it; another's stays up."""
    ours = not server.status().running
    try:
        with _terminable():
            server.start()
            ours = server.started
            yield
    finally:
        # Also where the start itself was interrupted: the server may be up by then.
        if ours:
            server.stop()


def run_until_stopped(
    settings: Settings,
    *,
    before: Callable[[str], Awaitable[object]],
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM, which is the ordinary way to end.

    `before` gets the database ready; `ready` is called with the server's address.
    """
    from api.server import event_loop, listen, serve

    # A port that is taken is told before anything else is done.
    listen(settings.host, settings.port).close()

    async def both() -> None:
        await before(settings.database)
        await serve(settings, ready=ready)

    with asyncio.Runner(loop_factory=event_loop) as runner:
        runner.run(both())


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end what is under way as Ctrl-C does, so that the database is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
