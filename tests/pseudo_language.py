"""A language in which every sentence is translated, by signs for its letters. What is left in English never gets a
translation."""

import gettext
import re
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Any

WORD = re.compile(r"[A-Za-z]{2,}")
SAME_EVERYWHERE = re.compile(r"https?://\S+|\bUTC\b")
SPOKEN = {"aria-label", "title", "placeholder", "alt"}


class Words(HTMLParser):
    """What a page says to those who see or hear it, or hands to a script to say."""

    def __init__(self, html: str, silent: Collection[str] = ("script", "style")) -> None:
        super().__init__()
        self.said: list[str] = []
        self._left_out = silent
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._left_out
        spoken = SPOKEN | ({"value"} if tag == "input" and ("type", "submit") in attrs else set())
        for name, value in attrs:
            if value and (name in spoken or (name.startswith("data-") and " " in value)):
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._left_out

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


class StandIn(gettext.NullTranslations):
    """A Chinese sign for each letter of a sentence, and its placeholders."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(%\(\w+\)s|%s|\{\w+\})", message)
        return "".join(part if at % 2 else re.sub("[A-Za-z]", "文", part) for at, part in enumerate(parts))

    def ngettext(self, *forms_and_number: Any) -> str:
        return self.gettext(forms_and_number[1])
