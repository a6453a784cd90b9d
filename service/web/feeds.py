"""``/feed``, ``/latest`` and ``/popular``: the newest comments, and the most discussed pages.

A page's feed is cached for one version of the page. What is made of a whole site has no version, so it is cached for a
second, or until this process changes something.
"""

import json
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection, select
from starlette.responses import Response

from db import tables
from db.writer import job_of
from service.author_fields import PUBLIC_NAMES
from service.comment_row import CommentRow
from service.comments.fold_long_comments import BoundedText, bound_part
from service.comments.newest_and_discussed import most_discussed, newest_comments
from service.language import Language
from service.number_parsing import whole_number
from service.page_address import PageRef
from service.web.context import AppContext, Request, context_of
from service.web.http.json_answer import JSON
from service.web.http.reader_params import choose_language
from service.web.json_ld import excerpt
from service.web.render.fragment import Fragment
from service.web.render.thread_cache import PageVersion
from service.web.render.thread_views import PublicCommentView, public_fields, read_on
from service.web_origin import BadPage, origin_of


@dataclass(slots=True)
class FeedEntry(PublicCommentView):
    """A comment in a feed or a list. ``tag`` is its permanent id (RFC 4151)."""

    tag: str
    excerpt: str
    link: str
    page_url: str
    page_title: str
    parent: str | None

    @classmethod
    def all(cls, comments: Sequence[CommentRow], language: Language) -> "list[FeedEntry]":
        """The entries for readers of a language. Long texts are folded, as in a part of a thread."""
        texts = [BoundedText(comment.id, comment.text, comment.format) for comment in comments]
        bound_part(texts)
        return [cls._of(comment, text, language) for comment, text in zip(comments, texts, strict=True)]

    @classmethod
    def _of(cls, comment: CommentRow, text: BoundedText, language: Language) -> "FeedEntry":
        fields = public_fields(replace(comment, text=text.text), language, plain=text.is_as_typed)
        if text.is_folded:
            fields["html"] += read_on(comment.permalink, language)
        site = f"tag:{urlsplit(comment.page_url).hostname},2026:site/{comment.site_id}/comment/"
        return cls(
            **fields,
            tag=f"{site}{comment.id}",
            excerpt=excerpt(fields["html"]),
            link=comment.permalink,
            page_url=comment.page_url,
            page_title=comment.page_title or comment.page_url,
            parent=f"{site}{comment.parent_id}" if comment.parent_id else None,
        )

    def as_json(self) -> dict[str, Any]:
        """The entry in ``format=json``."""
        return {
            "id": self.id,
            **{name: getattr(self, name) for name in PUBLIC_NAMES},
            "html": self.html,
            "excerpt": self.excerpt,
            "created": self.created.isoformat(),
            "link": self.link,
            "page": {"url": self.page_url, "title": self.page_title},
        }


_site = tables.site.c

FEED_ENTRIES = 50
MAX_ITEMS = 50
"""The largest ``number=`` of a list."""

MAX_DAYS = 366
"""The largest ``days=`` of ``/popular``."""

_ATOM = "application/atom+xml; charset=utf-8"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _ListRequest:
    """A request for ``/latest`` or ``/popular``. ``page`` is any page of the site."""

    context: AppContext
    page: PageRef
    language: Language
    number: int
    days: int
    json: bool

    @classmethod
    async def of(cls, request: Request) -> "_ListRequest":
        """Raises BadPage for anything but a registered site."""
        context, query = context_of(request), request.query_params
        if not query.get("site"):
            raise BadPage("Say which site is meant: ?site=https://your-site.example")
        return cls(
            context,
            await context.page(query["site"]),
            choose_language(context, query.get("lang", "")),
            min(whole_number(query.get("number", ""), 0) or 5, MAX_ITEMS),
            min(whole_number(query.get("days", ""), 0) or 30, MAX_DAYS),
            query.get("format") == "json",
        )

    async def answer(self, request: Request, read_items: Callable[[Connection], list[Any]], template: str) -> Response:
        """The items as a fragment or as JSON."""

        def render(connection: Connection) -> Fragment:
            items = read_items(connection)
            if self.json:
                text = json.dumps({"items": [item.as_json() for item in items]}, ensure_ascii=False)
                return Fragment.of(text, {}, JSON)
            return Fragment.of(self.context.templates.render(template, self.language, {"items": items}), {})

        key = (template, self.page.site_id, self.language.code, self.number, self.days, self.json)
        return await _cached(self.context, request, key, self.context.versions.site_version(), render)


async def feed(request: Request) -> Response:
    """``GET /feed?page=`` or ``?site=``: the newest comments as Atom (RFC 4287)."""
    context, query = context_of(request), request.query_params
    language = choose_language(context, query.get("lang", ""))
    page = await context.page(query.get("site") or query.get("page", ""))
    version = None if query.get("site") else await context.version(page)
    parameters = {"site": origin_of(page.url)} if version is None else {"page": page.url}
    parameters |= {"lang": language.code} if query.get("lang") else {}

    def render(connection: Connection) -> Fragment:
        page_id = version.page_id if version else None
        rows = newest_comments(connection, page.site_id, FEED_ENTRIES, page_id=page_id)
        registered_at = connection.execute(select(_site.created_at).where(_site.id == page.site_id)).scalar_one()
        values = _feed_values(page, version, FeedEntry.all(rows, language), registered_at)
        values["address"] = context.address("/feed?" + urlencode(parameters))
        text = context.templates.render("feed.xml", language, values)
        return Fragment.of(_NOT_XML.sub("", text), {"content-language": language.code}, _ATOM)

    key = ("feed", *parameters.items())
    return await _cached(context, request, key, version.number if version else context.versions.site_version(), render)


def _feed_values(
    page: PageRef, version: PageVersion | None, entries: list[FeedEntry], registered_at: datetime
) -> dict[str, Any]:
    """The template's values for a page, or for its whole site without a version.

    Atom requires ``updated`` (RFC 4287, 4.2.15). An empty feed has the date of the site's registration, which stays.
    """
    origin = origin_of(page.url)
    return {
        "whole_site": version is None,
        "title": urlsplit(origin).netloc if version is None else version.title or page.url,
        "link": f"{origin}/" if version is None else page.url,
        "updated": max((entry.created for entry in entries), default=registered_at),
        "entries": entries,
    }


async def latest(request: Request) -> Response:
    """``GET /latest?site=``: the newest comments of a site, as a fragment or as JSON."""
    wanted = await _ListRequest.of(request)

    def read_entries(connection: Connection) -> list[FeedEntry]:
        rows = newest_comments(connection, wanted.page.site_id, wanted.number)
        return FeedEntry.all(rows, wanted.language)

    return await wanted.answer(request, read_entries, "latest.html")


async def popular(request: Request) -> Response:
    """``GET /popular?site=``: the pages most discussed in the last ``days=`` (30) days, as a fragment or as JSON."""
    wanted = await _ListRequest.of(request)
    since = wanted.context.clock() - timedelta(days=wanted.days)
    read_pages = job_of(most_discussed, wanted.page.site_id, since, wanted.number)
    return await wanted.answer(request, read_pages, "popular.html")


async def _cached(
    context: AppContext, request: Request, key: Hashable, version: Hashable, render: Callable[[Connection], Fragment]
) -> Response:
    fragment = await context.threads.get(key, version, lambda: context.read(render))
    return await fragment.unless_known(request)
