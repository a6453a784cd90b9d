"""Which page is meant, over HTTP: each has a thread of its own, and links lead to its address as it was given."""

from urllib.parse import quote

import pytest

from service import sites
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader

BLOG = "https://blog.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/?n=M%FCller", "/?n=M%F6ller"),
        ("/a?parent=12", "/a?parent=13"),
        ("/a?preview=red", "/a?preview=blue"),
        ("/z%2Fw", "/z/w"),
    ],
)
def test_different_pages_have_different_threads(reader: Reader, one: str, other: str) -> None:
    reader.post(page=BLOG + one, comment="Only on the first.")
    assert "Only on the first." in reader.read(BLOG + one)
    assert "Only on the first." not in reader.read(BLOG + other)


@pytest.mark.parametrize(
    "path", ["/index.php?/2020/01/hello", "/?2020/post-name", "/?p", "/?n=M%FCller", "/a?parent=12", "/~user/z%2Fw"]
)
def test_links_lead_to_the_address_as_it_was_given(reader: Reader, path: str) -> None:
    answer = reader.post(page=f"{BLOG}{path}{'&' if '?' in path else '?'}utm_source=x#top")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{BLOG}{path}#comment-")
    feed = reader.client.get("/feed", params={"page": BLOG + path, "format": "atom"})
    assert f"{BLOG}{path}#comment-" in feed.text


@pytest.mark.parametrize("path", ["/my%20article", "/c++-tips", "/c++%20tips/"])
def test_an_address_that_is_not_escaped_in_a_frame_means_the_same_page(reader: Reader, path: str) -> None:
    reader.post(page=BLOG + path, comment="Said here.")
    for address in (BLOG + path, quote(BLOG + path, safe="")):
        answer = reader.client.get(f"/page?frame=1&page={address}")
        assert answer.status_code == 200
        assert "Said here." in answer.text


def test_a_page_may_have_many_parameters(reader: Reader) -> None:
    many = BLOG + "/a?" + "&".join(f"x{number}=1" for number in range(60))
    assert reader.post(page=many).status_code == 303


def test_a_page_of_the_host_that_browsers_make_of_a_name_is_not_of_another(reader: Reader) -> None:
    answer = reader.client.get("/page", params={"page": "https://straße.example/"})
    assert "https://xn--strae-oqa.example is not registered" in answer.text


def test_a_site_goes_on_working_under_the_name_that_was_stored(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    """Older versions made ASCII of a name in another way (IDNA 2003)."""
    context.writer.run(sites.register, "https://xn--nxasmq6b.example", clock())
    new = context.writer.run(sites.register, "https://βόλος.example", clock())
    assert new is not None
    assert new.origin == "https://xn--nxasmm1c.example"
    reader.client.portal.call(context.read_sites)
    for origin, words in (("https://xn--nxasmq6b.example", "An old one."), (new.origin, "A new one.")):
        assert reader.post(page=f"{origin}/a", comment=words).status_code == 303
        assert words in reader.read(f"{origin}/a")
