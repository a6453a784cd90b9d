"""Which authors brought which host within a day: a campaign has many names and texts, and one place to lead to."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

DAY = timedelta(days=1)
_MOST = 20_000
"""Hosts remembered; when there are more, the half that was seen longest ago is dropped."""
_AUTHORS = 32
"""Authors remembered for a host."""


ANYWHERE = 0
"""In place of a site: counted over all sites of the service, by keyed hashes of the hosts."""


class HostSightings:
    """In memory, for each process alone: a day is short, and a restart forgets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, str], dict[int, datetime]] = {}

    def count(
        self, site_id: int, hosts: Sequence[str], who: str, now: datetime, *, keep: bool = True
    ) -> dict[str, int]:
        """For each host, how many authors other than ``who`` (an email address, else a name) brought it to this site
        within a day. ``keep``: this one is counted from now on."""
        author = hash(who.casefold())
        with self._lock:
            numbers = {host: self._others(site_id, host, author, now) for host in hosts}
            if keep:
                for host in hosts:
                    self._keep(site_id, host, author, now)
        return numbers

    def _others(self, site_id: int, host: str, author: int, now: datetime) -> int:
        seen = self._seen.get((site_id, host), {})
        return sum(1 for other, at in seen.items() if other != author and now - at <= DAY)

    def _keep(self, site_id: int, host: str, author: int, now: datetime) -> None:
        seen = self._seen.pop((site_id, host), {})
        seen.pop(author, None)
        seen[author] = now
        if len(seen) > _AUTHORS:
            del seen[next(iter(seen))]
        self._seen[site_id, host] = seen  # last again
        if len(self._seen) > _MOST:
            for old in list(self._seen)[: _MOST // 2]:
                del self._seen[old]
