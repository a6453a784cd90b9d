"""Reading: comments, form, or both, as a fragment, a whole page, or the demo article.

Everything but the question is the same for everybody, so it is rendered once for each version of the page and kept;
a fresh question then goes into its gaps. What is for one reader alone (a form under a comment, a preview) is not kept.
"""

from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from service.comments.author_edit import find_own_comment
from service.comments.thread import read_thread
from service.web.author_link import previewed_comment
from service.web.context import Request
from service.web.form import ask, blank_form
from service.web.http import headers
from service.web.http.params import ThreadRequest
from service.web.json_ld import linked_data
from service.web.render.cache import PageVersion
from service.web.render.fragment import GZIP, SMALLEST, Fragment, PreparedResponse, RawHeaders, raw, takes_gzip
from service.web.render.views import PageView, ThreadView, thread_view

_HTML = {"content-type": "text/html; charset=utf-8"}
_FRESH = raw({**_HTML, **headers.FRESH_FRAGMENT})


async def comments(request: Request) -> Response:
    """``GET /comments?page=``: the comments alone. Public, with an entity tag; a CDN may help."""
    asking = (await ThreadRequest.of(request, "embed")).for_everybody()
    return await (await _rendered(asking, "comments.html")).unless_known(request)


async def thread(request: Request) -> Response:
    """``GET /thread?page=``: comments and form. With ``captcha=lazy`` without a question, and cacheable."""
    return await _fragment(request, await ThreadRequest.of(request, "embed"), "thread.html")


async def form(request: Request) -> Response:
    """``GET /form?page=&parent=``: the form alone."""
    return await _fragment(request, await ThreadRequest.of(request, "embed"), "form.html")


async def page(request: Request) -> Response:
    """``GET /page?page=``: the thread as a whole page, for an iframe (``frame=1``) or a plain link."""
    return await _whole_page(request, await ThreadRequest.of(request, "page"), "page.html")


async def demo(request: Request) -> Response:
    """``GET /``: an article of our own with its thread, until the owner turns it off."""
    return await _whole_page(request, await ThreadRequest.of(request, "demo"), "demo.html")


async def _fragment(request: Request, asking: ThreadRequest, template: str) -> Response:
    if asking.lazy and not asking.is_personal:
        return await (await _rendered(asking, template)).unless_known(request)
    return await _asked(request, asking, template, _FRESH)


async def _whole_page(request: Request, asking: ThreadRequest, template: str) -> Response:
    sent = headers.page_headers(asking.core.settings.public_url, asking.page.url, asking.face.frame_ancestors)
    return await _asked(request, asking, template, raw({**_HTML, **sent}))


async def _asked(request: Request, asking: ThreadRequest, template: str, sent: RawHeaders) -> PreparedResponse:
    """An answer with a question of its own. Whoever asks for too many gets none: it is asked when the form is sent."""
    question = None if asking.lazy else await ask(request, asking)
    if isinstance(question, float):
        asking, question = replace(asking, lazy=True), None
    rendered = await _rendered(asking, template)
    # What it holds is no secret, so its length may tell of it.
    if len(rendered.body) <= SMALLEST or not takes_gzip(request.scope["headers"]):
        return PreparedResponse(rendered.fill(question), sent)
    return PreparedResponse(await rendered.fill_packed(question), (*sent, *GZIP, (b"vary", b"accept-encoding")))


async def _rendered(asking: ThreadRequest, template: str) -> Fragment:
    version = await asking.core.version(asking.page)
    if asking.is_personal:
        return await asking.core.read(lambda connection: _draw(asking, template, version, connection))
    shown = (asking.face, asking.language.code, asking.window)
    key = (template, asking.page, asking.title, *shown, asking.lazy, asking.data)
    return await asking.core.threads.get(
        key,
        (version.page_id, version.number),  # a page that was deleted and came back counts from the beginning
        lambda: asking.core.read(lambda connection: _draw(asking, template, version, connection)),
    )


def _draw(asking: ThreadRequest, template: str, version: PageVersion, connection: Connection) -> Fragment:
    """Reads and renders every comment: work for a thread of its own, never for the event loop."""
    context = {
        "page": PageView(asking.page.url, asking.title or version.title),
        "form": None if template == "comments.html" else blank_form(asking, version, connection),
        "thread": None if template == "form.html" else _view(asking, version, connection),
    }
    html = asking.core.rendering.render(template, asking.language, context)
    return Fragment.of(html, _language_headers(asking))


def _language_headers(asking: ThreadRequest) -> dict[str, str]:
    """Where no language was asked for by name, the reader's header has decided."""
    vary = {} if asking.face.lang else {"vary": "accept-language"}
    return {"content-language": asking.language.code, **vary}


def _view(asking: ThreadRequest, version: PageVersion, connection: Connection) -> ThreadView:
    preview = previewed_comment(asking.core, asking.preview, asking.page.site_id)
    window = asking.window.at(asking.parent) if asking.parent else asking.window
    part = read_thread(connection, asking.page.site_id, version.page_id, window, preview=preview)
    own = {preview: asking.face.own_url(asking.preview)} if _may_change(asking, preview, connection) else {}
    view = thread_view(part, asking.language, asking.face, window.order, closed=version.closed, own=own)
    view.reply_to = asking.parent
    if asking.data and part.count:
        page = PageView(asking.page.url, asking.title or version.title)
        view.data = linked_data(page, part.count, view.comments)
    return view


def _may_change(asking: ThreadRequest, preview: int, connection: Connection) -> bool:
    """Whether the author who came by the private link may still edit or delete the comment."""
    own = find_own_comment(connection, (asking.page.site_id, preview)) if preview else None
    core = asking.core
    return own is not None and own.hindrance(core.clock(), core.settings.edit_minutes, editing=False) is None
