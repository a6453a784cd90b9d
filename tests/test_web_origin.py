"""A host is written as browsers write it."""

import pytest

from service.web_origin import BadPage, origin_of
from tests.rows import each_row
from tests.work import calls


@each_row(
    ("host", "ascii_host"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("نامه\u200cای.example", "xn--mgba3gch31f060k.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("i❤.example", "xn--i-7iq.example"),
        ("i❤\ufe0f.example", "xn--i-7iq.example"),
        ("💩.example", "xn--ls8h.example"),
        ("x→y.example", "xn--xy-yzu.example"),
        ("ä_b.example", "xn--_b-uia.example"),
        ("a·b.example", "xn--ab-0ea.example"),
        ("€.example", "xn--lzg.example"),
        ("日本語。example", "xn--wgv71a119e.example"),
        ("ｅｘａｍｐｌｅ.example", "example.example"),
        # as older versions stored them: names in ASCII are never changed
        ("strasse.example", "strasse.example"),
        ("xn--nxasmq6b.example", "xn--nxasmq6b.example"),
        ("xn--mgba3gch31f.example", "xn--mgba3gch31f.example"),
    ],
)
def test_a_host_is_the_one_that_browsers_go_to(host: str, ascii_host: str) -> None:
    assert origin_of(f"https://{host}/a") == f"https://{ascii_host}"


@pytest.mark.parametrize(
    "host",
    [
        "a\u200cb.example",
        "👨\u200d👧.example",
        "\u0301a.example",
        "ä" * 64 + ".example",
        "ä." * 2000,
        "-ä\u06dd.example",
    ],
)
def test_a_host_that_no_browser_goes_to_is_refused(host: str) -> None:
    with pytest.raises(BadPage):
        origin_of(f"https://{host}/")


def test_a_long_host_costs_nothing() -> None:
    def ask() -> None:
        with pytest.raises(BadPage):
            origin_of("https://" + "ä" * 3_800)

    assert calls(ask) < 1_000
