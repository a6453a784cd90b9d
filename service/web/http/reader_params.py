"""Parameters of a reader's request: page, language, surface and part of the thread."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from db.engine import UNAVAILABLE
from service.comments.comment_ids_on_page import read_known_ids
from service.comments.returning_authors import comment_of_private_link
from service.comments.thread_order_and_paging import ThreadWindow
from service.comments.validation import page_title
from service.language import Language, accepted, language
from service.number_parsing import whole_number
from service.page_address import PageRef
from service.settings import End, Order, Settings
from service.web.context import AppContext, Request, context_of
from service.web.http.request_cache import asked
from service.web.thread_urls import Surface, ThreadUrls


@dataclass(frozen=True, slots=True)
class ThreadQuery:
    """The parameters of a GET, each with a default.

    ``lazy``: without a captcha question, which the script fetches on the form's first use. ``data``: with JSON-LD.
    ``known``: the version that a client has. ``instead``: the token of the question that is replaced.
    """

    page: str
    title: str
    lang: str
    frame: bool
    lazy: bool
    parent: int
    preview: str
    order: str
    first: str
    before: int
    after: int
    comment: int
    replies: int
    data: bool
    known: str
    instead: str

    @property
    def names_comments(self) -> bool:
        """Whether ids of comments, or the token of one, have to be checked."""
        return bool(self.parent or self.before or self.after or self.comment or self.replies or self.preview)

    def window(self, settings: Settings) -> ThreadWindow:
        """The requested part of the thread; the owner's settings fill in what is not given."""
        return ThreadWindow(
            _ORDERS.get(self.order, settings.comment_order),
            _ENDS.get(self.first, settings.default_comments_page),
            self.before,
            self.after,
            self.comment,
            self.replies,
            settings.comments_per_page,
        )


_ENDS: dict[str, End] = {"newest": "newest", "oldest": "oldest"}
_ORDERS: dict[str, Order] = {"new": "new", "old": "old"}


MAX_CACHED_QUERY = 1024
"""Bytes. Longer query strings are parsed each time, so that the cache is bounded by bytes: 4 MiB of keys."""


def read_query(query_string: bytes) -> ThreadQuery:
    """Parse a query string. Cached, since readers of a page send the same one again and again."""
    return cached_query(query_string) if len(query_string) <= MAX_CACHED_QUERY else _parse_query(query_string)


def _parse_query(query_string: bytes) -> ThreadQuery:
    query = QueryParams(query_string)
    pages = b"&".join(each for each in query_string.split(b"&") if each.startswith(b"page="))
    return ThreadQuery(
        QueryParams(pages.replace(b"+", b"%2B")).get("page", ""),  # unescaped, as in `page=…/c++-tips`
        page_title(query.get("title", "")),
        query.get("lang", ""),
        query.get("frame") == "1",
        query.get("captcha") == "lazy",
        whole_number(query.get("parent") or query.get("replytocom") or "", 0),
        query.get("preview", ""),
        query.get("order", "") if query.get("order") in _ORDERS else "",
        query.get("first", "") if query.get("first") in _ENDS else "",
        whole_number(query.get("before", ""), 0),
        whole_number(query.get("after", ""), 0),
        whole_number(query.get("comment", ""), 0),
        whole_number(query.get("replies", ""), 0),
        query.get("jsonld") != "no",
        query.get("known", ""),
        query.get("instead", ""),
    )


cached_query = lru_cache(maxsize=4096)(_parse_query)


@dataclass(frozen=True, slots=True)
class ThreadRequest:
    """A reader's GET, resolved: its page exists as a registered site's, its language and URLs are chosen."""

    context: AppContext
    page: PageRef
    title: str
    language: Language
    urls: ThreadUrls
    lazy: bool
    parent: int
    preview: str
    window: ThreadWindow
    data: bool

    @classmethod
    async def of(cls, request: Request, kind: Surface) -> "ThreadRequest":
        """Raises BadPage for anything but a page of a registered site."""
        context = context_of(request)
        sites, sent = await context.sites(), asked(request.scope, kind)
        known: ThreadRequest | None = context.parsed_requests.get(sent, sites)
        if known is not None:
            return known
        query = read_query(request.scope["query_string"])
        resolved = await cls._resolve(request, context, kind, query)
        if not query.names_comments:  # ids are looked up each time: a comment may have come or gone
            context.parsed_requests.keep(sent, sites, resolved)
        return resolved

    @classmethod
    async def _resolve(
        cls, request: Request, context: AppContext, kind: Surface, query: ThreadQuery
    ) -> "ThreadRequest":
        page = await context.page(context.demo_url if kind == "demo" else query.page)
        if query.names_comments:
            query = await _without_unknown(query, context, page)
        chosen = choose_language(context, query.lang, request.headers.get("accept-language", ""))
        urls = ThreadUrls(
            "frame" if kind != "demo" and query.frame else kind,
            context.settings.public_url,
            page,
            chosen.code if query.lang else "",
            query.order,
            query.first,
            reports=bool(context.settings.reports_hold),
        )
        window = query.window(context.settings)
        return cls(
            context, page, query.title, chosen, urls, query.lazy, query.parent, query.preview, window, query.data
        )

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the page, its language and the order is chosen, as in a reader's first request."""
        window = self.window
        return not (self.is_personal or window.before or window.after or window.comment or window.replies)

    def for_everybody(self) -> "ThreadRequest":
        """The same without ``parent`` and ``preview``, whose answer would be for this reader alone."""
        return replace(self, parent=0, preview="") if self.is_personal else self

    @property
    def is_personal(self) -> bool:
        """Whether the answer is for this reader alone, and so is not cached."""
        return bool(self.parent or self.preview)


async def _without_unknown(query: ThreadQuery, context: AppContext, page: PageRef) -> ThreadQuery:
    """The query without ids and tokens that lead to no comment of the page, so that made-up ones hit the cache."""
    ids = (query.parent, query.before, query.after, query.comment, query.replies)
    try:
        version = await context.version(page)
        known = await context.read_inline(read_known_ids, page.site_id, version.page_id, ids) if any(ids) else ids
    except UNAVAILABLE:  # a thread in the cache may still be shown
        known = ids
    parent, before, after, comment, replies = (number if number in known else 0 for number in ids)
    preview = (
        query.preview if comment_of_private_link(context.keyring, page.site_id, query.preview, context.clock()) else ""
    )
    return replace(query, parent=parent, before=before, after=after, comment=comment, replies=replies, preview=preview)


def choose_language(context: AppContext, requested: str, accept_language: str = "") -> Language:
    """The language of the page (``lang=``), else the reader's by ``Accept-Language``, else the owner's."""
    return language(requested or accepted(accept_language) or context.settings.language)


def urls_of_post(context: AppContext, page: PageRef, field: str, lang: str) -> ThreadUrls:
    """The URLs of the surface that a form was on, by its ``frame`` field."""
    surfaces: dict[str, Surface] = {"1": "frame", "page": "page"}
    surface = surfaces.get(field, "demo" if page.url == context.demo_url and context.settings.demo else "embed")
    reports = bool(context.settings.reports_hold)
    return ThreadUrls(surface, context.settings.public_url, page, lang, reports=reports)


def wants_json(request: Request) -> bool:
    """Whether the client accepts JSON and not HTML."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, *, get: Handler, **others: Handler) -> Route:
    """A route with one handler per method, such as ``post=``."""
    handlers = {name.upper(): handler for name, handler in others.items()}

    async def handle(request: Request) -> Response:
        return await handlers.get(request.method, get)(request)

    return Route(path, handle, methods=["GET", *handlers])
