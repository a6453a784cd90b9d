"""Limits that several processes share: in Valkey, and in the database while Valkey is away."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from service.ratelimit.database import DatabaseLimits
from service.ratelimit.rates import Bucket, Limits
from service.ratelimit.valkey import ValkeyAway, ValkeyLimits

T = TypeVar("T")

log = logging.getLogger(__name__)


class FallbackLimits:
    """Never without a limit: what Valkey does not answer, the database does. Buckets start full in either."""

    is_local = False

    def __init__(self, first: ValkeyLimits, second: DatabaseLimits) -> None:
        self._first, self._second = first, second
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
        """Let go of the connections."""
        self._first.close()

    def _ask(self, question: Callable[[Limits], T]) -> T:
        try:
            answer = question(self._first)
        except ValkeyAway as error:
            if not self.away:
                self.away = True
                log.warning("valkey is away, the database counts instead", extra={"cause": str(error)})
            return question(self._second)
        if self.away:
            self.away = False
            log.warning("valkey is back")
        return answer
