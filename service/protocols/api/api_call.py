"""A request to the API, read and checked: what handlers are given, and what they return."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Concatenate, Generic, NoReturn, ParamSpec, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response

from service.action_log import acting_program
from service.admin_rights import CurrentAdmin
from service.api_tokens import Bearer
from service.protocols.api.common_shapes import Shape
from service.web.context import AppContext, Request
from service.web.http.api_problems import ApiProblem

Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)
T = TypeVar("T")
P = ParamSpec("P")
_KEY, _ID = re.compile(r"[0-9]{1,9}-[0-9]{1,18}", re.ASCII), re.compile(r"[0-9]{1,18}", re.ASCII)
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a handler returns. ``status`` 0: the operation's own. A ``response`` is sent as it is."""

    value: BaseModel | None = None
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request with its parameters and body. ``bearer`` is there where the operation needs a scope."""

    http: Request
    context: AppContext
    now: datetime
    bearer: Bearer | None
    query: Q
    body: B

    @property
    def token(self) -> Bearer:
        """The token that was sent. Raises LookupError in an operation that needs none."""
        if self.bearer is None:
            raise LookupError("this operation takes no token")
        return self.bearer

    @property
    def admin(self) -> CurrentAdmin:
        """The admin of the token."""
        return self.token.admin

    @property
    def key(self) -> tuple[int, int]:
        """(site, id) in the path. Raises Problem 404 for anything else, and for a site that is not the admin's."""
        text = str(self.http.path_params["id"])
        if not _KEY.fullmatch(text):
            not_here()
        site_id, _, number = text.partition("-")
        if self.bearer is not None and not self.admin.sees(int(site_id)):
            not_here()
        return int(site_id), int(number)

    @property
    def id(self) -> int:
        """The number in the path. Raises Problem 404."""
        text = str(self.http.path_params["id"])
        return int(text) if _ID.fullmatch(text) else not_here()

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job in the writer's transaction; what it logs names the token."""
        name = self.token.token.name

        def job(connection: Connection) -> T:
            with acting_program(connection, name):
                return function(connection, *args, **kwargs)

        return await self.context.write_alone(job)

    @property
    def if_match(self) -> "IfMatch":
        """The header ``If-Match``. Raises Problem 428 without it."""
        sent = self.http.headers.get("if-match", "").strip()
        if not sent:
            raise ApiProblem(428, "Send the ETag of what you have read as If-Match.")
        if sent != "*" and not _TAG.search(sent):
            raise invalid(("If-Match", "If-Match is an ETag in its quotes, or *."))
        return IfMatch(frozenset(_TAG.findall(sent)), anything=sent == "*")


@dataclass(frozen=True, slots=True)
class IfMatch:
    """Entity tags, one of which must be that of what is there."""

    tags: frozenset[str]
    anything: bool

    def allows(self, value: Shape) -> bool:
        """Whether what is there is what the client has read."""
        return self.anything or etag_of(value) in self.tags


class Changed(Exception):
    """Raised within a transaction: what is there is not what the client has read."""


async def if_unchanged(written: Awaitable[T]) -> T:
    """What was written. Raises Problem 412 where the transaction raised Changed."""
    try:
        return await written
    except Changed as error:
        raise ApiProblem(412, "This was changed meanwhile. Read it again.") from error


def etag_of(value: Shape) -> str:
    """The entity tag of a representation, without quotes."""
    return hashlib.sha256(value.model_dump_json(exclude=value.untagged).encode()).hexdigest()[:24]


def tagged(value: Shape, status: int = 0, location: str = "") -> ApiAnswer:
    """An answer with its entity tag, and the path of what was created."""
    sent = {"etag": f'"{etag_of(value)}"'} | ({"location": location} if location else {})
    return ApiAnswer(value, status, sent)


def not_here() -> NoReturn:
    """Raises Problem 404."""
    raise ApiProblem(404, "There is nothing at this address, or it is on a site that is not yours.")


def there(value: T | None) -> T:
    """The value. Raises Problem 404 for None."""
    return not_here() if value is None else value


def must_see(call: Call[Q, B], site_id: int) -> int:
    """The site. Raises Problem 404 unless it is one of the admin's."""
    return site_id if call.admin.sees(site_id) else not_here()


def invalid(*errors: tuple[str, str]) -> ApiProblem:
    """422: (name of the field, what is wrong with it) of each error."""
    found = [{"field": name, "detail": detail} for name, detail in errors]
    return ApiProblem(422, " ".join(dict.fromkeys(detail for _, detail in errors)), errors=found)
