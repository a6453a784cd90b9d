"""A page's comments, closed and opened again."""

from starlette.responses import Response

from service.comments.moderate import close_page
from service.web.admin.fields import Fields
from service.web.admin.paths import with_query
from service.web.admin.visit import Visit

_CLOSED = {"close": True, "open": False}


async def act(visit: Visit) -> Response:
    """``POST /admin/pages``: ``action`` is close or open, ``page`` which page."""
    fields = await Fields.of(visit.request)
    action, keys = fields.one("action"), fields.keys("page")
    if action not in _CLOSED or len(keys) != 1:
        _ = visit.gettext
        return visit.message(400, _("This could not be understood"), _("Nothing was changed."))
    changed = await visit.core.write(close_page, keys[0], closed=_CLOSED[action])
    visit.core.versions.forget_all()
    return visit.see_other(with_query(fields.back, what=action, n=int(changed)))
