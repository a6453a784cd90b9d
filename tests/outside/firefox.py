"""Debian's Firefox, driven by Playwright over WebDriver BiDi: no driver and no Firefox of Playwright's own is needed.

Run as a program it stands for Firefox, and answers the one command that Playwright always sends and Firefox lacks.
"""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

NAMES = ("firefox-esr", "firefox")
UNKNOWN = "emulation.setMediaFeaturesOverride"  # Firefox 153


@contextmanager
def open_firefox(folder: Path) -> Iterator[Browser]:
    """A Firefox with an empty profile. It does what tests ask of Chromium, less ``page.route`` and ``page.go_back``."""
    stand_in = folder / "firefox"
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    stand_in.chmod(0o700)
    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(channel="moz-firefox", executable_path=stand_in)
        yield browser
        browser.close()


async def main(arguments: list[str]) -> int:
    """Start Firefox, and say of ourselves what it says of where it listens. Returns its status."""
    program = next(filter(None, map(shutil.which, NAMES)))
    firefox = await asyncio.create_subprocess_exec(program, *arguments, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    try:
        async for line in firefox.stderr:
            said = line.decode(errors="replace")
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", said):
                said = said.replace(found[1], await _relay(found[1]))
            sys.stderr.write(said)
            sys.stderr.flush()
        return await firefox.wait()
    finally:
        if firefox.returncode is None:
            firefox.terminate()


async def _relay(address: str) -> str:
    async def serve_one(client: ServerConnection) -> None:
        path = client.request.path if client.request else ""
        async with connect(address + path, max_size=None, proxy=None) as firefox:
            ways = [asyncio.create_task(_commands(client, firefox)), asyncio.create_task(_answers(firefox, client))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)

    server = await serve(serve_one, "127.0.0.1", 0, max_size=None)
    return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def _commands(client: ServerConnection, firefox: ClientConnection) -> None:
    async for message in client:
        command = json.loads(message)
        if command["method"] == UNKNOWN:
            await client.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
        else:
            await firefox.send(message)


async def _answers(firefox: ClientConnection, client: ServerConnection) -> None:
    async for message in firefox:
        await client.send(message)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
