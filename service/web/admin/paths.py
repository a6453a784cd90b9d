"""Addresses inside the admin: where a form goes back to, and nowhere else."""

import re
from urllib.parse import urlencode

from service.web.state import Request

HOME = "/admin"
_OURS = re.compile(r"/admin(/account|/check|/mail|/spam)?(\?[A-Za-z0-9%&=+._~*-]{0,2000})?", re.ASCII)


def inside(path: str) -> str:
    """The path if it is one of the admin's pages, else the list. So no form and no link leads to a foreign site."""
    return path if _OURS.fullmatch(path) else HOME


def current(request: Request) -> str:
    """The page that is shown now, to come back to. After a POST, which cannot be come back to, the list."""
    if request.method == "POST":
        return HOME
    query = f"?{request.url.query}" if request.url.query else ""
    return inside(HOME + request.url.path.rpartition("/admin")[2] + query)


def with_query(path: str, **more: str | int) -> str:
    """The path with parameters added; what it said of an earlier action is dropped."""
    base, _, query = path.partition("?")
    kept = [
        pair
        for pair in query.split("&")
        if pair and pair.partition("=")[0] not in ("done", "what", "n", "gone", "unread")
    ]
    return f"{base}?{'&'.join([*kept, *([urlencode(more)] if more else [])])}".rstrip("?")
