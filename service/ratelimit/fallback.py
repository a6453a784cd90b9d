"""Limits shared by several processes: in Valkey, and in the database while Valkey is unavailable."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from service.ratelimit.database import DatabaseLimits
from service.ratelimit.rates import Bucket, Limits
from service.ratelimit.valkey import ValkeyAway, ValkeyLimits

T = TypeVar("T")

log = logging.getLogger(__name__)


class FallbackLimits:
    """Asks the database when Valkey does not answer, so there is always a limit. Buckets start full in both."""

    is_local = False

    def __init__(self, valkey: ValkeyLimits, database: DatabaseLimits) -> None:
        self._valkey, self._database = valkey, database
        self.away = False

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        return self._ask(lambda limits: limits.take(*buckets))

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        return self._ask(lambda limits: limits.taken(bucket))

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``."""
        return self._ask(lambda limits: limits.ask(take, look))

    def close(self) -> None:
        """Close the connections to Valkey."""
        self._valkey.close()

    def _ask(self, question: Callable[[Limits], T]) -> T:
        try:
            answer = question(self._valkey)
        except ValkeyAway as error:
            if not self.away:
                self.away = True
                log.warning("valkey is away, the database counts instead", extra={"cause": str(error)})
            return question(self._database)
        if self.away:
            self.away = False
            log.warning("valkey is back")
        return answer
