"""``/admin/rules``: which addresses of a site are one page. What new rules would do is shown before they are saved."""

import hashlib
from urllib.parse import urlsplit

from starlette.responses import Response

from db.column_types import new_id
from service.known_sites import KnownSite, KnownSites, PageRules, known_sites
from service.number_parsing import whole_number
from service.pages.address_rule_change import Collision, RuleChange, RulePreview, preview_rules, with_rules
from service.pages.address_rules_input import BadRules, checked_rules
from service.pages.page_changes import Click
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web_origin import is_this_machine

LONGEST = 10_000
"""Characters of a field with several names."""


async def show(request: AdminRequest) -> Response:
    """``GET /admin/rules``: those of a ``site``."""
    parameters = request.http.query_params
    sites = await request.context.read(known_sites)
    site = _own_site(request, sites, parameters.get("site", ""))
    if site is None:
        return request.not_understood()
    return _page(request, sites, site, site.rules, what=parameters.get("what", ""))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/rules``: show what the rules of a ``site`` would do, or ``save`` them.

    ``agreed`` names the pages that would be merged, as the preview showed them. If these are others now, the preview is
    shown again.
    """
    fields = await ActionFields.of(request.http)
    sites = await request.context.read(known_sites)
    site = _own_site(request, sites, fields.one("site"))
    if site is None:
        return request.not_understood()
    typed = _rules_of(fields)
    try:
        rules = checked_rules(typed, site, sites)
    except BadRules as error:
        return _page(request, sites, site, typed, error=error, status=422)
    preview = await request.context.search(preview_rules, with_rules(site, rules))
    if fields.one("action") != "save" or fields.one("agreed") != _digest(preview):
        return _page(request, sites, site, rules, preview=preview)
    change = RuleChange(with_rules(site, rules), preview.groups, Click(new_id(), request.now, request.current_admin.id))
    try:
        for job in change.jobs():
            await request.context.write_alone(job)
    except Collision:
        preview = await request.context.search(preview_rules, with_rules(site, rules))
        return _page(request, sites, site, rules, preview=preview, status=409)
    await request.context.read_sites()
    return request.see_other(f"{HOME}/rules?site={site.id}&what=saved")


def _own_site(request: AdminRequest, sites: KnownSites, typed: str) -> KnownSite | None:
    """The site that is named; without a name the first one of the admin's."""
    own = [site for site in sites.all if request.current_admin.sees(site.id)]
    number = whole_number(typed, 0, digits=9)
    return next((site for site in own if site.id == number), None) if typed else next(iter(own), None)


def _rules_of(fields: ActionFields) -> PageRules:
    def words(name: str) -> tuple[str, ...]:
        return tuple(fields.one(name)[:LONGEST].replace(",", " ").split())

    return PageRules(
        any_scheme=bool(fields.one("any_scheme")),
        any_www=bool(fields.one("any_www")),
        origins=words("origins"),
        index_files=words("index_files"),
        slash=not fields.one("any_slash"),
        case=not fields.one("any_case"),
        parameters=fields.one("parameters") != "only",
        names=words("names"),
        any_port=bool(fields.one("any_port")),
    )


def _digest(preview: RulePreview) -> str:
    return hashlib.sha256(repr(preview.merged).encode()).hexdigest()[:24]


def _page(
    request: AdminRequest,
    sites: KnownSites,
    site: KnownSite,
    rules: PageRules,
    *,
    preview: RulePreview | None = None,
    error: BadRules | None = None,
    what: str = "",
    status: int = 200,
) -> Response:
    values = {
        "sites": [each for each in sites.all if request.current_admin.sees(each.id)],
        "site": site,
        "rules": rules,
        "is_local": is_this_machine(urlsplit(site.origin).hostname or ""),
        "preview": preview,
        "agreed": _digest(preview) if preview else "",
        "wrong": error.field if error else "",
        "error": error_words(str(error), request.language) if error else "",
        "what": what,
    }
    return request.render("rules.html", values, status)
