"""Several workers on one socket: one store, figures of each, and no request lost while they are replaced.

They share a store as processes do that were started apart, which ``test_one_token`` tries on each database.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import httpx2
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.reader import ARTICLE, Reader
from tests.service_process import PATIENCE, ServiceProcess, serving, wait_for


def figures(service: ServiceProcess, name: str) -> dict[str, float]:
    """Worker → the sum of a figure's samples."""
    with service.client() as client:
        families = text_string_to_metric_families(client.get("/metrics").text)
    found: Counter[str] = Counter()
    for family in families:
        for sample in family.samples:
            if sample.name == name:
                found[sample.labels["worker"]] += sample.value
    return dict(found)


def read_on_new_connection(service: ServiceProcess) -> str:
    """The thread on a connection of its own, so by whichever worker takes it."""
    with service.client() as client:
        return Reader(client).read()


def all_answer(service: ServiceProcess) -> bool:
    return set(figures(service, "reply_info")) == {"1", "2"}


def is_gone(service: ServiceProcess, workers: list[psutil.Process]) -> bool:
    """Whether no worker is left, and nobody listens."""
    left = psutil.wait_procs(workers, timeout=PATIENCE)[1]
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{service.port}/healthz", trust_env=False)
    return not left


def test_two_workers_are_one_service(tmp_path: Path) -> None:
    with serving(tmp_path, REPLY_WORKERS="2") as [service]:
        wait_for(lambda: all_answer(service), "two that answer")
        assert service.log.count("listens on") == service.log.count("/admin/setup?token=") == 1
        with ThreadPoolExecutor(20) as threads:
            list(threads.map(read_on_new_connection, [service] * 40))
        asked = figures(service, "reply_requests_total")
        assert len(asked) == 2
        assert min(asked.values()) > 4, "each has its share"
        with service.client() as client:
            assert Reader(client).post(comment="For all to see.").status_code == 303
        wait_for(
            lambda: all("For all to see." in read_on_new_connection(service) for _ in range(20)), "all workers show it"
        )
        assert sum(figures(service, "reply_comments_total").values()) == 1

        victim = min(service.workers)
        psutil.Process(victim).kill()
        wait_for(lambda: victim not in service.workers and all_answer(service), "a worker in its place")

        workers = [psutil.Process(pid) for pid in service.workers]
        service.terminate()
        assert service.wait(PATIENCE) == 0
        assert is_gone(service, workers)


PAUSE = 0.15
"""Seconds between two visits of a client, which leave the processor to the workers that start."""


class Visitors:
    """Clients that read and post until stopped, and count the answers."""

    def __init__(self, service: ServiceProcess) -> None:
        self._service, self._numbers, self._stop = service, count(), Event()

    def visit(self) -> Counter[int]:
        statuses = Counter[int]()
        with self._service.client() as client:
            reader = Reader(client)
            while not self._stop.wait(PAUSE):
                number = next(self._numbers)
                statuses[client.get("/comments", params={"page": ARTICLE}).status_code] += 1
                answer = reader.post(comment=f"{number}", author=f"A{number}", email=f"a{number}@example.org")
                statuses[answer.status_code] += 1
        return statuses

    def stop(self) -> None:
        self._stop.set()


def test_workers_are_replaced_without_losing_a_request_and_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    with serving(tmp_path, REPLY_WORKERS="2") as [service], ThreadPoolExecutor(4) as threads:
        wait_for(lambda: all_answer(service), "two that answer")
        visitors, before = Visitors(service), service.workers
        visits = [threads.submit(visitors.visit) for _ in range(4)]
        try:
            service.hang_up()
            wait_for(lambda: len(service.workers) == 2 and not service.workers & before, "two others")
        finally:
            visitors.stop()
        statuses = sum((visit.result(PATIENCE) for visit in visits), Counter[int]())
        assert set(statuses) == {200, 303}

        workers = [psutil.Process(pid) for pid in service.workers]
        service.kill()
        assert is_gone(service, workers)


def test_what_is_wrong_is_said_before_there_are_workers(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="REPLY_SECRET must have at least 32 characters"),
        serving(tmp_path, REPLY_WORKERS="2", REPLY_SECRET="short"),
    ):
        pass
