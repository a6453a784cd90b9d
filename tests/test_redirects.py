"""One reader for redirects in three forms. What does not map plainly is left out, with the reason."""

import pytest

from service.redirects import Moved, MovedPages, read_map
from service.web_origin import BadPage

ORIGIN = "https://blog.example"


def read(text: str) -> tuple[list[tuple[str, str, bool]], dict[int, str]]:
    moved, skipped = read_map(text, ORIGIN)
    return [(one.host + one.old, one.new, one.whole) for one in moved], {line.number: line.reason for line in skipped}


def test_a_table_has_the_old_and_the_new_address_first() -> None:
    text = '\ufeffold,new,code\n/a,/b,301\n"/c,d",https://blog.example/e\nhttp://www.old.example/x?p=1,/f\n\n/g\n/h,i\n'
    assert read(text) == (
        [("/a", "/b", True), ("/c,d", "/e", True), ("old.example/x?p=1", "/f", True)],
        {6: "an address is missing", 7: "i is neither a path nor an address"},
    )


def test_redirects_of_netlify() -> None:
    text = """
# a comment
/a /b
/c/  https://www.blog.example/d  301!
/news/*  /blog/:splat  302
/all/*  /one
/n/:year  /m/:year
/store id=:id  /shop/:id  301
/app/*  /index.html  200
/de  /fr  302  Language=fr
/x  https://else.example/y
/nothing
/*/deep /y
"""
    assert read(text) == (
        [("/a", "/b", True), ("/c/", "/d", True), ("/news/", "/blog/", False)],
        {
            6: "it redirects many addresses to one",
            7: "it is a pattern that does not name one address or all below one",
            8: "it depends on parameters",
            9: "it is not a redirect",
            10: "it applies only under conditions",
            11: "it leads to another site",
            12: "it contains neither a path nor an address",
            13: "it is a pattern that does not name one address or all below one",
        },
    )


def test_redirects_of_apache() -> None:
    text = r"""<IfModule mod_alias.c>
Redirect /a /b
  redirect 301 /c https://blog.example/d
Redirect permanent "/e" "/f"
RedirectPermanent /g /h
RedirectMatch 301 ^/old\.html$ /new/
RedirectMatch "^/p/(.*)$" "/q/$1"
RedirectMatch ^/blog/?$ /articles/
Redirect gone /gone
Redirect 410 /gone /x
RedirectMatch ^/y/([0-9]+)/(.*)$ /$2/$1
RedirectMatch ^/z/(.*)$ /one
RewriteRule ^k$ /l [R=301]
</IfModule>
"""
    moved, skipped = read(text)
    whole = [(old, new) for old, new, is_whole in moved if is_whole]
    below = [(old, new) for old, new, is_whole in moved if not is_whole]
    assert whole == [
        ("/a", "/b"), ("/c", "/d"), ("/e", "/f"), ("/g", "/h"), ("/old.html", "/new/"), ("/blog", "/articles/"),
    ]  # fmt: skip
    assert below == [("/a/", "/b/"), ("/c/", "/d/"), ("/e/", "/f/"), ("/g/", "/h/"), ("/p/", "/q/")]
    assert [*skipped] == [1, 9, 10, 11, 12, 13, 14]
    assert skipped[12] == "it redirects many addresses to one"


def test_single_pages_count_first_and_then_the_longest_beginning() -> None:
    pages = MovedPages(
        [
            Moved("", "/", "/other/"), Moved("", "/blog/", "/b/"), Moved("", "/blog/x", "/y", whole=True),
            Moved("", "/blog/x/", "/z", whole=True), Moved("old.example", "/blog/", "/o/"),
        ]
    )  # fmt: skip
    assert [pages.find(path, "", ()) for path in ("/blog/x/", "/blog/w", "/v")] == ["/y", "/b/w", "/other/v"]
    assert pages.find("/blog/w", "else.example", ("https://www.old.example/blog/w",)) == "/o/w"
    assert pages.find("/v", "else.example", ()) == ""


def test_nothing_is_read_of_nothing_and_too_much_is_refused() -> None:
    assert read("") == ([], {})
    assert read("\n# only words\n") == ([], {})
    with pytest.raises(BadPage, match="more than 20,000 lines"):
        read_map("/a,/b\n" * 20_001, ORIGIN)
