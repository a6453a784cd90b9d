import pytest

from service.spam.classifier.link_features import MOST, parse, split_links


@pytest.mark.parametrize(
    ("link", "host", "domain", "tld"),
    [
        ("https://www.shop.example/a", "shop.example", "shop.example", "example"),
        ("http://a.b.shop.co.uk:8080/a?b", "a.b.shop.co.uk", "shop.co.uk", "uk"),
        ("http://user@evil.example/", "evil.example", "evil.example", "example"),
        ("shop.example", "shop.example", "shop.example", "example"),
        ("localhost", "localhost", "localhost", ""),
        ("", "", "", ""),
        ("://///", "", "", ""),
    ],
)
def test_a_link_is_taken_apart(link: str, host: str, domain: str, tld: str) -> None:
    found = parse(link)
    assert (found.host, found.domain, found.tld) == (host, domain, tld)


def test_links_are_found_in_all_their_dresses() -> None:
    text = "http://a.example/x, www.b.example [url=http://c.example]c[/url] <a href='http://d.example'>d</a> e-shop.com"
    found, bare = split_links(text)
    assert [link.domain for link in found] == [
        "a.example",
        "b.example",
        "c.example",
        "d.example",
        "e-shop.com",
    ]
    assert "example" not in bare


def test_a_full_stop_after_a_link_is_no_part_of_it() -> None:
    assert split_links("see http://a.example/x.")[0][0].path == "/x"


def test_a_file_name_is_no_link() -> None:
    assert split_links("edit main.py and web.config please")[0] == ()


def test_only_so_many_links_are_looked_at() -> None:
    assert len(split_links("http://a.example " * 500)[0]) == MOST
