"""The OpenAPI 3.1 document, made of the table of operations and of the types that it names."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from service.api_tokens import Scope
from service.protocols.api.common_shapes import Shape
from service.protocols.api.operation import AnyOperation
from service.version import VERSION
from service.web.http.api_problems import API, MEDIA_TYPE

Schema = dict[str, Any]
_REF = "#/components/schemas/{model}"
_BY_KEY = ("comments", "public", "pages")
"""First parts of paths whose ``{id}`` names a site, too."""

_TAGS = {
    "public": "Reading and posting. Needs no token, and pages of any origin can read it.",
    "comments": "Comments as moderators see them.",
    "counts": "Numbers of comments.",
    "decisions": "Decide on many comments, and undo that.",
    "log": "What was done, and by whom.",
    "pages": "The pages that have comments.",
    "sites": "The origins whose pages can have comments.",
    "webhooks": "Programs that are notified of comments.",
    "check": "The spam filter for other programs' comments.",
    "learn": "Tell the spam filter whether a comment is spam.",
    "statistics": "Accuracy of the spam filter, and other numbers of a site.",
    "me": "Whose token this is.",
    "tokens": "Tokens of the admin.",
    "openapi.json": "This document.",
    "docs": "This document as a page.",
}
_HELP = (
    "Errors are problems (RFC 9457). Unknown members and parameters are refused with 422. For the next part "
    "of a list, send the value of `next`. To change something, send its ETag as If-Match. A POST can have an "
    "Idempotency-Key: it is then done only once, and repeats get the same answer for a day."
)


class FieldError(Shape):
    """What is wrong with a member or parameter."""

    field: str
    detail: str


class Problem(Shape):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []  # noqa: RUF012 - pydantic copies it
    question: dict[str, Any] | None = None
    scope: str | None = None
    request: str | None = None


class _Schemas(GenerateJsonSchema):
    """Without a title for each member, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic calls it
        """Never."""
        return False


def make_document(operations: Sequence[AnyOperation], public_url: str) -> Schema:
    """The document of these operations."""
    schemas = _schemas(operations)
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    for operation in operations:
        schemas.pop(operation.query.__name__, None)  # they are parameters
    tags = [{"name": name, "description": text} for name, text in _TAGS.items()]
    info = {"title": "Leave a Reply", "version": VERSION, "description": _HELP}
    return {
        "openapi": "3.1.0",
        "info": {**info, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": public_url + API}],
        "tags": tags,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


_SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token. Scopes: " + ", ".join(f"`{scope.value}`" for scope in Scope) + ".",
    },
    "checkKey": {"type": "http", "scheme": "bearer", "description": "The check key of a site."},
}


def _schemas(operations: Iterable[AnyOperation]) -> dict[str, Schema]:
    """Name → schema of every type."""
    wanted: dict[tuple[Any, JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for operation in operations:
        wanted |= dict.fromkeys([(operation.query, "validation"), (operation.body, "validation")])
        if operation.answer is not None:
            wanted[operation.answer, "serialization"] = None
    _, found = models_json_schema(list(wanted), ref_template=_REF, schema_generator=_Schemas)
    schemas: dict[str, Schema] = found["$defs"]
    schemas.pop("NoBody", None)
    return {name: _plain(schema) for name, schema in sorted(schemas.items())}


_TEXT = {"type": "string", "pattern": r"^[^\x00]*$"}
"""What the reader of bodies and queries refuses, whatever the type: no text has a NUL character."""


def _plain(schema: Any) -> Any:
    """Docstrings without their doubled backticks, and texts without NUL characters."""
    if isinstance(schema, dict):
        is_text = schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum", "const"}
        return {name: _plain(value) for name, value in schema.items()} | (_TEXT if is_text else {})
    if isinstance(schema, list):
        return [_plain(value) for value in schema]
    return " ".join(schema.replace("``", "`").split()) if isinstance(schema, str) else schema


def _operation(operation: AnyOperation, schemas: dict[str, Schema]) -> Schema:
    described: Schema = {
        "operationId": operation.name,
        "tags": [operation.path.split("/")[1]],
        "summary": operation.description.partition(". ")[0].rstrip("."),
        "description": _plain(operation.description),
        "security": _security(operation),
        "parameters": [*_parameters(operation, schemas[operation.query.__name__])],
        "responses": _responses(operation),
    }
    if operation.has_body:
        schema = {"$ref": _REF.format(model=operation.body.__name__)}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _security(operation: AnyOperation) -> list[Schema]:
    if operation.scope is None:
        return [{"token": []}] if operation.any_token else []
    with_token = {"token": [operation.scope.value]}
    return [with_token, {"checkKey": []}] if operation.takes_key else [with_token]


def _parameters(operation: AnyOperation, query: Schema) -> Iterable[Schema]:
    if "{id}" in operation.path:
        by_key = operation.path.split("/")[1] in _BY_KEY
        pattern = r"^[0-9]{1,9}-[0-9]{1,18}$" if by_key else r"^[0-9]{1,18}$"
        yield {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}
    required = query.get("required", [])
    for name, given in query.get("properties", {}).items():
        schema = _without_null(given)
        described = {"description": text} if (text := schema.pop("description", "")) else {}
        yield {"name": name, "in": "query", "required": name in required, **described, "schema": schema}
    if operation.if_match:
        text = "The ETag of what was read, or `*`."
        tag = {"type": "string", "pattern": r'^(\*|"[0-9a-f]{24}")$'}
        yield {"name": "If-Match", "in": "header", "required": True, "description": text, "schema": tag}
    if operation.is_idempotent_by_key:
        key = {"type": "string", "pattern": "^[!-~]{1,200}$"}
        yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": key}


def _without_null(schema: Schema) -> Schema:
    """A parameter is left out rather than null."""
    schema = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    options = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    return {**options[0], **schema} if len(options) == 1 else schema | ({"anyOf": options} if options else {})


def _responses(operation: AnyOperation) -> Schema:
    done: Schema = {"description": "Done."}
    if operation.media_type != "application/json":
        done["content"] = {operation.media_type: {"schema": {"type": "string"}}}
    elif operation.answer is not None:
        schema = {"$ref": _REF.format(model=operation.answer.__name__)}
        done["content"] = {"application/json": {"schema": schema}}
    problem = {"schema": {"$ref": _REF.format(model="Problem")}}
    refused = {"description": "A problem.", "content": {MEDIA_TYPE: problem}}
    return {str(operation.status): done, "default": refused}
