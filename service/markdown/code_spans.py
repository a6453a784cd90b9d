"""Which backticks in a comment are the marks of code, and which are apostrophes, quotes and parts of faces."""

import re

from markdown_it.rules_inline import StateInline, backtick

_NEAR = 12
_FACE = re.compile(rf"[(\uff08][^()`\n]{{0,{_NEAR}}}(?:\u00b4[^()`\n]{{0,{_NEAR}}}`|`[^()`\n]{{0,{_NEAR}}}\u00b4)")
"""``(\u00b4･ω･`)`` and ``(`Д\u00b4)``: the eyes are an acute accent and a backtick."""


def code_span(state: StateInline, silent: bool) -> bool:
    """Inline rule: the library's code spans, but for backticks that mean something else, which are shown as typed."""
    start = state.pos
    if state.src[start] != "`":
        return False
    if _is_apostrophe(state.src, start) or _is_in_a_face(state.src, start) or _begins_a_quote(state):
        state.pos = _end_of_run(state.src, start)
        if not silent:
            state.append_pending(state.src[start : state.pos])
        return True
    return backtick(state, silent)


def _end_of_run(source: str, start: int) -> int:
    while source.startswith("`", start):
        start += 1
    return start


def _is_apostrophe(source: str, start: int) -> bool:
    """``don`t``."""
    return source[start - 1 : start].isalpha() and source[start + 1 : start + 2].isalpha()


def _is_in_a_face(source: str, start: int) -> bool:
    first = max(start - _NEAR - 3, 0)
    faces = _FACE.finditer(source, first, start + _NEAR + 3)
    return any(face.start() <= start < face.end() for face in faces)


def _begins_a_quote(state: StateInline) -> bool:
    """``` `this' and `that' ```, ``` the `90s and `80s ```: code ends after a letter, not before one."""
    start = state.pos
    backtick(state, True)
    span, state.pos = state.src[start : state.pos], start
    code = span.strip("`")
    return len(span) > len(code) > 0 and code[-1].isspace() and not code[0].isspace() and span[-1] == "`"
