"""The API's description for people: one page of our own without scripts, made from the OpenAPI document.

The usual viewers load scripts from elsewhere, which our policy forbids, and megabytes of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from html import escape
from typing import Any, Final

import msgspec
from litestar import MediaType, Router, get

from backend.api_docs import describe_fields

__all__ = ["api_page", "docs_router"]

_STYLE: Final = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2, h3 { margin-top: 2.5rem } code, h3 { font-family: ui-monospace, monospace } p { white-space: pre-line }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: 600; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #8884 }
td:first-child { white-space: nowrap }
"""

_HEAD: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Keylight's API</title>
<link rel="stylesheet" href="/api/style.css"></head>
<body><main>
<h1>Keylight's API</h1>
<p>JSON over HTTP. The same as a document for programs: <a href="/api/openapi.json">openapi.json</a>.
Every error is an <a href="#ErrorBody">ErrorBody</a>. Where this server wants a token, each request but
<code>/api/health</code> carries <code>Authorization: Bearer</code> or the cookie of <code>POST /api/session</code>.</p>
"""


def docs_router(make_document: Callable[[], dict[str, Any]]) -> Router:
    """The page and the document; `make_document` is called once, when somebody first asks."""

    @functools.cache
    def document() -> dict[str, Any]:
        return describe_fields(make_document())

    @get("/", media_type=MediaType.HTML)
    async def page() -> str:
        return api_page(document())

    @get("/openapi.json", media_type="application/vnd.oai.openapi+json")
    async def openapi() -> bytes:
        return msgspec.json.encode(document())

    @get("/style.css", media_type=MediaType.CSS)
    async def style() -> str:
        return _STYLE

    return Router("/api", route_handlers=[page, openapi, style], include_in_schema=False)


def api_page(document: dict[str, Any]) -> str:
    """The page of an OpenAPI document: routes, then the shapes that they speak of."""
    routes = [
        _route(method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]
    schemas = document.get("components", {}).get("schemas", {})
    shapes = [_shape(name, schema) for name, schema in schemas.items() if "properties" in schema]
    return "\n".join([_HEAD, "<h2>Routes</h2>", *routes, "<h2>Shapes</h2>", *shapes, "</main></body></html>\n"])


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {})
    fields = [
        (name, _kind(one), one.get("description", ""))
        for content in body.values()
        for name, one in content.get("schema", {}).get("properties", {}).items()
    ]
    answers = [
        (
            status,
            " ".join(_kind(content.get("schema", {})) for content in one.get("content", {}).values()),
            one["description"],
        )
        for status, one in sorted(operation["responses"].items())
    ]
    about = f"<strong>{escape(operation.get('summary', ''))}.</strong> {escape(operation.get('description', ''))}"
    return "\n".join(
        [
            f"<section><h3>{method.upper()} {escape(path)}</h3>",
            f"<p>{about}</p>",
            _table("Form", fields) if fields else "",
            _table("Answers", answers),
            "</section>",
        ]
    )


def _shape(name: str, schema: dict[str, Any]) -> str:
    fields = [(key, _kind(one), one.get("description", "")) for key, one in schema["properties"].items()]
    about = escape(schema.get("description", ""))
    return f'<section><h3 id="{escape(name)}">{escape(name)}</h3><p>{about}</p>{_table("Fields", fields)}</section>'


def _table(caption: str, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"<tr><td><code>{escape(a)}</code></td><td>{b}</td><td>{escape(c)}</td></tr>" for a, b, c in rows]
    return f"<table><caption>{caption}</caption>{''.join(lines)}</table>"


def _kind(schema: dict[str, Any]) -> str:
    """What a value is, as HTML: a link to a shape, words that are allowed, or a type and its bounds."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " | ".join(_kind(one) for one in schema[word])
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return f"list of {_kind(items)}" if items else "list"
    bounds = [f"{words} {schema[key]}" for key, words in _BOUNDS.items() if key in schema]
    return escape(", ".join([str(schema.get("format", schema.get("type", ""))), *bounds]))


_BOUNDS: Final = {"exclusiveMinimum": "above", "minimum": "from", "maximum": "to", "maxLength": "at most"}
