"""Safe HTML from what was typed: the Markdown of comments, and the HTML that WordPress allows in imported ones.

Text is stored as typed and made safe each time it is shown, so that a better renderer also serves old comments.
"""

import re
from functools import lru_cache
from html import unescape

import nh3

from service.braces import escape_braces
from service.markdown.parser import comment_renderer
from service.visible_text import BLANK, is_visible

_LINK_REL = "ugc nofollow noopener"
_SCHEMES = {"http", "https", "mailto"}
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "del", "em", "i", "li", "ol", "p", "pre", "q", "s",
    "strong", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "li": {"value"}, "ol": {"start"}}
_SET_ATTRIBUTES = {"code": {"translate": "no"}}
"""Browsers translate pages; a translated program is wrong."""

_MARKS = "[]*_`<>~\\&"
_LEADING_MARKS = re.compile(r"[ \t>]*(?:(?:[-+*]|\d+[.)])(?:[ \t]+|\Z))+")
_MARK_LIMIT, _LINK_LIMIT, _ITEM_LIMIT, _LINE_LIMIT, _TAG_LIMIT = 500, 50, 300, 1000, 2000
"""What one comment may cost: no comment that is meant to be read reaches these."""

_SHORT = 4096
_TAG = re.compile(r'<(?:[^<>"]|"[^"]*")*>')
_CAN_HIDE_LETTERS = re.compile(r"[\[&`~]")  # links, definitions, entities and fences; other marks hide no letter

_markdown_html = comment_renderer()


def render(text: str, form: str = "markdown") -> str:
    """Safe HTML for a comment's text, in ``markdown`` or ``html`` (as WordPress stores it)."""
    return _render_short(text, form) if len(text) < _SHORT else _render_long(text, form)


def _render(text: str, form: str) -> str:
    if form == "html":
        return _clean(_as_typed(_without_tags(text)) if _is_too_costly(text) else _with_paragraphs(text))
    marked_up, rest = _split_at_limit(text)
    return _clean(_markdown_html(marked_up) + _as_typed(rest))


_render_short = lru_cache(maxsize=2048)(_render)
_render_long = lru_cache(maxsize=8)(_render)  # for the preview, the check and the answer of one post


def shows_nothing(text: str) -> bool:
    """Whether a comment has nothing to see once it is rendered, such as ``&nbsp;``, ``>`` or an empty fence."""
    if not is_visible(text):
        return True
    if not _CAN_HIDE_LETTERS.search(text) and any(letter.isalpha() and letter not in BLANK for letter in text):
        return False  # nearly every comment: rendering it would take a sixth of a post's time
    return not is_visible(_without_tags(render(text)))


def _is_too_costly(html: str) -> bool:
    """Thousands of nested lists would take seconds to clean."""
    return html.count("<") > _TAG_LIMIT or html.count("\n") > _LINE_LIMIT


def _without_tags(html: str) -> str:
    return unescape(_TAG.sub("", html))


def _split_at_limit(text: str) -> tuple[str, str]:
    """The lines that are rendered as Markdown, and the rest, which is shown as typed.

    Without limits 65 kB of marks or of short lines would take hundreds of milliseconds.
    """
    marks = links = items = end = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        marks += sum(map(line.count, _MARKS))
        links += line.count("//") + line.count("mailto:")
        items += len(leading[0].split()) if (leading := _LEADING_MARKS.match(line)) else 0
        if marks > _MARK_LIMIT or links > _LINK_LIMIT or items > _ITEM_LIMIT or number >= _LINE_LIMIT:
            return text[:end], text[end:]
        end += len(line)
    return text, ""


def _as_typed(text: str) -> str:
    """Escaped text with its line breaks; a single element if there are so many that each would burden the page."""
    if text.count("\n") > _LINE_LIMIT:
        return f"<pre>\n{_escape(text)}</pre>"
    return "".join(f"<p>{_with_breaks(_escape(part))}</p>" for part in re.split(r"\n{2,}", text) if part.strip())


def _clean(html: str) -> str:
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        set_tag_attribute_values=_SET_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=_LINK_REL,
        strip_comments=True,
    )
    return escape_braces(clean.strip())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _with_breaks(html: str) -> str:
    return html.replace("\n", "<br>\n")


def _with_paragraphs(html: str) -> str:
    """Blank lines make paragraphs and lines make breaks, as WordPress does when it shows a comment (``wpautop``)."""
    blocks = re.split(r"\n\s*\n", html.replace("\r\n", "\n").strip())
    return "\n".join(
        block
        if re.match(r"<(p|ul|ol|pre|blockquote)\b", block, re.IGNORECASE)
        else _with_breaks(f"<p>{block.strip()}</p>")
        for block in blocks
    )


def web_address(typed: str) -> str | None:
    """The http(s) address that was typed as a website, with ``https://`` if it has no scheme; None if it is none."""
    typed = typed.strip()
    if not re.match(r"^[a-z][a-z0-9+.-]*:", typed, re.IGNORECASE) or re.match(r"^[^/:]+\.[^/:]+:\d+(/|$)", typed):
        typed = f"https://{typed}"
    match = re.match(r"^(https?)://([^\s/?#@\\\"<>]+)([/?#][^\s\"<>\\]*)?$", typed, re.IGNORECASE)
    if match is None or ("." not in match[2].strip(".") and not match[2].lower().startswith("localhost")):
        return None
    return typed


_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff" + "".join(BLANK) + "]"
)


def one_line(text: str) -> str:
    """A name or title for display: on one line, without control characters, direction marks or blank letters."""
    return " ".join(_INVISIBLE.sub("", text).split())
