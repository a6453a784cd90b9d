"""``/counts``: the numbers of comments of many pages."""

import json
from collections import defaultdict
from collections.abc import Sequence

from starlette.responses import Response

from service.comments.newest_and_discussed import count_comments
from service.known_sites import KnownSites
from service.page_address import PageRef, resolve
from service.web.context import AppContext, Request, context_of
from service.web.http import response_headers
from service.web.http.json_answer import JSON, safe
from service.web.http.reader_params import choose_language
from service.web.http.request_body import read_object
from service.web.http.unreadable_body import UnreadableBody
from service.web.render.fragment import Fragment
from service.web.render.thread_cache import read_versions
from service.web_origin import BadPage

MAX_PAGES = 500
"""Addresses in a request."""

_MAX_ON_LOOP, _MAX_CHARACTERS_ON_LOOP = 20, 4000
"""Addresses, and their characters, that are read on the event loop; more are read in a thread."""


async def show(request: Request) -> Response:
    """``GET /counts?page=&page=``: address → number of comments, and the same in words. Null for unknown pages."""
    query = request.query_params
    body = await _counts_json(context_of(request), query.getlist("page"), query.get("lang", ""))
    return await Fragment.of(body, {}, JSON).unless_known(request)


async def ask(request: Request) -> Response:
    """``POST /counts`` with ``{"pages": […]}``: the same for more pages than fit into an address."""
    fields = await read_object(request)
    pages, lang = fields.get("pages"), fields.get("lang", "")
    if not isinstance(pages, list) or not all(isinstance(page, str) for page in [*pages, lang]):
        raise UnreadableBody("Send the addresses of pages as a list: {“pages”: [“https://your-site.example/article”]}")
    body = await _counts_json(context_of(request), pages, lang)
    return Response(safe(body), headers=response_headers.FRESH_FRAGMENT, media_type=JSON)


async def _counts_json(context: AppContext, addresses: Sequence[str], lang: str) -> str:
    numbers = await numbers_of(context, addresses)
    ngettext = choose_language(context, lang).ngettext
    texts = {
        address: ngettext("%(num)s comment", "%(num)s comments", number) % {"num": number}
        for address, number in numbers.items()
        if number is not None
    }
    return json.dumps({"counts": numbers, "texts": texts}, ensure_ascii=False)


async def numbers_of(context: AppContext, addresses: Sequence[str]) -> dict[str, int | None]:
    """Address → the number of its page's comments; None for a page of no registered site. Raises Unreadable for more
    than ``MAX_PAGES``."""
    if len(addresses) > MAX_PAGES:
        raise UnreadableBody(f"At most {MAX_PAGES} pages can be counted at once.")
    unique = list(dict.fromkeys(addresses))
    sites = await context.sites(max_age=1.0)
    if len(unique) <= _MAX_ON_LOOP and sum(map(len, unique)) <= _MAX_CHARACTERS_ON_LOOP:
        page_of = _find_pages(unique, sites)
    else:
        page_of = await context.compute(_find_pages, unique, sites)
    pages = list(dict.fromkeys(page for page in page_of.values() if page))
    number_of = dict(zip(pages, await count(context, pages), strict=True))
    return {address: number_of[page] if page else None for address, page in page_of.items()}


def _find_pages(addresses: Sequence[str], sites: KnownSites) -> dict[str, PageRef | None]:
    """Address → its page, or None if it belongs to no registered site. Takes up to a millisecond per address."""
    page_of: dict[str, PageRef | None] = {}
    for address in addresses:
        try:
            page_of[address] = resolve(address, sites)
        except BadPage:
            page_of[address] = None
    return page_of


async def count(context: AppContext, pages: Sequence[PageRef]) -> list[int]:
    """The number of comments of each page, by at most two queries per site."""
    known_versions = {page: context.versions.known(page) for page in pages}
    if unknown := [page for page, version in known_versions.items() if version is None]:
        for page, version in (await context.read(read_versions, unknown)).items():
            known_versions[page] = version
            context.versions.learn(page, version)
    versions = {page: version for page, version in known_versions.items() if version}
    numbers = {page: context.counts.known(page.site_id, version) for page, version in versions.items()}
    uncounted: defaultdict[int, list[PageRef]] = defaultdict(list)
    for page, number in numbers.items():
        if number is None:
            uncounted[page.site_id].append(page)
    for site_id, site_pages in uncounted.items():
        by_page_id = await context.read(count_comments, site_id, [versions[page].page_id for page in site_pages])
        for page in site_pages:
            numbers[page] = by_page_id.get(versions[page].page_id, 0)
            context.counts.learn(site_id, versions[page], numbers[page] or 0)
    return [numbers[page] or 0 for page in pages]
