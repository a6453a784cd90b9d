"""Removes a site, for the admin's page and the API; the command does the same by ``service.sites.remove``."""

from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from service import sites
from service.sentence_forms import filled
from service.site_removal_problems import KeptProblem
from service.web.context import AppContext

Write = Callable[[Callable[[Connection], int]], Awaitable[int]]


class SiteKept(Exception):
    """The site stays. The message is a sentence."""


async def remove_site(context: AppContext, write: Write, wanted: sites.Removal, *, with_comments: bool) -> None:
    """Delete a site with all that belongs to it, its comments only if they are meant, too. Raises Kept."""
    if reason := sites.reason_to_keep(context.settings, wanted.origin):
        raise SiteKept(reason)
    number = await context.read(sites.count_comments, wanted.site_id)
    if number and not with_comments:
        form = KeptProblem.COMMENT if number == 1 else KeptProblem.COMMENTS
        raise SiteKept(filled(form, {"origin": wanted.origin, "number": f"{number:,}"}))
    try:
        for job in sites.remove(wanted.site_id, with_comments=with_comments, log=wanted.logged(number)):
            await write(job)
    except sites.HasComments as error:
        raise SiteKept(KeptProblem.JUST_NOW % {"origin": wanted.origin}) from error
    context.spam.sites.forget(wanted.site_id)
    await context.read_sites()
