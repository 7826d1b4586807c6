"""What the server is told from outside: its database, its address, and whom it lets read."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Invalid

BODY_LIMIT = 10 * 1024 * 1024
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""What a browser or a tool on this machine calls it."""

_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to serve. Raises Invalid, `where` naming the setting, for what cannot be or contradicts.

    `open_reading` lets everybody read without a key; None means exactly when `host` is this machine
    only. `allowed_hosts` are the names that requests may be addressed to; None means the names of
    this machine where `host` is this machine only (so that a page elsewhere that rebinds its own
    name to 127.0.0.1 gets nothing), and any name otherwise. `body_limit` is in bytes.
    """

    database: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    open_reading: bool | None = None
    allowed_hosts: tuple[str, ...] | None = None
    body_limit: int = BODY_LIMIT

    def __post_init__(self) -> None:
        if not re.match(r"postgres(ql)?://", self.database):
            raise Invalid(
                "The database must be named as postgresql://..., as a connection URL.",
                where="DATELINE_DATABASE",
            )
        if not self.host:
            raise Invalid("The host to listen on must not be empty.", where="DATELINE_HOST")
        if not 0 <= self.port <= 65_535:
            raise Invalid(
                f"A port is a number from 0 (any free one) to 65535, not {self.port}.",
                where="DATELINE_PORT",
            )
        if self.body_limit < 1:
            raise Invalid("The body limit is a number of bytes.", where="DATELINE_BODY_LIMIT")
        self._check_hosts()

    def _check_hosts(self) -> None:
        for name in self.allowed_hosts or ():
            if not _HOST_NAME.fullmatch(name):
                raise Invalid(
                    f"An allowed host is a name or address without port, in lower case, not "
                    f"{name!r}.",
                    where="DATELINE_ALLOWED_HOSTS",
                )
        if self.allowed_hosts == ():
            raise Invalid(
                "Without any allowed host nobody could be answered.", where="DATELINE_ALLOWED_HOSTS"
            )
        elsewhere = [name for name in self.allowed_hosts or () if name not in LOCAL_NAMES]
        if self.loopback and elsewhere and self.open_reading is None:
            raise Invalid(
                f"{elsewhere[0]} is another name than this machine's, so others reach the server "
                "through a proxy: say in DATELINE_OPEN_READING whether reading needs a key.",
                where="DATELINE_ALLOWED_HOSTS",
            )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def reads_openly(self) -> bool:
        """Whether reading needs no key."""
        return self.loopback if self.open_reading is None else self.open_reading

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names that requests may be addressed to; None for any."""
        if self.allowed_hosts is not None:
            return frozenset(self.allowed_hosts)
        return frozenset(LOCAL_NAMES) if self.loopback else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **given: Any) -> Settings:
        """Settings from the DATELINE_ variables; what is `given` and not None goes before them.

        Raises Invalid, which names the variable and never repeats a secret.
        """
        found: dict[str, Any] = {}
        for name, read in _VARIABLES.items():
            text = environ.get(f"DATELINE_{name.upper()}", "").strip()
            if given.get(name) is not None:
                found[name] = given[name]
            elif text:
                found[name] = read(text, f"DATELINE_{name.upper()}")
        if "database" not in found:
            raise Invalid(
                "No database is named: set DATELINE_DATABASE to postgresql://...",
                where="DATELINE_DATABASE",
            )
        return cls(**found)


def _text(text: str, variable: str) -> str:
    return text


def _number(text: str, variable: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{variable} must be a whole number, not {text!r}.", where=variable)
    return int(text)


def _yes_or_no(text: str, variable: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise Invalid(f"{variable} must be true or false, not {text!r}.", where=variable)
    return text.lower() in _YES


def _names(text: str, variable: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


_VARIABLES: dict[str, Any] = {
    "database": _text,
    "host": _text,
    "port": _number,
    "open_reading": _yes_or_no,
    "allowed_hosts": _names,
    "body_limit": _number,
}
