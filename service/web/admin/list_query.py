"""The query of the admin's list: which comments it shows, read from an address and written into one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from db.models import Status
from service.admin_rights import CurrentAdmin
from service.comments.admin_list import ALL, PAGE_SIZES, PER_PAGE
from service.comments.comment_filter import EVERYTHING, CommentFilter
from service.number_parsing import whole_number
from service.spam.languages.text_language import language_names
from service.spam.rules import RULE_NAMES
from service.web.admin.admin_params import read_key

LONGEST_SEARCH = 200
_EVERY_STATUS = "all"
_REPLIED = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A page of the list. ``status`` None means all but spam and trash.

    ``chosen`` is False where the address names no status: then the list shows what waits, if anything does.
    """

    status: Status | None = None
    wanted: CommentFilter = EVERYTHING
    per_page: int = PER_PAGE
    before: str = ""
    after: str = ""
    chosen: bool = True

    @classmethod
    def of(cls, parameters: Mapping[str, str], admin: CurrentAdmin) -> "ListQuery":
        """From query parameters, for what an admin may see; invalid ones are ignored."""
        status, wanted = parameters.get("status", ""), replace(_filter_of(parameters), sites=admin.sites)
        if wanted.network and not admin.sees(wanted.network[0]):
            wanted = replace(wanted, network=None)  # whether somebody also commented there is not for them to know
        per_page = whole_number(parameters.get("per", ""), PER_PAGE)
        return cls(
            Status(status) if status in set(Status) else None,
            wanted,
            per_page if per_page in PAGE_SIZES else PER_PAGE,
            parameters.get("before", ""),
            parameters.get("after", ""),
            chosen=bool(status) or wanted.comment is not None,
        )

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters of this list, without its cursor."""
        wanted = self.wanted
        values = {
            "status": self.status or (_EVERY_STATUS if self.chosen else ""),
            "q": wanted.words,
            "site": str(wanted.site or ""),
            "page": _written(wanted.page),
            "comment": _written(wanted.comment),
            "parent": _written(wanted.parent),
            "network": _written(wanted.network),
            "author": wanted.author,
            "email": wanted.email,
            "reason": wanted.reason,
            "lang": wanted.language,
            "since": str(wanted.since or ""),
            "until": str(wanted.until or ""),
            "replied": next((word for word, value in _REPLIED.items() if value is wanted.replied), ""),
            "reported": "yes" if wanted.reported else "",
            "per": str(self.per_page) if self.per_page != PER_PAGE else "",
        }
        return {name: value for name, value in values.items() if value}

    @property
    def text(self) -> str:
        """The query of this list's address, without its cursor."""
        return urlencode(self.parameters)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses of the comments that it shows."""
        if self.wanted.comment:
            return tuple(Status)
        return (self.status,) if self.status else ALL

    def address(self, **cursor: str) -> str:
        """The address of a page of this list, relative to the service's root."""
        query = urlencode(self.parameters | cursor)
        return f"admin?{query}" if query else "admin"

    def of_status(self, status: Status | None) -> "ListQuery":
        """The newest page of the same list with another status."""
        return replace(self, status=status, before="", after="", chosen=True)

    def narrowed(self, **wanted: object) -> "ListQuery":
        """The newest page of all comments that the given fields of a ``CommentFilter`` describe, on the same site."""
        place = CommentFilter(site=self.wanted.site, sites=self.wanted.sites)
        return ListQuery(None, replace(place, **wanted), self.per_page)  # type: ignore[arg-type]  # of any field's type


def _filter_of(parameters: Mapping[str, str]) -> CommentFilter:
    reason, language = parameters.get("reason", ""), parameters.get("lang", "")
    return CommentFilter(
        words=_typed(parameters, "q"),
        site=whole_number(parameters.get("site", ""), None, digits=9),
        page=read_key(parameters.get("page", "")),
        comment=read_key(parameters.get("comment", "")),
        parent=read_key(parameters.get("parent", "")),
        network=read_key(parameters.get("network", "")),
        author=_typed(parameters, "author"),
        email=_typed(parameters, "email"),
        reason=reason if reason in RULE_NAMES else "",
        language=language if language in language_names() else "",
        since=_day(parameters.get("since", "")),
        until=_day(parameters.get("until", "")),
        replied=_REPLIED.get(parameters.get("replied", "")),
        reported=parameters.get("reported") == "yes",
    )


def _typed(parameters: Mapping[str, str], name: str) -> str:
    return " ".join(parameters.get(name, "").replace("\x00", " ").split())[:LONGEST_SEARCH]


def _day(text: str) -> date | None:
    """The day that ``2026-11-24`` names. None for anything else, and for a year that has no day after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1 < day.year < 9999 else None


def _written(key: tuple[int, int] | None) -> str:
    return f"{key[0]}-{key[1]}" if key else ""
