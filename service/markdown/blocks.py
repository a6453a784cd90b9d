"""Quotes, lists and code in a comment, read so that no word vanishes and no line moves into somebody else's quote."""

import re

from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock, blockquote, fence, list_block
from markdown_it.rules_core import StateCore

DEEPEST = 12
"""Levels of quotes and lists (a list takes two). Deeper marks are shown as typed; the library would drop the text."""

_DECORATION = re.compile(r"[ \t]*([-+*])(?:[ \t]*\1){2,}[ \t]*\Z")
_NO_QUOTE = re.compile(r">(?:[:;.=_-]|[~$€£¥]?\d)")
_ZERO_BEFORE = re.compile(r"0\d")
_DATE = re.compile(r"\d+\.[ \t]*\d+\.")
_NUMBER_IN_A_BRACKET = re.compile(r"\d+\)")
_PLUS_A_NUMBER = re.compile(r"\+[ \t]*\d")
_NO_LIST = (_DECORATION, _ZERO_BEFORE, _DATE, _NUMBER_IN_A_BRACKET, _PLUS_A_NUMBER)


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: the library's quotes, up to the deepest level, but for faces such as ``>:(``, for ``>=`` and
    for ``>50 %``, which is more than that."""
    if state.level >= DEEPEST or _NO_QUOTE.match(_line(state, start)):
        return False
    return blockquote(state, start, end, silent)


def numbered_or_bulleted(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: the library's lists, up to the deepest level, but for ``* * *``, for dates such as ``01. May`` and
    ``3. 10. 2024``, for ``+ 1``, which agrees, and for ``1)``, which HTML would show as ``1.``"""
    line = _line(state, start)
    if state.level >= DEEPEST or any(each.match(line) for each in _NO_LIST):
        return False
    return list_block(state, start, end, silent)


def code(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: the library's code between lines of backticks. Lines of tildes are decoration."""
    return not _line(state, start).startswith("~") and fence(state, start, end, silent)


def ends_before_unmarked_line(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Terminator of quotes and paragraphs: a line continues them only if it has their marks or indent.

    CommonMark's lazy continuation would put an answer on the line below a quote into the other's mouth.
    """
    return silent and (state.parentType == "blockquote" or 0 <= state.sCount[start] < state.blkIndent)


def number_as_typed(state: StateCore) -> None:
    """Core rule: an item whose number does not follow from the one before gets it as ``value``."""
    following: list[int] = []
    for token in state.tokens:
        if token.type == "ordered_list_open":
            following.append(int(token.attrs.get("start", 1)))
        elif token.type == "ordered_list_close":
            following.pop()
        elif token.type == "list_item_open" and token.info:
            if (number := int(token.info)) != following[-1]:
                token.attrSet("value", str(number))
            following[-1] = number + 1


def words_after_backticks(state: StateCore) -> None:
    """Core rule: what follows the backticks that begin code, such as a language, is shown on top, for it may be words
    that somebody wrote."""
    for token in state.tokens:
        if token.type == "fence" and token.info.strip():
            token.content, token.info = f"{token.info.strip()}\n{token.content}", ""


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


RULES: dict[str, tuple[RuleFuncBlockType, list[str]]] = {
    "fence": (code, ["paragraph", "reference", "blockquote", "list"]),
    "blockquote": (quote, ["paragraph", "reference", "blockquote", "list"]),
    "list": (numbered_or_bulleted, ["paragraph", "reference", "blockquote"]),
}
"""Rules that replace the library's of the same name, each with the blocks that it ends."""
