"""How much work a comment's text may make.

Without limits 65 kB of marks or of short lines would take hundreds of milliseconds.
"""

import re

_MARKS = "[]*_`<>~\\&"
_LEADING_MARKS = re.compile(r"^[ \t>]*(?:(?:[-+*]|\d+[.)])(?:[ \t]+|$))+", re.MULTILINE)
_MARK_LIMIT, _LINK_LIMIT, _ITEM_LIMIT, _TAG_LIMIT, _ENTITY_LIMIT = 500, 50, 300, 2000, 20_000
LINE_LIMIT = 1000
"""What one comment may cost: no comment that is meant to be read reaches these."""

_PER_MARK, _PER_LINK, _PER_ITEM, _PER_LINE, _PER_TAG = 60, 200, 250, 80, 15


def split_at_limit(text: str) -> tuple[str, str]:
    """The lines that are rendered as Markdown, and the rest, which is shown as typed."""
    marks = links = items = end = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        more_marks, more_links, more_items = _counted(line)
        marks, links, items = marks + more_marks, links + more_links, items + more_items
        if marks > _MARK_LIMIT or links > _LINK_LIMIT or items > _ITEM_LIMIT or number >= LINE_LIMIT:
            return text[:end], text[end:]
        end += len(line)
    return text, ""


def is_too_costly(html: str) -> bool:
    """Thousands of nested lists, or entities by the ten thousand, would take seconds to clean."""
    is_full = html.count("<") > _TAG_LIMIT or html.count("&") > _ENTITY_LIMIT
    return is_full or html.count("\n") > LINE_LIMIT


def is_too_costly_as_html(markdown: str) -> bool:
    """Whether Markdown of another system has marks, links, items or cells of tables for more tags than HTML is shown
    with. Its conversion takes 30 µs for each at most, and up to a second for a table in a few lines."""
    lines = markdown.split("\n")
    cells = len(lines) * max(line.count("|") for line in lines)
    return len(lines) > LINE_LIMIT or sum(_counted(markdown)) + cells > _TAG_LIMIT


def estimated_work(text: str, form: str) -> int:
    """What it takes to render a text, in units of a third of a microsecond at most: that of a character."""
    if form == "html":
        return len(text) + _PER_TAG * min(text.count("<"), _TAG_LIMIT) + _PER_LINE * min(text.count("\n"), LINE_LIMIT)
    counts = zip(
        _counted(text), (_MARK_LIMIT, _LINK_LIMIT, _ITEM_LIMIT), (_PER_MARK, _PER_LINK, _PER_ITEM), strict=True
    )
    lines = min(text.count("\n"), LINE_LIMIT)
    return len(text) + _PER_LINE * lines + sum(min(number, limit) * cost for number, limit, cost in counts)


def _counted(text: str) -> tuple[int, int, int]:
    """The marks, links and items of a text or a line."""
    items = sum(len(leading.split()) for leading in _LEADING_MARKS.findall(text))
    return sum(map(text.count, _MARKS)), text.count("//") + text.count("mailto:"), items
