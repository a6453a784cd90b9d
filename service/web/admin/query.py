"""What the list is asked for, out of an address and into one."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import Connection

from db.models import Status
from service.comments.listing import Listing, list_comments
from service.numbers import whole_number

LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Query:
    """``status`` None is all but spam and trash, ``site`` None every site."""

    status: Status | None = None
    search: str = ""
    site: int | None = None
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Query":
        """What cannot be read is left out."""
        status, site = parameters.get("status", ""), parameters.get("site", "")
        return cls(
            Status(status) if status in set(Status) else None,
            " ".join(parameters.get("q", "").replace("\x00", " ").split())[:LONGEST_SEARCH],
            whole_number(site, None, digits=9),
            parameters.get("before", ""),
            parameters.get("after", ""),
        )

    def read(self, connection: Connection) -> Listing:
        """The page of the list that is asked for."""
        return list_comments(
            connection, self.status, search=self.search, site_id=self.site, before=self.before, after=self.after
        )

    def address(self, *, status: Status | None, search: str = "", before: str = "", after: str = "") -> str:
        """The list of another status, or another page of it, relative to the service's root."""
        given = {"status": status, "q": search, "site": self.site, "before": before, "after": after}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"admin?{query}" if query else "admin"
