"""A crowd's small objects are what a process keeps of it, so a connection has few of them."""

import asyncio
import contextlib
import gc
import socket
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from uvicorn.server import ServerState

from service.server.run_server import configuration
from service.settings import Settings
from service.telemetry.worker_metrics import WorkerMetrics

HALF = b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "
MOST = 2600
"""Bytes of Python's memory, on asyncio: 2,200, where a parser with all that a request needs would be 2,000 more."""


@pytest.fixture
def config(tmp_path: Path) -> uvicorn.Config:
    config = configuration(Settings(data=tmp_path, sites=("https://blog.example",)), WorkerMetrics())
    config.load()
    return config


@contextlib.contextmanager
def traced() -> Iterator[None]:
    gc.collect()
    tracemalloc.start(1)
    try:
        yield
    finally:
        tracemalloc.stop()


def test_half_a_request_takes_little(config: uvicorn.Config) -> None:
    number = 100

    async def measure() -> int:
        loop, state = asyncio.get_running_loop(), ServerState()

        def connection() -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg]
            return made

        server = await loop.create_server(connection, "127.0.0.1", 0)
        with contextlib.ExitStack() as clients:

            async def crowd() -> None:
                before = len(state.connections)
                for _ in range(number):
                    client = clients.enter_context(socket.create_connection(server.sockets[0].getsockname()))
                    client.sendall(HALF)
                while len(state.connections) < before + number or not all(each.arrived for each in state.connections):
                    await asyncio.sleep(0)

            await crowd()  # what all share is there by now
            with traced():
                await crowd()
                gc.collect()
                taken = tracemalloc.get_traced_memory()[0]
        server.close()
        while state.connections:
            await asyncio.sleep(0)
        return taken

    assert asyncio.run(measure()) < number * MOST
