"""What the admin's templates are given."""

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
"""Characters and lines from which on a text is folded, and what is seen of it then."""

ACTIONS: dict[Status | None, tuple[str, ...]] = {
    None: ("approve", "pending", "spam", "trash"),
    Status.PENDING: ("approve", "spam", "trash"),
    Status.APPROVED: ("pending", "spam", "trash"),
    Status.SPAM: ("restore", "approve", "trash"),
    Status.TRASH: ("restore", "spam"),
}
"""What can be done to a comment, or in a tab, what is wanted most first."""


@dataclass(frozen=True, slots=True)
class ActionNotice:
    """What an action did, out of an address: for showing, not for trusting."""

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
    """A comment in the list, with its times for reading; the last two are by its author, and may be empty."""

    item: ListedComment
    when: str
    edited: str = ""
    deleted: str = ""

    @property
    def key(self) -> str:
        """As the forms name it."""
        return f"{self.item.site_id}-{self.item.id}"

    @property
    def page_key(self) -> str:
        """As the forms name its page."""
        return f"{self.item.site_id}-{self.item.page_id}"

    @property
    def page_href(self) -> str:
        """The page's address, if it is one that a browser may follow."""
        return self.item.page_url if self.item.page_url.startswith(("http://", "https://")) else ""

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done to it."""
        return ACTIONS[self.item.status]

    @property
    def excerpt(self) -> str:
        """The beginning of a text that is too long to be shown at once; else empty."""
        text = self.item.text
        if len(text) <= LONG_TEXT and text.count("\n") < LONG_LINES:
            return ""
        return "\n".join(text[:EXCERPT].split("\n")[:5]).rstrip()

    @property
    def reasons(self) -> Iterator[tuple[str, str]]:
        """Sentence and weight of each thing the checks found. Comments from elsewhere may hold anything here."""
        for reason in self.item.reasons or []:
            if isinstance(reason, dict) and (sentence := reason.get("sentence") or reason.get("symbol")):
                yield str(sentence), signed(reason.get("weight"))


@dataclass(frozen=True, slots=True)
class ListView:
    """One page of the list. ``back`` is where its forms lead back to, ``seen`` is when it was drawn."""

    query: ListQuery
    listing: CommentList
    counts: Mapping[Status, int]
    sites: Mapping[str, int]
    language: Language
    back: str
    seen: datetime

    @property
    def tabs(self) -> Iterator[TabView]:
        """Each status with the number of its comments. A search goes with the reader from tab to tab."""
        for status in ACTIONS:
            number = sum(self.counts[each] for each in ([status] if status else ALL))
            href = self.query.address(status=status, search=self.query.search)
            yield TabView(status, href, number, status == self.query.status)

    @property
    def items(self) -> list[ListedCommentView]:
        """The comments of this page."""
        return [
            ListedCommentView(
                item, *(self.when(at) if at else "" for at in (item.created_at, item.edited_at, item.deleted_at))
            )
            for item in self.listing.items
        ]

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done to many at once."""
        return ACTIONS[self.query.status]

    @property
    def newer(self) -> str | None:
        """The address of the page before this one."""
        return self._beside(after=self.listing.newer) if self.listing.newer else None

    @property
    def older(self) -> str | None:
        """The address of the page behind this one."""
        return self._beside(before=self.listing.older) if self.listing.older else None

    @property
    def unsearched(self) -> str:
        """The address without the search."""
        return self.query.address(status=self.query.status)

    def when(self, instant: datetime) -> str:
        """A date and time for reading."""
        return self.language.when(instant)

    def _beside(self, **cursor: str) -> str:
        return self.query.address(status=self.query.status, search=self.query.search, **cursor)


def signed(weight: Any) -> str:
    """A weight in points, with its sign: ``+3``, ``−0.5``. Empty for what is none, and for nothing."""
    if not isinstance(weight, int | float) or not weight:
        return ""
    return f"{weight:+.3g}".replace("-", "−")
