"""The disk is full under a storm of posts: 503, nothing acknowledged is lost, and it goes on once there is room."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults.storm import SETTINGS, Storm
from tests.faults.test_kill import read
from tests.service_process import ServiceProcess, serving, wait_for

ENOUGH, MEGABYTE = 30, 1_000_000


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own, of 8 MB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def may_mount() -> bool:
    """Whether this user may, on this system."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def filled(folder: Path, _service: ServiceProcess) -> Iterator[None]:
    """Not a byte is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield
    ballast.unlink()


@contextmanager
def limited(folder: Path, service: ServiceProcess) -> Iterator[None]:
    """No file of the service may become larger than they are: for systems on which nothing can be mounted."""
    process = psutil.Process(service.pid)
    largest = max(path.stat().st_size for path in folder.iterdir())
    process.rlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    yield
    process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


FAULTS = [limited, filled] if may_mount() else [limited]
Fault = Callable[[Path, ServiceProcess], AbstractContextManager[None]]


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where the store is."""
    folder = tmp_path / "store"
    folder.mkdir()
    if request.getfixturevalue("fault") is limited:
        yield folder
        return
    with small_disk(folder):
        yield folder


@pytest.mark.parametrize("fault", FAULTS)
def test_posts_are_refused_until_there_is_room(tmp_path: Path, folder: Path, fault: Fault) -> None:
    storm, database = Storm(), f"sqlite:///{folder / 'comments.db'}"
    with serving(tmp_path, REPLY_DATABASE_URL=database, **SETTINGS) as [service]:
        with storm.blowing(service):
            storm.wait_for(ENOUGH)
            with fault(folder, service):
                wait_for(lambda: len(storm.refused) > ENOUGH, "nobody was refused")
            storm.wait_for(ENOUGH)
        assert {answer.headers["retry-after"] for answer in storm.refused} == {"30"}
        assert all("could not be saved" in answer.text for answer in storm.refused)
    stored, _ = read(database)
    assert storm.acknowledged.items() <= stored.items()
