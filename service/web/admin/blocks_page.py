"""``/admin/blocks``: what is blocked, until when; and ``POST /admin/block``, which blocks from a comment."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from service.number_parsing import whole_number
from service.sites import read_sites
from service.spam.block_and_unblock import DAYS, Unblockable, block, entry_of, list_blocks, unblock
from service.spam.site_blocks import BlockKind
from service.web.admin.admin_params import HOME, ActionFields, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_views import ActionNotice


async def show(request: AdminRequest) -> Response:
    """``GET /admin/blocks``."""
    return await _page(request, {})


async def act(request: AdminRequest) -> Response:
    """``POST /admin/blocks``: ``add`` a block of a ``value`` of a ``kind`` on a ``site`` for some ``days``, or
    ``remove`` the one of an ``id``."""
    fields = await ActionFields.of(request.http)
    action, site_id = fields.one("action"), whole_number(fields.one("site"), 0, digits=9)
    if action == "remove":
        return await _remove(request, fields)
    kind = fields.one("kind")
    known = await request.context.read(read_sites)
    if action != "add" or kind not in set(BlockKind) or site_id not in request.current_admin.own_sites(known).values():
        return request.not_understood()
    try:
        changed = await _block(request, site_id, BlockKind(kind), fields)
    except Unblockable as error:
        typed = {name: fields.one(name) for name in ("kind", "value", "days", "site")}
        return await _page(request, typed, _sentence(request, error), 422)
    return request.see_other(f"{HOME}/blocks?what=block&n={int(changed)}")


async def _remove(request: AdminRequest, fields: ActionFields) -> Response:
    admin, ended = request.current_admin, False
    for site_id, block_id in admin.own(fields.keys("id"))[:1]:
        ended = await request.context.write(unblock, site_id, block_id, admin.id, request.now)
        request.context.spam.sites.forget(site_id)
    return request.see_other(f"{HOME}/blocks?what=unblock&n={int(ended)}")


async def block_sender(request: AdminRequest) -> Response:
    """``POST /admin/block``: block ``value`` on the site of ``comment``; ``action`` says what it is."""
    _ = request.gettext
    fields = await ActionFields.of(request.http)
    keys, action = request.current_admin.own(fields.keys("comment")), fields.one("action")
    if len(keys) != 1 or action not in set(BlockKind):
        return request.not_understood()
    try:
        changed = await _block(request, keys[0][0], BlockKind(action), fields)
    except Unblockable as error:
        sentence = _sentence(request, error)
        return request.message(422, _("Nothing was blocked"), sentence, link=(fields.back[1:], _("Back")))
    return request.see_other(with_query(fields.back, what="block", n=int(changed)))


async def _block(request: AdminRequest, site_id: int, what: BlockKind, fields: ActionFields) -> bool:
    entry, days = entry_of(what, fields.one("value")), whole_number(fields.one("days"), 0, digits=3)
    days = days if days in DAYS else 0
    changed = await request.context.write(block, site_id, what, entry, days, request.current_admin.id, request.now)
    request.context.spam.sites.forget(site_id)
    return changed


def _sentence(request: AdminRequest, error: Unblockable) -> str:
    _ = request.gettext
    if error.what is BlockKind.NETWORK:
        return _(
            "Enter a network such as 203.0.113.0/24, an address, or its beginning, such as 203.0.113. or 2001:db8:1:"
        )
    return _("There is nothing to block here. Hosts that everybody uses cannot be blocked.")


async def _page(request: AdminRequest, typed: Mapping[str, str], error: str = "", status: int = 200) -> Response:
    admin = request.current_admin

    def read(connection: Connection) -> dict[str, Any]:
        sites = admin.own_sites(read_sites(connection))
        return {"blocks": list_blocks(connection, admin.sites, request.now), "sites": sites}

    values = await request.context.read(read)
    values |= {
        "origins": {site_id: origin for origin, site_id in values["sites"].items()},
        "when": request.language.when,
    }
    values |= {"typed": typed, "error": error, "done": ActionNotice.of(request.http.query_params)}
    return request.render("blocks.html", values, status)
