"""The pages of other systems, by whatever they call an address."""

import ipaddress
import pickle
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import EmptyPage, Incoming, IncomingComment, IncomingPage, Skipped
from service.importers.source_file import BadSource
from service.page_address import canonical, page_key
from service.visible_text import one_line
from service.web_origin import BadPage

_INDEX = re.compile(r"/index\.html?\Z", re.IGNORECASE)
_FILE = re.compile(r"\.(html?|php|aspx?|md)\Z", re.IGNORECASE)
_COPIES = (
    "localhost", "local", "googleusercontent.com", "translate.goog", "archive.org", "archive.ph", "bingj.com",
    "ngrok.io", "ngrok-free.app",
)  # fmt: skip
"""Hosts, with all below them, under which other people's pages or an owner's drafts are seen."""
_LONGEST = 4000
_IN_MEMORY = 8 * 1024 * 1024


@lru_cache(maxsize=4096)
def page_at(
    address: str,
    *names: str,
    title: str = "",
    closed: bool = False,
    trouble: str = "",
    only_paths: bool = False,
) -> IncomingPage:
    """A page by its address: a whole one, a path with or without its first slash, or a name that is no address.

    A word without slash or ending, such as ``roses``, is a name, unless the system knows ``only_paths``. ``trouble``
    keeps it from being used: then only ``--page`` finds the page.
    """
    address = one_line(address)
    parts = _split(address) if len(address) <= _LONGEST else None
    path, host, slug = _place(address, parts, only_paths) if parts else ("", "", "")
    known = tuple(dict.fromkeys(each[:_LONGEST] for each in (*map(one_line, names), address) if each))
    title = one_line(title)
    return IncomingPage(
        names=known,
        path="" if trouble else path,
        title="" if "://" in title or title == address else title,
        closed=closed,
        trouble=trouble or ("" if path else ImportSentence.NO_ADDRESS),
        host="" if trouble or not is_copy(host) else host,
        slug="" if trouble or path else slug,
    )


def same_page(page: IncomingPage) -> str:
    """What all spellings of a page's address share."""
    try:
        return (
            page.host + page_key(canonical(f"https://site.invalid{page.path}")) if page.path else "\n".join(page.names)
        )
    except BadPage:
        return page.host + page.path


def real_hosts_first(items: Iterable[Incoming]) -> Iterator[Incoming]:
    """The same items, those on a copy's host last, and as of the blog itself if nothing is on another host.

    A blog's readers leave comments on translated, archived and preview copies of its pages; and a site that was only
    ever tried out at home has no other address.
    """
    any_real, broken = False, None
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as held:
        try:
            for item in items:
                if isinstance(item, (IncomingComment, Skipped, EmptyPage)) and is_copy(item.page.host):
                    pickle.dump(item, held)
                    continue
                any_real = any_real or (isinstance(item, IncomingComment) and bool(item.page.path))
                yield item
        except BadSource as error:
            broken = error
        held.seek(0)
        for item in _unpickled(held):
            yield item if any_real else replace(item, page=replace(item.page, host=""))
    if broken:
        raise broken


def _unpickled(held: Any) -> Iterator[Any]:
    while True:
        try:
            yield pickle.load(held)  # noqa: S301 - this process wrote it, into a file without a name
        except EOFError:
            return


def _place(address: str, parts: SplitResult, only_paths: bool) -> tuple[str, str, str]:
    """Path with query, host, and slug of an address."""
    if parts.netloc and parts.scheme in ("http", "https", ""):
        return _path(parts), parts.hostname or "", ""
    if parts.scheme and not address.startswith("/"):
        return "", "", ""
    if address.startswith("/"):
        return _path(parts), "", ""
    if address and (only_paths or "/" in parts.path or _FILE.search(parts.path)):
        return "/" + _path(parts).removeprefix("/"), "", ""
    return "", "", address


def _path(parts: SplitResult) -> str:
    return urlunsplit(("", "", _INDEX.sub("/", parts.path) or "/", parts.query, ""))


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.hostname, parts.port  # raise ValueError only when they are read
    except ValueError:
        return None
    return parts


def is_copy(host: str) -> bool:
    """Whether a host shows copies of other hosts' pages, or drafts on somebody's own machine."""
    host = host.lower().rstrip(".")
    if any(host == each or host.endswith(f".{each}") for each in _COPIES):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
