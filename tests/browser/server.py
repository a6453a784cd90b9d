"""Starts the service as an owner would, in a process of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from tests.forked_service import ForkedService


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``leave-a-reply serve`` on a free port; ``env`` are further settings."""

    def __init__(self, folder: Path, **env: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._out = folder / "server.out"
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("REPLY_")} | {
            "REPLY_DATA": str(folder / "var"),
            "REPLY_PORT": str(port),
            "REPLY_PUBLIC_URL": self.url,
            **env,
        }

    def __enter__(self) -> Self:
        self._out.touch()
        self._process = ForkedService(["serve"], self._env, self._out)
        until = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._out.read_text()
            assert time.monotonic() < until, self._out.read_text()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(60)

    @property
    def setup_link(self) -> str:
        """The one-time link that was printed."""
        match = re.search(r"http\S+/admin/setup\?token=\S+", self._out.read_text())
        assert match, self._out.read_text()
        return match[0]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``leave-a-reply WORDS`` with the same settings."""
        command = [sys.executable, "-m", "service", *words]
        return subprocess.run(command, env=self._env, capture_output=True, text=True, timeout=60, check=False)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/embed.css", timeout=1):
                return "admin " in self._out.read_text()
        except (URLError, OSError):
            return False
