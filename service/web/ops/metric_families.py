"""The metrics of ``/metrics``: name, help text, and where each is read. To add a metric, add it to ``FAMILIES``."""

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
"""(values of the labels, number); for a histogram the number is [cumulative buckets, sum]."""

ReadRows = Callable[[AppContext], Iterable[Row]]

_STARTED = time.time()


@dataclass(frozen=True, slots=True)
class MetricFamily:
    """A metric, named by the conventions of Prometheus: a counter's name ends with ``_total``."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    read: ReadRows
    labels: tuple[str, ...] = ()


def _number(read: Callable[[AppContext], float]) -> ReadRows:
    return lambda context: [((), read(context))]


def _histogram(read: Callable[[AppContext], Histogram]) -> ReadRows:
    return lambda context: [((), _histogram_value(read(context)))]


def _histogram_value(histogram: Histogram) -> list[Any]:
    return [histogram.cumulative, histogram.sum]


def _labelled(read: Callable[[AppContext], Iterable[tuple[str | tuple[str, ...], int]]]) -> ReadRows:
    return lambda context: [((key,) if isinstance(key, str) else key, count) for key, count in read(context)]


def _requests(context: AppContext) -> list[Row]:
    """Requests by route and class of status, such as ``2xx``."""
    by_class: Counter[tuple[str, ...]] = Counter()
    for (route, status), seconds in context.metrics.seconds.items():
        by_class[route, f"{status // 100}xx"] += seconds.count
    return list(by_class.items())


def _request_seconds(context: AppContext) -> list[Row]:
    by_route: dict[str, Histogram] = {}
    for (route, _), seconds in context.metrics.seconds.items():
        by_route.setdefault(route, Histogram(seconds.bounds)).add(seconds)
    return [((route,), _histogram_value(seconds)) for route, seconds in by_route.items()]


def _limit_buckets(context: AppContext) -> list[Row]:
    return [((), len(context.limits))] if isinstance(context.limits, MemoryLimits) else []


def _resident_bytes(_context: AppContext) -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open_files(_context: AppContext) -> int:
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
        _request_seconds,
        ("route",),
    ),
    MetricFamily(
        "reply_comments_total",
        "counter",
        "Comments accepted.",
        _labelled(lambda context: context.metrics.comments.items()),
        ("status",),
    ),
    MetricFamily(
        "reply_refusals_total",
        "counter",
        "Posts refused, by the field or the rule that was the reason.",
        _labelled(lambda context: context.metrics.refusals.items()),
        ("reason",),
    ),
    MetricFamily(
        "reply_verdicts_total",
        "counter",
        "Verdicts of the spam filter, for the form and as a service.",
        _labelled(lambda context: context.metrics.verdicts.items()),
        ("asked_by", "action"),
    ),
    MetricFamily(
        "reply_database_errors_total",
        "counter",
        "Requests answered with 503 because the database did not answer.",
        _number(lambda context: context.metrics.database_errors),
    ),
    MetricFamily(
        "reply_writer_queue", "gauge", "Jobs that wait for the writer.", _number(lambda context: context.writer.waiting)
    ),
    MetricFamily(
        "reply_writer_batch_jobs",
        "histogram",
        "Jobs committed together.",
        _histogram(lambda context: context.writer.counts.batches),
    ),
    MetricFamily(
        "reply_writer_commit_seconds",
        "histogram",
        "What a commit took.",
        _histogram(lambda context: context.writer.counts.commits),
    ),
    MetricFamily(
        "reply_writer_failed_total",
        "counter",
        "Jobs that failed and were rolled back.",
        _number(lambda context: context.writer.counts.failed),
    ),
    MetricFamily(
        "reply_writer_refused_total",
        "counter",
        "Jobs refused because the queue was full.",
        _number(lambda context: context.writer.counts.refused),
    ),
    MetricFamily(
        "reply_cache_hits_total",
        "counter",
        "Threads served as rendered.",
        _number(lambda context: context.threads.hits),
    ),
    MetricFamily(
        "reply_cache_misses_total", "counter", "Threads rendered.", _number(lambda context: context.threads.misses)
    ),
    MetricFamily(
        "reply_cache_bytes", "gauge", "Size of the rendered threads.", _number(lambda context: context.threads.size)
    ),
    MetricFamily(
        "reply_live_pages",
        "gauge",
        "Open pages that are notified of new comments.",
        _number(lambda context: len(context.live)),
    ),
    MetricFamily("reply_limit_buckets", "gauge", "Clients in the rate limits kept in memory.", _limit_buckets),
    MetricFamily(
        "reply_valkey_away",
        "gauge",
        "1 while Valkey does not answer, and the database counts in its place.",
        _number(lambda context: context.limits.away),
    ),
    MetricFamily("reply_resident_bytes", "gauge", "Memory of the process.", _number(_resident_bytes)),
    MetricFamily("reply_open_files", "gauge", "Files and connections that are open.", _number(_open_files)),
    MetricFamily(
        "reply_start_seconds", "gauge", "When the process began, since 1970.", _number(lambda _context: _STARTED)
    ),
    MetricFamily("reply_info", "gauge", "1.", lambda _context: [((VERSION,), 1)], ("version",)),
)


def snapshot(context: AppContext) -> dict[str, list[Row]]:
    """Name → current rows. Metrics that this machine cannot read are left out."""
    rows_of = {}
    for family in FAMILIES:
        try:
            rows_of[family.name] = list(family.read(context))
        except OSError:  # no /proc
            continue
    return rows_of
