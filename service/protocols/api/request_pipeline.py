"""From a request to its answer: token, rate, parameters, body, ``Idempotency-Key``, handler."""

import json
import logging
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from db.engine import UNAVAILABLE
from db.writer import NotWritten
from service.protocols.api import stored_answers
from service.protocols.api.api_call import ApiAnswer, Call
from service.protocols.api.common_shapes import NoBody
from service.protocols.api.operation import AnyOperation
from service.protocols.api.stored_answers import Earlier, Idempotency, KeyUnusable
from service.protocols.api.token_auth import authenticate, find_token, refuse_beyond_rate
from service.web.context import AppContext, Request, context_of
from service.web.http.api_problems import HEADERS, ApiProblem
from service.web.http.json_answer import JSON, safe
from service.web.http.request_body import is_json, parse_object, read_as
from service.web.http.request_client import client_of

log = logging.getLogger(__name__)
MOST_ERRORS = 20
_LONGEST_KEY = 200
_SAID = {"extra_forbidden": "Unknown here", "missing": "Required"}
_KEPT_HEADERS = ("location", "etag")
_TAKEN = {
    KeyUnusable.UNDER_WAY: (409, "The first request with this Idempotency-Key is under way."),
    KeyUnusable.OTHER: (422, "Another request was sent with this Idempotency-Key."),
    KeyUnusable.TOO_MANY: (429, f"More than {stored_answers.MOST} keys were sent within a day."),
}


async def serve(operation: AnyOperation, request: Request) -> Response:
    """Answer one request. Raises HTTPException, which becomes a problem."""
    context = context_of(request)
    bearer = None
    if operation.any_token:
        bearer = await find_token(request)
    elif operation.scope is not None and not operation.takes_key:
        bearer = await authenticate(request, operation.scope)
    query = _read_query(request, operation.query)
    raw, body = await _read_body(request, operation) if operation.has_body else (b"", NoBody())
    call: Call[Any, Any] = Call(request, context, context.clock(), bearer, query, body)
    key = request.headers.get("idempotency-key")
    if key is not None and operation.is_idempotent_by_key:
        return await _serve_once(operation, call, _idempotency(call, key, raw))
    return await respond(context, operation, await operation.handler(call))


async def respond(context: AppContext, operation: AnyOperation, answer: ApiAnswer) -> Response:
    """The answer as a response. A list is written off the event loop: a hundred comments may have six megabytes."""
    if answer.response is not None:
        return answer.response
    status = answer.status or operation.status
    sent = {**HEADERS, **answer.headers}
    if answer.value is None:
        return Response(b"", status, sent)
    write = answer.value.model_dump_json
    is_list = "items" in type(answer.value).model_fields
    text = await context.compute(write) if is_list else write()
    return Response(safe(text), status, sent, JSON)


def _read_query(request: Request, shape: type[BaseModel]) -> BaseModel:
    """Raises Problem 422 for unknown, repeated and wrong parameters."""
    values: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if "\x00" in value:
            raise _one_error(name, "holds a NUL character")
        if name in values:
            raise _one_error(name, "was sent twice")
        values[name] = value
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise _problem_of(error) from error


async def _read_body(request: Request, operation: AnyOperation) -> tuple[bytes, BaseModel]:
    """The body as sent, and read. Raises Problem 415 and 422, and as ``read_body`` does."""
    shape: type[BaseModel] = operation.body
    if not (is_json(request) or operation.takes_key):  # the spam check took any type before there was an API
        raise ApiProblem(415, "Send the body as application/json.", {"accept": "application/json"})

    def parse(content: bytes) -> tuple[bytes, BaseModel]:
        parse_object(content)  # no name twice, no lone surrogates
        return content, shape.model_validate_json(content, strict=True)

    try:
        return await read_as(request, parse)
    except ValidationError as error:
        raise _problem_of(error) from error


def _problem_of(error: ValidationError) -> ApiProblem:
    """422, with the first errors by field."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_ERRORS]
    errors = [
        {"field": ".".join(map(str, each["loc"]))[:200], "detail": _SAID.get(each["type"], each["msg"])}
        for each in found
    ]
    first = errors[0]
    return ApiProblem(422, f"{first['field'] or 'The body'}: {first['detail']}.", errors=errors)


def _one_error(name: str, detail: str) -> ApiProblem:
    return ApiProblem(422, f"{name[:40]} {detail}.", errors=[{"field": name[:40], "detail": detail}])


def _idempotency(call: Call[Any, Any], key: str, raw: bytes) -> Idempotency:
    """Raises Problem 422 for a key of another form."""
    if not (1 <= len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise _one_error("Idempotency-Key", f"must have 1 to {_LONGEST_KEY} printable ASCII characters")
    keyring, url = call.context.keyring, call.http.url
    # Of a check key nothing is known yet: whoever sends another one, or none, is another owner.
    sender = client_of(call.http).hex() + call.http.headers.get("authorization", "")
    owner = f"token {call.bearer.token.id}" if call.bearer else sender
    request = f"{call.http.method} {url.path}?{url.query}\n{raw.decode()}"
    names = ("idempotency owner", owner), ("idempotency key", key), ("idempotency request", request)
    return Idempotency(*(keyring.pseudonym(kind, value) for kind, value in names))


async def _serve_once(operation: AnyOperation, call: Call[Any, Any], sent: Idempotency) -> Response:
    """Answer the first request with a key, and all others as the first."""
    context = call.context
    if call.bearer is None:  # a token has been counted already
        await refuse_beyond_rate(call.http, "api", client_of(call.http))
    earlier = await context.write(stored_answers.begin, sent, call.now)
    if isinstance(earlier, KeyUnusable):
        status, detail = _TAKEN[earlier]
        raise ApiProblem(status, detail, {"retry-after": "60"} if status == 429 else None)
    if earlier is not None:
        return _given_again(operation, earlier)
    done = False
    try:
        response = await respond(context, operation, await operation.handler(call))
        done = response.status_code < 300
    finally:
        if not done:
            await context.write(stored_answers.forget, sent)
    await _keep(context, operation, sent, response)
    return response


async def _keep(context: AppContext, operation: AnyOperation, sent: Idempotency, response: Response) -> None:
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    body = "" if operation.secret else bytes(response.body).decode()
    answer = json.dumps({"headers": kept, "body": body}).encode()
    try:
        await context.write(stored_answers.finish, sent, response.status_code, answer, context.clock())
    except (*UNAVAILABLE, NotWritten):  # what was asked is done, and the client should know
        log.exception("an answer was not kept")


def _given_again(operation: AnyOperation, earlier: Earlier) -> Response:
    """Raises Problem 409 where the answer held a secret, which is not kept."""
    if operation.secret:
        raise ApiProblem(409, "This was done already. Its answer held a secret, which is shown once.")
    kept = json.loads(earlier.answer)
    sent = {**HEADERS, **kept["headers"], "idempotency-replayed": "true"}
    return Response(kept["body"].encode(), earlier.status, sent, "application/json" if kept["body"] else None)
