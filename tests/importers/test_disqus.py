import pytest

from service.importers.incoming_comments import IncomingComment, Remark, Skipped, UnreadablePart
from service.importers.source_file import BadSource
from tests.importers.export_files import comments, read_bytes

HEAD = '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'


def thread(number: int, link: str, **fields: str) -> str:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f'<thread dsq:id="{number}"><id /><link>{link}</link>{inside}</thread>'


def post(number: int, thread: int = 1, parent: int = 0, named: str = "", message: str = "&lt;p>Words&lt;/p>") -> str:
    above = f'<parent dsq:id="{parent}" />' if parent else ""
    return (
        f'<post dsq:id="{number}"><id>{named}</id><message>{message}</message>'
        f"<createdAt>2016-02-03T04:05:06Z</createdAt><author><name>Mara</name></author>"
        f'<thread dsq:id="{thread}" />{above}</post>'
    )


def read(*elements: str) -> list[IncomingComment | Skipped]:
    data = f"{HEAD}{''.join(elements)}</disqus>".encode()
    return [item for item in read_bytes(data, "disqus") if isinstance(item, (IncomingComment, Skipped))]


def test_a_comment_that_was_moved_in_under_two_addresses_is_taken_once() -> None:
    threads = (
        thread(1, "http://blog.example/a/"),
        thread(2, "https://www.blog.example/a"),
        thread(3, "http://blog.example/b/"),
    )
    items = read(
        *threads,
        post(11, 1, named="wp_id=7"),
        post(21, 2, named="wp_id=7"),
        post(22, 2, parent=21, named="wp_id=8"),
        post(31, 3, named="wp_id=7"),
        post(12, 1),
        post(13, 1),
    )
    assert [item.number for item in items if isinstance(item, Skipped)] == ["21"]
    assert {item.number: item.parent for item in items if isinstance(item, IncomingComment)} == {
        "11": "", "22": "11", "31": "", "12": "", "13": "",
    }  # fmt: skip


def test_a_thread_is_closed_and_named_as_any_of_its_spellings_is() -> None:
    items = read(
        thread(1, "http://blog.example/a/", title="http://blog.example/a/"),
        thread(2, "https://blog.example/a?utm_source=x", title="A &amp;amp; B", isClosed="true"),
        post(1, 1),
    )
    page = items[0].page
    assert (page.title, page.closed, page.names[0]) == ("A & B", True, "1")
    assert {"2", "https://blog.example/a?utm_source=x"} <= set(page.names)


def test_a_post_of_no_known_thread_is_told() -> None:
    (item,) = read(post(1, 99))
    assert (item.page.path, item.page.trouble) == ("", "its thread is not in the file")


def test_links_through_the_counter_of_disqus_lead_where_they_lead() -> None:
    link = "http://disq.us/url?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%3AAbC-_d1&amp;cuid=42"
    found = comments(read(thread(1, "/a/"), post(1, message=f"<![CDATA[<a href='{link}'>here</a>, @mara:disqus]]>")))
    assert found["1"].text == '<a href="https://example.org/a?b=1">here</a>, @mara'


def test_a_broken_file_is_read_on_behind_the_break() -> None:
    data = (
        f"{HEAD}<category dsq:id='9'><title>General</title></category>\n"
        f"{thread(1, 'http://blog.example/a/')}\n{post(1, message='<![CDATA[<p>One</p>]]>')}\n"
        + post(2, message="Tea & scones, caf&eacute;\x0b &#1; http://x.example/?a=1&b=2")
        + post(3, message="<![CDATA[<p>a ]]> b</p>]]>")
        + post(4, message="<b>never closed")
        + post(5, message="<![CDATA[<p>&amp; five</p>]]>").replace("<author>", "<author odd:x='1'>")
        + "\n</disqus>"
    )
    items = read_bytes(data.encode(), "disqus")
    assert {number: item.text for number, item in comments(items).items()} == {
        "1": "<p>One</p>",
        "2": "Tea & scones, caf&eacute; &#1; http://x.example/?a=1&b=2",
        "3": "<p>a ]]> b</p>",
        "5": "<p>&amp; five</p>",
    }
    assert [item for item in items if isinstance(item, UnreadablePart)] == [
        UnreadablePart("a broken entry, skipped", "line 4")
    ]
    assert "The file is not valid XML. It was read entry by entry; repaired: 2." in [
        item.text for item in items if isinstance(item, Remark)
    ]


def test_what_stands_before_a_file_is_no_part_of_it() -> None:
    data = f"\nWarning: Cannot modify header\n{HEAD}{thread(1, '/a/')}{post(1)}</disqus>".encode()
    assert list(comments(read_bytes(data, "disqus"))) == ["1"]


def test_a_broken_file_that_is_cut_is_told_where_it_broke() -> None:
    data = f"{HEAD}{thread(1, '/a/')}{post(1, message='a & b')}{post(2)[:-9]}".encode()
    with pytest.raises(BadSource, match="The file is broken at line 1, column"):
        read_bytes(data, "disqus")
