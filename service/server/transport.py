"""A transport that sends the head of an answer together with its body."""

import asyncio
from typing import Any, cast

_LARGE = 64 * 1024
"""Bytes from which joining costs more than another system call."""


class JoiningTransport(asyncio.Transport):
    """Holds a write back until the next one, or until the loop's next turn.

    uvicorn writes the head and the body of an answer one after the other, and each write is a system call. For a small
    answer that call takes a tenth of the whole request.
    """

    def __init__(self, transport: asyncio.BaseTransport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = cast("asyncio.Transport", transport)
        self._loop = loop
        self._held: bytes | bytearray | memoryview = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it now or in a moment, in order."""
        held = self._held
        if not held:
            self._held = data
            self._loop.call_soon(self._flush)
        elif len(data) < _LARGE:
            self._held = b""
            self._transport.write(b"".join((held, data)))
        else:
            self._held = b""
            self._transport.write(held)
            self._transport.write(data)

    def _flush(self) -> None:
        if held := self._held:
            self._held = b""
            self._transport.write(held)

    def close(self) -> None:
        """Send what is held, and close."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Stop receiving."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Addresses and the like."""
        return self._transport.get_extra_info(name, default)
