"""What every request passes before its handler: host, key, origin, type of body, query.

It runs as the one hook before each handler, rather than as layers of middleware, since a write must
cost little.
"""

from __future__ import annotations

from litestar import Response
from litestar.datastructures import Headers

from api.auth import Keys, authorize
from api.operation import OPERATION, Operation
from api.problems import FORBIDDEN, MISDIRECTED, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Refused
from api.requests import AnyRequest, read_query
from api.settings import Settings
from domain.dates import quoted
from domain.errors import Malformed


class Gate:
    """Lets pass what may pass, and notes the key and the query for the handler."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = settings.hosts
        self._loopback = settings.loopback
        self._open_reading = settings.reads_openly
        self._limit = settings.body_limit
        self._keys = Keys()

    async def __call__(self, request: AnyRequest) -> Response[None] | None:
        """Raises Refused, or Malformed for the query and for a body where none is taken."""
        headers = request.headers
        self._check_host(headers)
        operation: Operation | None = request.route_handler.opt.get(OPERATION)
        if request.method == "OPTIONS":
            return _methods(request)
        if operation is None:
            return None
        request.scope["auth"] = await authorize(
            request, operation, self._keys, open_reading=self._open_reading
        )
        if request.method in ("POST", "PUT"):
            self._check_origin(headers)
            self._check_body(headers, operation)
        request.scope["state"]["asked"] = read_query(
            request.scope["query_string"], operation.query, operation.lists
        )
        return None

    def _check_host(self, headers: Headers) -> None:
        if self._hosts is None:
            return
        host = headers.get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name.lower() not in self._hosts:
            raise Refused(
                MISDIRECTED,
                f"This server answers to {', '.join(sorted(self._hosts))}, not to {quoted(host)}.",
                where="Host",
            )

    def _check_origin(self, headers: Headers) -> None:
        """A page from elsewhere must not write through somebody's browser to their own machine."""
        origin = headers.get("origin")
        if origin is None or not self._loopback:
            return
        if origin.partition("://")[2] != headers.get("host"):
            raise Refused(
                FORBIDDEN, f"A page of {quoted(origin)} may not write here.", where="Origin"
            )

    def _check_body(self, headers: Headers, operation: Operation) -> None:
        length = headers.get("content-length", "0")
        if not operation.bodies:
            if length != "0" or "transfer-encoding" in headers:
                raise Malformed("This address takes no body.", where="")
            return
        given = headers.get("content-type", "")
        if given not in operation.bodies and not _named_so(given, operation):
            raise Refused(
                UNSUPPORTED_MEDIA_TYPE,
                f"Content-Type must be {' or '.join(operation.bodies)}, not {quoted(given)}.",
                where="Content-Type",
            )
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise Refused(
                UNSUPPORTED_MEDIA_TYPE,
                "A body is taken only as it is: send it without Content-Encoding.",
                where="Content-Encoding",
            )
        limit = operation.limit or self._limit
        if length.isascii() and length.isdigit() and int(length) > limit:
            raise Refused(
                TOO_LARGE,
                f"A body may have at most {limit:,} bytes, and this has {int(length):,}.",
            )


def _methods(request: AnyRequest) -> Response[None]:
    """The methods of an address. The framework knows only those of one handler (litestar#4169)."""
    template = request.scope["path_template"]
    methods = {m for r in request.app.routes if r.path_format == template for m in r.methods}
    return Response(None, status_code=204, headers={"Allow": ", ".join(sorted(methods))})


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _named_so(content_type: str, operation: Operation) -> bool:
    """Whether it is one that is taken, with parameters; text is always UTF-8."""
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() not in operation.bodies:
        return False
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower() in ("utf-8", "utf8")
    return True
