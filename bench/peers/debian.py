"""Debian's packages in a folder of their own: downloaded and unpacked, not installed, so the system stays as it is."""

import os
import shutil
import tempfile
from pathlib import Path

from bench.peers import peer_tools
from bench.peers.peer import Skipped


def unpack(packages: list[str], root: Path) -> None:
    """The packages, and those they need that are not installed, with their files below ``root``. Raises Skipped."""
    if not shutil.which("apt-get"):
        raise Skipped("no apt-get here")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=root.parent) as fresh:
        peer_tools.run(["apt-get", "download", *_wanted(packages, Path(fresh))], Path(fresh))
        for package in Path(fresh).glob("*.deb"):
            peer_tools.run(["dpkg-deb", "--extract", str(package), "root"], Path(fresh))
        Path(fresh, "root").rename(root)


def _wanted(packages: list[str], folder: Path) -> list[str]:
    """They, and what apt would install for them."""
    simulate = ["apt-get", "install", "--simulate", "--no-install-recommends", *packages]
    try:
        plan = peer_tools.run(simulate, folder)
    except Skipped:
        if os.geteuid():
            raise
        peer_tools.run(["apt-get", "update"], folder)  # a fresh machine may have no lists yet
        plan = peer_tools.run(simulate, folder)
    return sorted({*packages, *(line.split()[1] for line in plan.splitlines() if line.startswith("Inst "))})


def find(root: Path, pattern: str) -> Path:
    """The first file of that name, unpacked or installed before. Raises Skipped."""
    for base in (root, Path("/")):
        if found := sorted(base.glob(pattern)):
            return found[0]
    raise Skipped(f"no {Path(pattern).name} in the packages")


def variables(root: Path) -> dict[str, str]:
    """By which unpacked programs find each other and their libraries."""
    programs = [f"{root}/usr/bin", f"{root}/usr/sbin", os.environ.get("PATH", "")]
    libraries = [str(folder) for folder in sorted(root.glob("usr/lib/*-linux-gnu*"))]
    return {"PATH": os.pathsep.join(programs), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
