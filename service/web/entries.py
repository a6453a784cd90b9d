"""A comment as it stands in a feed or a list, away from its page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from service.comments.row import CommentRow
from service.language import Language
from service.web.plain import excerpt
from service.web.views import PublicView, public


@dataclass(slots=True)
class Entry(PublicView):
    """A comment ready for a feed or a list."""

    tag: str
    excerpt: str
    link: str
    page_url: str
    page_title: str
    parent: str | None

    @classmethod
    def of(cls, comment: CommentRow, language: Language) -> "Entry":
        """In a language."""
        shown = public(comment, language)
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
