"""A comment as it stands in a feed or a list, away from its page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from service.comments.newest import Recent
from service.language import Language
from service.text import one_line, render, web_address
from service.web.plain import excerpt


@dataclass(frozen=True, slots=True)
class Entry:
    """A comment ready for a feed or a list."""

    id: int
    tag: str
    author: str
    url: str | None
    html: str
    excerpt: str
    created: datetime
    when: str
    link: str
    page_url: str
    page_title: str
    parent: str | None

    @classmethod
    def of(cls, recent: Recent, site_id: int, language: Language) -> "Entry":
        """In a language."""
        html = render(recent.text, recent.format)
        host = urlsplit(recent.page_url).hostname
        site = f"tag:{host},2026:site/{site_id}/comment/"
        return cls(
            recent.id,
            f"{site}{recent.id}",
            one_line(recent.author) or "?",
            web_address(recent.url) if recent.url else None,
            html,
            excerpt(Markup(html)),  # noqa: S704 - cleaned by nh3
            recent.created_at,
            language.when(recent.created_at),
            f"{recent.page_url}#comment-{recent.id}",
            recent.page_url,
            recent.page_title or recent.page_url,
            f"{site}{recent.parent_id}" if recent.parent_id else None,
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
