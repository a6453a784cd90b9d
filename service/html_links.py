"""Links in the HTML of imported comments."""

import re
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from service.imported_html import ATTRIBUTE, TAG
from service.markdown.linkify import bare_addresses

_SAFE_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_MOST_LINKS = 50


def link_addresses(html: str, rel: str) -> str:
    """Safe HTML with its bare ``https://…`` as links with this ``rel``, outside of links and code."""
    if "://" not in html:
        return html
    finder = bare_addresses()
    pieces = _SAFE_TAG.split(html)
    inside: list[str] = []  # the open elements in which nothing is linked
    left = _MOST_LINKS
    for index, piece in enumerate(pieces):
        if index % 2:
            _follow(piece, inside)
        elif "://" in piece and not inside and left > 0:
            pieces[index], links = _linked(unescape(piece), rel, finder, left)
            left -= links
    return "".join(pieces)


def with_absolute_links(html: str, page: str) -> str:
    """Links that name no host lead to where they led on the ``page``, wherever the comment is shown."""
    return TAG.sub(lambda tag: _absolute(tag[0], page), html) if "href" in html.lower() else html


def _follow(tag: str, inside: list[str]) -> None:
    name = tag.strip("</>").partition(" ")[0]
    if name in ("a", "code", "pre"):
        if tag[1] == "/":
            if inside:
                inside.pop()
        else:
            inside.append(name)


def _linked(text: str, rel: str, finder: Any, most: int) -> tuple[str, int]:
    """Escaped HTML of a text with its addresses as links, and how many those are."""
    out, end, links = [], 0, 0
    for match in finder.match(text) or ():
        start, url = match.index, match.url
        if links < most and url.lower().startswith(("http://", "https://")):
            stop = match.last_index
            out += [escape(text[end:start], quote=False), f'<a href="{escape(url)}" rel="{rel}">']
            out += [escape(text[start:stop], quote=False), "</a>"]
            end, links = stop, links + 1
    out.append(escape(text[end:], quote=False))
    return "".join(out), links


def _absolute(tag: str, page: str) -> str:
    if not re.match(r"<a\s", tag, re.IGNORECASE):
        return tag
    return ATTRIBUTE.sub(lambda field: _absolute_field(field, page), tag)


def _absolute_field(field: re.Match[str], page: str) -> str:
    address = unescape(field[2].strip("\"'")).strip()
    if field[1].lower() != "href" or not address or re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.IGNORECASE):
        return field[0]
    try:
        return f'href="{escape(urljoin(page, address))}"'
    except ValueError:
        return field[0]
