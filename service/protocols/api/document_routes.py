"""``/openapi.json`` and ``/docs``: the document of the API, and a page that shows it."""

import json
import re
from typing import Any

from markupsafe import Markup, escape
from pydantic import ConfigDict
from starlette.responses import Response

from service.language import language
from service.protocols.api.api_call import ApiAnswer, Call
from service.protocols.api.common_shapes import NoBody, NoQuery, Shape
from service.protocols.api.openapi import Schema, make_document
from service.protocols.api.operation import AnyOperation
from service.protocols.api.operation import Operation as Op
from service.protocols.api.operations import OPERATIONS
from service.version import VERSION
from service.web.context import AppContext
from service.web.http import response_headers
from service.web.http.json_answer import JSON
from service.web.render.fragment import Fragment


class OpenApi(Shape):
    """An OpenAPI document."""

    model_config = ConfigDict(extra="allow")

    openapi: str


async def read_document(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """This document, as OpenAPI 3.1."""
    context = call.context

    async def render() -> Fragment:
        return await context.compute(_as_json, context.settings.public_url)

    fragment = await context.threads.get("openapi", VERSION, render)
    return ApiAnswer(response=await fragment.unless_known(call.http))


async def read_docs(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """This document, as a page to read."""
    context = call.context

    async def render() -> Fragment:
        return await context.compute(_as_page, context)

    fragment = await context.threads.get("api docs", VERSION, render)
    sent = response_headers.page_headers(context.settings.public_url)
    return ApiAnswer(response=Response(fragment.body, 200, sent, "text/html"))


DOCUMENTED: tuple[AnyOperation, ...] = (
    *OPERATIONS,
    Op("GET", "/openapi.json", None, NoQuery, NoBody, OpenApi, read_document),
    Op("GET", "/docs", None, NoQuery, NoBody, None, read_docs, media_type="text/html"),
)
"""All operations."""


def _as_json(public_url: str) -> Fragment:
    document = make_document(DOCUMENTED, public_url)
    return Fragment.of(json.dumps(document, ensure_ascii=False), {}, JSON)


def _as_page(context: AppContext) -> Fragment:
    document = make_document(DOCUMENTED, context.settings.public_url)
    functions = (type_of, name_of, marked, parameter_rows, member_rows)
    values = {"document": document, "tags": _by_tag(document), **{each.__name__: each for each in functions}}
    return Fragment.of(context.templates.render("api-docs.html", language("en"), values), {})


def _by_tag(document: Schema) -> dict[str, list[tuple[str, str, Schema]]]:
    """Tag → (method, path, operation)."""
    found: dict[str, list[tuple[str, str, Schema]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append((method.upper(), path, operation))
    return found


Row = tuple[str, Schema, bool, str, str]
"""Name, schema, whether it is required, where it is sent, and what it means."""


def parameter_rows(operation: Schema) -> list[Row]:
    """The parameters of an operation."""
    given = operation["parameters"]
    return [(each["name"], each["schema"], each["required"], each["in"], each.get("description", "")) for each in given]


def member_rows(schema: Schema) -> list[Row]:
    """The members of an object."""
    required = schema.get("required", [])
    members = schema["properties"].items()
    return [(name, each, name in required, "", each.get("description", "")) for name, each in members]


def marked(text: str) -> Markup:
    """Text with code in it, between backticks."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def name_of(schema: Schema) -> str:
    """The name of the type that a schema, or the items of a list, refers to; empty for others."""
    for each in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in each:
            return str(each["$ref"]).rpartition("/")[2]
        if each is not schema and "$ref" in each.get("items", {}):
            return name_of(each)
    return ""


def type_of(schema: Schema) -> str:
    """A schema in words, such as ``list of text, up to 50``."""
    if "$ref" in schema:
        return name_of(schema)
    if "anyOf" in schema:
        return " or ".join(type_of(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " | ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    kind = _KINDS.get(schema.get("format", ""), _KINDS.get(schema.get("type", ""), "anything"))
    if schema.get("type") == "array":
        kind = f"list of {type_of(schema['items'])}"
    bounds = [f"{word} {schema[name]}" for name, word in _BOUNDS.items() if name in schema]
    return ", ".join([kind, *bounds])


_KINDS: dict[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
    "array": "list",
    "date-time": "instant, as 2026-11-24T12:00:00Z",
    "date": "day, as 2026-11-24",
}
_BOUNDS: dict[str, Any] = {"minimum": "from", "maximum": "to", "maxLength": "up to", "maxItems": "up to"}
