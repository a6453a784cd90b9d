"""Parses a thread or form as a browser does, for tests of what gets lost on the way."""

import json
from html.parser import HTMLParser


class Thread(HTMLParser):
    """A parsed thread: the ``texts`` and ``names`` of its comments, the ``links`` of the names, the ``values`` of its
    fields and the ``data`` for search engines.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.names: list[str] = []
        self.links: list[str] = []
        self.values: dict[str, str] = {}
        self.data = ""
        self._into = self._field = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        names = given.get("class", "").split()
        if tag == "div" and "comment-content" in names:
            self._into = "div"
            self.texts.append("")
        elif tag == "b" and "fn" in names:
            self._into = "b"
            self.names.append("")
        elif tag == "a" and "url" in names:
            self.links.append(given["href"])
        elif tag == "input" and "name" in given:
            self.values[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._into = tag
            self._field = given.get("name", given.get("id", ""))
            self.values[self._field] = ""
        elif tag == "script" and given.get("type") == "application/ld+json":
            self._into = "script"

    def handle_endtag(self, tag: str) -> None:
        if tag == self._into:
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into == "div":
            self.texts[-1] += data
        elif self._into == "b":
            self.names[-1] += data
        elif self._into == "textarea":
            self.values[self._field] += data
        elif self._into == "script":
            self.data += data

    @property
    def described(self) -> list[str]:
        """The texts in the data for search engines."""
        return [comment["text"] for comment in json.loads(self.data)["comment"]]
