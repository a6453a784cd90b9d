"""The service under both of its HTTP parsers: httptools with uvloop, and h11 with asyncio where those are missing."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from tests.service_process import ServiceProcess, serving

FAST = ("httptools", "uvloop")


def without_fast_packages(folder: Path) -> str:
    """A PYTHONPATH with a folder in front in which the packages that make it fast cannot be imported."""
    folder.mkdir()
    for name in FAST:
        (folder / f"{name}.py").write_text(f'raise ImportError("{name} is not installed here")')
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


def loaded(service: ServiceProcess) -> set[str]:
    """Which of the fast packages a process has loaded."""
    files = " ".join(each.path for each in psutil.Process(service.pid).memory_maps())
    return {name for name in FAST if f"/{name}/" in files}


def on_parser(
    parser: str, folder: Path, files: int = 4096, **settings: str
) -> AbstractContextManager[list[ServiceProcess]]:
    """A service with httptools, or a process of its own with h11, which loads it anew."""
    if parser == "httptools":
        return serving(folder, files=files, **settings)
    missing = without_fast_packages(folder / "missing")
    return serving(folder, shell=f"ulimit -n {files}; ", PYTHONPATH=missing, **settings)


@pytest.fixture(scope="module", params=["httptools", "h11"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service of its own process, once with the fast packages and once without."""
    folder = tmp_path_factory.mktemp(request.param)
    with on_parser(request.param, folder, REPLY_TRUSTED_PROXIES="127.0.0.1") as [service]:
        assert service.port
        assert loaded(service) == (set(FAST) if request.param == "httptools" else set())
        yield service
