"""A transport that sends the head of an answer together with its body, and counts what its client has not taken."""

import asyncio
import struct
from contextlib import suppress
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Any, cast

from service.server.unsent_answers import UnsentAnswers

_LARGE = 64 * 1024
"""Bytes from which joining costs more than another system call."""

_NO_EXTRA: dict[str, Any] = {}  # one for all: ``get_extra_info`` asks the transport below


class JoiningTransport(asyncio.Transport):
    """Holds a write back until the next one, or until the loop's next turn.

    uvicorn writes the head and the body of an answer one after the other, and each write is a system call. For a small
    answer that call takes a tenth of the whole request.
    """

    # There is one for each connection. Small objects of a crowd are what a process keeps of it, since Python gives
    # memory back by megabytes that are wholly free.
    __slots__ = ("_held", "_is_aborted", "_loop", "_transport", "_unsent")

    def __init__(
        self, transport: asyncio.BaseTransport, loop: asyncio.AbstractEventLoop, unsent: UnsentAnswers
    ) -> None:
        super().__init__(_NO_EXTRA)
        self._transport = cast("asyncio.Transport", transport)
        self._loop = loop
        self._unsent = unsent
        self._held: bytes | bytearray | memoryview = b""
        self._is_aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it now or in a moment, in order."""
        self._unsent.wrote(self, len(data), self._loop)
        if self._transport.is_closing():  # by that call, or by the client; uvloop would raise
            return
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
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        """Send what is held, and close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once, and drop what is not sent."""
        self._held, self._is_aborted = b"", True
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """Bytes that wait in this process."""
        return 0 if self._is_aborted else len(self._held) + self._transport.get_write_buffer_size()

    def untaken(self) -> int:
        """Bytes that wait here or in the kernel until the client confirms them."""
        size = self.get_write_buffer_size()
        with suppress(OSError, ValueError, AttributeError):  # it is closed by now
            descriptor = self._transport.get_extra_info("socket").fileno()
            size += int(struct.unpack("i", ioctl(descriptor, TIOCOUTQ, bytes(4)))[0])
        return size

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
