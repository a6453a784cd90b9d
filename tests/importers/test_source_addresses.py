from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from db.models import Status
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingComment, IncomingPage, Remark
from service.importers.source_addresses import page_at, real_hosts_first, same_page
from service.importers.source_file import BadSource
from tests.rows import each_row

NOBODY = {"author": "", "email": "", "url": ""}


def on(page: IncomingPage, number: str = "1") -> IncomingComment:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    return IncomingComment(page, "b", number, "", Status.APPROVED, "Words", "markdown", at, **NOBODY)


@each_row(
    ("address", "path"),
    [
        ("https://blog.example/roses/?lang=de#c1", "/roses/?lang=de"),
        ("https://blog.example", "/"),
        ("//blog.example/roses", "/roses"),
        ("/roses/index.html", "/roses/"),
        ("blog/roses.html", "/blog/roses.html"),
        ("roses.html", "/roses.html"),
        ("/2022/11/24/22年11月24日/", "/2022/11/24/22年11月24日/"),
        ("roses", ""),
        ("", ""),
        ("file:///home/me/roses.html", ""),
        ("http://[::1", ""),
        ("/" + "x" * 5000, ""),
    ],
)
def test_a_page_is_a_path_however_its_address_is_written(address: str, path: str) -> None:
    page = page_at(address)
    assert (page.path, page.host) == (path, "")
    assert page.trouble == ("" if path else ImportSentence.NO_ADDRESS)


def test_a_word_is_a_slug_unless_the_system_knows_paths_only() -> None:
    assert (page_at("roses").slug, page_at("roses").names) == ("roses", ("roses",))
    assert page_at("roses", only_paths=True).path == "/roses"


def test_an_address_is_no_title() -> None:
    assert page_at("/roses", title="https://blog.example/roses").title == ""
    assert page_at("/roses", title="  Roses\n& thorns ").title == "Roses & thorns"


def test_spellings_of_an_address_are_one_page() -> None:
    spellings = (
        "http://blog.example/roses",
        "https://www.blog.example/roses/?utm_source=x",
        "/roses/index.html",
        "/roses/#a",
    )
    assert len({same_page(page_at(each)) for each in spellings}) == 1
    assert len({same_page(page_at(each)) for each in ("/a", "/b", "a", "http://localhost/a")}) == 4


COPIES = [
    "http://localhost:1313/roses/",
    "http://127.0.0.1/roses/",
    "https://web.archive.org/web/2019/https://blog.example/",
    "https://x.translate.goog/roses/",
]


def test_copies_of_pages_are_on_another_host_if_the_file_has_a_real_one() -> None:
    items: list[Incoming] = [
        *(on(page_at(each)) for each in COPIES),
        Remark("x"),
        on(page_at("https://blog.example/roses/")),
    ]
    hosts = [item.page.host for item in real_hosts_first(items) if isinstance(item, IncomingComment)]
    assert hosts == ["", "localhost", "127.0.0.1", "web.archive.org", "x.translate.goog"]


def test_a_site_that_was_only_ever_at_home_is_no_copy() -> None:
    items = list(real_hosts_first([on(page_at(COPIES[0])), on(page_at(COPIES[1]), "2")]))
    assert [(item.page.host, item.page.path) for item in items if isinstance(item, IncomingComment)] == [
        ("", "/roses/")
    ] * 2


def test_what_was_held_back_is_still_given_when_the_file_breaks() -> None:
    def broken() -> "list[Incoming]":
        raise BadSource("It broke.")

    def items() -> Iterator[Incoming]:
        yield on(page_at(COPIES[0]))
        broken()

    seen = real_hosts_first(items())
    assert isinstance(next(seen), IncomingComment)
    with pytest.raises(BadSource):
        next(seen)
