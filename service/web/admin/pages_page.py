"""``/admin/pages``: the pages of the admin's sites; and ``/admin/duplicates``: those that are likely one."""

from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from service.admin_rights import Right
from service.number_parsing import whole_number
from service.pages.duplicate_pages import LikelyOne, likely_duplicates
from service.pages.page_changes import Click, standing
from service.pages.page_list import AdminPageList, list_pages
from service.pages.undo_moves import BatchUndo, Undone
from service.sites import read_sites
from service.web.admin.admin_params import ActionFields, current_path, read_key, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_query import LONGEST_SEARCH
from service.web.admin.list_views import ActionNotice


async def show(request: AdminRequest) -> Response:
    """``GET /admin/pages``: newest first; ``site`` and ``q`` narrow the list, ``before`` is the key of a page
    behind which it goes on."""
    parameters, admin = request.http.query_params, request.current_admin
    words, before = parameters.get("q", "")[:LONGEST_SEARCH], read_key(parameters.get("before", ""))

    def read(connection: Connection) -> tuple[AdminPageList, dict[str, int], int]:
        own = admin.own_sites(read_sites(connection))
        chosen = whole_number(parameters.get("site", ""), 0, digits=9)
        site = chosen if chosen in own.values() else 0
        return list_pages(connection, [site] if site else admin.sites, words, before), own, site

    found, own, site = await request.context.search(read)
    narrowed = {"site": str(site or ""), "q": words}
    values = {
        "list": found,
        "sites": own,
        "site": site,
        "words": words,
        "query": urlencode({name: value for name, value in narrowed.items() if value}),
        "may_moderate": admin.may(Right.MODERATE),
        "may_settings": admin.may(Right.SETTINGS),
        **notice_values(request),
    }
    return request.render("pages.html", values)


def notice_values(request: AdminRequest) -> dict[str, object]:
    """What a page shows of the action before, and where its forms return to."""
    return {
        "done": ActionNotice.of(request.http.query_params),
        "back": with_query(current_path(request.http)),
        "when": request.language.when,
    }


async def show_duplicates(request: AdminRequest) -> Response:
    """``GET /admin/duplicates``: the pages of a ``site`` that are likely one."""
    wanted = whole_number(request.http.query_params.get("site", ""), 0, digits=9)

    def read(connection: Connection) -> tuple[dict[str, int], int, list[LikelyOne]]:
        own = request.current_admin.own_sites(read_sites(connection))
        site = wanted if wanted in own.values() else next(iter(own.values()), 0)
        return own, site, likely_duplicates(connection, site)

    own, site, groups = await request.context.search(read)
    values = {"sites": own, "site": site, "groups": groups, "when": request.language.when}
    return request.render("duplicates.html", values)


async def undo(request: AdminRequest) -> Response:
    """``POST /admin/pages/undo``: undo what a ``batch`` did to pages."""
    fields = await ActionFields.of(request.http)
    return await undo_batch_of_pages(request, whole_number(fields.one("batch"), 0, digits=18), fields.back)


async def undo_batch_of_pages(request: AdminRequest, batch: int, back: str) -> Response:
    """Undo what a batch did to pages, and return to the page ``back``; or say what is in the way."""
    admin = request.current_admin
    changes = await request.context.read(standing, batch)
    if not changes or not all(admin.sees(change.site_id) for change in changes):
        return request.see_other(with_query(back, what="pages-undo", n=0))
    undoing = BatchUndo(changes, Click(batch, request.now, admin.id))
    for job in undoing.jobs():
        await request.context.write_alone(job)
    if refused := set(undoing.outcomes) - {Undone.MORE, Undone.DONE}:
        return _refuse(request, refused, undoing.outcomes[Undone.DONE])
    return request.see_other(with_query(back, what="pages-undo", n=undoing.outcomes[Undone.DONE]))


def _refuse(request: AdminRequest, why: set[Undone], done: int) -> Response:
    _ = request.gettext
    reasons = {
        Undone.LATER: _("The page has since been moved or merged again. Undo that first."),
        Undone.TAKEN: _("Another page now has the old address."),
        Undone.ONE: _("The rules of the site make both addresses one page. Change the rules first."),
    }
    title = _("Not everything was undone") if done else _("Nothing was undone")
    sentences = [reasons[each] for each in Undone if each in why]
    return request.message(409, title, *sentences, link=("admin/log", _("Go to the log")))
