"""A face: where a thread is shown, and so where its links lead."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from service.urls import PageRef, origin_of

Surface = Literal["demo", "page", "frame", "embed"]


@dataclass(frozen=True, slots=True)
class ThreadUrls:
    """``demo``: our article. ``page``: the thread alone. ``frame``: that, in an iframe. ``embed``: inside any page."""

    surface: Surface
    base: str
    page: PageRef
    lang: str = ""
    order: str = ""
    first: str = ""

    def address(self, **more: str | int) -> str:
        """Where the thread can be read without JavaScript, on our own pages."""
        return self._query("/" if self.surface == "demo" else "/page", more)

    def reply_url(self, comment_id: int) -> str:
        """The form under a comment."""
        return self.address(parent=comment_id) + "#respond"

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """The origins that may show this face in a frame, besides our own: that of the page."""
        return (origin_of(self.page.url),) if self.surface == "frame" else ()

    def permalink(self, comment_id: int) -> str:
        """What is worth keeping as a link to a comment that is in view: in a frame, the article around it."""
        return f"{self.page.url if self.surface == 'frame' else ''}#comment-{comment_id}"

    def comment_url(self, comment_id: int) -> str:
        """Where an approved comment is seen: on the article itself, unless that is ours or they are in a frame."""
        if self.surface == "embed":
            return f"{self.page.url}#comment-{comment_id}"
        return self.address(comment=comment_id) + f"#comment-{comment_id}"

    def part_url(self, **part: int) -> str:
        """Another part of the thread."""
        return self.address(**part) + "#comments"

    def part_query(self, **part: int) -> str:
        """The same for a script that asks for ``/comments``."""
        chosen = {"order": self.order, "first": self.first}
        return urlencode({name: value for name, value in chosen.items() if value} | part)

    def preview_url(self, comment_id: int, token: str) -> str:
        """Where its author alone sees a comment that awaits moderation."""
        return self.address(preview=token) + f"#comment-{comment_id}"

    def own_url(self, token: str) -> str:
        """Where its author may change a comment."""
        return self._query("/own", {"page": self.page.url, "preview": token})

    def _query(self, path: str, more: dict[str, str | int]) -> str:
        query: dict[str, str | int] = {} if self.surface == "demo" else {"page": self.page.url}
        if self.surface == "frame":
            query["frame"] = 1
        chosen = {"lang": self.lang, "order": self.order, "first": self.first}
        query |= {name: value for name, value in chosen.items() if value}
        query |= more
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
