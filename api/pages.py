"""What a person or a tool asks for first: the document of this API, read offline, and problems.

The page of documentation is plain HTML, made here from the OpenAPI document. It has no script and
loads nothing, from here or from elsewhere, and its content policy says so.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec
from litestar import route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from api.operation import GET, Operation
from api.problems import KINDS
from api.requests import AnyRequest
from api.responses import Sent, kept, reading
from domain.dates import quoted
from domain.errors import NotFound

STYLE = """
:root { color-scheme: light dark; --line: #8884; --faint: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; font-size: 1.1rem; }
h2 b { display: inline-block; min-width: 3.5rem; }
code, h2 { font-family: ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
td, th { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; text-align: left;
  vertical-align: top; }
td:first-child, td:nth-child(2):not(:last-child) { white-space: nowrap; }
td:nth-child(n + 3) { overflow-wrap: anywhere; min-width: 8rem; }
div { overflow-x: auto; }
h2 { overflow-wrap: anywhere; }
nav { columns: 18rem; }
nav ul { margin: 0; }
"""
_digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

SCHEMA_NAME = re.compile(r"«(\w+)»")
"""The name of a schema, as it stands in the description of a type."""
QUOTED_CODE = re.compile(r"`([^`]+)`")


class ProblemShown(Struct, frozen=True, kw_only=True):
    """What a `type` of problem means."""

    type: str
    title: str
    statuses: tuple[int, ...]
    meaning: str


@route("/", http_method=GET)
async def root() -> Sent:
    """To the documentation."""
    return Sent(302, {"Location": "/docs"})


@route(
    "/problems/{slug:str}",
    http_method=GET,
    opt=Operation(
        name="problem", needs=None, answers={200: ProblemShown}, refuses=(404,), kept=True
    ).opt,
)
async def problem(request: AnyRequest, slug: FromPath[str]) -> Sent:
    """Read what a type of problem means."""
    kind = KINDS.get(slug)
    if kind is None:
        raise NotFound(f"There is no problem {quoted(slug)}. There are: {', '.join(KINDS)}.")
    shown = ProblemShown(
        type=kind.type, title=kind.title, statuses=kind.statuses, meaning=kind.meaning
    )
    return reading(request, shown)


def documentation(document: dict[str, Any]) -> list[HTTPRouteHandler]:
    """The handlers of /openapi.json and /docs."""
    as_json = msgspec.json.format(msgspec.json.encode(document), indent=1)
    as_html = page(document).encode()

    @route("/openapi.json", http_method=GET, opt=Operation(name="openapi", needs=None).opt)
    async def openapi(request: AnyRequest) -> Sent:
        """The OpenAPI document."""
        return kept(request, as_json)

    @route("/docs", http_method=GET, opt=Operation(name="docs", needs=None).opt)
    async def docs(request: AnyRequest) -> Sent:
        """The same, to be read by people."""
        headers = {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return kept(request, as_html, media_type="text/html; charset=utf-8", headers=headers)

    return [openapi, docs]


def page(document: dict[str, Any]) -> str:
    """The document as one page of HTML."""
    operations = [
        (method, path, operation)
        for path, methods in sorted(document["paths"].items(), key=_order)
        for method, operation in methods.items()
    ]
    contents = "".join(
        f'<li><a href="#{o["operationId"]}">{escape(o["summary"])}</a></li>'
        for _, _, o in operations
    )
    info = document["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{info["title"]}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        f'<p>The same for tools: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<nav><ul>{contents}</ul></nav>"
        + "".join(_operation(*operation) for operation in operations)
        + "<h2>Schemas</h2>"
        + "".join(_schema(n, s) for n, s in document["components"]["schemas"].items())
        + "</body></html>"
    )


def _order(path: tuple[str, Any]) -> tuple[bool, bool, str]:
    """What is asked of a chronicle first, then what is asked of the server."""
    address, _ = path
    return not address.startswith("/v1/chronicles/{"), not address.startswith("/v1"), address


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    description = operation.get("description", "").split("\n\n")
    parts = [
        f'<h2 id="{operation["operationId"]}"><b>{method.upper()}</b> {escape(path)}</h2>',
        f"<p>{_prose(operation['summary'])}</p>",
        *(f"<p>{_prose(paragraph)}</p>" for paragraph in description if paragraph),
    ]
    parameters = [
        (p["name"], p["in"], _type(p["schema"]), p["description"]) for p in operation["parameters"]
    ]
    if parameters:
        parts.append(_table(("Parameter", "In", "Type", ""), parameters))
    bodies = operation.get("requestBody", {}).get("content", {})
    if bodies:
        rows = [(kind, _type(content["schema"])) for kind, content in bodies.items()]
        parts.append(_table(("Body", "Type"), rows))
    answers = [
        (status, r["description"], *_content(r)) for status, r in operation["responses"].items()
    ]
    parts.append(_table(("Status", "", "Type", "Headers"), answers))
    return "".join(parts)


def _content(response: dict[str, Any]) -> tuple[str, str]:
    content = response.get("content", {})
    return (
        ", ".join(_type(c["schema"]) for c in content.values()),
        ", ".join(response.get("headers", {})),
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (field, "required" if field in required else "", _type(of))
        for field, of in schema.get("properties", {}).items()
    ]
    described = _prose(schema.get("description", ""))
    title = f'<h3 id="schema-{escape(name)}"><code>{escape(name)}</code></h3><p>{described}</p>'
    return title + _table(("Field", "", "Type"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{_linked(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<div><table><tr>{cells}</tr>{lines}</table></div>"


def _linked(cell: str) -> str:
    """A cell's text, the names of schemas in it leading to them."""
    return SCHEMA_NAME.sub(r'<a href="#schema-\1">\1</a>', _prose(cell))


def _prose(text: str) -> str:
    """Text in which what stands between backticks is code."""
    return QUOTED_CODE.sub(r"<code>\1</code>", escape(text))


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return f"«{schema['$ref'].rpartition('/')[2]}»"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "prefixItems" in schema:
        return f"list of {', '.join(map(_type, schema['prefixItems']))}"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    bounds = [str(schema[b]) for b in ("minimum", "maximum") if b in schema]
    return " ".join([str(schema.get("type", "anything")), *(["..".join(bounds)] if bounds else [])])
