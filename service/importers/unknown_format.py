"""Says what a file is that no importer takes, so that its owner knows what to look for instead."""

import re

from service.importers.import_sentences import ImportSentence
from service.importers.source_file import Opening
from service.visible_text import one_line

_ROOT = re.compile(r"<(?![?!])([A-Za-z_][\w:.-]{0,50})")
_NAMES = re.compile(r'"([^"\\]{1,40})"\s*:')
_KINDS: tuple[tuple[str, str], ...] = (
    (r"\s*<!doctype html|\s*<html", ImportSentence.WEB_PAGE),
    (r"(?s).{0,2000}<rss\b(?!.*wordpress\.org/export)", ImportSentence.RSS),
    (r"(?s).{0,2000}<feed\b", ImportSentence.ATOM),
    (r"(?s).{0,5000}(CREATE TABLE|INSERT INTO|MySQL dump)", ImportSentence.SQL),
)
_PICTURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def describe(opening: Opening) -> str:
    """What a source seems to be, as the end of the sentence “It seems to be …”."""
    text = opening.text
    if opening.folder:
        return ImportSentence.FOLDER
    if not opening.data.strip():
        return ImportSentence.EMPTY
    if opening.data.startswith(b"SQLite format 3\0"):
        return ImportSentence.SQLITE
    if opening.data.startswith(_PICTURES):
        return ImportSentence.PICTURE
    for pattern, kind in _KINDS:
        if re.match(pattern, text, re.IGNORECASE):
            return kind
    if b"\0" in opening.data[:1000]:
        return ImportSentence.BINARY
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        root = _ROOT.search(text)
        return ImportSentence.XML_BEGINNING % {"root": root[1]} if root else ImportSentence.XML
    return _of_text(text)


def _of_text(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        names = list(dict.fromkeys(_NAMES.findall(start[:4000])))[:5]
        listed = ", ".join(map(one_line, names))
        return ImportSentence.JSON_NAMES % {"keys": listed} if names else ImportSentence.JSON
    line = one_line(start.partition("\n")[0][:80])
    return ImportSentence.TEXT % {"line": line}
