"""The texts of other systems, in HTML, Markdown or both, as a text and a format of ours."""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt

from service.importers.shown_html import same, shown_html
from service.markdown.linkify import bare_addresses
from service.markdown.rendering_cost import is_too_costly_as_html

_BLOCK_START = re.compile(
    r"\s*<(p|div|pre|ul|ol|blockquote|table|h[1-6])(\s[^<>]*)?>.*</\1\s*>", re.IGNORECASE | re.DOTALL
)
_PICTURE = re.compile(r"!\[[^\[\]]*\][(\[]|<(br|hr|img)(\s[^<>]*)?/?>", re.IGNORECASE)
_TAG = re.compile(
    r"<(/?)(a(?=[\s>])|abbr|b|blockquote|center|cite|code|del|details|div|em|font|h[1-6]|i|iframe|ins|kbd|li|mark|ol|p"
    r"|pre|q|s|small|span|strike|strong|sub|summary|sup|table|td|tr|u|ul|video)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_LONGEST_MARKDOWN = 65_525
_markdown = MarkdownIt("commonmark", {"html": True, "breaks": True, "linkify": True}).enable(
    ["table", "strikethrough", "linkify"]
)
_markdown.linkify = bare_addresses()

Words = tuple[str, str]
"""A text and its format: ``html`` or ``markdown``."""


def from_html(html: str, unwrapped: Callable[[str], str] = same) -> Words:
    """HTML, with the tags that our threads show."""
    return shown_html(html, unwrapped), "html"


def from_markdown(text: str) -> Words:
    """Markdown as typed; as HTML where it holds tags or pictures, which our Markdown shows as text."""
    if len(text) > _LONGEST_MARKDOWN or not _has_html(text) or is_too_costly_as_html(text):
        return text, "markdown"
    return from_html(_markdown.render(text))


def from_either(text: str) -> Words:
    """For systems that keep both: HTML if the text begins with a block of it, else Markdown."""
    return from_html(text) if _BLOCK_START.match(text) else from_markdown(text)


def from_lines(html: str) -> Words:
    """HTML in which the ends of lines are breaks, unless it has paragraphs of its own."""
    html = re.sub(r"\r\n?", "\n", html.strip())
    return from_html(html if _BLOCK_START.match(html) else re.sub(r"\n\s*\n", "<p>", html).replace("\n", "<br>"))


def _has_html(text: str) -> bool:
    """Whether there is a picture, a break, or a tag with its end. A tag without one was typed to be read."""
    if _PICTURE.search(text):
        return True
    tags = _TAG.findall(text)
    return not {name.lower() for end, name in tags if end}.isdisjoint(name.lower() for end, name in tags if not end)
