"""Rate limits: token buckets, named by use, in memory, in Valkey or in the database."""

from service.ratelimit.configured_limits import open_limits
from service.ratelimit.token_buckets import Bucket, Limits, MemoryLimits, Rate

__all__ = ["Bucket", "Limits", "MemoryLimits", "Rate", "open_limits"]
