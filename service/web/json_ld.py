"""Comments as JSON-LD for search engines, and as plain-text excerpts."""

from collections.abc import Iterable, Iterator
from typing import Any

from markupsafe import Markup

from service.escape_braces import json_in_html
from service.page_address import comment_url
from service.web.render.thread_views import CommentView, PageView


def excerpt(html: Markup, max_characters: int = 140) -> str:
    """The first words of a comment, without markup."""
    text = html.striptags()
    if len(text) <= max_characters:
        return text
    return text[:max_characters].rsplit(" ", 1)[0] + "…"


def _without_markup(html: Markup) -> str:
    """The words. Braces are put back first: they are plain text, and thousands of entities take long to read."""
    return Markup(html.replace("&#123;", "{").replace("&#125;", "}")).striptags()  # noqa: S704 - it was safe before


def linked_data(page: PageView, count: int, comments: Iterable[CommentView]) -> Markup:
    """A page's comments in the vocabulary of schema.org, escaped for a script element."""
    data = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": page.url,
        "url": page.url,
        "name": page.title or page.url,
        "commentCount": count,
        "comment": list(_linked_comments(page.url, comments, None)),
    }
    return Markup(json_in_html(data, ensure_ascii=False))  # noqa: S704 - json_in_html has escaped it


def _linked_comments(page_url: str, comments: Iterable[CommentView], parent: int | None) -> Iterator[dict[str, Any]]:
    for comment in comments:
        if comment.awaiting:
            continue
        address = comment_url(page_url, comment.id)
        author = {"@type": "Person", "name": comment.author} | ({"url": comment.url} if comment.url else {})
        linked = {"@type": "Comment", "@id": address, "url": address, "author": author}
        linked |= {"dateCreated": comment.created.isoformat(), "text": _without_markup(comment.html)}
        if parent is not None:
            linked["parentItem"] = {"@type": "Comment", "@id": comment_url(page_url, parent)}
        yield linked
        yield from _linked_comments(page_url, comment.replies, comment.id)
