"""An address is kept as given, all its spellings have one key, and only pages of registered sites are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.known_sites import AS_BEFORE, FOR_DEV_SERVERS, FOR_NEW_SITES, KnownSite, KnownSites, PageRules
from service.page_address import UnknownOrigin, canonical, page_key, resolve
from service.web_origin import BadPage
from tests.rows import each_row

SITES = {"https://blog.example": 7}


@each_row(
    ("address", "url"),
    [
        ("HTTPS://Blog.Example:443/Post#top", "https://blog.example/Post"),
        ("http://blog.example:80", "http://blog.example/"),
        ("https://blog.example/a?utm_source=x&id=3&fbclid=y", "https://blog.example/a?id=3"),
        ("https://blog.example/a?replytocom=2&unapproved=3&moderation-hash=x", "https://blog.example/a"),
        ("https://blog.example/a?parent=5&preview=red", "https://blog.example/a?parent=5&preview=red"),
        ("https://blog.example/%7Euser/ü", "https://blog.example/~user/%C3%BC"),
        ("https://blog.example/index.php?/2020/01/hello", "https://blog.example/index.php?/2020/01/hello"),
        ("https://blog.example/?2020/post-name", "https://blog.example/?2020/post-name"),
        ("https://blog.example/?p", "https://blog.example/?p"),
        ("https://blog.example/?a=1&&b=2", "https://blog.example/?a=1&b=2"),
        ("https://blog.example/?n=M%FCller", "https://blog.example/?n=M%FCller"),
        ("https://blog.example/z%2Fw", "https://blog.example/z%2Fw"),
        ("https://blog.example/my article", "https://blog.example/my%20article"),
        ("https://blog.example/c++-tips?q=a b", "https://blog.example/c++-tips?q=a%20b"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("  https://blog.example:8443/a  ", "https://blog.example:8443/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
    ],
)
def test_an_address_is_kept_as_given_less_fragment_and_tracking(address: str, url: str) -> None:
    assert canonical(address) == url
    assert canonical(url) == url


def test_one_page_is_not_cached_under_many_spellings() -> None:
    spellings = ["a", "%61", "a//", "a///", "a?", "a?&", "a?&&utm_source=x&", "a?#&"]
    assert len({canonical(f"https://blog.example/{each}") for each in spellings}) == 2


@pytest.mark.parametrize(
    "spellings",
    [
        ["a", "a/", "a//", "a?", "a#top", "a?utm_source=x"],
        ["~user", "%7Euser", "%7euser"],
        ["ü", "%C3%BC", "%c3%bc"],
        ["my article", "my%20article"],
        ["?p", "?p=", "?&p"],
        ["?q=a+b", "?q=a%20b", "?q=a b"],
        ["index.php?/2020/01/hello", "index.php?%2F2020%2F01%2Fhello="],
        ["c++-tips", "c%2B%2B-tips"],
    ],
    ids=lambda spellings: spellings[0],
)
def test_all_spellings_of_an_address_have_one_key(spellings: list[str]) -> None:
    assert len({resolve(f"https://blog.example/{each}", SITES).key for each in spellings}) == 1


@each_row(
    ("one", "other"),
    [
        ("?n=M%FCller", "?n=M%F6ller"),
        ("M%FCller", "M%F6ller"),
        ("?parent=12", "?parent=13"),
        ("?preview=red", "?preview=blue"),
        ("z%2Fw", "z/w"),
        ("?a=1&b=2", "?a=1%26b=2"),
        ("?a=1", "?a=2"),
        ("a", "A"),
        ("?from=paris", "?from=rome"),
        ("?r=one", "?r=two"),
        ("c++-tips", "c-tips"),
    ],
)
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    assert resolve(f"https://blog.example/{one}", SITES).key != resolve(f"https://blog.example/{other}", SITES).key


@each_row(
    "parameter",
    [
        "srsltid=x", "gad_source=1", "gad_campaignid=1", "igsh=x", "ysclid=x", "ttclid=x", "li_fat_id=x", "_hsenc=x",
        "_hsmi=1", "mkt_tok=x", "_kx=x", "_openstat=x", "vero_id=1", "oly_enc_id=x", "__s=x", "epik=x", "ScCid=x",
        "rdt_cid=x", "mtm_campaign=x", "pk_campaign=x", "s_kwcid=x", "wprov=x", "_x_tr_sl=en", "from=singlemessage",
        "from=timeline", "isappinstalled=0", "UTM_SOURCE=x", "FBCLID=x", "utm%5Fsource=x", "hsCtaTracking=x", "gclid",
        "utm_source",
    ],
)  # fmt: skip
def test_tracking_makes_no_other_page(parameter: str) -> None:
    assert canonical(f"https://blog.example/a?{parameter}") == "https://blog.example/a"
    assert canonical(f"https://blog.example/a?b=1&{parameter}&c") == "https://blog.example/a?b=1&c"


def test_a_query_may_have_many_parameters() -> None:
    address = "https://blog.example/a?" + "&".join(f"x{number}=1" for number in range(200))
    assert resolve(address, SITES).url == address


def test_a_trailing_slash_makes_no_other_page() -> None:
    assert page_key("https://blog.example/a/") == page_key("https://blog.example/a")
    assert page_key("https://blog.example/") == "https://blog.example/"


def test_a_page_of_a_registered_site_is_found() -> None:
    page = resolve("https://blog.example/a/?utm_medium=mail", SITES)
    assert (page.site_id, page.url, page.key) == (7, "https://blog.example/a/", "https://blog.example/a")


def test_a_page_of_nobody_is_refused_with_the_way_to_register_it() -> None:
    with pytest.raises(UnknownOrigin, match=r"leave-a-reply site add http://blog\.example "):
        resolve("http://blog.example/a", SITES)


@each_row(
    "address",
    [
        "", "x", "/a", "javascript:alert(1)", "https://", "https://u:p@blog.example/", "https://blog.example:0/",
        "https://blog.example:99999/", "https://[::1", "https://blog.example\\@evil.example/", "https://a b/",
        "https://blog.example/" + "x" * 2001, "data:text/html,x", "https://blog.example/a\r\nX: y", "https://blog.example/\ud800",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadPage):
        resolve(address, SITES)


_LIKE_ADDRESSES = st.lists(
    st.one_of(st.sampled_from([*"/?&=%+#: ~ü;|", "%2F", "%FC", "utm_a=b", "a", "//"]), st.text(max_size=2))
)


@given(st.one_of(st.text(), st.one_of(st.text(), _LIKE_ADDRESSES.map("".join)).map("https://blog.example/".__add__)))
def test_any_text_is_a_page_or_refused(address: str) -> None:
    try:
        page = resolve(address, SITES)
    except BadPage:
        return
    assert page == resolve(page.url, SITES)
    assert page.url.isascii()
    assert page.url.isprintable()
    assert page.key == page_key(page.key)


def keys(rules: PageRules, *addresses: str) -> list[str]:
    sites = KnownSites([KnownSite(7, "https://blog.example", rules)])
    return [resolve(address, sites).key.removeprefix("https://blog.example") for address in addresses]


@pytest.mark.parametrize(
    ("rules", "spellings"),
    [
        (FOR_NEW_SITES, ["https://blog.example/one", "http://www.blog.example/one/index.html"]),
        (FOR_NEW_SITES, ["https://blog.example/", "http://blog.example/index.php", "https://www.blog.example"]),
        (FOR_NEW_SITES, ["https://blog.example/?p=1", "https://blog.example/index.php?p=1"]),
        (PageRules(case=False), ["https://blog.example/One/%C3%9C", "https://blog.example/one/\u00fc"]),
        (
            PageRules(case=False, index_files=("Index.html",)),
            ["https://blog.example/a/INDEX.HTML", "https://blog.example/A"],
        ),
        (PageRules(names=("lang", "a b")), ["https://blog.example/a?lang=de&p=1&a+b=2", "https://blog.example/a?p=1"]),
        (PageRules(parameters=False, names=("p",)), ["https://blog.example/a?x=1&p=1", "https://blog.example/a?p=1"]),
        (PageRules(origins=("http://old.example:8080",)), ["http://old.example:8080/a", "https://blog.example/a"]),
        (
            PageRules(origins=("http://old.example",), any_www=True),
            ["http://www.old.example/a", "https://blog.example/a"],
        ),
    ],
)
def test_the_rules_of_a_site_say_what_is_one_page(rules: PageRules, spellings: list[str]) -> None:
    assert len(set(keys(rules, *spellings))) == 1


@pytest.mark.parametrize(
    ("rules", "one", "other"),
    [
        (PageRules(slash=True), "/a", "/a/"),
        (AS_BEFORE, "/a", "/A"),
        (AS_BEFORE, "/a", "/a/index.html"),
        (FOR_NEW_SITES, "/a", "/a/index.htmlx"),
        (FOR_NEW_SITES, "/a", "/a/index.html/b"),
        (FOR_NEW_SITES, "/?p=1", "/?p=2"),
        (PageRules(parameters=False, names=("p",)), "/?p=1", "/?p=2"),
        (PageRules(case=False), "/?p=a", "/?p=A"),
    ],
)
def test_what_the_rules_do_not_name_makes_another_page(rules: PageRules, one: str, other: str) -> None:
    assert len(set(keys(rules, f"https://blog.example{one}", f"https://blog.example{other}"))) == 2


def test_a_registered_origin_is_a_site_of_its_own_and_the_address_is_kept_as_given() -> None:
    sites = KnownSites([KnownSite(1, "https://a.example", FOR_NEW_SITES), KnownSite(2, "http://www.a.example")])
    found = [
        resolve(f"{origin}/x/", sites)
        for origin in ("http://a.example", "https://www.a.example", "http://www.a.example")
    ]
    assert [(page.site_id, page.url) for page in found] == [
        (1, "http://a.example/x/"), (1, "https://www.a.example/x/"), (2, "http://www.a.example/x/"),
    ]  # fmt: skip
    assert ("http://127.0.0.1" in KnownSites([KnownSite(1, "https://127.0.0.1", FOR_NEW_SITES)])) is True
    assert "https://www.127.0.0.1" not in KnownSites([KnownSite(1, "https://127.0.0.1", FOR_NEW_SITES)])


def test_a_site_for_dev_servers_has_every_port_of_this_machine_that_no_other_site_has() -> None:
    dev, apart = KnownSite(1, "http://localhost", FOR_DEV_SERVERS), KnownSite(2, "http://localhost:9000")
    sites = KnownSites([dev, apart, KnownSite(3, "https://blog.example", FOR_DEV_SERVERS)])
    spellings = ("localhost:4000", "127.0.0.1:1313", "[::1]:3000", "one.localhost", "localhost")
    found = [resolve(f"http://{host}/one/index.html", sites) for host in spellings]
    assert {(page.site_id, page.key) for page in found} == {(1, "http://localhost/one")}
    assert [page.url for page in found] == [f"http://{host}/one/index.html" for host in spellings]
    assert resolve("http://localhost:9000/one/", sites).site_id == 2
    for origin in ("http://localhost.example:4000", "http://192.168.0.1:4000", "https://blog.example:4000"):
        assert origin not in sites
    assert "http://localhost:4000" not in KnownSites([KnownSite(1, "http://localhost", FOR_NEW_SITES)])
    asked = ("http://localhost:4000", "http://localhost", "http://localhost:9000", "https://blog.example")
    assert [sites.may_be_asked(origin) for origin in asked] == [False, False, True, True]


def test_rules_are_read_as_they_were_stored_and_without_what_a_newer_version_knows() -> None:
    rules = PageRules(any_www=True, names=("a", "b"), slash=True)
    assert PageRules.read(rules.stored) == rules
    assert PageRules.read('{"any_www": true, "tomorrow": 1}') == PageRules(any_www=True)
    assert PageRules.read(None) == AS_BEFORE
    assert page_key("https://blog.example/a/") == "https://blog.example/a"


def test_an_address_is_parsed_once_for_one_list_of_sites() -> None:
    sites = KnownSites([KnownSite(7, "https://blog.example", FOR_NEW_SITES)])
    first = resolve("https://blog.example/a", sites)
    address = "https://blog.example/a"
    assert sites.resolved(address) == (7, first.url, first.key)
    for number in range(5000):
        resolve(f"https://blog.example/{number}", sites)
    assert sites.resolved(address) is None
    long = "https://blog.example/" + "a" * 1500
    resolve(long, sites)
    assert sites.resolved(long) is None
