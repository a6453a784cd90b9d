"""Which ``*``, ``_`` and ``~~`` in a comment are marks, and which are characters that somebody typed.

Stricter than CommonMark, for readers who never heard of Markdown: a mark opens or closes at the edge of a word, never
inside one, and none next to a slash. Anything else is shown as typed.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

_LONGEST_RUN = {"*": 3, "_": 1, "~": 2}
"""``__`` marks nothing, since it is part of names such as ``__init__.py``. More than three stars hide a swear word."""

_NO_MARK_BESIDE = "/\\"
_NO_MARK_AFTER = "@#$"
"""``@_ada_`` and ``#_winter_`` are names, ``$_`` is a variable."""
_OPENING, _CLOSING = "([{", ")]}"
_BLOCK_MARK = re.compile(r"[-+*](?=[ \t])|>")
_NUMBER_BEFORE = re.compile(r"(?:^|\n)[ \t]*\d{1,9}\Z")


@dataclass(slots=True)
class Mark(Delimiter):
    """A delimiter as the library pairs them. ``escaped``: a backslash stands before it."""

    escaped: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """The characters around a run of marks; a space at either end of the text."""

    before: str
    after: str
    second_after: str

    @property
    def is_literal(self) -> bool:
        """Inside a word (``3*4*5``), beside a slash (``src/*``), after ``@`` or before a file's suffix (``*.txt``)."""
        return (
            (_is_word(self.before) and _is_word(self.after))
            or self.before in _NO_MARK_BESIDE + _NO_MARK_AFTER
            or self.after in _NO_MARK_BESIDE
            or (self.after == "." and _is_word(self.second_after))
        )

    @property
    def can_open(self) -> bool:
        """CommonMark's left-flanking run, with East Asian letters as word boundaries; ``(a)*b`` is a product."""
        if self.is_literal or self.after.isspace() or (self.before in _CLOSING and _is_word(self.after)):
            return False
        return not _is_punctuation(self.after) or _ends_a_word(self.before)

    @property
    def can_close(self) -> bool:
        """CommonMark's right-flanking run, likewise."""
        if self.is_literal or self.before.isspace() or (self.after in _OPENING and _is_word(self.before)):
            return False
        return not _is_punctuation(self.before) or _ends_a_word(self.after)


def marks(state: StateInline, silent: bool) -> bool:
    """Inline rule: a run of ``*``, ``_`` or ``~~`` becomes delimiters for the library to pair, or text."""
    start, source = state.pos, state.src
    character = source[start]
    if silent or character not in _LONGEST_RUN:
        return False
    end = start
    while end < state.posMax and source[end] == character:
        end += 1
    run = source[start:end]
    edge = Edge(source[start - 1] if start else " ", _at(source, end), _at(source, end + 1))
    if not _is_run(run) or _is_face(character, edge):
        state.append_pending(run)
    else:
        _push(state, run, edge, escaped=False)
    state.pos = end
    return True


def backslash(state: StateInline, silent: bool) -> bool:
    """Inline rule: a backslash makes a mark literal. It is dropped only if the mark had an effect without it."""
    start, source = state.pos, state.src
    if source[start] != "\\" or start + 1 >= state.posMax:
        return False
    following = source[start + 1]
    if following in _LONGEST_RUN and not _begins_a_block(state, start):
        escaped = "~~" if source.startswith("~~", start + 1) else following
        if not silent:
            _push_escaped(state, start, escaped)
        state.pos += 1 + len(escaped)
        return True
    if not _has_an_effect(state, start):
        return False
    if not silent:
        state.append_pending(following)
    state.pos = start + 2
    return True


def settle(state: StateInline) -> None:
    """Second inline rule, after the library has paired the delimiters: undo pairs that mark nothing.

    These are pairs with an escaped mark, which loses its backslash, and pairs without a letter or digit between them,
    such as ``*_*``.
    """
    for delimiters in _all_delimiters(state):
        for opener in delimiters:
            if opener.end < 0:
                continue
            closer = delimiters[opener.end]
            escaped = [each for each in (opener, closer) if isinstance(each, Mark) and each.escaped]
            for each in escaped:
                state.tokens[each.token].content = state.tokens[each.token].content.lstrip("\\")
            if escaped or not _has_words(state, opener, closer):
                opener.end = -1


