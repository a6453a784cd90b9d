"""Where the pages of an import go, as its owner types it: by command, with ``--map OLD=NEW``, or in the admin."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import PageMappings
from service.known_sites import KnownSite
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


@dataclass(frozen=True, slots=True)
class Places:
    """``pages`` are POST=URL, ``moved`` OLD=NEW, ``hosts`` the blog's other hosts, ``slugs`` a path with ``{slug}``;
    ``redirects`` is the place of a CSV, ``called`` its name with its owner if that is another."""

    pages: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    redirects: str = ""
    hosts: tuple[str, ...] = ()
    slugs: str = ""
    called: str = ""

    @classmethod
    def of(cls, options: Mapping[str, Any], redirects: str = "") -> "Places":
        """What ``as_options`` made, with the file ``redirects`` if they name one."""
        pages, moved, hosts = (tuple(options.get(name, ())) for name in ("pages", "moved", "hosts"))
        called = options.get("redirects", "")
        return cls(pages, moved, redirects if called else "", hosts, options.get("slugs", ""), called)

    def as_options(self) -> dict[str, Any]:
        """As values for JSON. Of the CSV only its name."""
        lists = {"pages": list(self.pages), "moved": list(self.moved), "hosts": list(self.hosts)}
        return {**lists, "slugs": self.slugs, "redirects": self.redirects}

    def read(self, site: KnownSite) -> PageMappings:
        """What it says, for a site. Raises BadPage for what cannot be understood."""
        moved = moved_pages(self.moved, site.origin)
        if self.redirects:
            moved += read_redirects(self.redirects, site.origin, self.called)
        return PageMappings.of(
            site.id, site.origin, self.pages, rules=site.rules, moved=moved, hosts=self.hosts, slugs=self.slugs
        )
