"""Where incoming pages stand here: the page of the same path on the site, or the one that the owner names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from service.pages import BadPage, PageRef, UnknownOrigin, resolve
from service.transfer.model import IncomingPage

_MOVE = re.compile(r"(.+?)=(https?://.+)", re.DOTALL)


class Misplaced(ValueError):
    """An incoming page has no place here. The message is the reason."""


@dataclass(frozen=True, slots=True)
class Move:
    """``--page NAME=URL``: a page of the other system is this page here."""

    name: str
    page: PageRef

    def means(self, page: IncomingPage) -> bool:
        """Whether this is the page: by its number, its slug or its address."""
        return self.name.rstrip("/") in {name.rstrip("/") for name in page.names}


@dataclass(frozen=True, slots=True)
class Places:
    """The pages of one site."""

    site_id: int
    origin: str
    moves: tuple[Move, ...] = ()

    @classmethod
    def of(cls, site_id: int, origin: str, moves: Iterable[str]) -> "Places":
        """Places with the owner's moves as typed. Raises BadPage for one that is none."""
        return cls(site_id, origin, tuple(_move(typed, site_id, origin) for typed in moves))

    def find(self, page: IncomingPage) -> PageRef:
        """The place of an incoming page. Raises Misplaced."""
        for move in self.moves:
            if move.means(page):
                return move.page
        if not page.path:
            raise Misplaced(page.trouble or "its page has no address")
        try:
            return resolve(self.origin + page.path, {self.origin: self.site_id})
        except BadPage as error:
            raise Misplaced("the address of its page cannot be used") from error


def _move(typed: str, site_id: int, origin: str) -> Move:
    match = _MOVE.fullmatch(typed.strip())
    if match is None:
        raise BadPage(f"--page {typed}: write it as POST=URL, such as 5={origin}/article.")
    try:
        return Move(match[1].strip(), resolve(match[2], {origin: site_id}))
    except UnknownOrigin as error:
        raise BadPage(f"--page {typed}: the page has to be one of {origin}.") from error
