"""The form before anything is posted: as a fragment, and the question alone."""

from starlette.responses import JSONResponse, Response

from service.captcha import Challenge
from service.comments.thread import find_author
from service.language import Language
from service.pages import PageRef
from service.web import headers
from service.web.asking import Asking
from service.web.state import Core, Request
from service.web.versions import Version
from service.web.views import FormView


async def form(request: Request) -> Response:
    """``GET /form?page=&parent=``: the form with a fresh question."""
    asking = await Asking.of(request, "embed")
    version = await asking.core.version(asking.page)
    html = asking.core.rendering.render("form.html", asking.language, {"form": await blank_form(asking, version)})
    return Response(html, headers=headers.FRESH_FRAGMENT, media_type="text/html")


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


async def blank_form(asking: Asking, version: Version, *, lazy: bool = False) -> FormView:
    """An empty form for a page, under the comment that is being answered if there is one."""
    parent_author = None
    if asking.parent:
        question = find_author(asking.page.site_id, version.page_id, asking.parent)
        parent_author = await asking.core.read(question)
    challenge = None if lazy else fresh_challenge(asking.core, asking.page, asking.language)
    return FormView(
        action=asking.core.address("/comments"),
        page=asking.page.url,
        title=asking.title or version.title,
        parent=asking.parent if parent_author else 0,
        parent_author=parent_author,
        cancel_url=asking.face.address() + "#respond" if asking.parent else "",
        face=asking.face.kind,
        closed=version.closed,
        challenge=challenge,
    )


def fresh_challenge(core: Core, page: PageRef, language: Language, level: int = 1) -> Challenge:
    """A question that has never been asked."""
    return core.captcha.issue(
        page.site_id, page.key, core.clock(), level=level, language=language.code, gettext=language.gettext
    )
