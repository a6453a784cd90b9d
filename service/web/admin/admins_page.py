"""``/admin/people``: admins, their roles and invitations. ``/admin/invited``: where an invitation leads."""

import logging

from sqlalchemy import Connection
from starlette.responses import Response

from service import admin_accounts, admin_logins
from service.admin_accounts import LastOwner, OpenInvitation
from service.admin_rights import Role
from service.number_parsing import whole_number
from service.sites import read_sites
from service.visible_text import one_line
from service.web.admin import login_page
from service.web.admin.admin_params import HOME, ActionFields, Goal
from service.web.admin.admin_session import AdminRequest

log = logging.getLogger(__name__)


async def show(request: AdminRequest) -> Response:
    """``GET /admin/people``."""
    return await _page(request, what=request.http.query_params.get("what", ""))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/people``: give an ``admin`` a role (``role``), or ``remove`` one; ``invite``; ``withdraw`` an
    invitation."""
    fields = await ActionFields.of(request.http)
    action, write = fields.one("action"), request.context.write
    admin_id, by = whole_number(fields.one("admin"), 0, digits=9), request.current_admin.id
    try:
        if action == "remove":
            done = await write(admin_accounts.remove, admin_id, by, request.now)
        elif action == "withdraw":
            done = await write(admin_accounts.withdraw, fields.one("key"))
        elif action in ("role", "invite"):
            return await _give(request, fields, admin_id)
        else:
            return request.not_understood()
    except LastOwner:
        return await _last_owner(request)
    log.info("people changed", extra={"admin": by, "action": action})
    return request.see_other(f"{HOME}/people?what={action if done else 'gone'}")


async def _give(request: AdminRequest, fields: ActionFields, admin_id: int) -> Response:
    """Give an admin, or whoever gets the invitation, a role on the ticked sites."""
    typed = fields.one("role")
    if typed not in set(Role):
        return request.not_understood()
    role, by = Role(typed), request.current_admin.id
    ticked = {whole_number(value, 0, digits=9) for name, value in fields.pairs if name == "site"}
    sites = None if fields.one("every") or role is Role.OWNER else ticked
    if sites is not None and not sites:
        return await _page(request, error=request.gettext("Select sites, or all sites."), status=422)
    if fields.one("action") == "invite":
        note = one_line(fields.one("note"))
        token = await request.context.write(admin_accounts.invite, role, sites, note, request.now)
        log.info("invited", extra={"admin": by})
        return await _page(request, link=request.context.address(f"/admin/invited?token={token}"))
    try:
        done = await request.context.write(admin_accounts.set_role, admin_id, role, sites, by, request.now)
    except LastOwner:
        return await _last_owner(request)
    return request.see_other(f"{HOME}/people?what={'role' if done else 'gone'}")


async def _last_owner(request: AdminRequest) -> Response:
    error = request.gettext("There must be an owner. Make somebody else an owner first.")
    return await _page(request, error=error, status=422)


async def _page(
    request: AdminRequest, *, what: str = "", error: str = "", link: str = "", status: int = 200
) -> Response:
    def read(connection: Connection) -> dict[str, object]:
        return {
            "people": admin_accounts.read_people(connection),
            "invitations": admin_accounts.read_invitations(connection, request.now),
            "sites": read_sites(connection),
        }

    values = await request.context.read(read)
    shown = {"what": what, "error": error, "link": link, "roles": [*Role], "when": request.language.when}
    return request.render("people.html", {**values, **shown}, status)


async def show_invited(request: AdminRequest) -> Response:
    """``GET /admin/invited?token=``: the form for whoever was invited. A GET does not use the link up."""
    token = request.http.query_params.get("token", "")
    invitation = await request.context.read(admin_accounts.find_invitation, token, request.now)
    return _refuse(request) if invitation is None else _form(request, token, invitation)


async def accept(request: AdminRequest) -> Response:
    """``POST /admin/invited``: become an admin, and log in."""
    fields = await ActionFields.of(request.http)
    token, name, password = fields.one("token"), fields.one("name"), fields.one("password")
    invitation = await request.context.read(admin_accounts.find_invitation, token, request.now)
    if invitation is None:
        return _refuse(request)
    if errors := login_page.new_admin_errors(request, name, password, fields.one("again")):
        return _form(request, token, invitation, name, errors, 422)
    name = admin_logins.check_name(name)
    password_hash = await login_page.run_slow(lambda: admin_logins.hash_password(password, name))
    admin_id = await request.context.write(_add, token, name, password_hash, request)
    if admin_id is None:
        if await request.context.read(admin_accounts.find_invitation, token, request.now) is None:
            return _refuse(request)  # another request with the same link was faster
        errors = {"name": request.gettext("This name is already taken.")}
        return _form(request, token, invitation, name, errors, 422)
    log.info("invitation accepted", extra={"admin": admin_id})
    return await login_page.start_session(request, admin_id, Goal(HOME))


def _add(connection: Connection, token: str, name: str, password_hash: str, request: AdminRequest) -> int | None:
    """Add the admin and use the invitation up, or neither. None if the name is taken, or the invitation used."""
    if admin_accounts.find_invitation(connection, token, request.now) is None:
        return None
    admin_id = admin_logins.add(connection, name, password_hash, request.now)
    if admin_id is None:
        return None
    invitation = admin_accounts.take_invitation(connection, token, request.now)
    if invitation is None:  # taken by another process meanwhile: on PostgreSQL its row was locked until now
        admin_accounts.remove(connection, admin_id, None, request.now)
        return None
    admin_accounts.added(connection, admin_id, invitation.role, invitation.sites, admin_id, request.now)
    return admin_id


def _form(
    request: AdminRequest,
    token: str,
    invitation: OpenInvitation,
    name: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    values = {"token": token[:200], "invitation": invitation, "name": name[: admin_logins.LONGEST_NAME]}
    return request.render("invited.html", values | {"errors": errors or {}}, status)


def _refuse(request: AdminRequest) -> Response:
    _ = request.gettext
    return request.message(
        403,
        _("This invitation is not valid"),
        _("It was accepted or withdrawn, is older than a week, or is incomplete. Ask for another one."),
        link=("admin/login", _("Go to login")),
    )