def _is_run(run: str) -> bool:
    return len(run) <= _LONGEST_RUN[run[0]] and run != "~"


def _is_face(character: str, edge: Edge) -> bool:
    """``-_-``, ``>_<``: an underscore between two signs."""
    return character == "_" and _is_punctuation(edge.before) and _is_punctuation(edge.after)


def _push(state: StateInline, run: str, edge: Edge, *, escaped: bool) -> None:
    """Add text tokens with a delimiter each, as the library's own rules for emphasis and strikethrough do."""
    strike = run[0] == "~"
    for part in [run] if strike else run:
        state.push("text", "", 0).content = f"\\{part}" if escaped else part
        state.delimiters.append(
            Mark(
                marker=ord(run[0]),
                length=0 if strike else len(run),  # 0: no rule of three for strikethrough
                token=len(state.tokens) - 1,
                end=-1,
                # `~~` also ends sentences in Chinese, so there East Asian letters are no boundary
                open=edge.can_open and not (strike and _is_letter(edge.before)),
                close=edge.can_close and not (strike and _is_letter(edge.after)),
                escaped=escaped,
            )
        )


def _push_escaped(state: StateInline, start: int, escaped: str) -> None:
    """An escaped mark takes part in the pairing, which tells whether it would have been one."""
    around = "*_~\\"
    before = state.src[:start].rstrip(around)[-1:] if start else ""
    after = state.src[start + 1 + len(escaped) : start + 64].lstrip(around)
    edge = Edge(before or " ", _at(after, 0), _at(after, 1))
    if _is_face(escaped, edge):
        state.append_pending(f"\\{escaped}")
    else:
        _push(state, escaped, edge, escaped=True)


def _has_an_effect(state: StateInline, start: int) -> bool:
    """Whether what follows the backslash would be a mark: of code, a link, an entity or a block."""
    following = state.src[start + 1]
    if following == "`":
        return state.src.count("`") > 1
    if following in "[<&":
        return _matches(state, start + 1)
    return _begins_a_block(state, start)


def _matches(state: StateInline, position: int) -> bool:
    """Whether one of the inline rules takes what stands there."""
    before, state.pos = state.pos, position
    rules = state.md.inline.ruler.getRules("")
    matched = any(rule(state, True) for rule in rules if rule not in (marks, backslash))
    state.pos = before
    return matched


def _begins_a_block(state: StateInline, start: int) -> bool:
    """``\\- no item``, ``\\> no quote``, ``1986\\. A year``, at the start of a line."""
    line = state.src[:start].rpartition("\n")[2]
    if not line.strip():
        return bool(_BLOCK_MARK.match(state.src, start + 1))
    is_number = line.strip().isdecimal() and bool(_NUMBER_BEFORE.search(state.src, 0, start))
    return is_number and state.src[start + 1] in ".)" and _at(state.src, start + 2).isspace()


def _all_delimiters(state: StateInline) -> Iterator[list[Delimiter]]:
    """The delimiters of the text, and those inside each link."""
    yield state.delimiters
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            yield meta["delimiters"]


def _has_words(state: StateInline, opener: Delimiter, closer: Delimiter) -> bool:
    between = state.tokens[opener.token + 1 : closer.token]
    return any(any(map(str.isalnum, token.content)) for token in between)


def _at(text: str, position: int) -> str:
    return text[position] if position < len(text) else " "


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _is_wide(character: str) -> bool:
    """Scripts without spaces between words, and their punctuation."""
    return unicodedata.east_asian_width(character) in "WFH"


def _is_word(character: str) -> bool:
    return _is_letter(character) and not _is_wide(character)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _ends_a_word(character: str) -> bool:
    return character.isspace() or _is_punctuation(character) or _is_wide(character)
