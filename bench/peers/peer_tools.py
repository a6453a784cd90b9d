"""What the peers share: commands that install, servers that start, requests, and bytes as they travel."""

import gzip
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bench.peers.peer import Skipped

PATIENCE = 60
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def run(command: list[str], folder: Path, **variables: str) -> str:
    """What a command prints. Raises Skipped when it fails or is not there; its last words go to standard error."""
    name = Path(command[0]).name
    try:
        environment = os.environ | variables
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise Skipped(f"no {name} here") from error
    except subprocess.CalledProcessError as error:
        print(f"{name} failed:\n{(error.stderr or error.stdout)[-2000:]}", file=sys.stderr)
        raise Skipped(f"{name} failed") from error
    return done.stdout


@contextmanager
def started(command: list[str], folder: Path, wait_for: int | Path, **variables: str) -> Iterator[int]:
    """The id of a server's process, for as long as the block lasts, once its port or its socket takes connections."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        environment = os.environ | variables
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        end = time.monotonic() + PATIENCE
        while not _connects(wait_for):
            if process.poll() is not None or time.monotonic() > end:
                print(log.read_text(errors="replace")[-2000:], file=sys.stderr)
                raise Skipped("it does not start")
            time.sleep(0.005)
        yield process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _connects(target: int | Path) -> bool:
    family = socket.AF_INET if isinstance(target, int) else socket.AF_UNIX
    with socket.socket(family) as probe:
        return probe.connect_ex(("127.0.0.1", target) if isinstance(target, int) else str(target)) == 0


def post(path: str, fields: dict[str, object], *, as_json: bool = False, **headers: str) -> bytes:
    """A POST request, of a form unless it is JSON."""
    body = json.dumps(fields) if as_json else urlencode(fields)
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}"
    return f"{head}\r\n{body}".encode()


def fetch(port: int, path: str, accept_encoding: str = "gzip") -> bytes:
    """The body of an answer as a browser gets it: compressed, if the server compresses. Raises RuntimeError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={"accept-encoding": accept_encoding})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: expected 200, got {answer.status}")
    return body


def gzipped(file: Path) -> int:
    """The bytes of a file as a content delivery network sends it."""
    return len(gzip.compress(file.read_bytes()))
