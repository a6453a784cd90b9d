"""WordPress's format, WXR 1.2, as ``wp-admin/includes/export.php`` writes it. Each page becomes a post without text."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from html import escape
from itertools import count
from urllib.parse import unquote, urlsplit

from db.models import Status
from service.exporters.read_site import ExportComment, ExportPage, SiteReader
from service.exporters.xml_text import cdata_element, element
from service.safe_html import render
from service.version import VERSION

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"""
_APPROVED = {Status.APPROVED: "1", Status.PENDING: "0", Status.SPAM: "spam", Status.TRASH: "trash"}


def write_wxr(site: SiteReader, at: datetime) -> Iterator[str]:
    """The document. A page that has no number as a post gets one above those that are known."""
    origin = site.chosen.origin
    yield _HEAD
    yield element("title", urlsplit(origin).netloc) + element("link", origin) + element("pubDate", format_datetime(at))
    yield "<wp:wxr_version>1.2</wp:wxr_version>"
    yield element("wp:base_site_url", origin) + element("wp:base_blog_url", origin)
    yield element("generator", f"leave-a-reply {VERSION}") + "\n"
    numbers = count(site.first_free_post_id())
    for page, comments in site.threads():
        yield _item_start(page, page.post_ids[0] if page.post_ids else next(numbers))
        for comment in comments:
            yield _comment(comment)
        yield "</item>\n"
    yield "</channel>\n</rss>\n"


def _item_start(page: ExportPage, number: int) -> str:
    slug = unquote(urlsplit(page.url).path.rstrip("/").rpartition("/")[2], errors="replace")
    return "<item>" + "".join(
        (
            cdata_element("title", escape(page.title, quote=False)),
            element("link", page.url),
            element("pubDate", format_datetime(page.created_at)),
            cdata_element("dc:creator", ""),
            f'<guid isPermaLink="false">{escape(page.url)}</guid>',
            "<description></description>",
            cdata_element("content:encoded", ""),
            cdata_element("excerpt:encoded", ""),
            element("wp:post_id", str(number)),
            cdata_element("wp:post_date", _seconds(page.created_at)),
            cdata_element("wp:post_date_gmt", _seconds(page.created_at)),
            cdata_element("wp:comment_status", "closed" if page.closed else "open"),
            cdata_element("wp:ping_status", "closed"),
            cdata_element("wp:post_name", slug),
            cdata_element("wp:status", "publish"),
            "<wp:post_parent>0</wp:post_parent><wp:menu_order>0</wp:menu_order>",
            cdata_element("wp:post_type", "post"),
            cdata_element("wp:post_password", ""),
            "<wp:is_sticky>0</wp:is_sticky>\n",
        )
    )


def _comment(comment: ExportComment) -> str:
    """Name and website are HTML there, as WordPress stores them. Imported HTML goes out as it came in."""
    text = comment.text if comment.format == "html" else render(comment.text, comment.format)
    fields = {
        "author": escape(comment.author),
        "author_email": comment.email,
        "author_url": escape(comment.url),
        "author_IP": "",
        "date": _seconds(comment.created_at),
        "date_gmt": _seconds(comment.created_at),
        "content": text,
        "approved": _APPROVED[comment.status],
        "type": "comment",
    }
    inside = "".join(cdata_element(f"wp:comment_{name}", value) for name, value in fields.items())
    return (
        f"<wp:comment><wp:comment_id>{comment.id}</wp:comment_id>{inside}"
        f"<wp:comment_parent>{comment.present_parent or 0}</wp:comment_parent>"
        "<wp:comment_user_id>0</wp:comment_user_id></wp:comment>\n"
    )


def _seconds(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
