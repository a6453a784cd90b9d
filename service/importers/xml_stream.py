"""XML exports of any size: the elements below the first one, one after the other."""

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError  # the exception only: defusedxml reads

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # nor here

from service.importers.source import BadSource, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_DEEPEST = 50


def xml_elements(text: Text, root: str, system: str) -> "Iterator[Element]":
    """The elements directly in the document's first one, which has to be called ``root``. Keeps one in memory.

    Raises BadSource where the document breaks, or is none of this ``system``.
    """
    count = 0
    try:
        for element in _ended(text, root, system):
            count += 1
            yield element
    except ParseError as error:
        line, column = error.position
        if not count:
            raise BadSource(f"This is no export of {system}: it is no XML at line {line}, column {column}.") from error
        raise BadSource(f"The file broke at line {line}, column {column}; what follows was not read.") from error
    except DefusedXmlException as error:
        raise BadSource(f"The file declares a document type or entities, which no export of {system} does.") from error
    except (LookupError, ValueError) as error:
        if isinstance(error, BadSource):
            raise
        raise BadSource(f"The file cannot be read further: {error}.") from error


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def attribute(element: "Element", name: str) -> str:
    """An attribute, in whichever namespace; empty if there is none."""
    return next((value for key, value in element.attrib.items() if local(key) == name), "")


def child(element: "Element", name: str) -> "Element | None":
    """The first element of a name directly in another."""
    return next((each for each in element if local(each.tag) == name), None)


def child_text(element: "Element | None", name: str) -> str:
    """The text of the first element of a name directly in another, all of it; empty if there is none."""
    found = None if element is None else child(element, name)
    return "" if found is None else "".join(found.itertext())


def _ended(text: Text, root: str, system: str) -> "Iterator[Element]":
    open_elements: list[Element] = []
    for event, element in iterparse(text, ("start", "end"), forbid_dtd=True):
        if event == "start":
            open_elements.append(element)
            if local(open_elements[0].tag) != root:
                raise BadSource(f"This is no export of {system}: it does not begin with <{root}>.")
            if len(open_elements) > _DEEPEST:
                raise BadSource(f"The file's elements stand in one another deeper than in any export of {system}.")
            continue
        open_elements.pop()
        if len(open_elements) == 1:
            yield element
            open_elements[0].clear()
