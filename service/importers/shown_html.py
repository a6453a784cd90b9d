"""The HTML of other systems, as the HTML that our threads take from imports.

``service.imported_html`` shows it, and knows pictures, films, blocks and code. This adds what is not so in WordPress:
white space means nothing, headings stand out, links are shortened or lead elsewhere, and a comment may be a sticker.
"""

import re
from collections.abc import Callable
from html import escape, unescape

from service.imported_html import ATTRIBUTE, TAG, paragraphs
from service.visible_text import is_visible, one_line

_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_OTHERS = {
    **dict.fromkeys(("kbd", "samp", "tt"), ("<code>", "</code>")),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), ("<p><strong>", "</strong></p>")),
    **dict.fromkeys(("strike",), ("<s>", "</s>")),
}
"""What stands here for tags of other systems: at the start, and at the end."""

_WEB = re.compile(r"(?:https?:)?//[^/]", re.IGNORECASE)
_PROGRAM = re.compile(r"(?!https?:|mailto:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SHORTENED = re.compile(r"(?:\.\.\.|…)\Z")


def same(address: str) -> str:
    """An address that is where it leads."""
    return address


def shown_html(html: str, unwrapped: Callable[[str], str] = same) -> str:
    """HTML for our threads. ``unwrapped`` gives the address that a link of the other system leads to in the end."""
    writer = _Writer(unwrapped)
    for index, piece in enumerate(TAG.split(html)):
        if index % 2:
            writer.tag(piece)
        else:
            writer.text(piece)
    return writer.html()


class _Writer:
    """Writes what it is given, but for the tags and the white space that mean something else here."""

    def __init__(self, unwrapped: Callable[[str], str]) -> None:
        self._unwrapped = unwrapped
        self._out: list[str] = []
        self._in_code = False  # in <pre>, where white space is shown
        self._link = ""  # the open link's address
        self._words_at = 0  # where the link's words begin
        self._pictures: list[str] = []

    def html(self) -> str:
        """What was written. If that shows nothing, as stickers without a name do, it is links to the pictures."""
        self._end_link()
        html = "".join(self._out).strip()
        if self._pictures and not is_visible(unescape(TAG.sub("", paragraphs(html)))):
            return "".join(map(_paragraph, dict.fromkeys(self._pictures)))
        return html

    def text(self, text: str) -> None:
        """Add text, with its entities."""
        self._out.append(text if self._in_code else _SPACE.sub(" ", text))

    def tag(self, tag: str) -> None:
        """Add a tag."""
        match = _NAME.match(tag)
        if match is None:  # a comment of HTML
            return
        closing, name = bool(match[1]), match[2].lower()
        if name == "a":
            self._end_link()
            if not closing:
                self._begin_link(tag)
        elif name in _OTHERS:
            self._out.append(_OTHERS[name][closing])
        elif name == "input" and _field(tag, "type") == "checkbox":
            self._out.append("[x]" if re.search(r"\schecked\b", tag) else "[ ]")
        else:
            self._in_code = not closing if name == "pre" else self._in_code
            if name == "img" and _WEB.match(source := _field(tag, "src")):
                self._pictures.append(f"https:{source}" if source.startswith("//") else source)
            self._out.append(_SPACE.sub(" ", tag))

    def _begin_link(self, tag: str) -> None:
        """A link to a place in the page where it was written, or to a program, is none here."""
        address = self._unwrapped(_field(tag, "href"))
        if not address or address.startswith("#") or _PROGRAM.match(address):
            return
        title = _field(tag, "title")
        named = f' title="{escape(title)}"' if title and "://" not in title else ""
        self._out.append(f'<a href="{escape(address)}"{named}>')
        self._link, self._words_at = address, len(self._out)

    def _end_link(self) -> None:
        """A link without words, or with a part of its address as its words, gets the whole address."""
        if not self._link:
            return
        inside = "".join(self._out[self._words_at :])
        words = unescape(TAG.sub("", inside)).strip()
        start = _SHORTENED.sub("", words).removeprefix("https://")
        is_part = bool(_SHORTENED.search(words)) and self._link.removeprefix("https://").startswith(start)
        if is_part or not (words or "<img" in inside):
            self._out[self._words_at :] = [escape(self._link, quote=False)]
        self._out.append("</a>")
        self._link = ""


def _field(tag: str, name: str) -> str:
    """An attribute of a tag, on one line; empty if it has none."""
    found = (match[2] for match in ATTRIBUTE.finditer(tag) if match[1].lower() == name)
    return one_line(unescape(next(found, "").strip("\"'")))


def _paragraph(address: str) -> str:
    return f'<p><a href="{escape(address)}">{escape(address, quote=False)}</a></p>'
