"""Starts the service as an owner would, in a process of its own."""

import os
import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from tests.forked_service import ForkedService
from tests.ready_store import ready_store
from tests.service_process import PATIENCE, free_port, wait_for


class Server:
    """``leave-a-reply serve`` on a free port, with a store whose schema is up to date, unless there is one; ``env`` are
    further settings.
    """

    def __init__(self, folder: Path, **env: str) -> None:
        port = free_port()
        store = folder / "var" / "comments.db"
        if not store.exists():
            store.parent.mkdir(exist_ok=True)
            store.write_bytes(ready_store())
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
        wait_for(self._answers, "the service to start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    @property
    def setup_link(self) -> str:
        """The one-time link that was printed."""
        match = re.search(r"http\S+/admin/setup\?token=\S+", self._out.read_text())
        assert match, self._out.read_text()
        return match[0]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``leave-a-reply WORDS`` with the same settings. What it writes to either stream is in ``stdout``."""
        out = self._out.with_name("command.out")
        out.write_text("")
        status = ForkedService([*words], self._env, out).wait(PATIENCE)
        return subprocess.CompletedProcess(words, status, out.read_text())

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._out.read_text()
        try:
            with urlopen(f"{self.url}/embed.css", timeout=PATIENCE):
                return "admin " in self._out.read_text()
        except (URLError, OSError):
            return False
