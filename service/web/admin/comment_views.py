"""The views of the list of comments: what the admin's templates are given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.models import Status
from service.comments.admin_list import ALL, CommentList, ListedComment
from service.language import Language
from service.numbers import whole_number
from service.web.admin.params import ListQuery

LONG_TEXT, LONG_LINES, EXCERPT = 900, 14, 360
"""Characters and lines above which a text is folded, and the characters then shown."""

ACTIONS: dict[Status | None, tuple[str, ...]] = {
    None: ("approve", "pending", "spam", "trash"),
    Status.PENDING: ("approve", "spam", "trash"),
    Status.APPROVED: ("pending", "spam", "trash"),
    Status.SPAM: ("restore", "approve", "trash"),
    Status.TRASH: ("restore", "spam"),
}
"""Status of a comment, or of a tab → the possible actions, most frequent first."""


@dataclass(frozen=True, slots=True)
class ActionNotice:
    """What an action did, as the address says: to be shown, never trusted."""

    batch: int
    what: str
    number: int
    gone: int
    unread: int

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ActionNotice":
        """From the parameters that the action's redirect carries."""
        numbers = (min(whole_number(parameters.get(name, ""), 0), 9999) for name in ("n", "gone", "unread"))
        return cls(whole_number(parameters.get("done", ""), 0), parameters.get("what", ""), *numbers)


@dataclass(frozen=True, slots=True)
class TabView:
    """A tab above the list."""

    status: Status | None
    href: str
    number: int
    current: bool


@dataclass(frozen=True, slots=True)
class ListedCommentView:
    """A comment in the list. ``edited`` and ``deleted`` are when its author did so, empty if never."""

    item: ListedComment
    when: str
    edited: str = ""
    deleted: str = ""

    @property
    def key(self) -> str:
        """The comment's key in forms."""
        return f"{self.item.site_id}-{self.item.id}"

    @property
    def page_key(self) -> str:
        """The page's key in forms."""
        return f"{self.item.site_id}-{self.item.page_id}"

    @property
    def page_href(self) -> str:
        """The page's address if it is a web address; else empty, so that no ``javascript:`` becomes a link."""
        return self.item.page_url if self.item.page_url.startswith(("http://", "https://")) else ""

    @property
    def actions(self) -> tuple[str, ...]:
        """The possible actions."""
        return ACTIONS[self.item.status]

    @property
    def excerpt(self) -> str:
        """The beginning of a text that is long enough to be folded; else empty."""
        text = self.item.text
        if len(text) <= LONG_TEXT and text.count("\n") < LONG_LINES:
            return ""
        return "\n".join(text[:EXCERPT].split("\n")[:5]).rstrip()

    @property
    def reasons(self) -> Iterator[tuple[str, str]]:
        """(sentence, weight) for each reason of the spam check. Imported comments may hold any JSON here."""
        for reason in self.item.reasons or []:
            if isinstance(reason, dict) and (sentence := reason.get("sentence") or reason.get("symbol")):
                yield str(sentence), signed(reason.get("weight"))


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of the list. ``back`` is the path that its forms return to, ``seen`` when it was rendered."""

    query: ListQuery
    listing: CommentList
    counts: Mapping[Status, int]
    sites: Mapping[str, int]
    language: Language
    back: str
    seen: datetime

    @property
    def tabs(self) -> Iterator[TabView]:
        """A tab per status, with its number of comments. Its link keeps the search."""
        for tab_status in ACTIONS:
            number = sum(self.counts[status] for status in ([tab_status] if tab_status else ALL))
            href = self.query.address(status=tab_status, search=self.query.search)
            yield TabView(tab_status, href, number, tab_status == self.query.status)

    @property
    def items(self) -> list[ListedCommentView]:
        """The comments on this page of the list."""
        return [
            ListedCommentView(
                item, *(self.when(at) if at else "" for at in (item.created_at, item.edited_at, item.deleted_at))
            )
            for item in self.listing.items
        ]

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions for several comments at once."""
        return ACTIONS[self.query.status]

    @property
    def newer(self) -> str | None:
        """The address of the page of newer comments; None on the first page."""
        return self._page_address(after=self.listing.newer) if self.listing.newer else None

    @property
    def older(self) -> str | None:
        """The address of the page of older comments; None on the last page."""
        return self._page_address(before=self.listing.older) if self.listing.older else None

    @property
    def unsearched(self) -> str:
        """The address of the same tab without the search."""
        return self.query.address(status=self.query.status)

    def when(self, instant: datetime) -> str:
        """An instant in words."""
        return self.language.when(instant)

    def _page_address(self, **cursor: str) -> str:
        return self.query.address(status=self.query.status, search=self.query.search, **cursor)


def signed(weight: Any) -> str:
    """A weight in points with its sign, such as ``+3`` or ``−0.5``; empty for 0 and for anything but a number."""
    if not isinstance(weight, int | float) or not weight:
        return ""
    return f"{weight:+.3g}".replace("-", "−")
