"""What was typed → safe HTML: a small Markdown for comments, and the HTML that WordPress allowed for imported ones."""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

from service.braces import escape_braces

_LINK_REL = "ugc nofollow noopener"
_SCHEMES = {"http", "https", "mailto"}
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "del", "em", "i", "li", "ol", "p", "pre", "q", "s",
    "strong", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}

_markdown = (
    MarkdownIt("zero", {"html": False, "linkify": True, "breaks": True, "maxNesting": 12})
    .enable(["autolink", "backticks", "blockquote", "code", "emphasis", "entity", "escape", "fence"])
    .enable(["link", "linkify", "list", "newline", "strikethrough"])
)
# Only links that are written as such: guessing at bare names takes quadratic time, and makes links nobody meant.
_markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]  # `linkify` above made it be there

_MOST_MARKS, _MOST_LINKS, _MOST_ITEMS = 500, 50, 300
_ITEM = re.compile(r"^[ \t]*(?:[-+*]|\d+[.)])[ \t]*", re.MULTILINE)
_SHORT = 4096


def render(text: str, form: str = "markdown") -> str:
    """Safe HTML for a comment's text, in ``markdown`` or ``html`` (as WordPress stores it)."""
    return _render_short(text, form) if len(text) < _SHORT else _render(text, form)


def _render(text: str, form: str) -> str:
    if form == "html":
        return _clean(_with_paragraphs(text))
    return _clean(_as_it_stands(text) if _is_a_burden(text) else str(_markdown.render(text)))


_render_short = lru_cache(maxsize=2048)(_render)


def _is_a_burden(text: str) -> bool:
    """Past so many marks a text is no Markdown but an attempt to make us work; it is shown as it stands."""
    return (
        sum(map(text.count, "[*_`<>~")) > _MOST_MARKS
        or text.count("//") + text.count("mailto:") > _MOST_LINKS
        or len(_ITEM.findall(text)) > _MOST_ITEMS
    )


def _clean(html: str) -> str:
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=_LINK_REL,
        strip_comments=True,
    )
    return escape_braces(clean.strip())


def _as_it_stands(text: str) -> str:
    return "".join(f"<p>{_escape(part)}</p>" for part in re.split(r"\n{2,}", text) if part.strip())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n")


def _with_paragraphs(html: str) -> str:
    """Blank lines make paragraphs and lines make breaks, as WordPress does when it shows a comment."""
    blocks = re.split(r"\n\s*\n", html.replace("\r\n", "\n").strip())
    return "\n".join(
        block
        if re.match(r"<(p|ul|ol|pre|blockquote)\b", block, re.IGNORECASE)
        else f"<p>{block.strip()}</p>".replace("\n", "<br>\n")
        for block in blocks
    )


def web_address(typed: str) -> str | None:
    """An http(s) address out of what was typed as a website; None when it is none. ``example.com`` will do."""
    typed = typed.strip()
    if not re.match(r"^[a-z][a-z0-9+.-]*:", typed, re.IGNORECASE) or re.match(r"^[^/:]+\.[^/:]+:\d+(/|$)", typed):
        typed = f"https://{typed}"
    match = re.match(r"^(https?)://([^\s/?#@\\\"<>]+)([/?#][^\s\"<>\\]*)?$", typed, re.IGNORECASE)
    if match is None or ("." not in match[2].strip(".") and not match[2].lower().startswith("localhost")):
        return None
    return typed


_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u115f\u1160\u180e\u200b\u3164\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def one_line(text: str) -> str:
    """A name or title for showing: no controls, no invisible direction marks, one line."""
    return " ".join(_INVISIBLE.sub("", text).split())
