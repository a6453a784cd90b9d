"""An answer whose headers were encoded beforehand: for what is asked for a thousand times a second."""

from collections.abc import Mapping

from starlette.responses import Response

RawHeaders = tuple[tuple[bytes, bytes], ...]


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI wants them."""
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


class Ready(Response):
    """``body`` and headers as they are sent."""

    def __init__(self, body: bytes, headers: RawHeaders) -> None:  # Starlette's would encode again
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]
