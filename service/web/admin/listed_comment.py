"""The view of a comment in the admin's list, and the actions that there are for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from db.models import Status
from service.comments.admin_list import ListedComment
from service.comments.earlier_decisions import PUT_ASIDE
from service.comments.report_rows import StoredReport
from service.language import Language
from service.web.admin.list_query import ListQuery
from service.web.admin.reason_words import reason_sentence
from service.web.admin.weighed_words import WeighedWord, importance, signed, weighed_words, without_words
from service.web.admin.word_labels import word_label

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
class ListedCommentView:
    """A comment in the list. ``seen_before`` has a status and a number for the comments from the same email address, if
    there are others. ``reports`` are those of readers."""

    item: ListedComment
    language: Language
    query: ListQuery
    seen_before: tuple[tuple[Status, str], ...] = ()
    reports: Sequence[StoredReport] = ()

    @property
    def when(self) -> str:
        """When it was posted."""
        return self.language.when(self.item.created_at)

    @property
    def edited(self) -> str:
        """When its author edited it; empty if never."""
        return self.language.when(self.item.edited_at) if self.item.edited_at else ""

    @property
    def deleted(self) -> str:
        """When its author deleted it; empty if never."""
        return self.language.when(self.item.deleted_at) if self.item.deleted_at else ""

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
        """The possible actions. What readers reported can be kept, which approves it."""
        actions = ACTIONS[self.item.status]
        if self.item.status in PUT_ASIDE or not self.open_reports:
            return actions
        return ("keep", *(each for each in actions if each != "approve"))

    @property
    def open_reports(self) -> int:
        """The number of reports that wait for a moderator."""
        return sum(report.open for report in self.reports)

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
            (reason_sentence(without_words(str(sentence)), self.language), signed(reason.get("weight")))
            for reason in sorted(reasons, key=importance, reverse=True)
            if (sentence := reason.get("sentence") or reason.get("symbol"))
        ]

    @property
    def words(self) -> list[WeighedWord]:
        """What the text classifier went by: its five words that weigh most."""
        stored = [str(each.get("sentence", "")) for each in self.item.reasons or [] if isinstance(each, dict)]
        return [replace(word, label=word_label(word.label, self.language)) for word in weighed_words(stored)]

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
