"""Packages from npm in a folder of their own."""

import json
from pathlib import Path

from bench.peers import peer_tools
from bench.peers.peer import Skipped


def install(home: Path, *packages: str) -> str:
    """The packages below ``home/node_modules``, unless they are there. The version of the first. Raises Skipped."""
    found = home / "node_modules" / packages[0] / "package.json"
    if not found.exists():
        for package in packages:
            _look_up(package, home.parent)
        home.mkdir(parents=True, exist_ok=True)
        peer_tools.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(home), *packages], home)
    return str(json.loads(found.read_text())["version"])


def _look_up(package: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    peer_tools.run(["npm", "--version"], folder)
    try:
        peer_tools.run(["npm", "view", package, "version"], folder)
    except Skipped as error:
        raise Skipped(f"npm does not find {package}") from error
