"""What a reader's request asks for: which page, in which language, on which face."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.routing import Route

from service.comments.paging import ThreadWindow
from service.language import Language, accepted, language
from service.markup import one_line
from service.numbers import whole_number
from service.settings import End, Order, Settings
from service.urls import PageRef
from service.web.context import AppContext, Request, context_of
from service.web.thread_urls import Surface, ThreadUrls


@dataclass(frozen=True, slots=True)
class ThreadQuery:
    """The parameters of a GET. ``lazy``: without a question, which is fetched when the form is first used.

    ``data``: with what search engines read.
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

    def window(self, settings: Settings) -> ThreadWindow:
        """The part of the thread that is asked for; what is not said is as the owner set it."""
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


@lru_cache(maxsize=4096)
def read_query(query_string: bytes) -> ThreadQuery:
    """The same page is asked for again and again, by the same words."""
    query = QueryParams(query_string)
    return ThreadQuery(
        QueryParams(query_string.replace(b"+", b"%2B")).get("page", ""),  # unescaped, as in `page=…/c++-tips`
        one_line(query.get("title", ""))[:300],
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
    )


@dataclass(frozen=True, slots=True)
class ThreadRequest:
    """A GET of a reader, understood."""

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
        """Raises BadPage when no page of a registered site is meant."""
        context = context_of(request)
        query = read_query(request.scope["query_string"])
        page = await context.page(context.demo_url if kind == "demo" else query.page)
        spoken = choose_language(context, query.lang, request.headers.get("accept-language", ""))
        urls = ThreadUrls(
            "frame" if kind != "demo" and query.frame else kind,
            context.settings.public_url,
            page,
            spoken.code if query.lang else "",
            query.order,
            query.first,
        )
        window = query.window(context.settings)
        return cls(
            context, page, query.title, spoken, urls, query.lazy, query.parent, query.preview, window, query.data
        )

    def for_everybody(self) -> "ThreadRequest":
        """The same, without what only this reader may see."""
        return replace(self, parent=0, preview="") if self.is_personal else self

    @property
    def is_personal(self) -> bool:
        """Whether the answer is for this reader alone, and so is not kept."""
        return bool(self.parent or self.preview)


def choose_language(context: AppContext, asked: str, header: str = "") -> Language:
    """The page's language if it says one, else the reader's by ``Accept-Language``, else the owner's."""
    return language(asked or accepted(header) or context.settings.language)


def urls_of_post(context: AppContext, page: PageRef, field: str, lang: str) -> ThreadUrls:
    """The face that a form was on, by its ``frame`` field."""
    kinds: dict[str, Surface] = {"1": "frame", "page": "page"}
    kind = kinds.get(field, "demo" if page.url == context.demo_url and context.settings.demo else "embed")
    return ThreadUrls(kind, context.settings.public_url, page, lang)


def wants_json(request: Request) -> bool:
    """Whether the answer should be JSON rather than a page."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, *, get: Handler, **others: Handler) -> Route:
    """A route with a handler for each method, such as ``post=``."""
    handlers = {name.upper(): handler for name, handler in others.items()}

    async def handle(request: Request) -> Response:
        return await handlers.get(request.method, get)(request)

    return Route(path, handle, methods=["GET", *handlers])
