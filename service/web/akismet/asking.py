"""An Akismet call, understood: whose key, which fields; and what every call refuses in the same words."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.writer import NotWritten
from service.limits import Bucket
from service.pages import BadPage, origin_of
from service.siteaccess import SiteAccess, by_check_key
from service.web.akismet import answers
from service.web.akismet.fields import Fields, key_of, read
from service.web.body import TooSlow
from service.web.client import client_of
from service.web.methods import Handler
from service.web.state import Core, Request, core_of

log = logging.getLogger("service.akismet")


@dataclass(frozen=True, slots=True)
class Call:
    """A call with a good key."""

    core: Core
    site: SiteAccess
    fields: Fields

    def get(self, name: str) -> str:
        """A field, empty when it was not sent."""
        return self.fields.get(name, "")


Handling = Callable[[Call], Awaitable[Response]]


def with_key(handle: Handling, *required: str) -> Handler:
    """A handler for calls with a good key and these fields. A fault of ours is neither ``true`` nor ``false``."""

    async def handler(request: Request) -> Response:
        try:
            return await _handle(request, handle, required)
        except TooSlow as error:
            answer = answers.failed(error.detail)
            answer.status_code = error.status_code  # HTTP's own, and the connection goes with it
            answer.headers.update(error.headers or {})
            return answer
        except HTTPException as error:
            return answers.failed(error.detail)
        except (SQLAlchemyError, NotWritten):
            log.exception("the database did not answer")
            return answers.failed("The service cannot answer just now. Please try again in a moment.", 30)

    return handler


async def _handle(request: Request, handle: Handling, required: tuple[str, ...]) -> Response:
    core = core_of(request)
    fields = await read(request)
    site = await core.read(by_check_key, key_of(request, fields))
    if wait := await core.wait(*check_buckets(request, site)):
        return answers.failed("Too many requests. Please wait a moment.", wait)
    if site is None:
        return answers.invalid("No site has this key." if key_of(request, fields) else 'Empty "key" value')
    for name in required:
        if not fields.get(name, "").strip():
            return answers.missing(name)
    return await handle(Call(core, site, fields))


def check_buckets(request: Request, site: SiteAccess | None) -> list[Bucket]:
    """What a call is counted in: the bucket of who asks, and that of the site whose key it has."""
    mine: list[Bucket] = [] if site is None else [("check", b"%d" % site.id)]
    return [("check", client_of(request)), *mine]


def is_blog(address: str) -> bool:
    """Whether it is the address of a site; older clients leave the scheme out."""
    try:
        origin_of(address if "://" in address else f"http://{address}")
    except BadPage:
        return False
    return True
