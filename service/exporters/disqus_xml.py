"""Disqus's XML: a category, the threads, then the posts, which name their thread by its number.

The format has no field for a comment that waits, and readers of it would publish one: none is written.
"""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from db.models import Status
from service.exporters.read_site import ExportComment, ExportPage, SiteReader
from service.exporters.xml_text import cdata_element, element
from service.safe_html import render

_HEAD = """\
<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
"""


def write_disqus(site: SiteReader, _at: datetime) -> Iterator[str]:
    """The document. It reads the pages twice, as the threads come before all posts."""
    forum = element("forum", urlsplit(site.chosen.origin).netloc)
    yield _HEAD
    yield f'<category dsq:id="1">{forum}<title>General</title><isDefault>true</isDefault></category>\n'
    for page in site.pages():
        yield _thread(page, forum)
    for comment in site.comments():
        yield _post(comment)
    yield "</disqus>\n"


def _thread(page: ExportPage, forum: str) -> str:
    return (
        f'<thread dsq:id="{page.id}"><id />{forum}<category dsq:id="1" />'
        + element("link", page.url)
        + element("title", page.title)
        + "<message />"
        + element("createdAt", _date(page.created_at))
        + f"<isClosed>{_truth(page.closed)}</isClosed><isDeleted>false</isDeleted></thread>\n"
    )


def _post(comment: ExportComment) -> str:
    email = element("email", comment.email) if comment.email else ""
    parent = f'<parent dsq:id="{comment.present_parent}" />' if comment.present_parent else ""
    return (
        f'<post dsq:id="{comment.id}"><id />'
        + cdata_element("message", render(comment.text, comment.format))
        + element("createdAt", _date(comment.created_at))
        + f"<isDeleted>{_truth(comment.status is Status.TRASH)}</isDeleted>"
        + f"<isSpam>{_truth(comment.status is Status.SPAM)}</isSpam>"
        + f"<author>{email}{element('name', comment.author)}<isAnonymous>true</isAnonymous></author>"
        + f'<thread dsq:id="{comment.page_id}" />{parent}</post>\n'
    )


def _date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _truth(value: bool) -> str:
    return "true" if value else "false"
