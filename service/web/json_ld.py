"""Comments for machines: as plain text, and as the JSON-LD that search engines read."""

from collections.abc import Iterable, Iterator
from typing import Any

from markupsafe import Markup

from service.braces import json_in_html
from service.web.render.views import CommentView, PageView


def excerpt(html: Markup, most: int = 140) -> str:
    """The first words of a comment, without markup."""
    text = html.striptags()
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0] + "…"


def linked_data(page: PageView, count: int, comments: Iterable[CommentView]) -> Markup:
    """schema.org's description of a page's comments, safe to stand in a script element."""
    data = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": page.url,
        "url": page.url,
        "name": page.title or page.url,
        "commentCount": count,
        "comment": list(_described(page.url, comments, None)),
    }
    return Markup(json_in_html(data, ensure_ascii=False))  # noqa: S704 - escaped by it


def _described(page_url: str, comments: Iterable[CommentView], parent: int | None) -> Iterator[dict[str, Any]]:
    for comment in comments:
        if comment.awaiting:
            continue
        address = f"{page_url}#comment-{comment.id}"
        author = {"@type": "Person", "name": comment.author} | ({"url": comment.url} if comment.url else {})
        described = {"@type": "Comment", "@id": address, "url": address, "author": author}
        described |= {"dateCreated": comment.created.isoformat(), "text": comment.html.striptags()}
        if parent is not None:
            described["parentItem"] = {"@type": "Comment", "@id": f"{page_url}#comment-{parent}"}
        yield described
        yield from _described(page_url, comment.replies, comment.id)
