"""Finds our elements, scripts, frames and forms in a page's HTML."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

Attributes = dict[str, str]
INSIDE = "inside-form"
"""Set to 1 among the attributes of an element or fragment that is written inside a form of the page."""

_OUR_SCRIPT = re.compile(r"""(["'`])([^"'`\s]*/embed\.js(?:\?[^"'`\s]*)?)\1""")


@dataclass(slots=True)
class InspectedForm:
    """A form with its hidden fields. One that is written inside another is dropped by browsers, and its fields are
    the outer one's."""

    action: str
    method: str
    is_inside: bool
    hidden: Attributes = field(default_factory=dict)


class InspectedPage(HTMLParser):
    """A parsed page. URLs are absolute. A script that names embed.js, as import() does, counts as one that loads it."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.base = url
        self.canonical = ""
        self.title = ""
        self.language = ""
        self._is_in_title = False
        self.policies: list[str] = []
        self.scripts: list[Attributes] = []
        self.styles: list[str] = []
        self.elements: list[Attributes] = []
        self.frames: list[str] = []
        self.fragments: list[Attributes] = []
        self.forms: list[InspectedForm] = []
        self.sitekeys: list[str] = []
        self.has_lists = False
        self._script: Attributes | None = None
        self._is_in_form = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element that matters here."""
        given = {name: value or "" for name, value in attrs}
        if self._is_in_form:
            given[INSIDE] = "1"
        if "leave-a-reply" in given.get("class", "").split():
            self.fragments.append(given)
        if "data-sitekey" in given:
            self.sitekeys.append(given["data-sitekey"])
        self.has_lists = self.has_lists or "data-leave-a-reply-list" in given
        if reader := getattr(self, f"_read_{tag.replace('-', '_')}", None):
            reader(given)

    def handle_endtag(self, tag: str) -> None:
        """Note what is closed."""
        if tag == "title":
            self._is_in_title = False
        if tag == "script":
            self._script = None
        if tag == "form":
            self._is_in_form = False

    def handle_data(self, data: str) -> None:
        """Take over the words of the title, and find our script where another one loads it."""
        if self._is_in_title:
            self.title += data
        if self._script is not None:
            found = [address for _, address in _OUR_SCRIPT.findall(data)]
            self.scripts += [self._script | {"src": self._whole(address)} for address in found]

    def _read_html(self, given: Attributes) -> None:
        self.language = self.language or given.get("lang", "").strip()

    def _read_title(self, _given: Attributes) -> None:
        self._is_in_title = not self.title  # the first one: drawings in the page have titles, too

    def _read_base(self, given: Attributes) -> None:
        self.base = urljoin(self.base, given.get("href", ""))

    def _read_link(self, given: Attributes) -> None:
        kinds = given.get("rel", "").lower().split()
        if "canonical" in kinds and not self.canonical:
            self.canonical = self._whole(given.get("href", ""))
        if "stylesheet" in kinds:
            self.styles.append(self._whole(given.get("href", "")))

    def _read_meta(self, given: Attributes) -> None:
        if given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(given.get("content", ""))

    def _read_script(self, given: Attributes) -> None:
        self._script = given
        if given.get("src"):
            self.scripts.append(given | {"src": self._whole(given["src"])})

    def _read_leave_a_reply(self, given: Attributes) -> None:
        self.elements.append(given)

    def _read_iframe(self, given: Attributes) -> None:
        self.frames.append(self._whole(given.get("src", "")))

    def _read_form(self, given: Attributes) -> None:
        action, method = self._whole(given.get("action", "")), given.get("method", "get").lower()
        self.forms.append(InspectedForm(action, method, self._is_in_form))
        self._is_in_form = True

    def _read_input(self, given: Attributes) -> None:
        if self.forms and given.get("type") == "hidden":
            self.forms[-1].hidden[given.get("name", "")] = given.get("value", "")

    def _whole(self, address: str) -> str:
        try:
            return urljoin(self.base, address.strip())
        except ValueError:
            return ""


def page_of_frame(src: str) -> str:
    """The page whose comments a frame of ours shows."""
    return parse_qs(urlsplit(src).query.replace("+", "%2B")).get("page", [""])[0]
