"""Rate limits: token buckets, named by use, in memory, in Valkey or in the database."""

from service.ratelimit.configured_limits import open_limits
from service.ratelimit.memory_limits import MemoryLimits
from service.ratelimit.rates import Bucket, Limits, Rate

__all__ = ["Bucket", "Limits", "MemoryLimits", "Rate", "open_limits"]
