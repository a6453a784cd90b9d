"""Small WordPress exports, written for these tests."""

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><link>{base}</link>'
    "<wp:base_site_url>{base}</wp:base_site_url><wp:base_blog_url>{base}</wp:base_blog_url>\n"
)
TAIL = "</channel></rss>\n"
BASE = "https://old.example"


def comment(number: int, parent: int = 0, **fields: str) -> str:
    """A comment's element. Fields are given without their prefix."""
    values = {
        "id": str(number),
        "author": f"Writer {number}",
        "author_email": f"w{number}@example.test",
        "author_url": "",
        "author_IP": "192.0.2.77",
        "date": "2020-01-02 05:04:05",
        "date_gmt": "2020-01-02 03:04:05",
        "content": f"Words of {number}",
        "approved": "1",
        "type": "comment",
        "parent": str(parent),
    } | fields
    inside = "".join(f"<wp:comment_{name}><![CDATA[{value}]]></wp:comment_{name}>" for name, value in values.items())
    return f"<wp:comment>{inside}</wp:comment>\n"


def item(*comments: str, post: int = 5, slug: str = "hello", link: str = "", **fields: str) -> str:
    """A post's element."""
    values = {"status": "publish", "post_type": "post", "comment_status": "open"} | fields
    inside = "".join(f"<wp:{name}>{value}</wp:{name}>" for name, value in values.items())
    link = link or f"{BASE}/2020/{slug}/"
    return (
        f"<item><title>Hello &amp;amp; more</title><link>{link}</link><wp:post_id>{post}</wp:post_id>"
        f"<wp:post_name>{slug}</wp:post_name>{inside}{''.join(comments)}</item>\n"
    )


def export(*items: str, base: str = BASE) -> bytes:
    """A whole export."""
    return (HEAD.format(base=base) + "".join(items) + TAIL).encode()
