"""Reading: the comments of a page, with or without the form, as a fragment, a whole page, or the demo article."""

from dataclasses import replace

from markupsafe import Markup
from sqlalchemy import Connection
from starlette.responses import Response

from service.comments.thread import read_thread
from service.web import headers
from service.web.asking import Asking
from service.web.cache import Rendered
from service.web.form import blank_form
from service.web.preview import previewed_comment
from service.web.state import Request
from service.web.versions import Version
from service.web.views import PageView, ThreadView, thread_view


async def comments(request: Request) -> Response:
    """``GET /comments?page=``: the comments alone. Public, with an entity tag; a CDN may help."""
    asking = await Asking.of(request, "embed")
    rendered = await _comments(asking, await asking.core.version(asking.page))
    tags = {**headers.CACHED_FRAGMENT, "etag": rendered.etag}
    if rendered.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=tags)
    return Response(rendered.body, headers=tags, media_type="text/html")


async def thread(request: Request) -> Response:
    """``GET /thread?page=``: comments and form. With ``captcha=lazy`` without a question, and cacheable."""
    asking = await Asking.of(request, "embed")
    lazy = request.query_params.get("captcha") == "lazy"
    html = await _thread(asking, await asking.core.version(asking.page), lazy=lazy)
    cacheable = lazy and not asking.preview
    return Response(
        html,
        headers=headers.CACHED_FRAGMENT if cacheable else headers.FRESH_FRAGMENT,
        media_type="text/html",
    )


async def page(request: Request) -> Response:
    """``GET /page?page=``: the thread as a whole page, for an iframe (``frame=1``) or a plain link."""
    return await _whole_page(await Asking.of(request, "page"), "page.html")


async def demo(request: Request) -> Response:
    """``GET /``: an article of our own with its thread, until the owner turns it off."""
    return await _whole_page(await Asking.of(request, "demo"), "demo.html")


async def _whole_page(asking: Asking, template: str) -> Response:
    version = await asking.core.version(asking.page)
    form = await blank_form(asking, version)
    context = {
        "page": PageView(asking.page.url, asking.title or version.title),
        "form": form,
        **await _thread_context(asking, version),
    }
    html = asking.core.rendering.render(template, asking.language, context)
    sites = await asking.core.read_sites() if asking.face.kind == "frame" else {}
    return Response(
        html,
        headers=headers.page_headers(asking.core.settings.public_url, asking.page.url, sites),
        media_type="text/html",
    )


async def _thread(asking: Asking, version: Version, *, lazy: bool) -> Markup:
    form = await blank_form(asking, version, lazy=lazy)
    context = {
        "page": PageView(asking.page.url, asking.title or version.title),
        "form": form,
        **await _thread_context(asking, version),
    }
    return asking.core.rendering.render("thread.html", asking.language, context)


async def _thread_context(asking: Asking, version: Version) -> dict[str, object]:
    """The comments rendered beforehand; unless the form or a preview stands among them, from the cache."""
    if asking.parent or asking.preview:
        view = await asking.core.read(lambda connection: _view(asking, version, connection))
        return {"thread": view, "comments_html": None}
    rendered = await _comments(asking, version)
    return {"thread": ThreadView(0, [], version.closed), "comments_html": rendered.html}


async def _comments(asking: Asking, version: Version) -> Rendered:
    asking = replace(asking, parent=0, preview="")  # what is cached is what everybody sees
    key = (asking.page.site_id, asking.page.key, asking.face.kind, asking.face.lang, asking.language.code)

    def draw(connection: Connection) -> Markup:
        view = _view(asking, version, connection)
        return asking.core.rendering.render("comments.html", asking.language, {"thread": view, "form": None})

    return await asking.core.threads.get(key, version.number, lambda: asking.core.read(draw))


def _view(asking: Asking, version: Version, connection: Connection) -> ThreadView:
    """Reads and renders every comment: work for a thread of its own, never for the event loop."""
    preview = previewed_comment(asking.core, asking.preview, asking.page.site_id)
    tree = read_thread(asking.page.site_id, version.page_id, preview=preview)(connection)
    view = thread_view(tree, asking.language, asking.face.reply_url, closed=version.closed)
    view.reply_to = asking.parent
    return view
