"""Reading: comments, form, or both, as a fragment, a whole page, or the demo article.

Everything but the question is the same for everybody, so it is rendered once for each version of the page and kept;
a fresh question then goes into its gaps. What is for one reader alone (a form under a comment, a preview) is not kept.
"""

from dataclasses import replace
from math import ceil

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.comments.author_edit import find_own_comment
from service.comments.thread import read_thread
from service.web.author_link import previewed_comment
from service.web.context import AppContext, Request
from service.web.form import ask, blank_form
from service.web.http import headers
from service.web.http.client import client_of
from service.web.http.params import ThreadRequest
from service.web.json_ld import linked_data
from service.web.render.cache import PageVersion
from service.web.render.fragment import (
    GZIP,
    SMALLEST,
    TITLE_GAP,
    Fragment,
    PreparedResponse,
    RawHeaders,
    raw,
    takes_gzip,
)
from service.web.render.views import PageView, ThreadView, thread_view

_HTML = {"content-type": "text/html; charset=utf-8"}
_FRESH = raw({**_HTML, **headers.FRESH_FRAGMENT})


async def comments(request: Request) -> Response:
    """``GET /comments?page=``: the comments alone. Public, with an entity tag; a CDN may help."""
    thread_request = (await ThreadRequest.of(request, "embed")).for_everybody()
    return await (await _rendered(request, thread_request, "comments.html")).unless_known(request)


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


async def _fragment(request: Request, thread_request: ThreadRequest, template: str) -> Response:
    if thread_request.lazy and not thread_request.is_personal:
        rendered = await _rendered(request, thread_request, template)
        return await (await rendered.with_title(thread_request.title)).unless_known(request)
    return await _asked(request, thread_request, template, _FRESH)


async def _whole_page(request: Request, thread_request: ThreadRequest, template: str) -> Response:
    sent = headers.page_headers(
        thread_request.context.settings.public_url, thread_request.page.url, thread_request.urls.frame_ancestors
    )
    return await _asked(request, thread_request, template, raw({**_HTML, **sent}))


async def _asked(request: Request, thread_request: ThreadRequest, template: str, sent: RawHeaders) -> PreparedResponse:
    """An answer with a question of its own. Whoever asks for too many gets none: it is asked when the form is sent."""
    question = None if thread_request.lazy else await ask(request, thread_request)
    if isinstance(question, float):
        thread_request, question = replace(thread_request, lazy=True), None
    rendered = await _rendered(request, thread_request, template)
    # What it holds is no secret, so its length may tell of it.
    if len(rendered.body) <= SMALLEST or not takes_gzip(request.scope["headers"]):
        return PreparedResponse(rendered.fill(question, thread_request.title), sent)
    filled = await rendered.fill_compressed(question, thread_request.title)
    return PreparedResponse(filled, (*sent, *GZIP, (b"vary", b"accept-encoding")))


async def _count_rendering(request: Request, context: AppContext) -> None:
    """Raises HTTPException 429: a client may have 120 parts of threads rendered a minute."""
    if wait := await context.wait(("render", client_of(request))):
        raise HTTPException(429, headers={"retry-after": str(ceil(wait))})


async def _rendered(request: Request, thread_request: ThreadRequest, template: str) -> Fragment:
    """From the cache, unless the answer is for this reader alone. Raises as ``_count_rendering`` does; a thread's first
    part is not counted, since proxies and crawlers ask for many."""
    context = thread_request.context
    version = await context.version(thread_request.page)
    typed = "" if version.title else thread_request.title
    may_transform = context.settings.templates is not None  # an owner's may shorten it, or write JSON
    placeholder = typed if may_transform or not typed else TITLE_GAP
    titled = replace(thread_request, title=version.title or placeholder)
    shown = (titled.urls, titled.language.code, titled.window)
    key = (template, titled.page, titled.title, *shown, titled.lazy, titled.data)
    number = (version.page_id, version.number)  # a page that was deleted and came back counts from the beginning
    is_first_part = titled.is_plain and not (may_transform and typed)
    if not is_first_part and (titled.is_personal or not context.threads.has(key, number)):
        await _count_rendering(request, context)

    async def render() -> Fragment:
        return await context.read(lambda connection: _draw(titled, template, version, connection))

    return await (render() if titled.is_personal else context.threads.get(key, number, render))


def _draw(thread_request: ThreadRequest, template: str, version: PageVersion, connection: Connection) -> Fragment:
    """Reads and renders every comment: work for a thread of its own, never for the event loop."""
    values = {
        "page": PageView(thread_request.page.url, thread_request.title or version.title),
        "form": None if template == "comments.html" else blank_form(thread_request, version, connection),
        "thread": None if template == "form.html" else _view(thread_request, version, connection),
    }
    html = thread_request.context.templates.render(template, thread_request.language, values)
    return Fragment.of(html, _language_headers(thread_request))


def _language_headers(thread_request: ThreadRequest) -> dict[str, str]:
    """Where no language was asked for by name, the reader's header has decided."""
    vary = {} if thread_request.urls.lang else {"vary": "accept-language"}
    return {"content-language": thread_request.language.code, **vary}


def _view(thread_request: ThreadRequest, version: PageVersion, connection: Connection) -> ThreadView:
    preview = previewed_comment(thread_request.context, thread_request.preview, thread_request.page.site_id)
    window = thread_request.window.at(thread_request.parent) if thread_request.parent else thread_request.window
    part = read_thread(connection, thread_request.page.site_id, version.page_id, window, preview=preview)
    own = (
        {preview: thread_request.urls.own_url(thread_request.preview)}
        if _may_change(thread_request, preview, connection)
        else {}
    )
    view = thread_view(part, thread_request.language, thread_request.urls, window.order, closed=version.closed, own=own)
    view.reply_to = thread_request.parent
    if thread_request.data and part.count:
        page = PageView(thread_request.page.url, version.title)  # no title from an address, which anybody may write
        view.data = linked_data(page, part.count, view.comments)
    return view


def _may_change(thread_request: ThreadRequest, preview: int, connection: Connection) -> bool:
    """Whether the author who came by the private link may still edit or delete the comment."""
    own = find_own_comment(connection, (thread_request.page.site_id, preview)) if preview else None
    context = thread_request.context
    return own is not None and own.hindrance(context.clock(), context.settings.edit_minutes, editing=False) is None
