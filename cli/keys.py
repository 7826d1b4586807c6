"""`dateline keys`: the keys that HTTP asks for."""

from __future__ import annotations

import sys
from typing import Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter
from msgspec import Struct
from rich.text import Text

from cli import words
from cli.database import Database, opened
from cli.output import AsJson, print_json, show, terminal_width
from cli.timeline import table
from domain import instants
from domain.errors import Malformed, NotFound
from store.store import Key

app = App(
    name="keys",
    help="Make, list and revoke the keys that HTTP asks for.\n\nA reader's key reads; an admin's "
    "key also writes. On this machine alone, reading needs no key.",
    help_epilogue="Examples:\n\n"
    "    dateline keys create --role admin --name desk\n"
    "    dateline keys create --role reader --name archive --chronicle estra --json\n"
    "    dateline keys list\n"
    "    dateline keys revoke 5b1c0f6e-7a55-4b53-9e0c-0d7f3c1d2a10",
)


ID_LENGTH = 36


class KeyMade(Struct, frozen=True):
    """A new key's secret."""

    key: str


class KeyShown(Struct, frozen=True, kw_only=True):
    """A key, without its secret. `chronicle` null is every chronicle."""

    id: UUID
    name: str
    role: str
    chronicle: str | None
    created_at: str | None
    revoked_at: str | None


class Keys(Struct, frozen=True):
    """All keys."""

    keys: tuple[KeyShown, ...]


@app.command
async def create(
    *,
    role: Annotated[
        Literal["admin", "reader"], Parameter(help="What the key may do: read, or write too.")
    ],
    name: Annotated[str, Parameter(help="Whose key it is: the author of what it writes.")],
    chronicle: Annotated[
        str | None, Parameter(help="The one chronicle that it is good for. Default: every one.")
    ] = None,
    database: Database = Database(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """Make a key. It is shown this once and kept nowhere."""
    if not name.strip() or not name.isprintable() or len(name) > 120:
        raise Malformed("A key's name must be a line of 1 to 120 characters.", where="name")
    async with opened(database, make=True) as store:
        secret = await store.create_key(name, role, chronicle)
    if json:
        return print_json(KeyMade(secret))
    print("The new key, shown this once; send it as `Authorization: Bearer KEY`:", file=sys.stderr)
    return print(secret)


@app.command(name="list")
async def list_keys(
    *,
    database: Database = Database(),  # noqa: B008 -- frozen
    json: AsJson = False,
) -> None:
    """List the keys, oldest first, without their secrets."""
    async with opened(database) as store:
        keys = tuple(map(_shown, await store.keys()))
    if json:
        return print_json(Keys(keys))
    if not keys:
        return print("There are no keys. `dateline keys create` makes one.")
    width = terminal_width()
    made = table(width, "Id", "Name", "Role", "Chronicle", "State")
    made.columns[0].width = ID_LENGTH
    for key in keys:
        made.add_row(
            Text(str(key.id)),
            Text(words.plain(key.name)),
            Text(key.role),
            Text(key.chronicle or "every"),
            Text(_state(key)),
        )
    return show(made)


@app.command
async def revoke(
    id: Annotated[str, Parameter(help="The key's id, as `keys list` shows it.")],
    /,
    *,
    database: Database = Database(),  # noqa: B008 -- frozen
) -> None:
    """End a key for good. A server that is running may take it for five seconds more."""
    try:
        key_id = UUID(id)
    except ValueError:
        raise Malformed(f"A key's id is a UUID, as `keys list` shows it, not {id!r}.") from None
    async with opened(database) as store:
        if not await store.revoke_key(key_id):
            raise NotFound(f"There is no key {key_id} that is still good.")
    print("Revoked.")


def _state(key: KeyShown) -> str:
    if key.revoked_at is not None:
        return f"revoked {words.instant(key.revoked_at).partition(',')[0]}"
    return f"made {words.instant(key.created_at).partition(',')[0]}" if key.created_at else "good"


def _shown(key: Key) -> KeyShown:
    return KeyShown(
        id=key.key_id,
        name=key.name,
        role=key.role,
        chronicle=key.chronicle,
        created_at=instants.text(key.created_at) if key.created_at is not None else None,
        revoked_at=instants.text(key.revoked_at) if key.revoked_at is not None else None,
    )
