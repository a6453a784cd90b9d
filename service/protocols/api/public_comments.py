"""``/public``: what readers see, without a token. Answers are cached as ``/latest`` and ``/comments`` are."""

from datetime import timedelta
from math import ceil

from sqlalchemy import Connection

from db.models import Status
from service.comments.admin_list import list_comments
from service.comments.comment_filter import CommentFilter
from service.comments.list_cursor import write_cursor
from service.comments.newest_and_discussed import most_discussed, newest_comments
from service.comments.thread_tree import count_shown
from service.protocols.api.api_call import ApiAnswer, Call, not_here
from service.protocols.api.comment_shapes import PublicComment
from service.protocols.api.common_shapes import NoBody, NoQuery, Shape
from service.protocols.api.public_shapes import (
    CountedPages,
    Counts,
    LangQuery,
    PageCount,
    Popular,
    PopularPage,
    PopularQuery,
    PublicList,
    PublicListQuery,
    PublicPage,
    Question,
    QuestionQuery,
)
from service.protocols.api.token_auth import refuse_beyond_rate
from service.web.comment_counts import numbers_of
from service.web.form_question import ask
from service.web.http.api_problems import ApiProblem
from service.web.http.json_answer import JSON
from service.web.http.reader_params import ThreadRequest, choose_language
from service.web.http.request_client import client_of
from service.web.render.fragment import Fragment
from service.web.render.thread_cache import PageVersion


async def list_published(call: Call[PublicListQuery, NoBody]) -> ApiAnswer:
    """The newest comments of a page or a site, newest first."""
    context, query = call.context, call.query
    page = await context.page(query.page)
    version = None if query.whole_site else await context.version(page)
    language = choose_language(context, query.lang)

    def render(connection: Connection) -> Fragment:
        before = query.cursor[:2] if query.cursor else None
        of_page = version.page_id if version else None
        rows = newest_comments(connection, page.site_id, query.limit + 1, page_id=of_page, before=before)
        shown = rows[: query.limit]
        last = shown[-1] if len(rows) > query.limit else None
        found = PublicList(
            items=PublicComment.all(shown, language),
            next=write_cursor((last.created_at, last.id, last.site_id)) if last else None,
            page=_public_page(connection, page.site_id, page.url, version) if version else None,
        )
        return _as_fragment(found)

    known_version = (version.page_id, version.number) if version else context.versions.site_version()
    key = ("api", page.site_id, query.page, query.whole_site, language.code, query.cursor, query.limit)
    if query.cursor is not None and not context.threads.has(key, known_version):
        await refuse_beyond_rate(call.http, "render", client_of(call.http))
    fragment = await context.threads.get(key, known_version, lambda: context.read(render))
    return ApiAnswer(response=await fragment.unless_known(call.http))


def _public_page(connection: Connection, site_id: int, url: str, version: PageVersion) -> PublicPage:
    count = count_shown(connection, site_id, version.page_id) if version.page_id else 0
    return PublicPage(url=url, title=version.title, closed=version.closed, count=count)


def _as_fragment(found: Shape) -> Fragment:
    return Fragment.of(found.model_dump_json(), {}, JSON)


async def read_published(call: Call[LangQuery, NoBody]) -> ApiAnswer:
    """An approved comment."""
    key, language = call.key, choose_language(call.context, call.query.lang)

    def read(connection: Connection) -> list[PublicComment]:
        found = list_comments(connection, Status.APPROVED, CommentFilter(comment=key)).items
        return PublicComment.all([*found], language)

    found = await call.context.read(read)
    return ApiAnswer(response=await _as_fragment(found[0] if found else not_here()).unless_known(call.http))


async def ask_question(call: Call[QuestionQuery, NoBody]) -> ApiAnswer:
    """A captcha question for a comment on a page. It can be answered once, for a day."""
    challenge = await ask(call.http, await ThreadRequest.of(call.http, "embed"), instead_of=call.query.instead)
    if isinstance(challenge, float):
        sentence = "Too many questions were requested. Please wait a moment."
        raise ApiProblem(429, sentence, {"retry-after": str(ceil(challenge))})
    return ApiAnswer(question_of(challenge))


def question_of(challenge: object) -> Question:
    """The question of a challenge."""
    return Question.model_validate(challenge, from_attributes=True)


async def count_published(call: Call[NoQuery, CountedPages]) -> ApiAnswer:
    """The numbers of comments of up to 100 pages."""
    numbers = await numbers_of(call.context, call.body.pages)
    return ApiAnswer(Counts(items=[PageCount(page=page, count=number) for page, number in numbers.items()]))


async def list_popular(call: Call[PopularQuery, NoBody]) -> ApiAnswer:
    """The most discussed pages of a site within some days."""
    context, query = call.context, call.query
    page = await context.page(query.site)
    since = call.now - timedelta(days=query.days)

    def render(connection: Connection) -> Fragment:
        found = most_discussed(connection, page.site_id, since, query.limit)
        return _as_fragment(Popular(items=[PopularPage(**each.as_json()) for each in found]))

    key = ("api popular", page.site_id, query.days, query.limit)
    version = context.versions.site_version()
    fragment = await context.threads.get(key, version, lambda: context.read(render))
    return ApiAnswer(response=await fragment.unless_known(call.http))
