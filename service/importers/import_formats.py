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
    own_lines_import,
    remark42,
    schnack,
    staticman,
    talkyard,
    twikoo,
    waline,
    wordpress,
)
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingComment, Reader, Remark, UnreadablePart
from service.importers.source_file import BadSource, Opening, Source
from service.language import N_


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format. ``title`` is what the report calls it. ``sniff`` says whether a source begins as one of this format.
    ``takes_zips``: its reader goes through the files of a zip, which it would otherwise get one by one."""

    title: str
    read: Reader
    sniff: Callable[[Opening], bool]
    takes_zips: bool = False


FORMATS: dict[str, ImportFormat] = {
    "jsonl": ImportFormat(N_("leave-a-reply's own export"), own_lines_import.read, own_lines_import.sniff),
    "wordpress": ImportFormat(N_("WordPress's export (WXR)"), wordpress.read, wordpress.sniff, takes_zips=True),
    "disqus": ImportFormat(N_("Disqus's export"), disqus.read, disqus.sniff),
    "blogger": ImportFormat(N_("Blogger's Atom"), blogger.read, blogger.sniff, takes_zips=True),
    "cusdis": ImportFormat(N_("a database of Cusdis"), cusdis.read, cusdis.sniff),
    "schnack": ImportFormat(N_("a database of Schnack"), schnack.read, schnack.sniff),
    "isso": ImportFormat(N_("Isso's database or JSON"), isso.read, isso.sniff),
    "remark42": ImportFormat(N_("Remark42's backup"), remark42.read, remark42.sniff),
    "artalk": ImportFormat(N_("Artalk's Artrans"), artalk.read, artalk.sniff),
    "twikoo": ImportFormat(N_("Twikoo's export"), twikoo.read, twikoo.sniff),
    "waline": ImportFormat(N_("an export of Waline or Valine"), waline.read, waline.sniff),
    "commento": ImportFormat(N_("Commento's export"), commento.read, commento.sniff_commento),
    "talkyard": ImportFormat(N_("Talkyard's dump"), talkyard.read, talkyard.sniff),
    "ghost": ImportFormat(N_("Ghost's JSON"), ghost.read, ghost.sniff),
    "giscus": ImportFormat(N_("GitHub's discussions (giscus)"), github.read, github.sniff_giscus),
    "utterances": ImportFormat(N_("GitHub's issues (utterances)"), github.read, github.sniff_utterances),
    "comentario": ImportFormat(N_("Comentario's export"), commento.read, commento.sniff_comentario),
    "csv": ImportFormat(N_("our table (CSV)"), own_csv.read, own_csv.sniff),
    "hashover": ImportFormat(N_("HashOver's folder"), hashover.read, hashover.sniff, takes_zips=True),
    "staticman": ImportFormat(
        N_("data files of Staticman, Jekyll or Hugo"), staticman.read, staticman.sniff, takes_zips=True
    ),
}
"""The name in ``--format``, stored in ``comment.source`` (at most 20 characters) → the format. The first whose
``sniff`` agrees is taken, so the stricter ones stand first."""


def recognise(*openings: Opening) -> str:
    """The name of the format of a source, by the beginning of its files; or empty."""
    return next((name for name, form in FORMATS.items() if any(map(form.sniff, openings))), "")


def read_source(name: str, source: Source) -> Iterator[Incoming]:
    """What a source in the format ``name`` holds. Raises BadSource where it cannot be read further.

    Of a zip the files are read that begin as this format does, or the first one if none does.
    """
    form, any_read = FORMATS[name], False
    if form.takes_zips:
        yield from _read(form, source)
        return
    for file, part in source.parts():
        if isinstance(part, BadSource):
            yield UnreadablePart(str(part), file)
        elif part is source or form.sniff(part.opening()):
            any_read = True
            yield from _read_part(form, file, part)
    if not any_read:
        yield from _read(form, source)


def _read_part(form: ImportFormat, file: str, part: Source) -> Iterator[Incoming]:
    """A file that is broken does not keep the others of its zip from being read."""
    try:
        yield from _read(form, part)
    except BadSource as error:
        if not file:
            raise
        yield UnreadablePart(str(error), file)


def _read(form: ImportFormat, source: Source) -> Iterator[Incoming]:
    for item in form.read(source):
        # Where all bytes are letters, a \ufffd is as it was written.
        if source.bad_bytes and isinstance(item, IncomingComment) and "\ufffd" in item.author + item.text:
            yield replace(item, notes=(*item.notes, ImportSentence.LETTERS))
        else:
            yield item
    if source.unknown_encoding:
        yield Remark(ImportSentence.UNKNOWN_ENCODING % {"name": source.unknown_encoding})
