"""The list of comments that moderators see, its filters, and replies."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from db.models import Status
from service.api_tokens import Bearer
from service.comments.admin_counts import ListCounts
from service.comments.comment_filter import CommentFilter
from service.comments.validation import LONGEST
from service.protocols.api.comment_shapes import ModeratedComment
from service.protocols.api.common_shapes import (
    Cursor,
    Flag,
    Key,
    Limit,
    NextCursor,
    QuerySite,
    Shape,
    key_of,
)


class CommentList(Shape):
    """A part of a list of comments, newest first."""

    items: list[ModeratedComment]
    next: NextCursor


def _day(value: Any) -> Any:
    """A day that has one before and one after it."""
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    raise ValueError("is not a day such as 2026-11-24")


def _with_neighbours(day: date) -> date:
    if not 1 < day.year < 9999:
        raise ValueError("lies too far away")
    return day


Day = Annotated[date, BeforeValidator(_day), AfterValidator(_with_neighbours)]
Search = Annotated[str, Field(max_length=200, description="Each word must be found.")]


class FilterQuery(Shape):
    """Filters, which all apply. ``words`` are searched in all fields and in the page's address and title."""

    words: Search = ""
    site: QuerySite | None = None
    page: Key | None = None
    network: Annotated[Key | None, Field(description="Id of a comment: others of its network, for two days.")] = None
    author: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=40, description="The symbol of a rule of the spam filter.")] = ""
    language: Annotated[str, Field(max_length=3, description="ISO 639-1 code.")] = ""
    since: Day | None = None
    until: Day | None = None
    replied: Flag | None = None
    reported: Annotated[Flag, Field(description="Only comments with open reports.")] = False

    def wanted(self, bearer: Bearer) -> CommentFilter:
        """The filter, for what the token's admin may see."""
        network = key_of(self.network) if self.network else None
        if network and not bearer.admin.sees(network[0]):
            network = (0, 0)  # of no comment, so that nothing is found
        return CommentFilter(
            words=" ".join(self.words.split()),
            site=self.site,
            sites=bearer.admin.sites,
            page=key_of(self.page) if self.page else None,
            network=network,
            author=self.author,
            email=self.email,
            reason=self.reason,
            language=self.language,
            since=self.since,
            until=self.until,
            replied=self.replied,
            reported=self.reported,
        )


class CommentListQuery(FilterQuery):
    """A filter and a part of what it finds. Without ``status``: pending and approved ones."""

    status: Status | None = None
    cursor: Cursor | None = None
    limit: Limit = 25


class StatusCounts(Shape):
    """Comments by status. A status in ``at_least`` has more comments than its number, too many to count."""

    approved: int
    pending: int
    spam: int
    trash: int
    at_least: list[Status]

    @classmethod
    def of(cls, counts: ListCounts) -> "StatusCounts":
        """As the list of comments counts them."""
        numbers = {status.value: number for status, number in counts.items()}
        return cls(**numbers, at_least=sorted(counts.more))


class NewReply(Shape):
    """A moderator's reply, under the name of the token's admin unless it has an ``author``."""

    text: Annotated[str, Field(max_length=LONGEST["comment"])]
    author: Annotated[str, Field(max_length=LONGEST["author"])] = ""
