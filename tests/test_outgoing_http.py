"""One request to an address that a person has typed: the limits hold from the first byte on."""

import socket
import threading
from collections.abc import Iterator

import pytest

from service.outgoing_http import CannotFetch, HttpLimits, PrivateAddress, ask

LIMITS = HttpLimits(seconds=0.3, bytes=10, private=True)
HELLO_BEGINS = b"\x16\x03\x03\x40\x00"  # a TLS record that announces 16 KB


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server that begins to talk TLS, and then sends a byte now and then."""
    listener, closing = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(HELLO_BEGINS)
                while not closing.wait(0.02):
                    connection.sendall(b"\x02")
            except OSError:
                return  # it was cut off

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    closing.set()
    thread.join()
    listener.close()


def test_a_handshake_that_drips_is_cut_off(dripping: int) -> None:
    with pytest.raises(CannotFetch, match="did not answer within"):
        ask("GET", f"https://127.0.0.1:{dripping}/", {}, LIMITS)


@pytest.mark.parametrize("url", ["http://[::1", "http://a.example:port/", "https://", "http://x\x00y/", "http://a b/"])
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(CannotFetch):
        ask("GET", url, {}, LIMITS)


@pytest.mark.parametrize("host", ["::127.0.0.1", "::169.254.169.254", "::ffff:0:127.0.0.1", "1f::1"])
def test_old_ways_to_write_an_address_are_refused_even_where_private_ones_are_allowed(host: str) -> None:
    with pytest.raises(CannotFetch, match="an address that is never fetched"):
        ask("GET", f"http://[{host}]/", {}, LIMITS)


@pytest.mark.parametrize("host", ["fec0::1", "feff::1", "::1"])
def test_site_local_addresses_are_private_ones(host: str) -> None:
    with pytest.raises(PrivateAddress):
        ask("GET", f"http://[{host}]/", {}, HttpLimits(seconds=0.3, bytes=10, private=False))
