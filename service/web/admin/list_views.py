"""The views of the list of comments: what the admin's templates are given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from db.models import Status
from service.comments.admin_counts import ListCounts
from service.comments.admin_list import ALL, MOST_OF_AN_ADDRESS, AdminCommentList, ListedComment
from service.comments.comment_filter import CommentFilter
from service.comments.earlier_decisions import PUT_ASIDE
from service.comments.report_rows import StoredReport
from service.comments.saved_views import NamedSearch
from service.comments.side_effects import Key
from service.language import Language
from service.number_parsing import as_words, whole_number
from service.web.admin.list_query import ListQuery
from service.web.admin.listed_comment import ACTIONS, ListedCommentView
from service.web.admin.reason_words import language_labels, rule_labels


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
    """A tab above the list. ``number`` is in words, such as ``10,000+``; ``some``: it is not 0."""

    status: Status | None
    href: str
    number: str
    some: bool
    current: bool


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of the list.

    ``counts`` are those of the filter, ``waiting`` all that wait on the site. ``back`` is the path that its forms
    return to, ``seen`` when it was rendered. ``decided_by`` names the moderator
    whose decisions stood in the way of the last action.
    """

    query: ListQuery
    listing: AdminCommentList
    counts: ListCounts
    waiting: ListCounts
    by_email: Mapping[tuple[int, str], Mapping[Status, int]]
    sites: Mapping[str, int]
    language: Language
    back: str
    seen: datetime
    can_undo: bool
    decided_by: str
    views: Sequence[NamedSearch] = ()
    reports: Mapping[Key, Sequence[StoredReport]] = field(default_factory=dict)

    @property
    def tabs(self) -> Iterator[TabView]:
        """A tab per status, with its number of comments. Its link keeps the filter."""
        for tab_status in ACTIONS:
            href = self.query.of_status(tab_status).address()
            number, more = self._number(tab_status), self._more(tab_status)
            yield TabView(tab_status, href, as_words(number, more=more), number > 0, tab_status == self.query.status)

    @property
    def pending(self) -> str:
        """The number of all that wait, in words; empty for none."""
        number = self.waiting[Status.PENDING]
        return as_words(number, more=Status.PENDING in self.waiting.more) if number else ""

    @property
    def has_more(self) -> bool:
        """Whether there are, or may be, more than ``hits``."""
        return self._more(self.query.status)

    @property
    def hits(self) -> int:
        """The number of comments that the filter finds under this tab."""
        return self._number(self.query.status)

    @property
    def items(self) -> list[ListedCommentView]:
        """The comments on this page of the list."""
        return [
            ListedCommentView(
                item,
                self.language,
                self.query,
                seen_before=self._seen_before(item),
                reports=self.reports.get((item.site_id, item.id), ()),
            )
            for item in self.listing.items
        ]

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions for several comments at once."""
        actions = ACTIONS[self.query.status]
        return ("keep", *actions) if self.query.wanted.reported else actions

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
        return rule_labels(self.language)

    @property
    def languages(self) -> dict[str, str]:
        """Code → name of each language that is told."""
        return language_labels(self.language)

    def when(self, instant: datetime) -> str:
        """An instant in words."""
        return self.language.when(instant)

    @property
    def _is_whole(self) -> bool:
        """Whether this page has all that the filter finds under this tab, which says more than a bounded count."""
        listing = self.listing
        return not (listing.older or listing.newer or listing.read_until)

    def _more(self, status: Status | None) -> bool:
        if status == self.query.status and self._is_whole:
            return False
        return bool(self.counts.more & {*([status] if status else ALL)})

    def _number(self, status: Status | None) -> int:
        if status == self.query.status and self._is_whole:
            return len(self.listing.items)
        return sum(self.counts[each] for each in ([status] if status else ALL))

    def _seen_before(self, item: ListedComment) -> tuple[tuple[Status, str], ...]:
        numbers = self.by_email.get((item.site_id, item.email.lower()), {})
        total = sum(numbers.values())
        more = total >= MOST_OF_AN_ADDRESS
        return tuple((status, as_words(n, more=more)) for status, n in numbers.items()) if total > 1 else ()
