"""Braces that somebody typed, written so that no template language takes them for code.

A static site may take a thread for a template of its own: ``{{ 6 | times: 7 }}`` in a comment would come out of Jekyll
as ``42``, and Eleventy would run whole programs. Browsers and parsers of JSON undo what is done here, so nothing is
lost. ``<`` is escaped anyway, which leaves ERB, PHP, SSI and ESI nothing to run.
"""

import json
import re
from typing import Any

_COMMENT_OR_RAW = re.compile(
    r"(<(?=[!s])(?:!--.*?-->|(?:script|style)(?=[\s/>]).*?</(?:script|style)(?=[\s/>])))", re.DOTALL | re.IGNORECASE
)
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
    text = json.dumps(data, **options).replace(r"\\", r"\u005c").replace(r"\"", r"\u0022")
    pieces = text.split('"')  # now that no string holds a quote, every other piece is a string
    strings = "\n".join(pieces[1::2]).translate(_ESCAPES)  # nor a line break: all are translated in one go
    pieces[1::2] = strings.split("\n") if len(pieces) > 1 else []
    return '"'.join(pieces)
