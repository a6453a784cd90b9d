"""XML exports of any size: the elements below the first one, one after the other.

A file that is no valid XML is read on element by element; one that is broken is mended (``xml_rules``) or passed over.
"""

import io
import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol
from xml.etree.ElementTree import ParseError  # the exception only: defusedxml reads

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # nor here

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Remark, UnreadablePart
from service.importers.source_file import BadSource, Text
from service.importers.xml_pieces import XmlPieces
from service.importers.xml_rules import all_declared, declarations, mended_element, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_DEEPEST = 50


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> str: ...


def xml_elements(
    opened: Callable[[], Text], root: str, names: Collection[str], system: str
) -> "Iterator[Element | UnreadablePart | Remark]":
    """The elements directly in the document's first one, ``root``, that have one of these ``names``. ``opened`` gives
    the text from its start. Keeps one element in memory.

    Raises BadSource where the document cannot be read further, or is none of this ``system``.
    """
    count = 0
    try:
        for element in _ended(opened(), root, system):
            if local(element.tag) in names:
                count += 1
                yield element
    except ParseError as error:
        line, column = error.position
        pieces = XmlPieces(opened(), root, names)
        if not pieces.start_tag:
            problem = ImportSentence.NO_XML_AT % {"line": line, "column": column}
            raise BadSource(ImportSentence.NO_EXPORT % {"system": system, "problem": problem}) from error
        yield from _read_on(pieces, count, root, system)
        if pieces.is_cut:
            raise BadSource(ImportSentence.FILE_BROKE % {"line": line, "column": column}) from error
    except DefusedXmlException as error:
        raise BadSource(ImportSentence.DECLARES % {"system": system}) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, BadSource):
            raise
        raise BadSource(ImportSentence.UNREADABLE % {"reason": error}) from error


def _read_on(pieces: XmlPieces, done: int, root: str, system: str) -> "Iterator[Element | UnreadablePart | Remark]":
    """The elements behind the first ``done``."""
    declared, mended = declarations(pieces.start_tag), 0
    default = re.search(r"""\sxmlns\s*=\s*["'][^"'<&]*["']""", pieces.start_tag)
    for number, (piece, line) in enumerate(pieces):
        if number < done:
            continue
        whole = f"<{root}{default[0] if default else ''}{written(all_declared(piece, declared, {}))}>%s</{root}>"
        element = _element(whole.replace("%s", piece), root, system)
        if element is None:
            element = _element(whole.replace("%s", mended_element(piece)), root, system)
            mended += element is not None
        place = ImportSentence.LINE % {"number": f"{line:,}"}
        yield UnreadablePart(ImportSentence.BROKEN_ENTRY, place) if element is None else element
    if not pieces.is_cut:
        yield Remark(ImportSentence.MENDED_ENTRIES % {"number": f"{mended:,}"})


def _element(document: str, root: str, system: str) -> "Element | None":
    """The only element of a small document; None if it is broken."""
    try:
        found = list(_ended(io.StringIO(document), root, system, keep=True))
    except (ParseError, BadSource):
        return None
    return found[0] if len(found) == 1 else None


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def attribute(element: "Element", name: str) -> str:
    """An attribute in any namespace; empty if it is missing."""
    return next((value for key, value in element.attrib.items() if local(key) == name), "")


def child(element: "Element", name: str) -> "Element | None":
    """The first element of a name directly in another."""
    return next((each for each in element if local(each.tag) == name), None)


def child_text(element: "Element | None", name: str) -> str:
    """The text of the first element of a name directly in another, all of it; empty if it is missing."""
    found = None if element is None else child(element, name)
    return "" if found is None else "".join(found.itertext())


def _ended(text: _Readable, root: str, system: str, *, keep: bool = False) -> "Iterator[Element]":
    open_elements: list[Element] = []
    for event, element in iterparse(text, ("start", "end"), forbid_dtd=True):
        if event == "start":
            open_elements.append(element)
            if local(open_elements[0].tag) != root:
                problem = ImportSentence.OTHER_ROOT % {"root": root}
                raise BadSource(ImportSentence.NO_EXPORT % {"system": system, "problem": problem})
            if len(open_elements) > _DEEPEST:
                raise BadSource(ImportSentence.DEEP_XML % {"system": system})
            continue
        open_elements.pop()
        if len(open_elements) == 1:
            yield element
            if not keep:
                open_elements[0].clear()
