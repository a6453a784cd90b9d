"""How often somebody may do something: token buckets, named by use, in memory, in Valkey or in the database."""

from service.limits.memory import MemoryLimits
from service.limits.opening import open_limits
from service.limits.rate import Bucket, Limits, Rate

__all__ = ["Bucket", "Limits", "MemoryLimits", "Rate", "open_limits"]
