"""``/me`` and ``/tokens``: who a token is, and the tokens of its admin."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from service import api_tokens
from service.admin_rights import Role
from service.api_tokens import LONGEST_DAYS, LONGEST_NAME, MOST, ListedToken, MakerRevoked, NewToken, Scope
from service.protocols.api.api_call import ApiAnswer, Call, invalid, not_here
from service.protocols.api.common_shapes import Id, Instant, NoBody, NoQuery, Shape, SiteId
from service.protocols.api.token_auth import ASKS, REFUSED
from service.visible_text import one_line
from service.web.http.api_problems import ApiProblem


class Token(Shape):
    """A token, without its secret part. ``used_at``: the day. ``made_by``: the token that created it, with which it is
    revoked."""

    id: Id
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    made_by: Id | None

    @classmethod
    def of(cls, stored: ListedToken, **more: Any) -> "Token":
        """As it is stored."""
        times = {name: getattr(stored, name) for name in ("created_at", "expires_at", "used_at")}
        made_by = None if stored.made_by is None else str(stored.made_by)
        return cls(id=str(stored.id), name=stored.name, scopes=list(stored.scopes), made_by=made_by, **times, **more)


class MadeToken(Token):
    """The new token; ``token`` is shown only once."""

    token: str


class Me(Shape):
    """The admin of this token, and the token. ``sites``: the numbers of the admin's sites; null for all."""

    name: str
    role: Role
    sites: list[SiteId] | None
    token: Token


class TokenList(Shape):
    """The admin's tokens, newest first."""

    items: list[Token]


class TokenWish(Shape):
    """The new token has no more scopes than the one that creates it, ends no later, and is revoked with it."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: Instant | None = None


async def read_me(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Whose token this is, and what it may do."""
    admin = call.admin
    sites = None if admin.sites is None else sorted(admin.sites)
    return ApiAnswer(Me(name=admin.name, role=admin.role, sites=sites, token=Token.of(call.token.token)))


async def list_tokens(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """The tokens of the admin, including expired ones."""
    found = await call.context.read(api_tokens.of_admin, call.admin.id)
    return ApiAnswer(TokenList(items=[Token.of(token) for token in found]))


async def make_token(call: Call[NoQuery, TokenWish]) -> ApiAnswer:
    """Create a token. Only this answer shows it."""
    body, own = call.body, call.token.token
    name = one_line(body.name)
    expires_at = body.expires_at or min(own.expires_at, call.now + timedelta(days=LONGEST_DAYS))
    if not name:
        raise invalid(("name", "is empty"))
    if extra := [scope.value for scope in body.scopes if scope not in own.scopes]:
        raise ApiProblem(403, f"This token does not have the scope {extra[0]}.")
    if not call.now < expires_at <= own.expires_at:
        raise invalid(("expires_at", "must be later than now and not after the end of this token"))
    new = NewToken(name, api_tokens.read_scopes(body.scopes), expires_at, made_by=own.id)
    try:
        made = await call.write(api_tokens.add, call.context.keyring, call.admin.id, new, call.now)
    except MakerRevoked:
        raise ApiProblem(401, REFUSED, ASKS) from None
    if made is None:
        raise ApiProblem(409, f"You have {MOST} tokens. Revoke one that is not used any more.")
    return ApiAnswer(MadeToken.of(made[0], token=made[1]), 201)


async def revoke_token(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Revoke a token of the admin, which may be this one, and all that it made."""
    if not await call.write(api_tokens.revoke, call.admin.id, call.id, call.now):
        not_here()
    return ApiAnswer()
