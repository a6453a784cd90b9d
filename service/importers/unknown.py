"""Says what a file is that no importer takes, so that its owner knows what to look for instead."""

import re

from service.importers.source import Opening
from service.markup import one_line

_ROOT = re.compile(r"<(?![?!])([A-Za-z_][\w:.-]{0,50})")
_NAMES = re.compile(r'"([^"\\]{1,40})"\s*:')
_KINDS: tuple[tuple[str, str], ...] = (
    (r"\s*<!doctype html|\s*<html", "a web page (HTML), perhaps of a login that ran out; download the export again"),
    (r"(?s).{0,2000}<rss\b(?!.*wordpress\.org/export)", "a feed of comments or articles (RSS), not an export"),
    (r"(?s).{0,2000}<feed\b", "a feed (Atom), not an export that is known here"),
    (r"(?s).{0,5000}(CREATE TABLE|INSERT INTO|MySQL dump)", "a database dump (SQL); export from the running system"),
)
_PICTURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def describe(opening: Opening) -> str:
    """What a source seems to be, as the end of the sentence “It seems to be …”."""
    text = opening.text
    if opening.folder:
        return "a folder in which no known files were found"
    if not opening.data.strip():
        return "empty"
    if opening.data.startswith(b"SQLite format 3\0"):
        return "an SQLite database of a program that is not known here"
    if opening.data.startswith(_PICTURES):
        return "a picture or a PDF"
    for pattern, kind in _KINDS:
        if re.match(pattern, text, re.IGNORECASE):
            return kind
    if b"\0" in opening.data[:1000]:
        return "no text at all, or a packed file of a kind that is not known here"
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        root = _ROOT.search(text)
        return f"XML of another kind, which begins with <{root[1]}>" if root else "XML of another kind"
    return _of_text(text)


def _of_text(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        names = list(dict.fromkeys(_NAMES.findall(start[:4000])))[:5]
        return "JSON of another kind" + (f", with the names {', '.join(map(one_line, names))}" if names else "")
    line = one_line(start.partition("\n")[0][:80])
    return f"text of another kind, which begins “{line}”"
