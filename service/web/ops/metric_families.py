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
from service.web.context import AppContext

Row = tuple[tuple[str, ...], Any]
"""Values of the labels, and a number, or for a histogram its buckets and its sum."""

Reading = Callable[[AppContext], Iterable[Row]]

_STARTED = time.time()


@dataclass(frozen=True, slots=True)
class MetricFamily:
    """Named as Prometheus names things; a counter's name ends with ``_total``."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    read: Reading
    labels: tuple[str, ...] = ()


def _one(number: Callable[[AppContext], float]) -> Reading:
    return lambda context: [((), number(context))]


def _spread(histogram: Callable[[AppContext], Histogram]) -> Reading:
    return lambda context: [((), _told(histogram(context)))]


def _told(histogram: Histogram) -> list[Any]:
    return [histogram.cumulative, histogram.sum]


def _counted(counts: Callable[[AppContext], Iterable[tuple[str | tuple[str, ...], int]]]) -> Reading:
    return lambda context: [((key,) if isinstance(key, str) else key, count) for key, count in counts(context)]


def _requests(context: AppContext) -> list[Row]:
    """By class of status, such as 2xx."""
    by_class: Counter[tuple[str, ...]] = Counter()
    for (route, status), spread in context.metrics.seconds.items():
        by_class[route, f"{status // 100}xx"] += spread.count
    return list(by_class.items())


def _seconds(context: AppContext) -> list[Row]:
    by_route: dict[str, Histogram] = {}
    for (route, _), spread in context.metrics.seconds.items():
        by_route.setdefault(route, Histogram(spread.bounds)).add(spread)
    return [((route,), _told(spread)) for route, spread in by_route.items()]


def _buckets(context: AppContext) -> list[Row]:
    return [((), len(context.limits))] if isinstance(context.limits, MemoryLimits) else []


def _resident_bytes(_core: AppContext) -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open_files(_core: AppContext) -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a thousand names, not paths


FAMILIES = (
    MetricFamily(
        "reply_requests_total",
        "counter",
        "Requests answered.",
        _requests,
        ("route", "status"),
    ),
    MetricFamily(
        "reply_request_seconds",
        "histogram",
        "From a request's head to the beginning of its answer.",
        _seconds,
        ("route",),
    ),
    MetricFamily(
        "reply_comments_total",
        "counter",
        "Comments taken in.",
        _counted(lambda context: context.metrics.comments.items()),
        ("status",),
    ),
    MetricFamily(
        "reply_refusals_total",
        "counter",
        "Posts that were given back, by the field or the rule that was the reason.",
        _counted(lambda context: context.metrics.refusals.items()),
        ("reason",),
    ),
    MetricFamily(
        "reply_verdicts_total",
        "counter",
        "Verdicts of the spam check, for our form and as a service to others.",
        _counted(lambda context: context.metrics.verdicts.items()),
        ("asked_by", "action"),
    ),
    MetricFamily(
        "reply_database_errors_total",
        "counter",
        "Requests answered with 503 because the database did not answer.",
        _one(lambda context: context.metrics.database_errors),
    ),
    MetricFamily(
        "reply_writer_queue", "gauge", "Jobs that wait for the writer.", _one(lambda context: context.writer.waiting)
    ),
    MetricFamily(
        "reply_writer_batch_jobs",
        "histogram",
        "Jobs committed together.",
        _spread(lambda context: context.writer.counts.batches),
    ),
    MetricFamily(
        "reply_writer_commit_seconds",
        "histogram",
        "What a commit took.",
        _spread(lambda context: context.writer.counts.commits),
    ),
    MetricFamily(
        "reply_writer_failed_total",
        "counter",
        "Jobs that failed and were rolled back.",
        _one(lambda context: context.writer.counts.failed),
    ),
    MetricFamily(
        "reply_writer_refused_total",
        "counter",
        "Jobs refused because the queue was full.",
        _one(lambda context: context.writer.counts.refused),
    ),
    MetricFamily(
        "reply_cache_hits_total", "counter", "Threads served as rendered.", _one(lambda context: context.threads.hits)
    ),
    MetricFamily(
        "reply_cache_misses_total", "counter", "Threads rendered.", _one(lambda context: context.threads.misses)
    ),
    MetricFamily(
        "reply_cache_bytes", "gauge", "Size of the rendered threads.", _one(lambda context: context.threads.size)
    ),
    MetricFamily("reply_limit_buckets", "gauge", "Clients whom rate limits in memory know.", _buckets),
    MetricFamily(
        "reply_valkey_away",
        "gauge",
        "1 while Valkey does not answer, and the database counts in its place.",
        _one(lambda context: context.limits.away),
    ),
    MetricFamily("reply_resident_bytes", "gauge", "Memory of the process.", _one(_resident_bytes)),
    MetricFamily("reply_open_files", "gauge", "Files and connections that are open.", _one(_open_files)),
    MetricFamily("reply_start_seconds", "gauge", "When the process began, since 1970.", _one(lambda _core: _STARTED)),
    MetricFamily("reply_info", "gauge", "1.", lambda _core: [((VERSION,), 1)], ("version",)),
)


def snapshot(context: AppContext) -> dict[str, list[Row]]:
    """Name → rows, as they are now. What this machine cannot tell is left out."""
    found = {}
    for family in FAMILIES:
        try:
            found[family.name] = list(family.read(context))
        except OSError:  # no /proc
            continue
    return found
