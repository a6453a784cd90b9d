"""What the bench compares with."""

import urllib.request

from bench.servers import HELLO, running
from tests.service_process import PATIENCE


def test_the_bare_hello_answers() -> None:
    with (
        running(HELLO) as server,
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/", timeout=PATIENCE) as answer,
    ):
        assert answer.read() == b"hello"
