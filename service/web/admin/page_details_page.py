"""``/admin/page``: one page, with the addresses that lead to it; it gets another title or address, or is merged."""

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from db.column_types import new_id
from service.admin_rights import Right
from service.comments.page_actions import rename_page
from service.comments.validation import page_title
from service.known_sites import read_site
from service.pages.merge_pages import Merge, Progress, merge_slice
from service.pages.move_page import MoveOutcome, address_on, move_page, take_alias
from service.pages.page_changes import Click
from service.pages.page_list import AliasLine, PageLine, aliases_of, find_page_line, page_line_at
from service.web.admin.admin_params import ActionFields, read_key, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.admin.pages_page import notice_values
from service.web_origin import BadPage


@dataclass(frozen=True, slots=True)
class MoveTarget:
    """Where a page would go: an address, and the page that is there; None for none."""

    url: str
    page: PageLine | None


async def show(request: AdminRequest) -> Response:
    """``GET /admin/page``: the ``page``."""
    key = read_key(request.http.query_params.get("page", ""))
    page = await request.context.read(find_page_line, key) if key and request.current_admin.sees(key[0]) else None
    return await _page(request, page)


async def act(request: AdminRequest) -> Response:
    """``POST /admin/page``: give a ``page`` a ``title`` or another address ``to``, or take off an ``alias``.

    Without ``sure``, a page shows what another address would do: where comments are, both pages are merged.
    """
    fields = await ActionFields.of(request.http)
    keys, action = request.current_admin.own(fields.keys("page")), fields.one("action")
    page = await request.context.read(find_page_line, keys[0]) if keys else None
    if page is None:
        return await _page(request, None)
    click = Click(new_id(), request.now, request.current_admin.id)
    if action == "title":
        title = page_title(fields.one("title"))
        changed = await request.context.write_alone(
            rename_page, (page.site_id, page.id), title, click.admin_id, click.at
        )
        return _to_page(request, page, "title", int(changed))
    if action == "unalias":
        gone = await request.context.write_alone(take_alias, page.site_id, fields.one("alias"), click)
        return _to_page(request, page, "unalias", int(gone), click.batch if gone else 0)
    if action == "readdress":
        return await _readdress(request, page, fields, click)
    return request.not_understood()


async def _readdress(request: AdminRequest, page: PageLine, fields: ActionFields, click: Click) -> Response:
    typed = fields.one("to")

    def look(connection: Connection) -> MoveTarget | None:
        site = read_site(connection, page.site_id)
        if site is None:
            return None
        to = address_on(site, typed)
        return MoveTarget(to.url, page_line_at(connection, page.site_id, to.key))

    try:
        target = await request.context.read(look)
    except BadPage as error:
        return await _page(request, page, error=error_words(str(error), request.language), typed=typed, status=422)
    if target is None or target.url == page.url:
        return _to_page(request, page, "move", 0)
    into = target.page if target.page and target.page.id != page.id else None
    sure = fields.one("sure")
    if sure == "merge" and into:
        return await _merge(request, page, into, click)
    if sure == "move" and not into:
        moved = await request.context.write_alone(move_page, (page.site_id, page.id), target.url, click)
        return _to_page(request, page, "move", int(moved is MoveOutcome.DONE), click.batch)
    return request.render(
        "readdress.html", {"page": page, "to": target.url, "into": into, "when": request.language.when}
    )


async def _merge(request: AdminRequest, page: PageLine, into: PageLine, click: Click) -> Response:
    merge, progress = Merge(page.site_id, new_id(), page.id, into.id), Progress.MORE
    while progress is Progress.MORE:
        progress = await request.context.write_alone(merge_slice, merge, click)
    return _to_page(request, into, "merge", int(progress is Progress.DONE), click.batch)


def _to_page(request: AdminRequest, page: PageLine, what: str, number: int, batch: int = 0) -> Response:
    path = f"/admin/page?page={page.site_id}-{page.id}"
    return request.see_other(with_query(path, what=what, n=number, **({"done": batch} if batch else {})))


async def _page(
    request: AdminRequest, page: PageLine | None, *, error: str = "", typed: str = "", status: int = 200
) -> Response:
    _ = request.gettext
    if page is None:
        sentence = _("It was merged into another page, or it never existed.")
        link = ("admin/pages", _("Go to the pages"))
        return request.message(404, _("Page not found"), sentence, link=link)
    aliases: list[AliasLine] = await request.context.read(aliases_of, page.site_id, page.key)
    values = {
        "page": page,
        "aliases": aliases,
        "error": error,
        "typed": typed,
        "may_moderate": request.current_admin.may(Right.MODERATE),
        "may_settings": request.current_admin.may(Right.SETTINGS),
        **notice_values(request),
    }
    return request.render("page.html", values, status)
