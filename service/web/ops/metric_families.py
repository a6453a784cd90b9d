"""Every figure of ``/metrics``: its name, what it means, and where it is read. A new one is a line here."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from db.histogram import Histogram
from service.ratelimit import MemoryLimits
from service.version import VERSION
from service.web.context import Core

Row = tuple[tuple[str, ...], Any]
"""Values of the labels, and a number, or for a histogram its buckets and its sum."""

Reading = Callable[[Core], Iterable[Row]]

_STARTED = time.time()


@dataclass(frozen=True, slots=True)
class Family:
    """Named as Prometheus names things; a counter's name ends with ``_total``."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    read: Reading
    labels: tuple[str, ...] = ()


def _one(number: Callable[[Core], float]) -> Reading:
    return lambda core: [((), number(core))]


def _spread(histogram: Callable[[Core], Histogram]) -> Reading:
    return lambda core: [((), _told(histogram(core)))]


def _told(histogram: Histogram) -> list[Any]:
    return [histogram.cumulative, histogram.sum]


def _counted(counts: Callable[[Core], Iterable[tuple[str | tuple[str, ...], int]]]) -> Reading:
    return lambda core: [((key,) if isinstance(key, str) else key, count) for key, count in counts(core)]


def _requests(core: Core) -> list[Row]:
    """By class of status, such as 2xx."""
    by_class: Counter[tuple[str, ...]] = Counter()
    for (route, status), spread in core.metrics.seconds.items():
        by_class[route, f"{status // 100}xx"] += spread.count
    return list(by_class.items())


def _seconds(core: Core) -> list[Row]:
    by_route: dict[str, Histogram] = {}
    for (route, _), spread in core.metrics.seconds.items():
        by_route.setdefault(route, Histogram(spread.bounds)).add(spread)
    return [((route,), _told(spread)) for route, spread in by_route.items()]


def _buckets(core: Core) -> list[Row]:
    return [((), len(core.limits))] if isinstance(core.limits, MemoryLimits) else []


def _resident_bytes(_core: Core) -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open_files(_core: Core) -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a thousand names, not paths


FAMILIES = (
    Family(
        "reply_requests_total",
        "counter",
        "Requests answered.",
        _requests,
        ("route", "status"),
    ),
    Family(
        "reply_request_seconds",
        "histogram",
        "From a request's head to the beginning of its answer.",
        _seconds,
        ("route",),
    ),
    Family(
        "reply_comments_total",
        "counter",
        "Comments taken in.",
        _counted(lambda core: core.metrics.comments.items()),
        ("status",),
    ),
    Family(
        "reply_refusals_total",
        "counter",
        "Posts that were given back, by the field or the rule that was the reason.",
        _counted(lambda core: core.metrics.refusals.items()),
        ("reason",),
    ),
    Family(
        "reply_verdicts_total",
        "counter",
        "Verdicts of the spam check, for our form and as a service to others.",
        _counted(lambda core: core.metrics.verdicts.items()),
        ("asked_by", "action"),
    ),
    Family(
        "reply_database_errors_total",
        "counter",
        "Requests answered with 503 because the database did not answer.",
        _one(lambda core: core.metrics.database_errors),
    ),
    Family("reply_writer_queue", "gauge", "Jobs that wait for the writer.", _one(lambda core: core.writer.waiting)),
    Family(
        "reply_writer_batch_jobs",
        "histogram",
        "Jobs committed together.",
        _spread(lambda core: core.writer.counts.batches),
    ),
    Family(
        "reply_writer_commit_seconds",
        "histogram",
        "What a commit took.",
        _spread(lambda core: core.writer.counts.commits),
    ),
    Family(
        "reply_writer_failed_total",
        "counter",
        "Jobs that failed and were rolled back.",
        _one(lambda core: core.writer.counts.failed),
    ),
    Family(
        "reply_writer_refused_total",
        "counter",
        "Jobs refused because the queue was full.",
        _one(lambda core: core.writer.counts.refused),
    ),
    Family("reply_cache_hits_total", "counter", "Threads served as rendered.", _one(lambda core: core.threads.hits)),
    Family("reply_cache_misses_total", "counter", "Threads rendered.", _one(lambda core: core.threads.misses)),
    Family("reply_cache_bytes", "gauge", "Size of the rendered threads.", _one(lambda core: core.threads.size)),
    Family("reply_limit_buckets", "gauge", "Clients whom rate limits in memory know.", _buckets),
    Family(
        "reply_valkey_away",
        "gauge",
        "1 while Valkey does not answer, and the database counts in its place.",
        _one(lambda core: core.limits.away),
    ),
    Family("reply_resident_bytes", "gauge", "Memory of the process.", _one(_resident_bytes)),
    Family("reply_open_files", "gauge", "Files and connections that are open.", _one(_open_files)),
    Family("reply_start_seconds", "gauge", "When the process began, since 1970.", _one(lambda _core: _STARTED)),
    Family("reply_info", "gauge", "1.", lambda _core: [((VERSION,), 1)], ("version",)),
)


def snapshot(core: Core) -> dict[str, list[Row]]:
    """Name → rows, as they are now. What this machine cannot tell is left out."""
    found = {}
    for family in FAMILIES:
        try:
            found[family.name] = list(family.read(core))
        except OSError:  # no /proc
            continue
    return found
