"""``/admin/account/tokens``: an admin's tokens of the JSON API."""

import logging
from datetime import timedelta

from starlette.responses import Response

from service import api_tokens
from service.api_tokens import LONGEST_DAYS, LONGEST_NAME, MOST, NewToken
from service.number_parsing import whole_number
from service.visible_text import one_line
from service.web.admin import account_page
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest

log = logging.getLogger(__name__)


async def make(request: AdminRequest) -> Response:
    """``POST /admin/account/tokens``: make a token. The answer shows it, and nothing later does."""
    _ = request.gettext
    fields = await ActionFields.of(request.http)
    name, days = one_line(fields.one("token")), whole_number(fields.one("days"), 0, digits=5)
    allowed = api_tokens.allowed_scopes(request.current_admin)
    chosen = api_tokens.read_scopes(value for field, value in fields.pairs if field == "scope" and value in allowed)
    typed = {"token": name[:LONGEST_NAME], "days": fields.one("days")[:5], "scopes": chosen}
    errors: dict[str, str] = {}
    if not 1 <= len(name) <= LONGEST_NAME:
        errors["token"] = _("Enter a name for the token, with 1 to %(num)s characters.") % {"num": LONGEST_NAME}
    if not 1 <= days <= LONGEST_DAYS:
        errors["days"] = _("Enter a number of days from 1 to %(num)s.") % {"num": LONGEST_DAYS}
    if not chosen:
        errors["scopes"] = _("Select at least one permission.")
    if errors:
        return await account_page.page(request, errors, typed=typed, status=422)
    if refusal := await account_page.unless_password(request, "token-current", fields.one("current"), typed=typed):
        return refusal
    new, keyring = NewToken(name, chosen, request.now + timedelta(days=days)), request.context.keyring
    made = await request.context.write(api_tokens.add, keyring, request.current_admin.id, new, request.now)
    if made is None:
        error = _("You already have %(num)s. Revoke one that you no longer use.") % {"num": MOST}
        return await account_page.page(request, {"token": error}, typed=typed, status=422)
    log.info("API token created", extra={"admin": request.current_admin.id})
    return await account_page.page(request, {}, made_token=(name, made[1]))


async def revoke(request: AdminRequest) -> Response:
    """``POST /admin/account/tokens/revoke``: revoke a token."""
    token_id = whole_number((await ActionFields.of(request.http)).one("id"), 0, digits=18)
    if await request.context.write(api_tokens.revoke, request.current_admin.id, token_id, request.now):
        log.info("API token revoked", extra={"admin": request.current_admin.id})
    return request.see_other(f"{HOME}/account?what=token-revoked")
