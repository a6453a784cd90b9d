"""``POST /wp-comments-post.php``: a theme's own form, unchanged. It has no question, so one more step asks it."""

from urllib.parse import urljoin, urlsplit

from starlette.responses import Response

from service.pages import BadPage
from service.web.asking import number
from service.web.body import read_fields
from service.web.post import take
from service.web.state import Core, Request, core_of
from service.wordpress import pages_of_post


async def comment(request: Request) -> Response:
    """Take a comment in, on the page that the form means: by ``page``, the number that its post had when it was
    imported, ``redirect_to`` or the Referer, in this order."""
    fields = await read_fields(request)
    core = core_of(request)
    fields["page"] = fields.get("page") or await _page(request, core, fields)
    return await take(request, fields)


async def _page(request: Request, core: Core, fields: dict[str, str]) -> str:
    """The page's address. Raises BadPage."""
    came_from = request.headers.get("referer", "")
    for address in await _by_post(core, number(fields.get("comment_post_ID", "").strip()), came_from):
        return address
    if fields.get("redirect_to"):
        return urljoin(came_from, fields["redirect_to"])
    if urlsplit(came_from).path.strip("/") or request.headers.get("sec-fetch-site") == "same-origin":
        return came_from
    raise BadPage(
        "Which article is meant? Browsers tell another site only its own address. Add to the form: "
        '<input type="hidden" name="redirect_to" value="https://your-site.example/article">'
    )


async def _by_post(core: Core, post_id: int, came_from: str) -> list[str]:
    """Pages that were imported with this number; those of the site that the form stands on, if it says which."""
    if not post_id:
        return []
    found = await core.glance(pages_of_post(post_id))
    host = urlsplit(came_from).netloc
    return [url for url in found if not host or urlsplit(url).netloc == host]
