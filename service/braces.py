"""Braces that somebody typed, written so that no template language takes them for code.

A static site may take a thread for a template of its own: ``{{ 6 | times: 7 }}`` in a comment would come out of Jekyll
as ``42``, and Eleventy would run whole programs. Browsers and parsers of JSON undo what is done here, so nothing is
lost. ``<`` is escaped anyway, which leaves ERB, PHP, SSI and ESI nothing to run.
"""

import json
import re
from typing import Any

_COMMENT_OR_RAW = re.compile(
    r"(<!--.*?-->|<(?:script|style)(?=[\s/>]).*?</(?:script|style)(?=[\s/>]))", re.DOTALL | re.IGNORECASE
)
_STRING = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")')
_ESCAPES = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&{}"})


def escape_braces(markup: str) -> str:
    """HTML or XML with entities for all braces, except in scripts and styles, where there are no entities."""
    pieces = _COMMENT_OR_RAW.split(markup)  # every other one is such a thing; a script in a comment is none
    return "".join(
        piece if at % 2 and piece[1] != "!" else piece.replace("{", "&#123;").replace("}", "&#125;")
        for at, piece in enumerate(pieces)
    )


def json_in_html(data: Any, **options: Any) -> str:
    """JSON to stand in a script element: no string in it ends the element, begins a comment or holds a brace.

    ``options`` are those of ``json.dumps``.
    """
    pieces = _STRING.split(json.dumps(data, **options))
    strings = "\n".join(pieces[1::2])  # no string of JSON holds a line break, so all are translated in one go
    pieces[1::2] = strings.translate(_ESCAPES).split("\n") if strings else []
    return "".join(pieces)
