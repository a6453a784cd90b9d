"""Passwords for programs that moderate in an admin's name, made and ended on the account's page."""

import logging

from starlette.responses import Response

from service.numbers import whole_number
from service.text import one_line
from service.web.admin import account
from service.web.admin.fields import Fields
from service.web.admin.paths import HOME
from service.web.admin.visit import Visit
from service.wordpress import passwords

log = logging.getLogger(__name__)


async def make(visit: Visit) -> Response:
    """``POST /admin/account/programs``: a new password, shown this once."""
    _ = visit.gettext
    name = one_line((await Fields.of(visit.request)).one("program"))
    if not 1 <= len(name) <= passwords.LONGEST_NAME:
        wrong = _("Give the program a name of 1 to %(num)s characters.") % {"num": passwords.LONGEST_NAME}
        return await account.form(visit, {"program": wrong}, status=422)
    password = passwords.new_password()
    if not await visit.core.write(passwords.add, visit.known.id, name, password, visit.now):
        full = _("You have %(num)s of them. Revoke one that is not used any more.") % {"num": passwords.MOST}
        return await account.form(visit, {"program": full}, status=422)
    log.info("application password made", extra={"admin": visit.known.id})
    return await account.form(visit, {}, made=(name, password))


async def revoke(visit: Visit) -> Response:
    """``POST /admin/account/programs/revoke``: the end of one."""
    password_id = whole_number((await Fields.of(visit.request)).one("id"), 0)
    if await visit.core.write(passwords.revoke, visit.known.id, password_id):
        log.info("application password revoked", extra={"admin": visit.known.id})
    return visit.see_other(f"{HOME}/account?what=revoked")
