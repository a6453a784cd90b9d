"""The HTML of other systems as what our threads show. Nothing that could be read there is lost.

Our threads show few tags, and no pictures. A picture or film becomes a link, a heading or a cell a line of text. White
space means nothing in HTML, but our threads break imported lines as WordPress does: outside ``<pre>`` none is left.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

from service.markup import one_line
from service.visible_text import is_visible

_BLOCKS = {"blockquote", "ul", "ol", "li", "pre"}
_MARKS = {
    **{tag: tag for tag in ("a", "abbr", "b", "cite", "code", "del", "em", "i", "q", "s", "strong")},
    "strike": "s", "kbd": "code", "samp": "code", "tt": "code", "dfn": "i", "var": "i",
}  # fmt: skip
_BREAKS = {
    "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "figure", "figcaption", "table",
    "caption", "tr", "hr", "dl", "dt", "dd", "center", "form", "fieldset", "details", "summary", "address", "option",
    "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_UNSEEN = {"script", "style"}
_MEDIA = {"img", "iframe", "video", "audio", "source", "embed", "object", "image"}
_EMOJI = re.compile(r"emoji|emoticon|smil|owo|sticker", re.IGNORECASE)
_EMOJI_NAME = re.compile(r":[^:\s]{1,60}:|\[[^\]\s]{1,60}\]|[^\w\s]{1,20}")
_WEB = re.compile(r"(https?:)?//[^/]", re.IGNORECASE)
_MOST_BLOCKS, _MOST_MARKS = 20, 5
"""What may be open at a time: marks are written again in each paragraph."""

_LONGEST = 500_000
"""Characters from which a text is left as it is: our threads then show it without its tags."""


def same(address: str) -> str:
    """An address that is where it leads."""
    return address


def shown_html(html: str, unwrapped: Callable[[str], str] = same) -> str:
    """HTML for our threads. ``unwrapped`` gives the address that a link of the other system leads to in the end."""
    if len(html) > _LONGEST:
        return html
    writer = _Writer(unwrapped)
    try:
        writer.feed(html)
        writer.close()
    except AssertionError:  # html.parser does so at declarations that it does not know
        return html if "&lt;![" in html else shown_html(html.replace("<![", "&lt;!["), unwrapped)
    return writer.result()


class _Writer(HTMLParser):
    """Writes what is shown. Blocks are open until their end; marks are opened again in each paragraph they reach."""

    def __init__(self, unwrapped: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=True)
        self._unwrapped = unwrapped
        self._out: list[str] = []
        self._blocks: list[str] = []
        self._marks: list[tuple[str, str]] = []  # tag, start tag
        self._in_line = False  # marks are written, in a paragraph or an item
        self._unseen = 0
        self._link = ""  # the open link's address
        self._words_at = 0  # where its words begin in this line
        self._has_words = False
        self._pictures: list[str] = []
        self._after_break = False

    def result(self) -> str:
        self._end_line()
        while self._blocks:
            self._out.append(f"</{self._blocks.pop()}>")
        # Our threads take a blank line for the end of a paragraph, even in <pre>, where alone lines end.
        html = re.sub(r"\n(?=[ \t]*\n)", "&#10;", "".join(self._out))
        if self._pictures and not is_visible(re.sub(r"<[^>]*>", "", html)):
            return "".join(f"<p>{_linked(address, address)}</p>" for address in self._pictures)
        return html

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._break()
        elif tag in _MEDIA:
            self._picture(values)
        elif tag == "input" and values.get("type") == "checkbox":
            self.handle_data("[x]" if "checked" in values else "[ ]")
        elif tag in ("td", "th"):
            self.handle_data(" | " if self._in_line else "")
        elif tag in _BLOCKS:
            self._start_block(tag, values)
        elif tag in _BREAKS:
            self._end_line()
            if tag in _HEADINGS:
                self._marks.append(("strong", "<strong>"))
        elif tag in _MARKS:
            self._start_mark(_MARKS[tag], values)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self._end_block(tag)
        elif tag in _BREAKS:
            if tag in _HEADINGS:
                self._close("strong")
            self._end_line()
        elif tag in _MARKS:
            self._close(_MARKS[tag])

    def handle_data(self, data: str) -> None:
        if self._unseen or not data:
            return
        if "pre" in self._blocks:
            data = data.replace("\r\n", "\n").replace("\r", "\n")
            self._put(escape(data.removeprefix("\n") if self._after_break else data, quote=False))
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        words = words if self._in_line and not self._after_break else words.lstrip(" ")
        if words:
            self._put(escape(words, quote=False))

    def _put(self, html: str) -> None:
        if not self._in_line:
            self._start_line()
        self._out.append(html)
        self._after_break, self._has_words = False, True

    def _start_line(self) -> None:
        if not self._blocks or self._blocks[-1] in ("blockquote", "ul", "ol"):
            self._out.append("<p>")
        self._out += [start for _, start in self._marks]
        self._words_at = len(self._out)
        self._in_line = True

    def _end_line(self) -> None:
        if not self._in_line:
            return
        if self._out[-1] == "<br>":
            self._out.pop()
        self._out += [f"</{tag}>" for tag, _ in reversed(self._marks)]
        if not self._blocks or self._blocks[-1] in ("blockquote", "ul", "ol"):
            self._out.append("</p>")
        self._in_line = self._after_break = False

    def _start_block(self, tag: str, values: dict[str, str]) -> None:
        if "pre" in self._blocks or len(self._blocks) >= _MOST_BLOCKS:
            return
        self._end_line()
        if tag == "li" and (not self._blocks or self._blocks[-1] not in ("ul", "ol")):
            if self._blocks and self._blocks[-1] == "li":
                self._end_block("li")
            else:
                return
        numbered = tag == "ol" and re.fullmatch(r"[0-9]{1,9}", values.get("start", ""))
        self._out.append(f'<ol start="{values["start"]}">' if numbered else f"<{tag}>")
        self._blocks.append(tag)

    def _end_block(self, tag: str) -> None:
        self._end_line()
        if tag in self._blocks:
            while self._blocks[-1] != tag:
                self._out.append(f"</{self._blocks.pop()}>")
            self._out.append(f"</{self._blocks.pop()}>")

    def _break(self) -> None:
        if "pre" in self._blocks:
            self._put("\n")
        elif self._in_line:
            self._out.append("<br>")
        self._after_break = True

    def _start_mark(self, tag: str, values: dict[str, str]) -> None:
        if tag == "a":
            self._close("a")
            if not (address := self._address(values.get("href", ""))):
                return
            title = values.get("title", "")
            values = {"href": address, "title": "" if "://" in title else title}
        if len(self._marks) >= _MOST_MARKS:
            return
        kept = {name: values[name] for name in ("href", "title") if values.get(name)} if tag in ("a", "abbr") else {}
        start = f"<{tag}" + "".join(f' {name}="{escape(value)}"' for name, value in kept.items()) + ">"
        self._marks.append((tag, start))
        if self._in_line:
            self._out.append(start)
        if tag == "a":
            self._link, self._words_at, self._has_words = kept["href"], len(self._out), False

    def _close(self, tag: str) -> None:
        """Close a mark and those within it, and open these again."""
        places = [place for place, (open_tag, _) in enumerate(self._marks) if open_tag == tag]
        if not places:
            return
        inner = self._marks[places[-1] + 1 :]
        if tag == "a":
            self._write_out_link()
        del self._marks[places[-1]]
        if self._in_line:
            self._out += [f"</{each}>" for each, _ in reversed(inner)] + [f"</{tag}>"] + [start for _, start in inner]

    def _write_out_link(self) -> None:
        """Give a link that has no words, or a part of its address, the address as its words."""
        address = escape(self._link, quote=False)
        if not self._has_words:
            self._put(address)
        elif self._in_line:
            words = re.sub(r"<[^>]*>", "", "".join(self._out[self._words_at :])).strip()
            start = re.sub(r"(\.\.\.|…)\Z", "", words)
            if start != words and address.removeprefix("https://").startswith(start.removeprefix("https://")):
                self._out[self._words_at :] = [address]

    def _address(self, typed: str) -> str:
        """The address of a link, or empty for places in the same page and for programs."""
        address = self._unwrapped(one_line(typed))
        if address.startswith("//"):
            return f"https:{address}"
        if re.match(r"(https?://|mailto:)", address, re.IGNORECASE):
            return address
        return "" if address.startswith("#") or re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE) else address

    def _picture(self, values: dict[str, str]) -> None:
        source = one_line(values.get("src") or values.get("data") or values.get("href") or "")
        words = one_line(values.get("alt") or values.get("title") or "")
        address = f"https:{source}" if source.startswith("//") else source
        is_web = bool(_WEB.match(address))
        if is_web and values.get("width") != "1" and address not in self._pictures:
            self._pictures.append(address)
        is_emoji = _EMOJI.search(f"{values.get('class', '')} {values.get('id', '')}") or _EMOJI_NAME.fullmatch(words)
        if is_emoji or not is_web or any(tag == "a" for tag, _ in self._marks):
            self.handle_data(words or ("" if is_emoji or source.startswith("data:") else source))
        elif values.get("width") != "1" and "pre" not in self._blocks:
            self._put(_linked(address, words or address))


def _linked(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words, quote=False)}</a>'
