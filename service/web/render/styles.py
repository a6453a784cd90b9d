"""Styles on their way out: without what only their authors read, and, inside the script, a hair lighter."""

import json
import re
from collections.abc import Iterator

_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_QUOTED = f"({_STRING})"
_COMMENT = re.compile(_QUOTED + r"|/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(_QUOTED + r"|\s*([{};,])\s*|(:)\s+|\s+")
_PRELUDE = re.compile(rf"""{_QUOTED}|((?:[^{{}};"']|{_STRING})+)(\{{?)""")  # with the brace behind, if it is one
_SIMPLE = re.compile(  # what an element is told by; only its name is a group
    r"\[[^]]*]|[.#][\w-]+|:(?:is|not|where|has)\(|::?[\w-]+(?:\([^)]*\))?|([a-z][\w-]*)", re.IGNORECASE
)

_PLACE = "['styles','digest']"
_ROOT = ".leave-a-reply"
_LIGHT_ROOT = f":is(_ _ _ _ _ _ _ _ _,:where({_ROOT}))"


def small_styles(text: str) -> str:
    """Without comments and needless space. A space before a colon stays: it tells ``a :is(b)`` from ``a:is(b)``."""
    bare = _COMMENT.sub(lambda found: found[1] or " ", text)
    return _SPACE.sub(lambda found: found[1] or found[2] or found[3] or " ", bare).strip()


def yielding_styles(small: str) -> str:
    """The same for a place behind the page's own styles, where whoever weighs the same would win over them.

    A strict policy allows scripts no other place: a constructed style sheet stands behind all that the page has. So
    each selector gets the weight just below its own. Names of elements weigh nothing then; where there are none, nine
    of them, of which no number outweighs a class, stand in for the class of the root.
    """

    def lighter(found: re.Match[str]) -> str:
        return ",".join(map(_lighter, _selectors(found[2]))) + "{" if found[3] else found[0]

    return _PRELUDE.sub(lighter, small)


def with_styles(script: str, styles: str, digest: str) -> str:
    """The script with styles in it, so that both are one request. ``digest`` tells which ones they are.

    Constructed sheets import nothing, so styles that do are left to a request of their own. A script of the owner's
    that has no place for styles stays as it is.
    """
    return script if "@import" in styles else script.replace(_PLACE, json.dumps([yielding_styles(styles), digest]))


def _selectors(prelude: str) -> Iterator[str]:
    """The selectors of a list, which may hold lists of their own."""
    depth, start = 0, 0
    for at, letter in enumerate(prelude):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            yield prelude[start:at]
            start = at + 1
    yield prelude[start:]


def _lighter(selector: str) -> str:
    if _ROOT not in selector:
        return selector
    light = _SIMPLE.sub(lambda found: f":where({found[1]})" if found[1] else found[0], selector)
    return light if light != selector else selector.replace(_ROOT, _LIGHT_ROOT, 1)
