"""Routes that a service loads once it serves its first ones, so that no reader waits for what only others ask for."""

import asyncio


class DeferredRoutes:
    """Whether the routes that are loaded later are there. Their loader waits here until they are wanted, and those who
    ask for them until they are loaded. ``error``: why they cannot be."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._ended = asyncio.Event()
        self.are_loaded = False
        self.error: Exception | None = None

    async def until_wanted(self) -> None:
        """Wait until somebody waits for the routes."""
        await self._wanted.wait()

    async def wait(self) -> bool:
        """Have the routes loaded at once, and wait for that. Returns whether they are served now."""
        self._wanted.set()
        await self._ended.wait()
        return self.are_loaded

    def ended(self, error: Exception | None = None) -> None:
        """Let all go on who wait: the routes are served, or cannot be loaded because of an error."""
        self.are_loaded, self.error = error is None, error
        self._ended.set()
