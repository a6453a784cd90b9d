"""In and out."""

import logging
from collections.abc import Callable
from math import ceil
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service import admins
from service.web.admin import session
from service.web.admin.params import HOME, ActionFields, safe_return_path
from service.web.admin.session import AdminRequest
from service.web.http.client import client_of

T = TypeVar("T")

AT_ONCE = 2
"""A check takes 50 ms of CPU and 64 MB. More at a time would slow readers down."""

MOST_WAITING = 40
_places: RunVar[CapacityLimiter] = RunVar("places for password checks")


async def run_slow(task: Callable[[], T]) -> T:
    """Do something slow with a password. Raises HTTPException (503) when too many wait already."""
    try:
        places = _places.get()
    except LookupError:
        places = CapacityLimiter(AT_ONCE)
        _places.set(places)
    if places.statistics().tasks_waiting >= MOST_WAITING:
        raise HTTPException(503, headers={"retry-after": "10"})
    return await to_thread.run_sync(task, limiter=places)


async def too_soon(visit: AdminRequest, name: str) -> int:
    """Count one more attempt, for the client and then for the account. Returns the seconds to wait, or 0.

    The account's bucket is drawn on by everybody who tries its name, so an attacker with many networks can delay its
    owner. That is accepted: a login lasts for two weeks, and the bucket fills again within a minute.
    """
    core = visit.core
    wait = await core.wait(("login", client_of(visit.request)))
    if not wait:
        wait = await core.wait(("login", core.keyring.pseudonym("login", " ".join(name.split()).casefold())))
    return ceil(wait)


def wait_sentence(visit: AdminRequest, seconds: int) -> str:
    """What somebody is told who has to wait."""
    sentence = visit.language.ngettext(
        "Too many attempts. Please try again in %(num)s second.",
        "Too many attempts. Please try again in %(num)s seconds.",
        seconds,
    )
    return sentence % {"num": seconds}


def with_wait(response: Response, seconds: int) -> Response:
    """The response with a Retry-After."""
    response.headers["retry-after"] = str(seconds)
    return response


log = logging.getLogger(__name__)


async def show(visit: AdminRequest) -> Response:
    """``GET /admin/login``: the form; for somebody who is logged in already, the page behind it."""
    query = visit.request.query_params
    back = safe_return_path(query.get("back", ""))
    admin = await visit.core.read(admins.who, visit.cookie, visit.now)
    if admin is not None:
        return visit.see_other(back)
    return await _form(visit, back, notice=query.get("what", ""))


async def log_in(visit: AdminRequest) -> Response:
    """``POST /admin/login``. Who does not exist is answered as a wrong password is, and as slowly."""
    fields = await ActionFields.of(visit.request)
    name, typed = fields.one("name"), fields.one("password")
    if wait := await too_soon(visit, name):
        log.warning("login throttled")
        error = wait_sentence(visit, wait)
        return with_wait(await _form(visit, fields.back, name, error, status=429), wait)
    found = await visit.core.read(admins.find, name)
    admin = await run_slow(lambda: admins.verify(found, typed))
    if admin is None:
        log.warning("login refused")
        error = visit.gettext("That name and password do not belong together.")
        return await _form(visit, fields.back, name, error, status=422)
    log.info("login", extra={"admin": admin.id})
    return await start_session(visit, admin.id, fields.back)


async def start_session(visit: AdminRequest, admin_id: int, path: str) -> Response:
    """A new session, whatever cookie was there before, and on to a page."""
    if visit.cookie:
        await visit.core.write(admins.close_session, visit.cookie)
    cookie = await visit.core.write(admins.open_session, admin_id, visit.now)
    return session.set_cookie(visit.core, visit.see_other(path), cookie)


async def log_out(visit: AdminRequest) -> Response:
    """``POST /admin/logout``: out, in this browser."""
    await visit.core.write(admins.close_session, visit.cookie)
    return session.clear_cookie(visit.core, visit.see_other(f"{HOME}/login?what=out"))


async def log_out_everywhere(visit: AdminRequest) -> Response:
    """``POST /admin/logout-everywhere``: out, in every browser."""
    await visit.core.write(admins.close_all_sessions, visit.known.id)
    return session.clear_cookie(visit.core, visit.see_other(f"{HOME}/login?what=out-everywhere"))


async def _form(
    visit: AdminRequest, back: str, name: str = "", error: str = "", notice: str = "", status: int = 200
) -> Response:
    nobody = not await visit.core.read(admins.count)
    context = {"back": back, "name": name[: admins.LONGEST_NAME], "error": error, "notice": notice, "nobody": nobody}
    return visit.render("login.html", context, status)


async def show_setup(visit: AdminRequest) -> Response:
    """``GET /admin/setup?token=``: name and password. Looking does not use the link up."""
    token = visit.request.query_params.get("token", "")
    return await _refusal(visit, token) or _setup_form(visit, token)


async def create(visit: AdminRequest) -> Response:
    """``POST /admin/setup``: make the first admin, and log in."""
    fields = await ActionFields.of(visit.request)
    token, name, typed = fields.one("token"), fields.one("name"), fields.one("password")
    if refusal := await _refusal(visit, token):
        return refusal
    if errors := _problems(visit, name, typed, fields.one("again")):
        return _setup_form(visit, token, name, errors, 422)
    name = admins.check_name(name)
    password_hash = await run_slow(lambda: admins.hash_password(typed, name))
    admin_id = await visit.core.write(admins.add_first, name, password_hash, visit.now)
    if admin_id is None:
        return _used(visit)
    return await start_session(visit, admin_id, HOME)


def _problems(visit: AdminRequest, name: str, typed: str, again: str) -> dict[str, str]:
    """Field → what is wrong with it."""
    found = {
        "name": admins.name_problem(name, visit.gettext),
        "password": admins.password_problem(typed, name, visit.gettext),
        "again": None if typed == again else visit.gettext("This is not the same password."),
    }
    return {field: problem for field, problem in found.items() if problem}


async def _refusal(visit: AdminRequest, token: str) -> Response | None:
    if await visit.core.read(admins.count):
        return _used(visit)
    if admins.SetupLink(visit.core.keyring).valid(token, visit.now):
        return None
    _ = visit.gettext
    return visit.message(
        403,
        _("This link is not valid"),
        _("It may be older than a day, or not whole."),
        _("Restart the service and it prints a new one, or run: leave-a-reply admin add NAME"),
        link=("admin/login", _("To the login")),
    )


def _used(visit: AdminRequest) -> Response:
    _ = visit.gettext
    return visit.message(
        403,
        _("This link was used already"),
        _("There is an admin, so it makes no other. Log in, or add one by: leave-a-reply admin add NAME"),
        link=("admin/login", _("To the login")),
    )


def _setup_form(
    visit: AdminRequest, token: str, name: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    context = {"token": token[:500], "name": name[: admins.LONGEST_NAME], "errors": errors or {}}
    return visit.render("setup.html", context, status)
