"""What is kept of a reader's request."""

from types import MappingProxyType

from service.web.http.request_cache import LONGEST, MOST, RequestCache, asked

SITES = MappingProxyType({"https://site.example": 1})


def test_it_is_known_by_surface_query_and_language() -> None:
    scope = {"query_string": b"page=x", "headers": [(b"host", b"h"), (b"accept-language", b"de")]}
    assert asked(scope, "embed") == ("embed", b"page=x", b"de")
    assert asked({"query_string": b"", "headers": []}, "page") == ("page", b"", b"")


def test_it_is_forgotten_when_the_sites_are_read_again() -> None:
    requests = RequestCache[str]()
    sent = ("embed", b"page=x", b"")
    requests.keep(sent, SITES, "made")
    assert requests.get(sent, SITES) == "made"
    assert requests.get(("embed", b"page=y", b""), SITES) is None
    assert requests.get(sent, MappingProxyType({})) is None


def test_it_is_bounded() -> None:
    requests = RequestCache[str]()
    long = ("embed", b"x" * (LONGEST + 1), b"")
    requests.keep(long, SITES, "made")
    assert requests.get(long, SITES) is None
    for number in range(MOST + 1):
        requests.keep(("embed", b"%d" % number, b""), SITES, "made")
    assert requests.get(("embed", b"0", b""), SITES) is None
    assert requests.get(("embed", b"%d" % MOST, b""), SITES) == "made"
