"""The form before anything is posted, and its question."""

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from service.captcha import Challenge
from service.comments.thread import find_author
from service.language import Language
from service.pages import PageRef
from service.web import headers
from service.web.asking import Asking
from service.web.cache import GAPS
from service.web.state import Core, Request
from service.web.versions import Version
from service.web.views import FormView


async def captcha(request: Request) -> Response:
    """``GET /captcha?page=``: a question as JSON."""
    asking = await Asking.of(request, "embed")
    challenge = fresh_challenge(asking.core, asking.page, asking.language)
    answer = {
        "question": challenge.question,
        "spoken": challenge.spoken,
        "token": challenge.token,
        "level": challenge.level,
        "expires": challenge.expires_at.isoformat(),
        "decoy": challenge.decoy,
    }
    return JSONResponse(answer, headers=headers.FRESH_FRAGMENT)


def blank_form(asking: Asking, version: Version, connection: Connection) -> FormView:
    """An empty form with gaps for a question, under the comment that is being answered if there is one."""
    parent_author = None
    if asking.parent:
        parent_author = find_author(asking.page.site_id, version.page_id, asking.parent)(connection)
    return FormView(
        action=asking.core.address("/comments"),
        page=asking.page.url,
        title=asking.title or version.title,
        parent=asking.parent if parent_author else 0,
        parent_author=parent_author,
        cancel_url=asking.face.address() + "#respond" if asking.parent else "",
        face=asking.face.kind,
        closed=version.closed,
        challenge=None if asking.lazy else GAPS,
    )


def fresh_challenge(core: Core, page: PageRef, language: Language, level: int = 1) -> Challenge:
    """A question that has never been asked."""
    return core.captcha.issue(
        page.site_id, page.key, core.clock(), level=level, language=language.code, gettext=language.gettext
    )
