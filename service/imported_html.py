"""HTML of imported comments: what WordPress makes of it when it shows a comment, and what a thread cannot show.

It is not safe afterwards. Time is linear in the text.
"""

import re
from html import escape, unescape

TAG = re.compile(r"""(</?[A-Za-z][\w:.-]*(?:[^<>"']|"[^"<]*"|'[^'<]*')*>)""")
_NAME = re.compile(r"</?([A-Za-z][\w:.-]*)")
ATTRIBUTE = re.compile(r"""(?<![A-Za-z-])([A-Za-z-]++)\s*+=\s*+("[^"]*"|'[^']*'|[^\s"'>]+)""")
"""A name is not tried again from its second letter on: that takes quadratic time for a tag of one long word."""
_READ = {"href", "title", "start", "value", "src", "alt", "class", "name", "data"}
_LONG_TAG = 2000  # characters from which only the attributes that are read are kept: sanitizers compare each with all
_DEEPEST = 100  # lists and quotes in one another; deeper ones are lines of the hundredth
_HALVES = re.compile(r"&#(x[0-9a-f]{4}|[0-9]{5});&#(x[0-9a-f]{4}|[0-9]{5});", re.IGNORECASE)
_SHORT_CODE = re.compile(
    r"\[(code|sourcecode|python|php|js|css|html|xml|bash|sql|java)(?:\s[^\]\n]{0,200}|=[^\]\n]{0,50})?\]", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?!(?:[a-zA-Z]{2,10}|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_BLANK_LINE = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")

_SHOWN_BLOCKS = {"p", "ul", "ol", "li", "blockquote"}
_OTHER_BLOCKS = {
    "address", "article", "aside", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav",
    "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
}  # fmt: skip
_EMBEDDED = {
    "img": "src", "embed": "src", "iframe": "src", "video": "src", "audio": "src", "source": "src", "object": "data",
    "param": "value",
}  # fmt: skip
_COPIED = {"pre", "script", "style"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_CELLS = {"td", "th", "option"}
_ELEMENTS = _SHOWN_BLOCKS | _OTHER_BLOCKS | _COPIED | _CELLS | _EMBEDDED.keys() | {
    "a", "abbr", "acronym", "applet", "area", "b", "base", "basefont", "bdi", "bdo", "big", "blink", "body", "br",
    "button", "canvas", "cite", "code", "col", "colgroup", "data", "datalist", "del", "dfn", "dir", "em", "font",
    "frame", "frameset", "head", "html", "i", "input", "ins", "kbd", "label", "legend", "link", "map", "mark",
    "marquee", "math", "menu", "meta", "meter", "nobr", "noscript", "optgroup", "output", "picture", "progress",
    "q", "rp", "rt", "ruby", "s", "samp", "select", "small", "span", "strike", "strong", "sub", "sup", "svg",
    "template", "textarea", "time", "title", "track", "tt", "u", "var", "wbr",
}  # fmt: skip
"""All of HTML, as people write it."""

_SMILEY = re.compile(r"smil|emoji|emot|sticker|owo", re.IGNORECASE)


def paragraphs(html: str) -> str:
    """Blank lines make paragraphs and lines make breaks (``wpautop``), outside of code. Pictures and films become
    links, ``[code]`` becomes code, and what is no tag of HTML is text."""
    html = _HALVES.sub(_joined, html.replace("\r\n", "\n").replace("\r", "\n").strip())
    writer = _Paragraphs()
    for index, piece in enumerate(TAG.split(_with_code(_without_comments(html)))):
        if index % 2:
            writer.tag(piece)
        else:
            writer.text(piece)
    return writer.html()


class _Paragraphs:
    """Writes paragraphs and breaks between the tags that are read. Unclosed and crossing tags are for sanitizers."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._code = ""  # the element that is copied as it stands: pre, script or style
        self._blocks: list[str] = []  # the open lists and quotes
        self._in_paragraph = self._in_link = False
        self._has_text = False  # in this paragraph or item
        self._breaks = 0  # shown before the next text, if there is any
        self._soft = False  # whether the last of them is only the end of a line

    def html(self) -> str:
        """What was written."""
        self._end_paragraph()
        return "".join(self._out).strip()

    def text(self, text: str) -> None:
        """Add text, with its entities. A tag without an end is text, unless HTML knows it."""
        text = _NAME.sub(lambda found: found[0] if found[1].lower() in _ELEMENTS else "&lt;" + found[0][1:], text)
        if self._code:
            self._out.append(text)
            return
        for number, part in enumerate(_BLANK_LINE.split(text)):
            if number:
                self._end_paragraph()
            for line_number, line in enumerate(part.split("\n")):
                if line_number:
                    self._soft = self._soft or not self._breaks
                    self._breaks = max(self._breaks, 1)
                if line.strip():
                    self._add(line)
                elif line and self._has_text and not self._breaks:
                    self._out.append(" ")

    def tag(self, tag: str) -> None:
        """Add a tag."""
        name, closing = _NAME.findall(tag)[0].lower(), tag[1] == "/"
        if len(tag) > _LONG_TAG and (name in _ELEMENTS or (":" in name and not self._code)):
            tag = _with_attributes_read(tag)
        if self._code:
            self._in_code(tag, name, closing=closing)
        elif name in _COPIED:
            self._begin_code(tag, name, closing=closing)
        elif name == "br":
            self._breaks += 0 if self._soft else 1
            self._soft = False
        elif name in _SHOWN_BLOCKS:
            self._block(tag, name, closing=closing)
        elif name in _HEADINGS:
            self._heading(closing=closing)
        elif name in _OTHER_BLOCKS:
            self._end_paragraph()
        elif name in _CELLS:
            self._out.append(" ")
        else:
            self._inline(tag, name, closing=closing)

    def _inline(self, tag: str, name: str, *, closing: bool) -> None:
        if name in _EMBEDDED:
            self._embedded(tag, name)
        elif name not in _ELEMENTS and ":" not in name:
            self._add(escape(tag, quote=False))  # <stdio.h>, List<String>
        elif closing:
            self._in_link = self._in_link and name != "a"
            self._out.append(tag)
        else:
            self._in_link = self._in_link or name == "a"
            self._add(tag, is_text=False)

    def _add(self, html: str, *, is_text: bool = True) -> None:
        if not self._in_paragraph and (not self._blocks or self._blocks[-1] == "blockquote"):
            self._out.append("<p>")
            self._in_paragraph = True
        if self._has_text:
            self._out.append("<br>\n" * self._breaks)
        self._breaks, self._soft = 0, False
        self._out.append(html)
        self._has_text = self._has_text or is_text

    def _end_paragraph(self) -> None:
        if self._in_paragraph:
            self._out.append("</p>")
            self._begin_block()
        else:
            self._breaks = max(self._breaks, 1)  # in a list, paragraphs are lines

    def _begin_block(self) -> None:
        self._in_paragraph = self._has_text = self._soft = False
        self._breaks = 0

    def _block(self, tag: str, name: str, *, closing: bool) -> None:
        self._end_paragraph()
        if name == "p":
            return
        self._begin_block()
        if name != "li" and not closing:
            if len(self._blocks) == _DEEPEST:
                return
            self._blocks.append(name)
        elif name in self._blocks and closing:
            while self._blocks.pop() != name:
                pass
        self._out.append(tag)

    def _heading(self, *, closing: bool) -> None:
        if closing:
            self._out.append("</strong>")
        self._end_paragraph()
        if not closing:
            self._add("<strong>", is_text=False)

    def _begin_code(self, tag: str, name: str, *, closing: bool) -> None:
        if closing:
            return
        if name == "pre":
            self._end_paragraph()
            self._begin_block()
        self._out.append("<pre>" if name == "pre" else tag)
        self._code = name

    def _in_code(self, tag: str, name: str, *, closing: bool) -> None:
        if name == self._code and closing:
            self._code = ""
            self._out.append(tag)
        elif name == "br":
            self._out.append("\n")
        else:
            self._out.append(tag if name in _ELEMENTS else escape(tag, quote=False))

    def _embedded(self, tag: str, name: str) -> None:
        """A picture or film: a link with its words, or a smiley's words."""
        fields = {match[1].lower(): unescape(match[2].strip("\"'")) for match in ATTRIBUTE.finditer(tag)}
        address = fields.get(_EMBEDDED[name], "")
        if name == "param" and fields.get("name", "").lower() not in ("movie", "src"):
            return
        words = fields.get("alt") or fields.get("title") or ""
        is_smiley = bool(_SMILEY.search(fields.get("class", "")) or re.fullmatch(r":[^\s:]+:|.{1,3}", words))
        if is_smiley or self._in_link or not re.match(r"(?:https?:)?//[^/]", address, re.IGNORECASE):
            if words := words or ("" if is_smiley else address if self._in_link else ""):
                self._add(escape(words, quote=False))
            return
        link = f'<a href="{escape(address)}">'
        if link not in self._out[-4:]:  # a film is often given twice, for two kinds of browsers
            self._add(link)
            self._out += [escape(words or address, quote=False), "</a>"]


def _with_attributes_read(tag: str) -> str:
    read: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(tag):
        if match[1].lower() in _READ:
            read.setdefault(match[1].lower(), match[0])
    return f"<{'/' * (tag[1] == '/')}{_NAME.findall(tag)[0]} {' '.join(read.values())}>"


def _without_comments(html: str) -> str:
    """Word and others leave some. One that does not end is text."""
    pieces, end = [], 0
    while (start := html.find("<!--", end)) >= 0 and (stop := html.find("-->", start)) >= 0:
        pieces.append(html[end:start])
        end = stop + len("-->")
    return "".join([*pieces, html[end:].replace("<!--", "&lt;!--")])


def _with_code(html: str) -> str:
    """``[code]`` as HTML, with everything inside as it is typed."""
    pieces, end = [], 0
    lower, unclosed = html.lower(), set[str]()
    for match in _SHORT_CODE.finditer(html):
        closing = f"[/{match[1].lower()}]"
        if match.start() < end or closing in unclosed:
            continue
        stop = lower.find(closing, match.end())
        if stop < 0:
            unclosed.add(closing)
            continue
        inside = _ENTITY.sub("&amp;", html[match.end() : stop].strip("\n")).replace("<", "&lt;").replace(">", "&gt;")
        pieces += [html[end : match.start()], f"<pre><code>{inside}</code></pre>"]
        end = stop + len(closing)
    return "".join([*pieces, html[end:]])


def _joined(match: re.Match[str]) -> str:
    """A character that was escaped as the two halves of UTF-16."""
    high, low = (int(each[1:], 16) if each[0] in "xX" else int(each) for each in match.groups())
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
