"""The views of the list of comments: what the admin's templates are given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.models import Status
from service.comments.admin_list import ALL, CommentList, ListedComment
from service.comments.comment_filter import CommentFilter
from service.comments.earlier_decisions import PUT_ASIDE
from service.comments.saved_views import SavedView
from service.language import Language
from service.numbers import whole_number
from service.spam.language_guess import language_names
from service.spam.rules import RULE_NAMES
from service.web.admin.list_query import ListQuery
from service.web.admin.weighed_words import WeighedWord, importance, signed, weighed_words, without_words

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
    overtaken: int
    by: int

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ActionNotice":
        """From the parameters that the action's redirect carries."""

        def number(name: str, digits: int = 7) -> int:
            return whole_number(parameters.get(name, ""), 0, digits=digits)

        return cls(
            batch=number("done", digits=18),
            what=parameters.get("what", ""),
            number=number("n"),
            gone=number("gone"),
            unread=number("unread"),
            overtaken=number("overtaken"),
            by=number("by", digits=9),
        )


@dataclass(frozen=True, slots=True)
class TabView:
    """A tab above the list."""

    status: Status | None
    href: str
    number: int
    current: bool


@dataclass(frozen=True, slots=True)
class ListedCommentView:
    """A comment in the list. ``edited`` and ``deleted`` are when its author did so, empty if never. ``seen_before`` has
    a status and a number for the comments from the same email address, if there are others."""

    item: ListedComment
    when: str
    query: ListQuery
    edited: str = ""
    deleted: str = ""
    seen_before: tuple[tuple[Status, int], ...] = ()

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
    def reasons(self) -> list[tuple[str, str]]:
        """(sentence, weight) for each reason of the spam check, the one that decided first. Imported comments may hold
        any JSON here."""
        reasons = [reason for reason in self.item.reasons or [] if isinstance(reason, dict)]
        return [
            (without_words(str(sentence)), signed(reason.get("weight")))
            for reason in sorted(reasons, key=importance, reverse=True)
            if (sentence := reason.get("sentence") or reason.get("symbol"))
        ]

    @property
    def words(self) -> list[WeighedWord]:
        """What the text classifier went by: its five words that weigh most."""
        return weighed_words(
            str(each.get("sentence", "")) for each in self.item.reasons or [] if isinstance(each, dict)
        )

    @property
    def by_email(self) -> str:
        """The address of the list of all comments from this email address."""
        return self.query.narrowed(email=self.item.email).address()

    @property
    def on_page(self) -> str:
        """The address of the list of all comments on this page."""
        return self.query.narrowed(page=(self.item.site_id, self.item.page_id)).address()

    @property
    def parent(self) -> str:
        """The address of the list with nothing but the comment that this one answers."""
        return self.query.narrowed(comment=(self.item.site_id, self.item.parent_id)).address()


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of the list.

    ``counts`` are those of the filter, ``pending`` all that wait on the site. ``back`` is the path that its forms
    return to, ``seen`` when it was rendered. ``decided_by`` names the moderator
    whose decisions stood in the way of the last action.
    """

    query: ListQuery
    listing: CommentList
    counts: Mapping[Status, int]
    pending: int
    by_email: Mapping[tuple[int, str], Mapping[Status, int]]
    sites: Mapping[str, int]
    language: Language
    back: str
    seen: datetime
    can_undo: bool
    decided_by: str
    views: Sequence[SavedView] = ()

    @property
    def tabs(self) -> Iterator[TabView]:
        """A tab per status, with its number of comments. Its link keeps the filter."""
        for tab_status in ACTIONS:
            href = self.query.of_status(tab_status).address()
            yield TabView(tab_status, href, self._number(tab_status), tab_status == self.query.status)

    @property
    def hits(self) -> int:
        """The number of comments that the filter finds under this tab."""
        if self.query.wanted.comment:
            return len(self.listing.items)
        return self._number(self.query.status)

    @property
    def items(self) -> list[ListedCommentView]:
        """The comments on this page of the list."""
        return [
            ListedCommentView(
                item,
                self.when(item.created_at),
                self.query,
                edited=self.when(item.edited_at) if item.edited_at else "",
                deleted=self.when(item.deleted_at) if item.deleted_at else "",
                seen_before=self._seen_before(item),
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
        return self.query.address(after=self.listing.newer) if self.listing.newer else None

    @property
    def older(self) -> str | None:
        """The address of the page of older comments; None on the last page."""
        return self.query.address(before=self.listing.older) if self.listing.older else None

    @property
    def unfiltered(self) -> str:
        """The address of the same tab without the filter."""
        wanted = CommentFilter(site=self.query.wanted.site, sites=self.query.wanted.sites)
        return ListQuery(self.query.status, wanted, self.query.per_page).address()

    @property
    def emptying(self) -> str:
        """The address that deletes all of this list for good; empty but for spam and trash."""
        return f"admin/delete?{self.query.text}" if self.hits and self.query.status in PUT_ASIDE else ""

    @property
    def reasons(self) -> dict[str, str]:
        """Symbol → label of each rule of the spam check, by label."""
        return dict(sorted(((name, label) for name, (label, _) in RULE_NAMES.items()), key=lambda pair: pair[1]))

    @property
    def languages(self) -> dict[str, str]:
        """Code → name of each language that is told."""
        return language_names()

    def when(self, instant: datetime) -> str:
        """An instant in words."""
        return self.language.when(instant)

    def _number(self, status: Status | None) -> int:
        return sum(self.counts[each] for each in ([status] if status else ALL))

    def _seen_before(self, item: ListedComment) -> tuple[tuple[Status, int], ...]:
        numbers = self.by_email.get((item.site_id, item.email), {})
        return tuple(numbers.items()) if sum(numbers.values()) > 1 else ()
