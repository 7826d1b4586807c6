"""The OpenAPI 3.1 document, made from what the handlers declare and from the types themselves.

Schemas come from the same types that decode bodies and encode answers; parameters from the names
that the gate lets pass. What is refused is documented as refused: unknown fields, unknown types.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from types import UnionType
from typing import Any, get_args

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import BaseRoute, HTTPRoute

from api import exporting
from api.importing import DATASET_LENGTH, FORMATS
from api.operation import OPERATION, File, Operation
from api.problems import KINDS, MEDIA_TYPE, Problem
from api.requests import EVENT_STREAM, JSON, KEY_LENGTH, NDJSON
from api.revisions import LINK_FORMAT
from domain.beliefs import FLAGS
from domain.events import BATCH_LIMIT, MAX_POSITION, TYPES
from domain.names import SLUG_LENGTH, SLUG_PATTERN
from domain.policy import GRADED_LATEST
from domain.query import (
    BY,
    CLAIMS,
    DEGREES,
    LIMIT_DEFAULT,
    LIMIT_MOST,
    MATCHES,
    NAME_LENGTH,
    PACE_MOST,
    REACHED,
    SORTS,
)
from exchange import to_cloudevents
from exchange.timemap import ORDERS

SCHEMAS = "#/components/schemas/{name}"
METHODS = ("get", "put", "post")

_TAG = {"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60}
_NAMED = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}
_BBOX = "^" + ",".join([DEGREES] * 4) + "$"
_DAY = {"type": "string", "examples": ["2019-08-27", "2019-08-27T10:00:00+03:00"]}
_NAME = {"type": "string", "pattern": SLUG_PATTERN, "maxLength": SLUG_LENGTH}
QUERY: dict[str, tuple[str, dict[str, Any]]] = {
    "as_of": (
        "What had been said by then. A day is its last microsecond, UTC; `latest` is all.",
        {**_DAY, "default": "latest"},
    ),
    "basis": (
        "What had been recorded up to this position. At most that of the last event.",
        {"type": "integer", "minimum": 0, "maximum": MAX_POSITION},
    ),
    "recorded_as_of": ("What had been recorded by then. Not together with basis.", _DAY),
    "during": (
        "When it happened: an EDTF date or interval.",
        {"type": "string", "examples": ["2019-08", "2019-08-17/2019-08-19"]},
    ),
    "match": (
        "Whether it may have happened then, or certainly did. Needs during.",
        {"enum": list(MATCHES), "default": MATCHES[0]},
    ),
    "kind": ("Of these kinds, any of them.", {"type": "array", "items": _TAG}),
    "tag": ("With these tags, any of them.", {"type": "array", "items": _TAG}),
    "place": (
        "In these places, any of them: ids or names, with all registered names of what they stand "
        "for and of what lies within it, as at the basis.",
        {"type": "array", "items": _NAMED},
    ),
    "actor": (
        "With these actors, any of them: ids or names, with all registered names of what they "
        "stand for, as at the basis.",
        {"type": "array", "items": _NAMED},
    ),
    "source": (
        "Reported by these sources, any of them: ids or names, with all registered names of what "
        "they stand for, as at the basis. Only reports that still count.",
        {"type": "array", "items": _NAMED},
    ),
    "bbox": (
        "In an area that meets this box: west, south, east and north in degrees, WGS 84. Where "
        "west is greater than east, it runs across the antimeridian.",
        {"type": "string", "pattern": _BBOX, "examples": ["35.9,35.2,37.2,36.2"]},
    ),
    "status": (
        "With these flags, any of them. Without it what was retracted is left out.",
        {"type": "array", "items": {"enum": list(FLAGS)}},
    ),
    "sort": ("Oldest first, or latest first.", {"enum": list(SORTS), "default": SORTS[0]}),
    "limit": (
        "How many stand on a page at most.",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_DEFAULT},
    ),
    "cursor": (
        "The page after the one that gave this as `next`; all else as in that request.",
        {"type": "string"},
    ),
    "policy": (
        "Whose claim wins in the values that are shown, and in totals; which entries there are, "
        "and their order, follow the default. `graded-latest/1`: the best grade, then the latest. "
        "`latest/1`: the latest, whatever its grade. `claimant:NAME/1`: only NAME's tolls, and of "
        "all else what reports say whose source or origin is NAME, before what others say.",
        {
            "type": "string",
            "pattern": r"^(graded-latest/1|latest/1|claimant:.+/1)$",
            "default": GRADED_LATEST.name,
            "examples": ["latest/1", "claimant:SOHR/1"],
        },
    ),
    "claims": (
        "Whether each entry shows the live claims that it rests on.",
        {"enum": list(CLAIMS), "default": CLAIMS[0]},
    ),
    "after": (
        "The position to go on after: `next` of the last page. `latest` is after all there is.",
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_POSITION},
                {"const": "latest"},
            ],
            "default": 0,
        },
    ),
    "type": (
        "Of these types, any of them.",
        {"type": "array", "items": {"enum": list(TYPES)}},
    ),
    "after_position": (
        "The mementos after this position.",
        {"type": "integer", "minimum": 0, "maximum": MAX_POSITION, "default": 0},
    ),
    "by": ("What the rows are of.", {"enum": list(BY)}),
    "format": (
        "The format, whatever `Accept` says. JSON and GeoJSON are pages; the others are all pages "
        "at once, unless `limit` or `cursor` is given. docs/formats.md says what stands in each.",
        {"enum": list(exporting.FORMATS)},
    ),
    "import.format": (
        "What the body is. docs/import.md says what becomes of it.",
        {"enum": list(FORMATS)},
    ),
    "release": (
        "The day or instant on which this release of the data set came out. Rows that changed "
        "correct their reports, rows that are gone retract them, and all of it counts from there.",
        _DAY,
    ),
    "dry_run": (
        "Whether to say only what would be written.",
        {"enum": ["true", "false"], "default": "false"},
    ),
    "strict": (
        "Whether to write nothing at all if any row is at fault.",
        {"enum": ["true", "false"], "default": "false"},
    ),
    "speaker": (
        "Who speaks in a timeline (timelinejs, timemap); the data set is named after it.",
        {"type": "string", "minLength": 1, "maxLength": 300},
    ),
    "mapping": (
        "What the columns of a table mean (format=table): the text of the TOML.",
        {"type": "string"},
    ),
    "dataset": (
        "The name that the ids of the rows live under, and by which releases are compared; left "
        "out it is `ged`, `acled`, the mapping's, or the speaker's. Two tables whose rows have the "
        "same ids need names of their own.",
        {"type": "string", "pattern": SLUG_PATTERN, "maxLength": DATASET_LENGTH},
    ),
    "encoding": (
        "The encoding of a CSV, such as windows-1256; UTF-8 where it is left out.",
        {"type": "string", "minLength": 1, "examples": ["windows-1256"]},
    ),
    "date_order": (
        "Whether dates like 03/05/2024 have the month or the day first (format=timemap). Needed "
        "where any could be read both ways.",
        {"enum": list(ORDERS)},
    ),
    "replay.after": (
        "The id of the change to go on after: `next` of the last page. It has the basis in it.",
        {"type": "string", "pattern": REACHED},
    ),
    "pace": (
        "Seconds between two points of knowledge that follow each other, to play them. Only with "
        "lines and streams.",
        {"type": "number", "minimum": 0, "maximum": PACE_MOST, "default": 0},
    ),
    "bom": (
        "Whether CSV begins with a byte order mark, by which some spreadsheets know UTF-8.",
        {"enum": ["true", "false"], "default": "false"},
    ),
    "from": ("The earlier of two points of knowledge.", _DAY),
    "to": ("The later of two points of knowledge, or `latest`.", _DAY),
}
"""By name; `operation.name` where one operation takes another by that name."""
PATH: dict[str, tuple[str, dict[str, Any]]] = {
    "chronicle": ("A chronicle.", {**_NAME, "maxLength": 60}),
    "occurrence": ("An occurrence, by its name or its id.", _NAME),
    "timeline": ("A timeline.", _NAME),
    "position": (
        "A position in the log.",
        {"type": "integer", "minimum": 1, "maximum": MAX_POSITION},
    ),
    "slug": ("A sort of problem.", {"enum": list(KINDS)}),
}
_REQUIRED = ("from", "to", "by", "import.format")

IF_MATCH = (
    "If-Match",
    "The ETag of what this changes; its version is compared. A `W/` before it is passed over. Only "
    "with a single event.",
    {"type": "string", "pattern": r'^(W/)?"[0-9]{1,15}(-[0-9a-f]+)?"$'},
)
ABSENT = (
    "If-None-Match",
    "`*`: what this makes must not be there yet. Only with a single event.",
    {"const": "*"},
)
HAVE = (
    "If-None-Match",
    "ETags of what the asker has: 304 where one of them still holds.",
    {"type": "string"},
)
IDEMPOTENCY_KEY = (
    "Idempotency-Key",
    "The same key with the same content gives the first answer again; with other content 409. Not "
    "with lines.",
    {
        "type": "string",
        "minLength": 1,
        "maxLength": KEY_LENGTH,
        "pattern": r"^[!#-\[\]-~]+$",
        "examples": ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    },
)
ACCEPT_DATETIME = (
    "Accept-Datetime",
    "When it is to have been recorded: leads to the state of then, or to the first there was. Not "
    "heeded where basis, recorded_as_of or cursor stands.",
    {
        "type": "string",
        "pattern": r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} "
        r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
        r"[0-9]{2}:[0-9]{2}:[0-9]{2} GMT$",
        "examples": ["Tue, 27 Aug 2019 12:00:00 GMT"],
    },
)
LAST_EVENT_ID = (
    "Last-Event-ID",
    "The id of the last message that the asker has, as browsers send it: the stream goes on after "
    "it. Only with text/event-stream.",
    {"type": "string"},
)
FORMS = {
    NDJSON: "One on each line; of a listing, what it is on the first and the end on the last.",
    "text/csv": "A header and a row for each entry.",
    "application/geo+json": "A FeatureCollection: each entry's area, null where it has none.",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "A workbook, in which the "
    "sheet About says what it is of.",
    "text/calendar": "iCalendar: each entry over all the days that it may have been.",
    "application/atom+xml": "Atom: each entry updated when this came to be known.",
    "application/vnd.timelinejs+json": "What TimelineJS shows.",
    to_cloudevents.MEDIA_TYPE: "A page of events as CloudEvents 1.0.",
    EVENT_STREAM: "One in each message, under its id.",
    LINK_FORMAT: "A link on each line (RFC 6690), as RFC 7089 gives a TimeMap.",
}
"""What is answered besides JSON."""
ANSWER_HEADERS = {
    "ETag": "Strong. Begins with the version that a write must name, where there is one.",
    "Cache-Control": "Answers may be kept, and must be asked about before each use.",
    "Link": 'The next page, rel="next"; of a timeline, also its TimeGate, TimeMap and mementos.',
    "Memento-Datetime": "When the state that is shown was recorded, in whole seconds.",
    "Location": "Where what was written can be read.",
    "Vary": "What the answer depends on besides the address.",
    "Content-Disposition": "A name for the file; not with JSON.",
    "Allow": "The methods of this address.",
    "WWW-Authenticate": "How to send a key.",
}


def document(routes: Iterable[BaseRoute], *, open_reading: bool) -> dict[str, Any]:
    """The document for these routes."""
    declared = list(_declared(routes))
    types = [t for _, _, _, operation in declared for t in _types(operation)]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=SCHEMAS)
    by_type = dict(zip(map(_identity, types), schemas, strict=False))
    paths: dict[str, Any] = {}
    for path, method, handler, operation in declared:
        paths.setdefault(path, {})[method] = _operation(
            path, method, handler, operation, by_type, open_reading=open_reading
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dateline",
            "version": "1",
            "description": "An append-only record of reports about dated occurrences, and the "
            "timelines they add up to: what was known, on which day, and who said so.",
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: _tidy(schema) for name, schema in sorted(components.items())},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key: `dl_...`."}
            },
        },
    }


def _declared(
    routes: Iterable[BaseRoute],
) -> Iterator[tuple[str, str, HTTPRouteHandler, Operation]]:
    """What is documented: all but the documentation itself, which declares no types."""
    for route in routes:
        assert isinstance(route, HTTPRoute), "there are no others here"
        for handler in route.route_handlers:
            operation = handler.opt.get(OPERATION)
            if operation is not None and operation.answers:
                for method in METHODS:
                    if method.upper() in handler.http_methods:
                        yield route.path_format, method, handler, operation


def _types(operation: Operation) -> list[Any]:
    """The types in bodies and answers; what a union of events and a batch may be, each alone."""
    found = [t for t in operation.answers.values() if t is not None]
    for given in operation.bodies.values():
        if given is not File:
            found += given if isinstance(given, tuple) else (given,)
    return found


def _identity(given: Any) -> Any:
    return frozenset(get_args(given)) if isinstance(given, UnionType) else given


def _operation(
    path: str,
    method: str,
    handler: HTTPRouteHandler,
    operation: Operation,
    schemas: dict[Any, Any],
    *,
    open_reading: bool,
) -> dict[str, Any]:
    summary, _, rest = inspect.cleandoc(handler.fn.__doc__ or "").partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary,
        "parameters": _parameters(path, method, operation),
        "responses": _responses(path, method, operation, schemas),
        "security": _security(operation, open_reading=open_reading),
    }
    if rest.strip():
        described["description"] = _joined(rest)
    if operation.bodies:
        described["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": _body(media_type, given, schemas)}
                for media_type, given in operation.bodies.items()
            },
        }
    return described


def _security(operation: Operation, *, open_reading: bool) -> list[dict[str, Any]]:
    if operation.needs is None:
        return []
    if operation.needs == "reader" and open_reading:
        return [{}, {"key": []}]
    return [{"key": []}]


def _parameters(path: str, method: str, operation: Operation) -> list[dict[str, Any]]:
    found = [_parameter("path", name, *PATH[name]) for name in re.findall(r"{(\w+)}", path)]
    for name in operation.query:
        own = f"{operation.name}.{name}"
        described = _parameter("query", name, *QUERY.get(own, QUERY[name]))
        found.append({**described, "required": name in _REQUIRED or own in _REQUIRED})
    for name in operation.lists:
        found.append({**_parameter("query", name, *QUERY[name]), "explode": True, "style": "form"})
    headers: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    if method == "get" and 304 in _statuses(method, operation):
        headers = (HAVE,)
    if "Accept-Datetime" in operation.hears:
        headers = (*headers, ACCEPT_DATETIME)
    if EVENT_STREAM in operation.also:
        headers = (*headers, LAST_EVENT_ID)
    if operation.bodies and operation.conditions:
        headers = (IF_MATCH, ABSENT, IDEMPOTENCY_KEY)
    return found + [_parameter("header", *header) for header in headers]


def _parameter(where: str, name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "description": description,
        "schema": schema,
    }


def _body(media_type: str, given: Any, schemas: dict[Any, Any]) -> dict[str, Any]:
    if given is File:
        return {"description": "The file.", **({} if media_type == JSON else {"type": "string"})}
    if media_type == NDJSON:
        return {
            "type": "string",
            "description": "One event on each line, of the same types as in application/json.",
            "pattern": r"[!-~]",
        }
    if not isinstance(given, tuple):
        schema: dict[str, Any] = schemas[_identity(given)]
        return schema
    return {
        "anyOf": [schemas[_identity(each)] for each in given],
        "description": f"One event, or a batch of at most {BATCH_LIMIT}.",
    }


def _statuses(method: str, operation: Operation) -> set[int]:
    """All that may be answered, from what the operation declares and what the gate may refuse."""
    statuses = {*operation.answers, *operation.refuses, 400, 421, 500, 503}
    if operation.needs is not None:
        statuses |= {401, 403}
    if operation.bodies:
        statuses |= {413, 415}
    if method == "get" and operation.kept:
        statuses.add(304)
    return statuses


def _responses(
    path: str, method: str, operation: Operation, schemas: dict[Any, Any]
) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status in sorted(_statuses(method, operation)):
        described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        headers = _headers(status, method, operation)
        if headers:
            described["headers"] = {
                name: {"description": ANSWER_HEADERS[name], "schema": {"type": "string"}}
                for name in headers
            }
        if status >= 400:
            described["content"] = {
                MEDIA_TYPE: {"schema": {"$ref": SCHEMAS.format(name="Problem")}}
            }
        elif operation.answers.get(status) is not None:
            schema = schemas[_identity(operation.answers[status])]
            described["content"] = {
                operation.form: {"schema": schema},
                **{
                    form: {"schema": {"type": _json_type(form), "description": FORMS[form]}}
                    for form in operation.also
                },
            }
        responses[str(status)] = described
    return responses


def _json_type(media_type: str) -> str:
    """What a body is to a reader of JSON; text, where it is not JSON."""
    if media_type.endswith("batch+json"):
        return "array"
    return "object" if media_type.endswith("+json") else "string"


def _headers(status: int, method: str, operation: Operation) -> list[str]:
    if status == 401:
        return ["WWW-Authenticate"]
    if status == 412:
        return ["ETag"]
    if status >= 400:
        return []
    if method != "get":
        return ["Cache-Control", *(("Location", "ETag") if status in (201, 202) else ())]
    if not operation.kept:
        return ["Cache-Control"]
    paged = "cursor" in operation.query and status == 200
    links = ["Link"] if paged or "Link" in operation.tells else []
    if status in (302, 307):
        return ["Location", "Cache-Control", "Vary", *(links if status == 302 else [])]
    others = [name for name in operation.tells if name != "Link"]
    if "bom" in operation.query and status == 200:
        others.append("Content-Disposition")
    return ["ETag", "Cache-Control", "Vary", *links, *others]


def _joined(text: str) -> str:
    """A docstring's paragraphs, each on one line."""
    return "\n\n".join(" ".join(p.split()) for p in inspect.cleandoc(text).split("\n\n"))


def _tidy(schema: Any) -> Any:
    """Descriptions, which are docstrings, without the indentation of the source."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {name: _tidy(value) for name, value in schema.items()}
    if isinstance(tidy.get("description"), str):
        tidy["description"] = _joined(tidy["description"])
    return tidy
