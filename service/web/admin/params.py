"""What the admin's forms send: fields that may stand once, and keys that may repeat."""

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
_OURS = re.compile(r"/admin(/account|/check|/mail|/spam)?(\?[A-Za-z0-9%&=+._~*-]{0,2000})?", re.ASCII)


def safe_return_path(path: str) -> str:
    """The path if it is one of the admin's pages, else the list. So no form and no link leads to a foreign site."""
    return path if _OURS.fullmatch(path) else HOME


def current_path(request: Request) -> str:
    """The page that is shown now, to come back to. After a POST, which cannot be come back to, the list."""
    if request.method == "POST":
        return HOME
    query = f"?{request.url.query}" if request.url.query else ""
    return safe_return_path(HOME + request.url.path.rpartition("/admin")[2] + query)


def with_query(path: str, **more: str | int) -> str:
    """The path with parameters added; what it said of an earlier action is dropped."""
    base, _, query = path.partition("?")
    kept = [
        pair
        for pair in query.split("&")
        if pair and pair.partition("=")[0] not in ("done", "what", "n", "gone", "unread")
    ]
    return f"{base}?{'&'.join([*kept, *([urlencode(more)] if more else [])])}".rstrip("?")


_MOST_FIELDS = 2 * MOST_AT_ONCE
_KEY = re.compile(r"([0-9]{1,9})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ActionFields:
    """A form as it was sent."""

    pairs: list[tuple[str, str]]

    @classmethod
    async def of(cls, request: Request) -> "ActionFields":
        """Raises Unreadable (400) for what is no form."""
        return cls(await read_pairs(request, _MOST_FIELDS))

    def one(self, name: str) -> str:
        """A field's value; empty if it is not there. If it is there twice, the first counts."""
        return next((value for field, value in self.pairs if field == name), "")

    def keys(self, name: str) -> list[Key]:
        """Every ``site-id`` of this name. What is none is left out: nothing has such a key."""
        return [key for field, value in self.pairs if field == name and (key := read_key(value))]

    @property
    def back(self) -> str:
        """The page of the admin that the form stood on."""
        return safe_return_path(self.one("back"))


def read_key(text: str) -> Key | None:
    """``3-1700`` is the comment, or page, 1700 of site 3."""
    match = _KEY.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def read_instant(text: str) -> datetime | None:
    """``2026-11-24T12:00:00+00:00`` out of a form of ours; None for anything else."""
    try:
        instant = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return instant if instant.tzinfo else None


LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class ListQuery:
    """``status`` None is all but spam and trash, ``site`` None every site."""

    status: Status | None = None
    search: str = ""
    site: int | None = None
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ListQuery":
        """What cannot be read is left out."""
        status, site = parameters.get("status", ""), parameters.get("site", "")
        return cls(
            Status(status) if status in set(Status) else None,
            " ".join(parameters.get("q", "").replace("\x00", " ").split())[:LONGEST_SEARCH],
            whole_number(site, None, digits=9),
            parameters.get("before", ""),
            parameters.get("after", ""),
        )

    def read(self, connection: Connection) -> CommentList:
        """The page of the list that is asked for."""
        return list_comments(
            connection, self.status, search=self.search, site_id=self.site, before=self.before, after=self.after
        )

    def address(self, *, status: Status | None, search: str = "", before: str = "", after: str = "") -> str:
        """The list of another status, or another page of it, relative to the service's root."""
        given = {"status": status, "q": search, "site": self.site, "before": before, "after": after}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"admin?{query}" if query else "admin"
