"""Safe HTML from what was typed: the Markdown of comments, and the HTML that WordPress allows in imported ones.

Text is stored as typed and made safe each time it is shown, so that a better renderer also serves old comments. What
was rendered is kept in memory up to a number of bytes.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from html import unescape

import nh3

from service.escape_braces import escape_braces
from service.html_links import link_addresses
from service.imported_html import paragraphs
from service.markdown.parser import comment_renderer
from service.markdown.rendering_cost import LINE_LIMIT, is_too_costly, split_at_limit

_LINK_REL = "ugc nofollow noopener"
_SCHEMES = {"http", "https", "mailto"}
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "del", "em", "i", "li", "ol", "p", "pre", "q", "s",
    "strong", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "li": {"value"}, "ol": {"start"}}
_SET_ATTRIBUTES = {"code": {"translate": "no"}}
"""Browsers translate pages; a translated program is wrong."""

LONG = 4096
"""Characters from which a text takes milliseconds, and is rendered off the event loop."""

_MOST_KEPT = 16 * 1024 * 1024
"""Bytes of rendered texts: some ten thousand comments. A page is rendered again with each of its changes, but not all
its comments."""

_EMPTY_PARAGRAPH = re.compile(r"<p>\s*</p>")
_END_OF_BLOCK = re.compile(r"</(?:p|li|pre|blockquote)>")
TAG = re.compile(r'<(?:[^<>"]|"[^"]*")*>')

_markdown_html = comment_renderer()

Key = tuple[str, ...]
_OVERHEAD = 300
"""Bytes of an entry besides its letters."""


class TextCache:
    """The results of ``make`` that were asked for most recently. ``most`` is in bytes, about. Threads may share it."""

    def __init__(self, make: Callable[..., str], most: int) -> None:
        self._make, self._most = make, most
        self._kept: OrderedDict[Key, str] = OrderedDict()
        self._lock = threading.Lock()
        self.size = self.made = 0

    def __call__(self, *key: str) -> str:
        """``make(*key)``, or what it returned before."""
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
        made = self._make(*key)  # two threads may make the same: neither waits for the other
        with self._lock:
            self.made += 1
            if key not in self._kept:
                self._kept[key] = made
                self.size += _weight(key, made)
            while self.size > self._most and self._kept:
                self.size -= _weight(*self._kept.popitem(last=False))
        return made


def _weight(key: Key, made: str) -> int:
    """Texts beyond Latin take up to four bytes a letter; two are counted, as for most scripts."""
    return 2 * (sum(map(len, key)) + len(made)) + _OVERHEAD


def render(text: str, form: str = "markdown") -> str:
    """Safe HTML for a comment's text, in ``markdown`` or ``html`` (as WordPress stores it)."""
    return rendered_texts(text, form)


def as_typed(text: str, form: str = "markdown") -> str:
    """Safe HTML for the same text without its marks, which costs next to nothing."""
    return escape_braces(_as_typed(_without_tags(text) if form == "html" else text))


def _render(text: str, form: str) -> str:
    if form == "html":
        return as_typed(text, form) if is_too_costly(text) else _clean_import(text)
    marked_up, rest = split_at_limit(text)
    return _clean(_markdown_html(marked_up)) + as_typed(rest)


rendered_texts = TextCache(_render, _MOST_KEPT)


def shown_text(text: str, form: str = "markdown") -> str:
    """The words of a comment as readers see them, without any HTML."""
    return _without_tags(_END_OF_BLOCK.sub(r" \g<0>", render(text, form)))


def without_tags(html: str) -> str:
    """The words of any HTML, such as that of a title, as plain text."""
    return _without_tags(html) if is_too_costly(html) else unescape(nh3.clean(html, tags=set()))


def _without_tags(html: str) -> str:
    return unescape(TAG.sub("", html))


def _as_typed(text: str) -> str:
    """Escaped text with its line breaks; a single element if there are too many for an element each."""
    if text.count("\n") > LINE_LIMIT:
        return f"<pre>\n{_escape(text)}</pre>"
    return "".join(f"<p>{_with_breaks(_escape(part))}</p>" for part in re.split(r"\n{2,}", text) if part.strip())


def _clean(html: str) -> str:
    return escape_braces(_safe(html))


def _clean_import(html: str) -> str:
    safe = _EMPTY_PARAGRAPH.sub("", _safe(paragraphs(html)))
    return escape_braces(link_addresses(safe, _LINK_REL))


def _safe(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        set_tag_attribute_values=_SET_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=_LINK_REL,
        strip_comments=True,
    ).strip()


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _with_breaks(html: str) -> str:
    return html.replace("\n", "<br>\n")


_HOST_AND_PORT = re.compile(r"(?=[^/:]+?\.[^/:])[^/:]++:\d+(/|$)")


def web_address(typed: str) -> str | None:
    """The http(s) address that was typed as a website, with ``https://`` if it has no scheme; None if it is none."""
    typed = typed.strip()
    if not re.match(r"^[a-z][a-z0-9+.-]*:", typed, re.IGNORECASE) or _HOST_AND_PORT.match(typed):
        typed = f"https://{typed}"
    match = re.match(r"^(https?)://([^\s/?#@\\\"<>]+)([/?#][^\s\"<>\\]*)?$", typed, re.IGNORECASE)
    if match is None or ("." not in match[2].strip(".") and not match[2].lower().startswith("localhost")):
        return None
    return typed
