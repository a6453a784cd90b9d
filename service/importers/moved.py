"""Pages whose address has changed: ``--map OLD=NEW``, and a CSV of redirects."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from service.urls import BadPage

_PAIR = re.compile(r"(.+?)=((?:/|https?://).*)", re.DOTALL)
_WITH_HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moved:
    """Pages whose address begins with ``old`` begin with ``new`` here; both are paths. ``host`` is empty for the blog's
    own pages. ``whole`` is for a single page."""

    host: str
    old: str
    new: str
    whole: bool = False


class MovedPages:
    """All that the owner says of moved pages. Single pages count first, then the longest beginning."""

    def __init__(self, moved: Iterable[Moved] = ()) -> None:
        each = list(moved)
        self._pages = {(one.host, one.old.rstrip("/")): one.new for one in reversed(each) if one.whole}
        self._beginnings = sorted((one for one in each if not one.whole), key=lambda one: -len(one.old))

    def find(self, path: str, host: str, names: Iterable[str]) -> str:
        """The path here of a page with this path, foreign host and names; empty if nothing is said of it."""
        if not (self._pages or self._beginnings):
            return ""
        hosts = {host, *(plain_host(name) for name in names if _WITH_HOST.match(name))}
        for each in hosts:
            if (each, path.rstrip("/")) in self._pages:
                return self._pages[each, path.rstrip("/")]
        for one in self._beginnings:
            if one.host in hosts and path.startswith(one.old):
                return one.new + path.removeprefix(one.old)
        return ""


def plain_host(text: str) -> str:
    """A host as ``IncomingPage.host`` has it: in lower case, without scheme, ``www.``, port 80 or 443 and path."""
    host = re.sub(r"^(?:https?:)?//", "", text.strip().lower()).partition("/")[0]
    return re.sub(r":(?:80|443)$", "", host).removeprefix("www.")


def moved_pages(options: Iterable[str], origin: str) -> list[Moved]:
    """``OLD=NEW`` as typed, for pages of ``origin``. Raises BadPage."""
    moved = []
    for typed in options:
        pair = _PAIR.fullmatch(typed.strip())
        if pair is None:
            raise BadPage(f"--map {typed}: write it as OLD=NEW, such as /blog/=/articles/")
        moved.append(_moved(pair[1], pair[2], origin, f"--map {typed}", whole=False))
    return moved


def read_redirects(file: str, origin: str) -> list[Moved]:
    """A CSV whose first two columns are the old and the new address of a page. Raises BadPage for one that is none.

    A first line that holds no addresses is a heading.
    """
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            rows = [(number, row) for number, row in enumerate(csv.reader(lines), 1) if len(row) > 1]
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadPage(f"{file} cannot be read: {error}.") from error
    if rows and not _is_address(rows[0][1][1].strip()):
        del rows[0]
    return [_moved(row[0], row[1], origin, f"{file}, line {number}", whole=True) for number, row in rows]


def _moved(old: str, new: str, origin: str, place: str, *, whole: bool) -> Moved:
    old, new = old.strip(), new.strip()
    if not _is_address(old) or not _is_address(new):
        raise BadPage(f"{place}: {new if _is_address(old) else old} is neither a path nor an address.")
    if not new.startswith("/") and new != origin and not new.startswith(f"{origin}/"):
        raise BadPage(f"{place}: the new page has to be one of {origin}.")
    return Moved(plain_host(old) if _WITH_HOST.match(old) else "", _path(old), _path(new), whole)


def _is_address(text: str) -> bool:
    return text.startswith("/") or _WITH_HOST.match(text) is not None


def _path(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadPage(f"{address} is no address.") from error
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
