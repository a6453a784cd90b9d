"""Pages whose address has changed, as the options of an import say: ``--map OLD=NEW``, and a file of redirects."""

import re
from collections.abc import Iterable
from pathlib import Path

from service.importers.import_sentences import ImportSentence
from service.redirects import Moved, moved, read_map
from service.web_origin import BadPage

_PAIR = re.compile(r"(.+?)=((?:/|https?://).*)", re.DOTALL)


def moved_pages(options: Iterable[str], origin: str) -> list[Moved]:
    """``OLD=NEW`` as typed, for pages of ``origin``. Raises BadPage."""
    found = []
    for typed in options:
        pair = _PAIR.fullmatch(typed.strip())
        if pair is None:
            raise BadPage(ImportSentence.NO_MAP % {"typed": typed})
        try:
            found.append(moved(pair[1], pair[2], origin, whole=False))
        except BadPage as reason:
            raise BadPage(ImportSentence.BAD_MAP % {"typed": typed, "problem": reason}) from reason
    return found


def read_redirects(file: str, origin: str, called: str = "") -> list[Moved]:
    """The redirects of a file, see ``service.redirects``; ``called`` is its name with its owner.

    Raises BadPage for a line that does not map plainly.
    """
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise BadPage(ImportSentence.FILE_UNOPENED % {"file": called or file, "reason": error}) from error
    found, skipped = read_map(text, origin)
    if skipped:
        values = {"file": called or file, "number": skipped[0].number, "problem": skipped[0].reason}
        raise BadPage(ImportSentence.BAD_LINE % values)
    return found
