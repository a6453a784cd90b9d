"""``GET /metrics``: the metrics of all workers on this machine, in Prometheus's text format.

The library only writes the text. Its own counters take a lock and a look-up of labels each, and with several processes
a file each, which would cost two or three percent of a cached read.
"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from service.web.context import Request, context_of
from service.web.http import response_headers
from service.web.http.request_client import is_from_here
from service.web.ops import health
from service.web.ops.metric_families import FAMILIES, MetricFamily, snapshot

_KINDS = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}


async def metrics(request: Request) -> Response:
    """The metrics of each worker, which keep its label: in a sum, the restart of a worker would look like a decrease.

    401 without the token of the settings; where none is set, 403 to other machines.
    """
    _authorize(request)
    context = context_of(request)
    snapshots = {context.worker_metrics.worker: snapshot(context)} | await context.worker_metrics.others()
    return Response(
        exposition(snapshots), headers={**response_headers.NEVER_STORED, "content-type": CONTENT_TYPE_LATEST}
    )


def exposition(snapshots: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Worker → name → rows, in the text format."""
    return generate_latest(_SnapshotRegistry(snapshots))


class _SnapshotRegistry:
    """The snapshots of all workers, as the registry that ``generate_latest`` takes."""

    def __init__(self, snapshots: Mapping[str, Mapping[str, Any]]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        """The families in the order of ``FAMILIES``, each with the rows of all workers."""
        for family in FAMILIES:
            metric = _KINDS[family.kind](family.name, family.help, labels=("worker", *family.labels))
            for worker in sorted(self._snapshots):
                _add_rows(metric, family, worker, self._snapshots[worker].get(family.name, ()))
            yield metric


def _add_rows(metric: Any, family: MetricFamily, worker: str, rows: Any) -> None:
    for labels, value in rows:
        if family.kind == "histogram":
            buckets, total = value
            metric.add_metric((worker, *labels), [tuple(bucket) for bucket in buckets], total)
        else:
            metric.add_metric((worker, *labels), value)


def _authorize(request: Request) -> None:
    token = context_of(request).settings.metrics_token.get_secret_value()
    if not token:
        if not is_from_here(request):
            raise HTTPException(403, "Metrics are read on this machine, or with the token of REPLY_METRICS_TOKEN.")
        return
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), token.encode()):
        raise HTTPException(
            401, "Metrics are read with the token of REPLY_METRICS_TOKEN.", {"www-authenticate": "Bearer"}
        )


def operating_routes() -> list[Route]:
    """``/healthz``, ``/readyz`` and ``/metrics``."""
    return [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", metrics),
    ]
