"""Who may do what: keys, roles, and whether reading is open.

A key's look-up is remembered for `KEY_SECONDS`, so a key that is revoked may still be taken for
that long; at most `KEYS_KEPT` are remembered.
"""

from __future__ import annotations

import hashlib
import time

from api.operation import Operation
from api.problems import FORBIDDEN, KEY_REQUIRED, Refused
from api.requests import AnyRequest
from store.store import KEY_PREFIX, Key, Store

KEY_SECONDS = 5.0
KEYS_KEPT = 1_024
SECRET_LENGTH = 200
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dateline"'}


class Keys:
    """Keys by their secrets, as the store last said. Only hashes of the secrets are kept."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, Key | None]] = {}

    async def key(self, store: Store, secret: str) -> Key | None:
        """The key that a secret belongs to, if it is in force."""
        digest, now = hashlib.sha256(secret.encode()).digest(), time.monotonic()
        known = self._known.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        found = await store.key(secret)
        if len(self._known) >= KEYS_KEPT:
            self._known.clear()
        self._known[digest] = (now + KEY_SECONDS, found)
        return found


async def authorize(
    request: AnyRequest, operation: Operation, keys: Keys, *, open_reading: bool
) -> Key | None:
    """The key that a request comes with, where what it asks for is allowed. Raises Refused.

    It is decided before anything is looked up, so that what is there is not given away.
    """
    if operation.needs is None:
        return None
    key = await _key_of(request, keys)
    if operation.needs == "reader" and open_reading:
        return key
    if key is None:
        raise Refused(
            KEY_REQUIRED,
            f"This needs a key with the role {operation.needs}: Authorization: Bearer dl_...",
            headers=_CHALLENGE,
        )
    if operation.needs == "admin" and key.role != "admin":
        raise Refused(FORBIDDEN, f"This needs the role admin, and this key has {key.role}.")
    chronicle = request.scope["path_params"].get("chronicle")
    if chronicle is not None and key.chronicle not in (None, chronicle):
        raise Refused(FORBIDDEN, "This key is for another chronicle.")
    return key


async def _key_of(request: AnyRequest, keys: Keys) -> Key | None:
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, secret = given.partition(" ")
    secret = secret.strip()
    key = None
    if (
        scheme.lower() == "bearer"
        and secret.startswith(KEY_PREFIX)
        and secret.isascii()
        and len(secret) <= SECRET_LENGTH
    ):
        key = await keys.key(request.app.state.store, secret)
    if key is None:
        raise Refused(
            KEY_REQUIRED,
            "This key is not in force: Authorization: Bearer dl_... was expected.",
            headers=_CHALLENGE,
        )
    return key
