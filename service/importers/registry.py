"""The formats that can be imported. A new one is a file with the functions ``read`` and ``sniff``, and a line here."""

from collections.abc import Callable
from dataclasses import dataclass

from service.importers import wordpress
from service.importers.model import Reader
from service.importers.source import Opening


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format. ``title`` is what the report calls it. ``sniff`` says whether a source begins as one of this format."""

    title: str
    read: Reader
    sniff: Callable[[Opening], bool]


FORMATS: dict[str, ImportFormat] = {
    "wordpress": ImportFormat("WordPress's export (WXR)", wordpress.read, wordpress.sniff),
}
"""The name in ``--format``, stored in ``comment.source`` (at most 20 characters) → the format. The first whose
``sniff`` agrees is taken, so the stricter ones stand first."""


def recognise(opening: Opening) -> str:
    """The name of the format of a source, or empty."""
    return next((name for name, form in FORMATS.items() if form.sniff(opening)), "")
