"""``/sites``: the origins whose pages can have comments."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from service import sites
from service.action_log import Act, ActKind, record
from service.protocols.api.api_call import ApiAnswer, Call, Changed, if_unchanged, invalid, must_see, tagged, there
from service.protocols.api.common_shapes import NoBody, NoQuery, PageAddress, Shape, SiteId
from service.sites import LONGEST_CLOSE_DAYS
from service.web.http.api_problems import API, ApiProblem
from service.web.remove_site import SiteKept, remove_site
from service.web_origin import BadPage, site_origin


class Site(Shape):
    """A site. ``key`` is public: pages contain it. ``close_days``: days after which a page takes no more comments."""

    id: SiteId
    origin: str
    key: str
    close_days: int | None


class NewSite(Shape):
    """Any address of the new site."""

    origin: PageAddress


class MadeSite(Site):
    """The new site. ``secret`` is for the captcha of other forms and is shown this once; ``check_key`` is for the spam
    filter."""

    check_key: str
    secret: str


class SiteList(Shape):
    """The admin's sites."""

    items: list[Site]


class SiteChange(Shape):
    """``close_days`` null: pages stay open."""

    close_days: Annotated[int | None, Field(ge=1, le=LONGEST_CLOSE_DAYS)]


class SiteRemoval(Shape):
    """``origin``: the site's, to confirm. ``with_comments``: its comments of any status are deleted, too."""

    origin: PageAddress
    with_comments: bool = False


def _read_sites(connection: Connection) -> list[Site]:
    keys, days = sites.public_keys(connection), sites.read_close_days(connection)
    found = sites.read_sites(connection).items()
    return [Site(id=number, origin=origin, key=keys[origin], close_days=days.get(number)) for origin, number in found]


def _find(connection: Connection, site_id: int) -> Site | None:
    return next((site for site in _read_sites(connection) if site.id == site_id), None)


async def list_sites(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """The admin's sites."""
    found = await call.context.read(_read_sites)
    return ApiAnswer(SiteList(items=[site for site in found if call.admin.sees(site.id)]))


async def read_site(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """A site, with its ETag."""
    return tagged(there(await call.context.read(_find, must_see(call, call.id))))


async def add_site(call: Call[NoQuery, NewSite]) -> ApiAnswer:
    """Register the origin of an address. Only this answer shows the secret."""
    try:
        origin = site_origin(call.body.origin)
    except BadPage as error:
        raise invalid(("origin", str(error))) from error
    new = await call.write(_register, origin, call)
    if new is None:
        raise ApiProblem(409, f"{origin} is registered already.")
    await call.context.read_sites()
    made = MadeSite(
        id=new.id, origin=new.origin, key=new.key, close_days=None, check_key=new.check_key, secret=new.secret
    )
    return ApiAnswer(made, 201, {"location": call.context.address(f"{API}/sites/{new.id}")})


def _register(connection: Connection, origin: str, call: Call[NoQuery, NewSite]) -> sites.AddedSite | None:
    new = sites.register(connection, call.body.origin, call.now)
    if new is not None:
        content = {"name": origin}
        record(connection, new.id, Act(ActKind.SITE_ADDED, call.now, call.admin.id, number=0, content=content))
    return new


async def change_site(call: Call[NoQuery, SiteChange]) -> ApiAnswer:
    """Set after how many days a site's pages close."""
    site_id, if_match = must_see(call, call.id), call.if_match

    def change(connection: Connection) -> Site:
        if not if_match.allows(there(_find(connection, site_id))):
            raise Changed
        sites.set_close_days(connection, site_id, call.body.close_days, call.admin.id, call.now)
        return there(_find(connection, site_id))

    return tagged(await if_unchanged(call.write(change)))


async def remove_site_for_good(call: Call[NoQuery, SiteRemoval]) -> ApiAnswer:
    """Remove a site with its keys, settings and log. It cannot be undone: make a backup first. A site with comments
    needs ``with_comments``."""
    site_id, if_match = must_see(call, call.id), call.if_match

    def look(connection: Connection) -> Site:
        found = there(_find(connection, site_id))
        if not if_match.allows(found):
            raise Changed
        return found

    site = await if_unchanged(call.context.read(look))
    if call.body.origin != site.origin:
        raise invalid(("origin", f"Type {site.origin} to confirm."))
    wanted = sites.Removal(site_id, site.origin, call.admin.id, call.now)
    try:
        await remove_site(call.context, call.write, wanted, with_comments=call.body.with_comments)
    except SiteKept as error:
        raise ApiProblem(409, str(error)) from error
    return ApiAnswer()
