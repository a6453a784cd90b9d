"""markdown-it, set up for comments: which of its rules are on, and which are replaced by our own."""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt

from service.markdown import blocks, code_spans, emphasis_marks, linkify

_BLOCK_RULES = ["blockquote", "code", "fence", "list"]
_INLINE_RULES = ["autolink", "backticks", "emphasis", "entity", "escape", "link", "linkify", "newline"]
_PAIRS = ["balance_pairs", "strikethrough", "settle", "emphasis", "fragments_join"]
_STOPS = re.compile(r"[\n\\`*_~\[\]<&]|:(?=//)")
"""Where an inline rule may begin. The library's own set stops at each ``!`` and ``-``, and is slow for rows of them."""


class _CommentMarkdown(MarkdownIt):
    """``validateLink`` is the library's hook for what links may lead to."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Whether a link may lead there."""
        return linkify.is_target(url)


def comment_renderer() -> Callable[[str], str]:
    """A function from a comment's text to HTML, which is not clean yet."""
    options = {"html": False, "linkify": True, "breaks": True, "maxNesting": blocks.DEEPEST + 4}
    markdown = _CommentMarkdown("zero", options)
    markdown.linkify = linkify.bare_addresses()
    _set_block_rules(markdown)
    _set_inline_rules(markdown)
    return lambda text: str(markdown.render(text))


def _set_block_rules(markdown: MarkdownIt) -> None:
    ruler = markdown.block.ruler
    for name, (rule, ends) in blocks.RULES.items():
        ruler.at(name, rule, {"alt": ends})
    ruler.push("unmarked_line", blocks.ends_before_unmarked_line, {"alt": ["blockquote", "paragraph"]})
    ruler.enable(_BLOCK_RULES)
    markdown.core.ruler.push("number_as_typed", blocks.number_as_typed)
    markdown.core.ruler.push("words_after_backticks", blocks.words_after_backticks)
    markdown.core.ruler.enable(["linkify"])


def _set_inline_rules(markdown: MarkdownIt) -> None:
    ruler, pairs = markdown.inline.ruler, markdown.inline.ruler2
    ruler.at("escape", emphasis_marks.backslash)
    ruler.at("emphasis", emphasis_marks.marks)
    ruler.at("backticks", code_spans.code_span)
    ruler.at("link", linkify.bracketed_link)
    ruler.at("linkify", linkify.bare_link)
    ruler.enable(_INLINE_RULES)
    pairs.after("balance_pairs", "settle", emphasis_marks.settle)
    pairs.enable(_PAIRS)
    markdown.inline.terminator_re = _STOPS
