"""Threads for readers: comments, the form or both, as a fragment, a whole page or the demo article.

Everything but the question is the same for every reader. A page is therefore rendered once for each of its versions
and kept in memory, with gaps that a fresh question fills. Content for one reader (a form under a comment, a preview of
a held comment) is not kept.
"""

from dataclasses import replace
from math import ceil
from urllib.parse import urlsplit

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.comments.author_edit import find_own_comment
from service.comments.returning_authors import comment_of_private_link
from service.comments.thread_tree import read_thread
from service.page_address import PageRef
from service.web.context import AppContext, Request
from service.web.form_question import ask, blank_form
from service.web.http import response_headers
from service.web.http.gzip_blocks import SMALLEST, takes_gzip
from service.web.http.reader_params import ThreadRequest, choose_language, read_query
from service.web.http.request_client import client_of
from service.web.json_ld import linked_data
from service.web.render.fragment import GZIP, TITLE_GAP, Fragment, PreparedResponse, RawHeaders, raw
from service.web.render.thread_cache import PageVersion, read_version
from service.web.render.thread_views import PageView, ThreadView, thread_view
from service.web.thread_urls import ThreadUrls
from service.web_origin import origin_of

_HTML = {"content-type": "text/html; charset=utf-8"}
_FRESH = raw({**_HTML, **response_headers.FRESH_FRAGMENT})


async def comments(request: Request) -> Response:
    """``GET /comments?page=``: the comments without the form. Public, with an entity tag, so a CDN may cache it.

    ``known``: the version that a stored thread has; 204 if it is still the page's. An entity tag in ``If-None-Match``
    would say the same, but browsers ask for permission to send that to another origin, once for each page.
    """
    wanted = (await ThreadRequest.of(request, "embed")).for_everybody()
    known = read_query(request.scope["query_string"]).known
    if known and known == (await wanted.context.version(wanted.page)).tag:
        return Response(status_code=204, headers=response_headers.CACHED_FRAGMENT)
    return await (await _rendered(request, wanted, "comments.html")).unless_known(request)


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
        rendered = await _rendered(request, wanted, template)
        return await (await rendered.with_title(wanted.title)).unless_known(request)
    return await _asked(request, wanted, template, _FRESH)


async def _whole_page(request: Request, wanted: ThreadRequest, template: str) -> Response:
    public = wanted.context.settings.public_url
    sent = response_headers.page_headers(public, wanted.page.url, wanted.urls.frame_ancestors)
    site = "" if wanted.urls.surface == "demo" else f"/{urlsplit(origin_of(wanted.page.url)).netloc}"
    sent["link"] = f'<{public}{site}/wp-json/>; rel="https://api.w.org/"'  # where WordPress's clients look for the API
    return await _asked(request, wanted, template, raw({**_HTML, **sent}))


async def _asked(request: Request, wanted: ThreadRequest, template: str, sent: RawHeaders) -> PreparedResponse:
    """An answer with a fresh question. A client over its limit gets none, and is asked when the form is sent."""
    question = None if wanted.lazy else await ask(request, wanted)
    if isinstance(question, float):
        wanted, question = replace(wanted, lazy=True), None
    rendered = await _rendered(request, wanted, template)
    # Compression could reveal a secret by the length of the answer (BREACH); this answer holds none.
    if len(rendered.body) <= SMALLEST or not takes_gzip(request.scope["headers"]):
        return PreparedResponse(rendered.fill(question, wanted.title), sent)
    filled = await rendered.fill_compressed(question, wanted.title)
    return PreparedResponse(filled, (*sent, *GZIP, (b"vary", b"accept-encoding")))


async def _count_rendering(request: Request, context: AppContext) -> None:
    """Raises HTTPException 429: a client may have 120 parts of threads rendered a minute."""
    if wait := await context.wait(("render", client_of(request))):
        raise HTTPException(429, headers={"retry-after": str(ceil(wait))})


async def _rendered(request: Request, wanted: ThreadRequest, template: str) -> Fragment:
    """From the cache, unless the answer is for this reader alone. Raises as ``_count_rendering`` does; a thread's first
    part is not counted, since proxies and crawlers ask for many."""
    context = wanted.context
    version = await context.version(wanted.page)
    typed = "" if version.title else wanted.title
    may_transform = context.settings.templates is not None  # an owner's may shorten it, or write JSON
    placeholder = typed if may_transform or not typed else TITLE_GAP
    title = version.title or placeholder
    key = (template, wanted.urls, title, wanted.language.code, wanted.window, wanted.lazy, wanted.data)
    number = (version.page_id, version.number)  # the number starts again when a page comes back
    is_first_part = wanted.is_plain and not (may_transform and typed)
    if not is_first_part and (wanted.is_personal or not context.threads.has(key, number)):
        await _count_rendering(request, context)

    async def render() -> Fragment:
        titled = replace(wanted, title=title)
        return await context.read(lambda connection: _draw(titled, template, version, connection))

    return await (render() if wanted.is_personal else context.threads.get(key, number, render))


def _draw(wanted: ThreadRequest, template: str, version: PageVersion, connection: Connection) -> Fragment:
    """Read and render every comment. This is too slow for the event loop, so it runs in a worker thread."""
    values = {
        "page": PageView(wanted.page.url, wanted.title or version.title),
        "form": None if template == "comments.html" else blank_form(wanted, version, connection),
        "thread": None if template == "form.html" else _view(wanted, version, connection),
        "known": wanted.urls.part_query(known=version.tag) if _may_be_stored(wanted) else "",
    }
    html = wanted.context.templates.render(template, wanted.language, values)
    return Fragment.of(html, _language_headers(wanted))


def _may_be_stored(wanted: ThreadRequest) -> bool:
    """Whether a build may put this into a page, where the script asks later whether it is still true. The script
    itself, which asks without JSON-LD, has no use for that."""
    return wanted.lazy and wanted.data and wanted.is_plain and wanted.urls.surface == "embed"


def static_thread(connection: Connection, context: AppContext, page: PageRef) -> bytes:
    """The fragment of ``GET /thread?page=&captcha=lazy`` in the owner's language, for the build of a static site."""
    version = read_version(connection, page)
    window = read_query(b"").window(context.settings)
    urls = ThreadUrls("embed", context.settings.public_url, page, reports=bool(context.settings.reports_hold))
    chosen = choose_language(context, "")
    wanted = ThreadRequest(context, page, version.title, chosen, urls, True, 0, "", window, True)
    return _draw(wanted, "thread.html", version, connection).body


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
    view.live = version.tag if wanted.context.settings.live else ""
    if wanted.data and part.count:
        page = PageView(wanted.page.url, version.title)  # no title from an address, which anybody may write
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
