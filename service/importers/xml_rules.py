"""The rules that mend XML as other systems have written it, for one broken element at a time:

- a CDATA section ends at the first ``]]>`` before the closing tag of its element, since its text may hold ``]]>``;
- a ``&`` that begins no entity of XML is an ampersand, a ``<`` that begins no tag is text, and what is no character of
  XML is left out;
- prefixes that are used and not declared are declared.
"""

import re
from collections.abc import Mapping
from html import escape

CDATA = "<![CDATA["
_DECLARATION = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["']([^"'<&]*)["']""")
_PREFIX = re.compile(r"<([\w.-]+):|\s([\w.-]+):[\w.-]+\s*=")
_START_TAG = re.compile(r"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?>\s*\Z")
_LONGEST_TAG = 1000
_END_OF_CDATA = re.compile(r"\]\]>")
_ESCAPED_END = "]]]]><![CDATA[>"
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_LESS = re.compile(r"<(?![A-Za-z_:/!?])")
_NUMBERED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def mended_markup(markup: str) -> str:
    """What stands outside of CDATA."""
    text = _LESS.sub("&lt;", _AMPERSAND.sub("&amp;", _NO_CHARACTER.sub("", markup)))
    return _NUMBERED.sub(_character, text)


def mended_cdata(inside: str) -> str:
    """What stands in a CDATA section, as text without one."""
    return escape(_NO_CHARACTER.sub("", inside.replace(_ESCAPED_END, "]]>")), quote=False)


def end_of_cdata(before: str, text: str, at: int, boundary: int) -> re.Match[str] | None:
    """The ``]]>`` of a CDATA section that begins at ``at``; ``before`` is the markup that leads to it.

    None if its element ends before: then the next one's ``]]>`` would be taken, and with it what is nobody's to see,
    such as the next author's address.
    """
    tag = _START_TAG.search(before[-_LONGEST_TAG:])
    if not tag:
        return _END_OF_CDATA.search(text, at, boundary)
    closing = f"</{re.escape(tag[1])}\\s*>"
    end = re.compile(rf"\]\]>(?=\s*{closing})").search(text, at, boundary)
    return end if end and not re.compile(closing).search(text, at, end.start()) else None


def mended_element(element: str) -> str:
    """A whole element, mended. A CDATA section without an end is left as it is."""
    pieces: list[str] = []
    at = 0
    while (start := element.find(CDATA, at)) >= 0:
        before, inside = element[at:start], start + len(CDATA)
        end = end_of_cdata(before, element, inside, len(element))
        if end is None:
            break
        pieces += [mended_markup(before), mended_cdata(element[inside : end.start()])]
        at = end.end()
    return "".join([*pieces, mended_markup(element[at:])])


def declarations(start_tag: str) -> dict[str, str]:
    """Prefix → namespace, as a document's first tag declares them."""
    return dict(_DECLARATION.findall(start_tag))


def all_declared(element: str, declared: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """``declared`` with every prefix that the element uses; ``known`` has the namespaces of some."""
    used = {name for pair in _PREFIX.findall(element) for name in pair if name and name not in ("xml", "xmlns")}
    return {name: known.get(name, f"urn:undeclared:{name}") for name in used} | dict(declared)


def written(declared: Mapping[str, str]) -> str:
    """The declarations as attributes of a tag."""
    return "".join(f' xmlns:{name}="{uri}"' for name, uri in declared.items())


def _character(match: re.Match[str]) -> str:
    """A numbered character; one that XML does not allow is kept as it is written, since HTML may know it."""
    number = int(match[1], 16) if match[1] else int(match[2])
    allowed = number <= 0x10FFFF and not _NO_CHARACTER.match(chr(number))
    return match[0] if allowed else f"&amp;{match[0][1:]}"
