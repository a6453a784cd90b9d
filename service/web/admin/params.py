"""Parameters of the admin's requests: form fields, keys of comments and pages, and the query of the list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from db.models import Status
from service.comments.admin_list import CommentList, list_comments
from service.comments.events import Key
from service.comments.moderate import MOST_AT_ONCE
from service.numbers import whole_number
from service.web.context import Request
from service.web.http.body import read_pairs

HOME = "/admin"
_ADMIN_PATH = re.compile(r"/admin(/account|/check|/mail|/spam)?(\?[A-Za-z0-9%&=+._~*-]{0,2000})?", re.ASCII)


def safe_return_path(path: str) -> str:
    """The path if it is a page of the admin, else the list's: so no form and no link can redirect to another site."""
    return path if _ADMIN_PATH.fullmatch(path) else HOME


def current_path(request: Request) -> str:
    """The requested page, as a path to return to; the list's for a POST, which a redirect cannot repeat."""
    if request.method == "POST":
        return HOME
    query = f"?{request.url.query}" if request.url.query else ""
    return safe_return_path(HOME + request.url.path.rpartition("/admin")[2] + query)


def with_query(path: str, **more: str | int) -> str:
    """The path with parameters added, and without those that told of an earlier action."""
    base, _, query = path.partition("?")
    kept_pairs = [
        pair
        for pair in query.split("&")
        if pair and pair.partition("=")[0] not in ("done", "what", "n", "gone", "unread")
    ]
    return f"{base}?{'&'.join([*kept_pairs, *([urlencode(more)] if more else [])])}".rstrip("?")


_MAX_FIELDS = 2 * MOST_AT_ONCE
_KEY = re.compile(r"([0-9]{1,9})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ActionFields:
    """The fields of a form, in order; names may repeat."""

    pairs: list[tuple[str, str]]

    @classmethod
    async def of(cls, request: Request) -> "ActionFields":
        """Raises as ``read_pairs`` does, such as Unreadable (400)."""
        return cls(await read_pairs(request, _MAX_FIELDS))

    def one(self, name: str) -> str:
        """The field's first value; empty without one."""
        return next((value for field, value in self.pairs if field == name), "")

    def keys(self, name: str) -> list[Key]:
        """All values of the field that are keys, see ``read_key``."""
        return [key for field, value in self.pairs if field == name and (key := read_key(value))]

    @property
    def back(self) -> str:
        """The page of the admin to return to."""
        return safe_return_path(self.one("back"))


def read_key(text: str) -> Key | None:
    """(3, 1700) for ``3-1700``: the comment or page 1700 of site 3. None for anything else."""
    match = _KEY.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def read_instant(text: str) -> datetime | None:
    """The instant that an ISO 8601 text with a time zone names; None for anything else."""
    try:
        instant = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return instant if instant.tzinfo else None


LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which comments a list shows. ``status`` None means all but spam and trash, ``site`` None all sites."""

    status: Status | None = None
    search: str = ""
    site: int | None = None
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ListQuery":
        """From query parameters; invalid ones are ignored."""
        status, site = parameters.get("status", ""), parameters.get("site", "")
        return cls(
            Status(status) if status in set(Status) else None,
            " ".join(parameters.get("q", "").replace("\x00", " ").split())[:LONGEST_SEARCH],
            whole_number(site, None, digits=9),
            parameters.get("before", ""),
            parameters.get("after", ""),
        )

    def read(self, connection: Connection) -> CommentList:
        """The requested page of the list."""
        return list_comments(
            connection, self.status, search=self.search, site_id=self.site, before=self.before, after=self.after
        )

    def address(self, *, status: Status | None, search: str = "", before: str = "", after: str = "") -> str:
        """The address of another list of this site, relative to the service's root."""
        parameters = {"status": status, "q": search, "site": self.site, "before": before, "after": after}
        query = urlencode({name: value for name, value in parameters.items() if value})
        return f"admin?{query}" if query else "admin"
