"""Escapes braces, so that no template language runs what was typed.

Static site generators may treat an included thread as a template: of ``{{ 6 | times: 7 }}`` in a comment Jekyll would
make ``42``, and Eleventy would run JavaScript. Browsers and JSON parsers undo the escaping. ``<`` is escaped in any
case, which leaves ERB, PHP, SSI and ESI nothing to run.
"""

import json
import re
from typing import Any

_COMMENT_OR_RAW = re.compile(
    r"(<(?=[!s])(?:!--.*?-->|(?:script|style)(?=[\s/>]).*?</(?:script|style)(?=[\s/>])))", re.DOTALL | re.IGNORECASE
)
_ESCAPES = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&{}"})


def escape_braces(markup: str) -> str:
    """HTML or XML with entities for all braces, except in scripts and styles, which have no entities."""
    # Odd pieces are comments, scripts and styles. Comments are matched too, since a script inside one is not a script.
    pieces = _COMMENT_OR_RAW.split(markup)
    return "".join(
        piece if index % 2 and piece[1] != "!" else piece.replace("{", "&#123;").replace("}", "&#125;")
        for index, piece in enumerate(pieces)
    )


def json_in_html(data: Any, **options: Any) -> str:
    """JSON for a script element: no string in it ends the element, starts a comment or holds a brace.

    ``options`` are those of ``json.dumps``.
    """
    text = json.dumps(data, **options).replace(r"\\", r"\u005c").replace(r"\"", r"\u0022")
    pieces = text.split('"')  # odd pieces are strings, since no string holds a quote any more
    strings = "\n".join(pieces[1::2]).translate(_ESCAPES)  # joined, since one translation is faster; none holds "\n"
    pieces[1::2] = strings.split("\n") if len(pieces) > 1 else []
    return '"'.join(pieces)
