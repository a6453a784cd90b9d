"""The operator's addresses."""

from starlette.routing import Route

from service.web.operating import health, metrics


def operating_routes() -> list[Route]:
    """``/healthz``, ``/readyz`` and ``/metrics``."""
    return [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", metrics.metrics),
    ]
