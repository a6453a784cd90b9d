"""``/feed``, ``/latest`` and ``/popular``: what is new on a page or a site, and what is talked about.

What is made of one page is kept while its version stays; what is made of a whole site, for a moment.
"""

import json
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection, select
from starlette.responses import Response

from db import tables
from db.writer import job_of
from service.comment_row import CommentRow
from service.comments.recent import most_discussed, newest_comments
from service.language import Language
from service.numbers import whole_number
from service.urls import BadPage, PageRef, origin_of
from service.web.context import AppContext, Request, context_of
from service.web.http.params import choose_language
from service.web.json_ld import excerpt
from service.web.render.cache import PageVersion
from service.web.render.fragment import Fragment
from service.web.render.views import PublicCommentView, public_fields


@dataclass(slots=True)
class FeedEntry(PublicCommentView):
    """A comment ready for a feed or a list."""

    tag: str
    excerpt: str
    link: str
    page_url: str
    page_title: str
    parent: str | None

    @classmethod
    def of(cls, comment: CommentRow, language: Language) -> "FeedEntry":
        """In a language."""
        shown = public_fields(comment, language)
        site = f"tag:{urlsplit(comment.page_url).hostname},2026:site/{comment.site_id}/comment/"
        return cls(
            **shown,
            tag=f"{site}{comment.id}",
            excerpt=excerpt(shown["html"]),
            link=comment.permalink,
            page_url=comment.page_url,
            page_title=comment.page_title or comment.page_url,
            parent=f"{site}{comment.parent_id}" if comment.parent_id else None,
        )

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "id": self.id,
            "author": self.author,
            "url": self.url,
            "html": self.html,
            "excerpt": self.excerpt,
            "created": self.created.isoformat(),
            "link": self.link,
            "page": {"url": self.page_url, "title": self.page_title},
        }


_site = tables.site.c

IN_A_FEED = 50
MOST = 50
"""Entries of a list."""

LONGEST = 366
"""Days over which the most discussed pages are looked for."""

_ATOM = "application/atom+xml; charset=utf-8"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose comments, in which language, how many, in which shape."""

    context: AppContext
    page: PageRef
    language: Language
    number: int
    days: int
    json: bool

    @classmethod
    async def of(cls, request: Request) -> "_Asked":
        """Raises BadPage when no registered site is meant."""
        context, query = context_of(request), request.query_params
        if not query.get("site"):
            raise BadPage("Say which site is meant: ?site=https://your-site.example")
        return cls(
            context,
            await context.page(query["site"]),
            choose_language(context, query.get("lang", "")),
            min(whole_number(query.get("number", ""), 0) or 5, MOST),
            min(whole_number(query.get("days", ""), 0) or 30, LONGEST),
            query.get("format") == "json",
        )

    async def answer(self, request: Request, question: Callable[[Connection], list[Any]], template: str) -> Response:
        """As a fragment, or as JSON."""

        def draw(connection: Connection) -> Fragment:
            found = question(connection)
            if self.json:
                items = [each.as_json() for each in found]
                return Fragment.of(json.dumps({"items": items}, ensure_ascii=False), {}, "application/json")
            return Fragment.of(self.context.templates.render(template, self.language, {"items": found}), {})

        key = (template, self.page.site_id, self.language.code, self.number, self.days, self.json)
        return await _kept(self.context, request, key, self.context.versions.moment(), draw)


async def feed(request: Request) -> Response:
    """``GET /feed?page=`` or ``?site=``: the newest comments as Atom."""
    context, query = context_of(request), request.query_params
    spoken = choose_language(context, query.get("lang", ""))
    page = await context.page(query.get("site") or query.get("page", ""))
    version = None if query.get("site") else await context.version(page)
    asked = {"site": origin_of(page.url)} if version is None else {"page": page.url}
    asked |= {"lang": spoken.code} if query.get("lang") else {}

    def draw(connection: Connection) -> Fragment:
        found = newest_comments(connection, page.site_id, IN_A_FEED, page_id=version.page_id if version else None)
        registered_at = connection.execute(select(_site.created_at).where(_site.id == page.site_id)).scalar_one()
        values = _feed(page, version, [FeedEntry.of(each, spoken) for each in found], registered_at)
        values["address"] = context.address("/feed?" + urlencode(asked))
        text = context.templates.render("feed.xml", spoken, values)
        return Fragment.of(_NOT_XML.sub("", text), {"content-language": spoken.code}, _ATOM)

    key = ("feed", *asked.items())
    return await _kept(context, request, key, version.number if version else context.versions.moment(), draw)


def _feed(
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
    asked = await _Asked.of(request)
    site_id = asked.page.site_id

    def question(connection: Connection) -> list[FeedEntry]:
        return [FeedEntry.of(each, asked.language) for each in newest_comments(connection, site_id, asked.number)]

    return await asked.answer(request, question, "latest.html")


async def popular(request: Request) -> Response:
    """``GET /popular?site=``: the most discussed pages of the last 30 or ``days=`` days, as a fragment or as JSON."""
    asked = await _Asked.of(request)
    since = asked.context.clock() - timedelta(days=asked.days)
    return await asked.answer(request, job_of(most_discussed, asked.page.site_id, since, asked.number), "popular.html")


async def _kept(
    context: AppContext, request: Request, key: Hashable, version: Hashable, draw: Callable[[Connection], Fragment]
) -> Response:
    rendered = await context.threads.get(key, version, lambda: context.read(draw))
    return await rendered.unless_known(request)
