"""The shape of a comment system that is measured: what the file of each has to say."""

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.process_tree import Tree


def cache_folder() -> Path:
    """Where the peers are installed: outside of the checkout, and kept for the next run."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "leave-a-reply-bench"


class Skipped(Exception):
    """A system that cannot be measured here, and why, in a few words."""


@dataclass(frozen=True, slots=True)
class Running:
    """A system that answers."""

    port: int
    tree: Tree

    @property
    def cpu_seconds(self) -> float:
        """The processor time that all its processes have used."""
        return self.tree.cpu_seconds


class Peer(ABC):
    """One comment system. ``note`` says how it is set up, and whether an accepted comment is on the disk."""

    name: ClassVar[str]
    note: ClassVar[str]
    accepted: ClassVar[int]
    """The status of the answer to a post that is taken."""

    form: bytes | None = None
    """The request for a form, where the server makes one."""

    def __init__(self, cache: Path) -> None:
        self.home = cache / type(self).__name__.lower()

    @abstractmethod
    def install(self) -> str:
        """Bring it here unless it is. Returns its version. Raises Skipped."""

    @abstractmethod
    def seed(self, folder: Path, sizes: list[int]) -> None:
        """Make a database with ``sizes[n]`` made-up comments on page n."""

    @abstractmethod
    def running(self, folder: Path) -> AbstractContextManager[Running]:
        """The system, on the store of this folder, once it can be connected to."""

    @abstractmethod
    def thread(self, number: int) -> bytes:
        """The request by which a reader's browser gets the comments of a page."""

    @abstractmethod
    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """Requests that leave comments, of different people, on pages 1 to ``pages``."""

    @abstractmethod
    def count(self, folder: Path, running: Running) -> int:
        """How many comments are in the store of this folder. The system is running."""

    @abstractmethod
    def first_view(self, running: Running) -> list[int]:
        """The bytes of each script, style and answer that a reader fetches, as they travel, to see page 0."""
