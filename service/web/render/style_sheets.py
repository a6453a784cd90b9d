"""Minifies style sheets, and lowers the weight of those sent inside the script."""

import json
import re
from collections.abc import Iterator

_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_QUOTED = f"({_STRING})"
_COMMENT = re.compile(_QUOTED + r"|/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(_QUOTED + r"|\s*([{};,])\s*|(:)\s+|\s+")
_PRELUDE = re.compile(rf"""{_QUOTED}|((?:[^{{}};"']|{_STRING})+)(\{{?)""")  # the brace is there only after a prelude
_SIMPLE_SELECTOR = re.compile(  # an element's name is the only group
    r"\[[^]]*]|[.#][\w-]+|:(?:is|not|where|has)\(|::?[\w-]+(?:\([^)]*\))?|([a-z][\w-]*)", re.IGNORECASE
)

_STYLES_IN_SCRIPT = "['styles','digest']"
_ROOT = ".leave-a-reply"
_OF_WHOLE_PAGES = re.compile(r"(?<=[{};])\.lar-(?:(?!\.leave-a-reply)[^{}])*\{[^{}]*\}")
_LIGHT_ROOT = f":is(_ _ _ _ _ _ _ _ _,:where({_ROOT}))"


def small_styles(text: str) -> str:
    """The style sheet without comments and superfluous space.

    A space before a colon stays, since ``a :is(b)`` is not ``a:is(b)``; rcssmin removes it inside ``@container``.
    """
    without_comments = _COMMENT.sub(lambda match: match[1] or " ", text)
    return _SPACE.sub(lambda match: match[1] or match[2] or match[3] or " ", without_comments).strip()


def yielding_styles(small: str) -> str:
    """The minified style sheet, with each selector's specificity just below its own.

    A strict policy forbids ``<style>``, so the script constructs a sheet. It applies after all sheets of the page, and
    would win over them at equal specificity. A cascade layer would be too weak: a theme's ``* { margin: 0 }`` would win
    over all of it. So element names get no specificity here. In a selector without any, nine element names replace the
    root's class: no number of them outweighs a class.
    """

    def lighter(match: re.Match[str]) -> str:
        return ",".join(map(_lighter, _selectors(match[2]))) + "{" if match[3] else match[0]

    return _PRELUDE.sub(lighter, small)


def with_styles(script: str, styles: str, digest: str) -> str:
    """The script with the styles in it, which saves the first view a request. ``digest`` is the styles' version.

    Rules for our own whole pages (``.lar-page``) stay out: those link the sheet. Constructed sheets cannot import, so
    styles with ``@import`` are left to be linked. An owner's script without the placeholder is returned unchanged.
    """
    if "@import" in styles:
        return script
    return script.replace(_STYLES_IN_SCRIPT, json.dumps([yielding_styles(_OF_WHOLE_PAGES.sub("", styles)), digest]))


def _selectors(prelude: str) -> Iterator[str]:
    """Split a selector list at its commas, except those inside parentheses and brackets."""
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
    light = _SIMPLE_SELECTOR.sub(lambda match: f":where({match[1]})" if match[1] else match[0], selector)
    return light if light != selector else selector.replace(_ROOT, _LIGHT_ROOT, 1)
