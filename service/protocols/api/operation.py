"""One operation of the API, as the table of routes lists it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from service.api_tokens import Scope
from service.protocols.api.api_call import ApiAnswer, Call
from service.protocols.api.common_shapes import NoBody

Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Operation(Generic[Q, B]):
    """A method of a path, the scope that it needs (None: none), and the types of what it takes and returns.

    ``handler``: its docstring describes the operation. ``answer`` None: no body. ``if_match``: the header is required.
    ``any_token``: a token is needed, whatever its scopes.
    ``takes_key``: a site's check key will do instead of a token. ``secret``: the answer holds a secret, and is not kept
    for a repeated request. ``alters``: false for a POST that changes nothing.
    """

    method: str
    path: str
    scope: Scope | None
    query: type[Q]
    body: type[B]
    answer: type[BaseModel] | None
    handler: Callable[[Call[Q, B]], Awaitable[ApiAnswer]]
    status: int = 200
    if_match: bool = False
    any_token: bool = False
    takes_key: bool = False
    secret: bool = False
    alters: bool = True
    media_type: str = "application/json"

    @property
    def has_body(self) -> bool:
        """Whether a body is read."""
        return self.body is not NoBody

    @property
    def is_idempotent_by_key(self) -> bool:
        """Whether it takes an ``Idempotency-Key``."""
        return self.method == "POST" and self.alters

    @property
    def name(self) -> str:
        """The name of the operation: that of its handler."""
        return str(self.handler.__name__)

    @property
    def description(self) -> str:
        """One or more sentences for programmers."""
        return " ".join((self.handler.__doc__ or "").split())


AnyOperation = Operation[Any, Any]
