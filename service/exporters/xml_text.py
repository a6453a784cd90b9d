"""Any text as a part of an XML 1.0 document."""

import re
from html import escape

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All that the production Char of XML 1.0 leaves out. Escaped, such a character would be as illegal."""


def element(name: str, text: str) -> str:
    """An element with an escaped text."""
    return f"<{name}>{plain(text)}</{name}>"


def cdata_element(name: str, text: str) -> str:
    """An element with the text in CDATA, where WordPress's and Disqus's importers look for it.

    XML has no way to write a carriage return in CDATA, so lines end in a line feed.
    """
    whole = _legal(text).replace("\r\n", "\n").replace("\r", "\n").replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{whole}]]></{name}>"


def plain(text: str) -> str:
    """Escaped text, also for an attribute."""
    return escape(_legal(text)).replace("\r", "&#13;")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
