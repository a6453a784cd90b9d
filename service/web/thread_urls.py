"""The URLs in a thread, which depend on the surface that shows it."""

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from service.page_address import PageRef, comment_url
from service.web_origin import origin_of

Surface = Literal["demo", "page", "frame", "embed"]


@dataclass(frozen=True, slots=True)
class ThreadUrls:
    """The URLs of a page's thread on a surface.

    ``demo``: our own article. ``page``: the thread alone. ``frame``: the same in an iframe. ``embed``: inside any page.
    ``reports``: readers may report comments.
    """

    surface: Surface
    base: str
    page: PageRef
    lang: str = ""
    order: str = ""
    first: str = ""
    reports: bool = False

    def address(self, **parameters: str | int) -> str:
        """The thread on our own pages, which work without JavaScript."""
        return self._url("/" if self.surface == "demo" else "/page", parameters)

    def reply_url(self, comment_id: int) -> str:
        """The form for a reply to a comment."""
        return self.address(parent=comment_id) + "#respond"

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """The origins besides our own that may frame this surface: the page's, in an iframe."""
        return (origin_of(self.page.url),) if self.surface == "frame" else ()

    def permalink(self, comment_id: int) -> str:
        """The link for bookmarking a visible comment; in an iframe it leads to the article around it."""
        return comment_url(self.page.url if self.surface == "frame" else "", comment_id)

    def whole_url(self, comment_id: int) -> str:
        """Where a comment that is folded here is shown whole: on our own pages, which need no script."""
        return comment_url(self.address(comment=comment_id), comment_id)

    def comment_url(self, comment_id: int) -> str:
        """Where an approved comment is shown: on the article when embedded, else on our own page."""
        if self.surface == "embed":
            return comment_url(self.page.url, comment_id)
        return self.whole_url(comment_id)

    def part_url(self, **part: int) -> str:
        """Another part of the thread."""
        return self.address(**part) + "#comments"

    def part_query(self, **part: int | str) -> str:
        """The query of ``/comments`` for the same part, for a script."""
        chosen = {"order": self.order, "first": self.first}
        return urlencode({name: value for name, value in chosen.items() if value} | part)

    def turned(self, order: str) -> "ThreadUrls":
        """The URLs of the same thread in the opposite of ``order``, from the part that comes first in it."""
        return (
            replace(self, order="new", first="newest") if order == "old" else replace(self, order="old", first="oldest")
        )

    def preview_url(self, comment_id: int, token: str) -> str:
        """The private page that shows its author a comment awaiting moderation."""
        return comment_url(self.address(preview=token), comment_id)

    def report_url(self, comment_id: int) -> str:
        """The form by which a reader reports a comment; empty where nobody can."""
        return self._url("/report", {"page": self.page.url, "comment": comment_id}) if self.reports else ""

    def own_url(self, token: str) -> str:
        """The private page where its author may edit or delete a comment."""
        return self._url("/own", {"page": self.page.url, "preview": token})

    def _url(self, path: str, parameters: dict[str, str | int]) -> str:
        query: dict[str, str | int] = {} if self.surface == "demo" else {"page": self.page.url}
        if self.surface == "frame":
            query["frame"] = 1
        chosen = {"lang": self.lang, "order": self.order, "first": self.first}
        query |= {name: value for name, value in chosen.items() if value}
        query |= parameters
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
