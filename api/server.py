"""Serving: uvicorn on a socket of our own, ended by a signal within three seconds."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from api.app import create_app
from api.settings import Settings
from domain.errors import DatelineError
from store.store import Store

GRACE_SECONDS = 2
"""How long requests that are under way may take to end, once the server was told to stop."""
BACKLOG = 2_048
GARBAGE = (50_000, 20, 100)
"""When Python looks for cycles. An append makes a few hundred objects and no cycle, so that looking
at the default pace took a tenth of the server's time."""


class CannotListen(DatelineError):
    """The address that was asked for cannot be had."""


async def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; a second SIGINT does not wait for anything.

    `ready` is called with the server's URL once it answers. Raises CannotListen where the port is
    taken, and what `open_store` raises.
    """
    listening = listen(settings.host, settings.port)
    try:
        app = create_app(settings)
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        async with app.lifespan():
            store: Store = app.state.store
            server = _Server(config, lambda: ready(url(listening)), store.end_feeds)
            await server.serve([listening])
    finally:
        listening.close()


def event_loop() -> asyncio.AbstractEventLoop:
    """The loop that serves fastest, for `asyncio.Runner(loop_factory=event_loop)`."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def listen(host: str, port: int) -> socket.socket:
    """A socket that connections wait at from now on. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"{host} is no address to listen on: {_reason(error)}.") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} on {host} is taken: choose another with --port or DATELINE_PORT, or "
                "end what uses it."
            ) from None
        raise CannotListen(f"Cannot listen on {host} port {port}: {_reason(error)}.") from None
    return listening


def url(listening: socket.socket) -> str:
    """The address of a server on this machine: `http://127.0.0.1:8000`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


class _Server(uvicorn.Server):
    """Tells when it answers, and takes signals through the event loop.

    uvicorn raises the signals again once it has ended, which would end the process before the
    database was closed, with a traceback.
    """

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # What is followed never ends by itself, and would use up the time that others have.
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        ending = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.getsignal(number) for number in ending}
        for number in ending:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in ending:
                loop.remove_signal_handler(number)
                signal.signal(number, before[number] or signal.SIG_DFL)
