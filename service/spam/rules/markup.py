"""Markup of other systems, sprayed in the hope that something takes."""

import re
from collections.abc import Iterator

from service.spam.evidence import Evidence
from service.spam.verdict import Reason

_CODE = re.compile(r"```[^`]{0,8000}```|^ {0,3}~~~[^~]{0,8000}~~~|`[^`\n]{1,400}`", re.MULTILINE)
_BBCODE = re.compile(  # [link](…) and [link to it](…) are Markdown
    r"\[(?:url|link|img)(?:=[^\]]{1,500}\]|\](?!\()|\s[^\]]{0,500}\](?!\())", re.IGNORECASE
)
_HTML_LINK = re.compile(r"<a\b[^<>]{0,500}\bhref\b", re.IGNORECASE)
_SCRIPT = re.compile(r"<(?:script|iframe|object|embed|meta|style)\b|<\w[^<>]{0,300}\son\w{3,20}\s{0,9}=", re.IGNORECASE)
_INJECTION = re.compile(r"<!--\s{0,9}(?:mfunc|mclude|dynamic-cached-content|#exec)|\$\{jndi:", re.IGNORECASE)
_SPINTAX = re.compile(r"\{[^\s{}|][^{}|\n]{0,60}(?:\|(?![\s|])[^{}|\n]{0,60}){1,20}\|?\}")
"""Code has bars in braces too, but doubled, or with spaces around them."""
_PLACEHOLDER = re.compile(r"#file_|%(?:spinfile|random|url|anchor|keyword|username)[\w-]{0,40}%", re.IGNORECASE)


def foreign(evidence: Evidence) -> Iterator[Reason]:
    """Forum markup, HTML links, and what runs on servers that cache badly. What stands in `code` is talked about."""
    text = _CODE.sub(" ", evidence.typed) if "`" in evidence.typed or "~~~" in evidence.typed else evidence.typed
    if _BBCODE.search(text):
        yield Reason("bbcode", 4.0, "The text has forum markup such as [url].")
    if _SCRIPT.search(text):
        yield Reason("html", 3.0, "The text has scripts or frames in HTML.")
    elif number := len(_HTML_LINK.findall(text)):
        # One is what WordPress taught people to write: 3 % of honest comments on technical blogs have it.
        yield Reason("html", 1.0 if number == 1 else 2.0, "The text has links in HTML.")
    if _INJECTION.search(evidence.typed):  # in code, too: others than we may show it, and know no such code
        yield Reason(
            "injection", 6.0 if _INJECTION.search(text) else 3.0, "The text tries to run commands on a server."
        )


def leftovers(evidence: Evidence) -> Iterator[Reason]:
    """What a spammer's own template forgot to fill in: ``{great|nice|good} post``, ``#file_links``."""
    text = evidence.typed[:4000]
    if _PLACEHOLDER.search(text):
        yield Reason("template", 4.0, "Placeholders of a spam program were left in the text.")
    elif "|" in text and len(_SPINTAX.findall(_CODE.sub(" ", text))) > 1:
        yield Reason("template", 3.0, "The text holds its own variants, as {one|another}.")
