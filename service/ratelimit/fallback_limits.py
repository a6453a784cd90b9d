"""Limits shared by several processes: in Valkey, and in the database while Valkey is unavailable."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from service.ratelimit.database_limits import DatabaseLimits
from service.ratelimit.token_buckets import Bucket
from service.ratelimit.valkey_limits import ValkeyAway, ValkeyLimits

T = TypeVar("T")

log = logging.getLogger(__name__)


class FallbackLimits:
    """Asks the database when Valkey does not answer, so there is always a limit. A bucket is as empty in the one as
    this process saw it in the other: an outage gives nobody a new burst.
    """

    is_local = False

    def __init__(self, valkey: ValkeyLimits, database: DatabaseLimits) -> None:
        self._valkey, self._database = valkey, database
        self.away = False

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        return self._ask(lambda valkey: valkey.take(*buckets), lambda: self._take_stored(buckets))

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        return self._ask(lambda valkey: valkey.taken(bucket), lambda: self._taken_stored(bucket))

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``."""
        return self._ask(
            lambda valkey: valkey.ask(take, look), lambda: (self._take_stored(take), self._taken_stored(look))
        )

    def close(self) -> None:
        """Close the connections to Valkey."""
        self._valkey.close()

    def _take_stored(self, buckets: Sequence[Bucket]) -> float:
        seen = self._valkey.seen
        if wait := seen.wait(*buckets):
            return wait
        if not (wait := self._database.take(*buckets)):
            seen.take(*buckets)
        return wait

    def _taken_stored(self, bucket: Bucket) -> float:
        return max(self._valkey.seen.taken(bucket), self._database.taken(bucket))

    def _ask(self, question: Callable[[ValkeyLimits], T], stored: Callable[[], T]) -> T:
        try:
            answer = question(self._valkey)
        except ValkeyAway as error:
            if not self.away:
                self.away = True
                log.warning("valkey is away, the database counts instead", extra={"cause": str(error)})
            return stored()
        if self.away:
            self.away = False
            log.warning("valkey is back")
        return answer
