"""The formats that can be imported. A new one is a file with the functions ``read`` and ``sniff``, and a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from service.importers import (
    artalk,
    blogger,
    commento,
    cusdis,
    disqus,
    ghost,
    github,
    hashover,
    isso,
    own_csv,
    own_lines,
    remark42,
    schnack,
    staticman,
    talkyard,
    twikoo,
    waline,
    wordpress,
)
from service.importers.model import Incoming, IncomingComment, Reader
from service.importers.source import Opening, Source

UNREADABLE_LETTERS = "has letters that could not be read (\ufffd)"


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format. ``title`` is what the report calls it. ``sniff`` says whether a source begins as one of this format."""

    title: str
    read: Reader
    sniff: Callable[[Opening], bool]


FORMATS: dict[str, ImportFormat] = {
    "jsonl": ImportFormat("leave-a-reply's own export", own_lines.read, own_lines.sniff),
    "wordpress": ImportFormat("WordPress's export (WXR)", wordpress.read, wordpress.sniff),
    "disqus": ImportFormat("Disqus's export", disqus.read, disqus.sniff),
    "blogger": ImportFormat("Blogger's Atom", blogger.read, blogger.sniff),
    "cusdis": ImportFormat("a database of Cusdis", cusdis.read, cusdis.sniff),
    "schnack": ImportFormat("a database of Schnack", schnack.read, schnack.sniff),
    "isso": ImportFormat("Isso's database or JSON", isso.read, isso.sniff),
    "remark42": ImportFormat("Remark42's backup", remark42.read, remark42.sniff),
    "artalk": ImportFormat("Artalk's Artrans", artalk.read, artalk.sniff),
    "twikoo": ImportFormat("Twikoo's export", twikoo.read, twikoo.sniff),
    "waline": ImportFormat("an export of Waline or Valine", waline.read, waline.sniff),
    "commento": ImportFormat("Commento's export", commento.read, commento.sniff_commento),
    "talkyard": ImportFormat("Talkyard's dump", talkyard.read, talkyard.sniff),
    "ghost": ImportFormat("Ghost's JSON", ghost.read, ghost.sniff),
    "giscus": ImportFormat("GitHub's discussions (giscus)", github.read, github.sniff_giscus),
    "utterances": ImportFormat("GitHub's issues (utterances)", github.read, github.sniff_utterances),
    "comentario": ImportFormat("Comentario's export", commento.read, commento.sniff_comentario),
    "csv": ImportFormat("our table (CSV)", own_csv.read, own_csv.sniff),
    "hashover": ImportFormat("HashOver's folder", hashover.read, hashover.sniff),
    "staticman": ImportFormat("data files of Staticman, Jekyll or Hugo", staticman.read, staticman.sniff),
}
"""The name in ``--format``, stored in ``comment.source`` (at most 20 characters) → the format. The first whose
``sniff`` agrees is taken, so the stricter ones stand first."""


def recognise(opening: Opening) -> str:
    """The name of the format of a source, or empty."""
    return next((name for name, form in FORMATS.items() if form.sniff(opening)), "")


def read_source(name: str, source: Source) -> Iterator[Incoming]:
    """What a source in the format ``name`` holds. Raises BadSource where it cannot be read further."""
    for item in FORMATS[name].read(source):
        # Where all bytes are letters, a \ufffd is as it was written.
        if source.bad_bytes and isinstance(item, IncomingComment) and "\ufffd" in item.author + item.text:
            yield replace(item, notes=(*item.notes, UNREADABLE_LETTERS))
        else:
            yield item
