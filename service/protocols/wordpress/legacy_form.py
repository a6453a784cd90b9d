"""``POST /wp-comments-post.php``: a theme's unchanged form. It has no captcha, so a second step asks the question."""

import re
from urllib.parse import urljoin, urlsplit

from starlette.responses import Response

from service.number_parsing import whole_number
from service.protocols.wordpress.comment_queries import pages_of_post
from service.web.context import AppContext, Request, context_of
from service.web.http.request_body import read_pairs
from service.web.http.unreadable_body import OtherCharset
from service.web.post_comment import process, text_given_back
from service.web_origin import BadPage

_PART_OF_A_POST = re.compile(r"/comment-page-[0-9]+/?\Z")


async def comment(request: Request) -> Response:
    """Accept a comment. Its page is found by ``page``, the imported ``comment_post_ID``, ``redirect_to`` or the
    Referer, in this order. The last value of a repeated field wins, as in PHP."""
    context, guessed = context_of(request), False
    try:
        fields = dict(await read_pairs(request))
    except OtherCharset as other:
        fields, guessed = dict(other.pairs), True
    with text_given_back(fields):
        fields["page"] = fields.get("page") or await _page(request, context, fields)
        return await process(request, fields, guessed)


async def _page(request: Request, context: AppContext, fields: dict[str, str]) -> str:
    """The page's URL. Raises BadPage."""
    came_from = request.headers.get("referer", "")
    for address in await _by_post(context, whole_number(fields.get("comment_post_ID", "").strip(), 0), came_from):
        return address
    if fields.get("redirect_to"):
        return _joined(came_from, fields["redirect_to"])
    if urlsplit(came_from).path.strip("/") or request.headers.get("sec-fetch-site") == "same-origin":
        return _whole_post(came_from)
    raise BadPage(
        "Which article is meant? Browsers tell another site only its own address. Add to the form: "
        '<input type="hidden" name="redirect_to" value="https://your-site.example/article">'
    )


async def _by_post(context: AppContext, post_id: int, came_from: str) -> list[str]:
    """URLs of the pages imported with this number, limited to the Referer's host if there is one."""
    if not post_id:
        return []
    urls = await context.read_inline(pages_of_post, post_id)
    host = urlsplit(came_from).netloc
    return [url for url in urls if not host or urlsplit(url).netloc == host]


def _joined(came_from: str, target: str) -> str:
    try:
        return urljoin(came_from, target)
    except ValueError:
        return target  # not a URL: resolving it raises BadPage


def _whole_post(came_from: str) -> str:
    """``/hello/comment-page-2/`` → ``/hello/``."""
    parts = urlsplit(came_from)
    return parts._replace(path=_PART_OF_A_POST.sub("/", parts.path)).geturl()
