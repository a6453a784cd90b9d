"""Parameters of the admin's requests: form fields, keys of comments and pages, and paths to return to."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from service.comments.moderate import MOST_AT_ONCE
from service.comments.side_effects import Key
from service.web.context import Request
from service.web.http.request_body import read_pairs

HOME = "/admin"
_ADMIN_PATHS = (
    "account",
    "account/mail",
    "blocks",
    "check",
    "comment",
    "delete",
    "duplicates",
    "figures",
    "import",
    "log",
    "mail",
    "page",
    "pages",
    "people",
    "privacy",
    "redirects",
    "rules",
    "sites",
    "spam",
    "webhooks",
)
"""Pages to which a form may return."""

_ADMIN_PATH = re.compile(
    rf"/admin(/({'|'.join(_ADMIN_PATHS)}))?(\?[A-Za-z0-9%&=+._~*-]{{0,2000}})?",
    re.ASCII,
)


def safe_return_path(path: str) -> str:
    """The path if it is a page of the admin, else the list's: so no form and no link can redirect to another site."""
    return path if _ADMIN_PATH.fullmatch(path) else HOME


def current_path(request: Request) -> str:
    """The requested page as a path to return to; for a POST, which a redirect cannot repeat, the page with its form."""
    url = urlsplit(request.headers.get("referer", "")) if request.method == "POST" else request.url
    if url.netloc != request.url.netloc:
        return HOME
    query = f"?{url.query}" if url.query else ""
    return safe_return_path(HOME + url.path.rpartition("/admin")[2] + query)


def with_query(path: str, **more: str | int) -> str:
    """The path with parameters added, and without those that reported an earlier action."""
    base, _, query = path.partition("?")
    kept_pairs = [
        pair
        for pair in query.split("&")
        if pair and pair.partition("=")[0] not in ("done", "what", "n", "gone", "unread", "overtaken", "by")
    ]
    return f"{base}?{'&'.join([*kept_pairs, *([urlencode(more)] if more else [])])}".rstrip("?")


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a login leads: to a page of the admin, and before that to the form that was sent when the last login had
    run out, as ``KeptForm.packed``."""

    back: str
    kept: str = ""


_MAX_FIELDS = 2 * MOST_AT_ONCE
_KEY = re.compile(r"([0-9]{1,9})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ActionFields:
    """The fields of a form, in order; names may repeat."""

    pairs: list[tuple[str, str]]

    @classmethod
    async def of(cls, request: Request, max_files: int = 0) -> "ActionFields":
        """Raises as ``read_pairs`` does, such as Unreadable (400)."""
        return cls(await read_pairs(request, _MAX_FIELDS, max_files))

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

    @property
    def goal(self) -> Goal:
        """Where the login leads whose form this is."""
        return Goal(self.back, self.one("kept"))


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
