"""``/counts``: how many comments many pages have, asked for at once."""

import json
from collections import defaultdict
from collections.abc import Sequence

from starlette.responses import Response

from service.comments.recent import count_comments
from service.urls import BadPage, PageRef
from service.web.context import AppContext, Request, context_of
from service.web.http import headers
from service.web.http.body import Unreadable, read_object
from service.web.http.params import choose_language
from service.web.render.cache import read_versions
from service.web.render.fragment import Fragment

MOST = 500
"""Pages in a request."""


async def show(request: Request) -> Response:
    """``GET /counts?page=&page=``: page → number, and the same in words."""
    query = request.query_params
    body = await _answer(context_of(request), query.getlist("page"), query.get("lang", ""))
    return await Fragment.of(body, {}, "application/json").unless_known(request)


async def ask(request: Request) -> Response:
    """``POST /counts`` with ``{"pages": […]}``: the same for more than fit into an address."""
    fields = await read_object(request)
    pages, lang = fields.get("pages"), fields.get("lang", "")
    if not isinstance(pages, list) or not all(isinstance(page, str) for page in [*pages, lang]):
        raise Unreadable("Send the addresses of pages as a list: {“pages”: [“https://your-site.example/article”]}")
    body = await _answer(context_of(request), pages, lang)
    return Response(body, headers=headers.FRESH_FRAGMENT, media_type="application/json")


async def _answer(context: AppContext, addresses: Sequence[str], lang: str) -> str:
    if len(addresses) > MOST:
        raise Unreadable(f"At most {MOST} pages can be counted at once.")
    asked = {address: await _page(context, address) for address in dict.fromkeys(addresses)}
    pages = list(dict.fromkeys(page for page in asked.values() if page))
    counted = dict(zip(pages, await count(context, pages), strict=True))
    numbers = {address: counted[page] if page else None for address, page in asked.items()}
    ngettext = choose_language(context, lang).ngettext
    texts = {
        address: ngettext("%(num)s comment", "%(num)s comments", number) % {"num": number}
        for address, number in numbers.items()
        if number is not None
    }
    return json.dumps({"counts": numbers, "texts": texts}, ensure_ascii=False)


async def _page(context: AppContext, address: str) -> PageRef | None:
    try:
        return await context.page(address)
    except BadPage:
        return None


async def count(context: AppContext, pages: Sequence[PageRef]) -> list[int]:
    """How many comments these pages show, in two questions to the database at most for each site."""
    versions = {page: context.versions.known(page) for page in pages}
    if unknown := [page for page, version in versions.items() if version is None]:
        for page, version in (await context.read(read_versions, unknown)).items():
            versions[page] = version
            context.versions.learn(page, version)
    current = {page: version for page, version in versions.items() if version}
    numbers = {page: context.counts.known(page.site_id, version) for page, version in current.items()}
    missing: defaultdict[int, list[PageRef]] = defaultdict(list)
    for page, number in numbers.items():
        if number is None:
            missing[page.site_id].append(page)
    for site_id, wanted in missing.items():
        found = await context.read(count_comments, site_id, [current[page].page_id for page in wanted])
        for page in wanted:
            numbers[page] = found.get(current[page].page_id, 0)
            context.counts.learn(site_id, current[page], numbers[page] or 0)
    return [numbers[page] or 0 for page in pages]
