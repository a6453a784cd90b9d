"""A cache of parsed GET requests: most readers of a page send the same query and headers."""

from typing import Generic, TypeVar

from starlette.types import Scope

from service.known_sites import KnownSites

T = TypeVar("T")
Asked = tuple[str, bytes, bytes]
"""Surface, query string and ``Accept-Language``."""

MOST = 1024
LONGEST = 1024
"""Bytes of a query string, and of the language's header. Longer ones are not kept, so the keys take 2 MiB at most."""


class RequestCache(Generic[T]):
    """Valid for one list of sites, since that and their rules decide which page an address means."""

    def __init__(self) -> None:
        self._sites = KnownSites(())
        self._known: dict[Asked, T] = {}

    def get(self, asked: Asked, sites: KnownSites) -> T | None:
        """What is known of such a request; None if nothing is."""
        return self._known.get(asked) if sites is self._sites else None

    def keep(self, asked: Asked, sites: KnownSites, made: T) -> None:
        """Keep what was made of a request under this list of sites. When full, all are dropped."""
        if sites is not self._sites or len(self._known) >= MOST:
            self._sites = sites
            self._known.clear()
        if max(map(len, asked)) <= LONGEST:
            self._known[asked] = made


def asked(scope: Scope, kind: str) -> Asked:
    """What decides how a reader's GET is understood."""
    languages = [value for name, value in scope["headers"] if name == b"accept-language"]
    return kind, scope["query_string"], languages[0] if languages else b""
