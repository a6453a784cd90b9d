"""Threads for readers: comments, the form or both, as a fragment, a whole page or the demo article.

Everything but the question is the same for every reader. A page is therefore rendered once for each of its versions
and kept in memory, with gaps that a fresh question fills. Content for one reader (a form under a comment, a preview of
a held comment) is not kept.
"""

from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from service.comments.author_edit import find_own_comment
from service.comments.authors import comment_of_private_link
from service.comments.thread import read_thread
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
    """``GET /comments?page=``: the comments without the form. Public, with an entity tag, so a CDN may cache it."""
    wanted = (await ThreadRequest.of(request, "embed")).for_everybody()
    return await (await _rendered(wanted, "comments.html")).unless_known(request)


async def thread(request: Request) -> Response:
    """``GET /thread?page=``: comments and form. With ``captcha=lazy`` it has no question and is cacheable."""
    return await _fragment(request, await ThreadRequest.of(request, "embed"), "thread.html")


async def form(request: Request) -> Response:
    """``GET /form?page=&parent=``: the form, as a reply to the comment ``parent``."""
    return await _fragment(request, await ThreadRequest.of(request, "embed"), "form.html")


async def page(request: Request) -> Response:
    """``GET /page?page=``: the thread as a whole page, for an iframe (``frame=1``) or a plain link."""
    return await _whole_page(request, await ThreadRequest.of(request, "page"), "page.html")


async def demo(request: Request) -> Response:
    """``GET /``: the demo article with its thread, unless ``REPLY_DEMO`` is false."""
    return await _whole_page(request, await ThreadRequest.of(request, "demo"), "demo.html")


async def _fragment(request: Request, wanted: ThreadRequest, template: str) -> Response:
    if wanted.lazy and not wanted.is_personal:
        return await (await _rendered(wanted, template)).unless_known(request)
    return await _asked(request, wanted, template, _FRESH)


async def _whole_page(request: Request, wanted: ThreadRequest, template: str) -> Response:
    sent = headers.page_headers(wanted.context.settings.public_url, wanted.page.url, wanted.urls.frame_ancestors)
    return await _asked(request, wanted, template, raw({**_HTML, **sent}))


async def _asked(request: Request, wanted: ThreadRequest, template: str, sent: RawHeaders) -> PreparedResponse:
    """An answer with a fresh question. A client over its limit gets none, and is asked when the form is sent."""
    question = None if wanted.lazy else await ask(request, wanted)
    if isinstance(question, float):
        wanted, question = replace(wanted, lazy=True), None
    rendered = await _rendered(wanted, template)
    # Compression could reveal a secret by the length of the answer (BREACH); this answer holds none.
    if len(rendered.body) <= SMALLEST or not takes_gzip(request.scope["headers"]):
        return PreparedResponse(rendered.fill(question), sent)
    return PreparedResponse(await rendered.fill_compressed(question), (*sent, *GZIP, (b"vary", b"accept-encoding")))


async def _rendered(wanted: ThreadRequest, template: str) -> Fragment:
    version = await wanted.context.version(wanted.page)
    if wanted.is_personal:
        return await wanted.context.read(lambda connection: _draw(wanted, template, version, connection))
    shown = (wanted.urls, wanted.language.code, wanted.window)
    key = (template, wanted.page, wanted.title, *shown, wanted.lazy, wanted.data)
    return await wanted.context.threads.get(
        key,
        (version.page_id, version.number),  # the number starts again when a page is deleted and comes back
        lambda: wanted.context.read(lambda connection: _draw(wanted, template, version, connection)),
    )


def _draw(wanted: ThreadRequest, template: str, version: PageVersion, connection: Connection) -> Fragment:
    """Read and render every comment. This is too slow for the event loop, so it runs in a worker thread."""
    values = {
        "page": PageView(wanted.page.url, wanted.title or version.title),
        "form": None if template == "comments.html" else blank_form(wanted, version, connection),
        "thread": None if template == "form.html" else _view(wanted, version, connection),
    }
    html = wanted.context.templates.render(template, wanted.language, values)
    return Fragment.of(html, _language_headers(wanted))


def _language_headers(wanted: ThreadRequest) -> dict[str, str]:
    """The headers that tell caches which language this is, and whether Accept-Language decided it."""
    vary = {} if wanted.urls.lang else {"vary": "accept-language"}
    return {"content-language": wanted.language.code, **vary}


def _view(wanted: ThreadRequest, version: PageVersion, connection: Connection) -> ThreadView:
    preview = _previewed(wanted)
    window = wanted.window.at(wanted.parent) if wanted.parent else wanted.window
    part = read_thread(connection, wanted.page.site_id, version.page_id, window, preview=preview)
    own = {preview: wanted.urls.own_url(wanted.preview)} if _may_change(wanted, preview, connection) else {}
    view = thread_view(part, wanted.language, wanted.urls, window.order, closed=version.closed, own=own)
    view.reply_to = wanted.parent
    if wanted.data and part.count:
        page = PageView(wanted.page.url, wanted.title or version.title)
        view.data = linked_data(page, part.count, view.comments)
    return view


def _previewed(wanted: ThreadRequest) -> int:
    """The comment of the author's private link; 0 for none."""
    context = wanted.context
    return comment_of_private_link(context.keyring, wanted.page.site_id, wanted.preview, context.clock())


def _may_change(wanted: ThreadRequest, preview: int, connection: Connection) -> bool:
    """Whether the author with this private link may still edit or delete the comment."""
    own = find_own_comment(connection, (wanted.page.site_id, preview)) if preview else None
    context = wanted.context
    return own is not None and own.refusal(context.clock(), context.settings.edit_minutes, editing=False) is None
