"""Importing over HTTP: a file as the body, and what came of its rows as the answer."""

from __future__ import annotations

import tempfile

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.gate import media_type
from api.importing import FORMATS, Imported, Options, Reading, reading, run
from api.operation import File, Operation
from api.requests import CSV, JSON, NDJSON, AnyRequest, Asked, named, switch
from api.responses import Sent, written
from domain.errors import Invalid, Malformed
from exchange import mapping
from store.importing import Import
from store.store import Store

BODY_LIMIT = 200 * 1024 * 1024
"""Bytes of a file. It is kept on disk while it is read, not in memory."""
FORMS = {"csv": CSV, "json": JSON, "ndjson": NDJSON}
"""The types of body that a table's forms are sent as."""


@post(
    "/imports",
    opt=Operation(
        name="import",
        needs="admin",
        query=("format", "dry_run", "strict", *Options.__struct_fields__),
        bodies={CSV: File, NDJSON: File, JSON: File},
        answers={200: Imported},
        refuses=(404, 422),
        limit=BODY_LIMIT,
        conditions=False,
    ).opt,
    request_max_body_size=BODY_LIMIT,
)
async def import_file(
    request: AnyRequest, chronicle: FromPath[str], store: NamedDependency[Store]
) -> Sent:
    """Import a data set: a report for each of its rows.

    The body is the file, of at most 200 MB. What is there already is not written again, so that a
    file can be sent again as it is. A row that changed since is named, and written with `release`
    only; then rows that are gone retract their reports as well. Rows at fault are named with line
    and column, and the others are filed, unless `strict` is true.
    """
    await store.chronicle(named(chronicle, "chronicle"))
    asked: Asked = request.scope["state"]["asked"]
    release = asked.once.get("release")
    read = _reading(asked, media_type(request.headers["content-type"]), release)
    importing = Import(
        store,
        chronicle,
        read.dataset,
        author=request.auth.name,
        release=release,
        dry_run=switch(asked, "dry_run"),
    )
    with tempfile.TemporaryFile() as kept:
        async for chunk in request.stream():
            kept.write(chunk)
        if kept.tell() == 0:
            raise Malformed("The body is empty: a file was expected.", where="")
        imported = await run(importing, read.read, kept, strict=switch(asked, "strict"))
    return written(imported, status=200)


def _reading(asked: Asked, sent_as: str, release: str | None) -> Reading:
    """How the body is read. Raises Malformed and Invalid for parameters that do not fit it."""
    form = asked.once.get("format")
    if form is None:
        raise Malformed(f"format is needed: one of {', '.join(FORMATS)}.", where="format")
    toml = asked.once.get("mapping")
    expected: tuple[str, ...] = (CSV,)
    if form == "table" and toml is not None:
        given = mapping.load(toml.encode())
        if given.file.form not in FORMS:
            raise Invalid(
                "A workbook is imported by the command line; send its sheet as CSV.",
                where="mapping",
            )
        expected = (FORMS[given.file.form],)
    elif form in ("timelinejs", "timemap"):
        expected = (CSV, JSON)
    options = Options(**{name: asked.once.get(name) for name in Options.__struct_fields__})
    read = reading(form, options, sheet=sent_as == CSV)
    if sent_as not in expected:
        raise Invalid(
            f"{form} is read from {' or '.join(expected)}, and this was sent as {sent_as}.",
            where="Content-Type",
        )
    return read
