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


async def too_soon(request: AdminRequest, name: str) -> int:
    """Count one more attempt, for the client and then for the account. Returns the seconds to wait, or 0.

    The account's bucket is drawn on by everybody who tries its name, so an attacker with many networks can delay its
    owner. That is accepted: a login lasts for two weeks, and the bucket fills again within a minute.
    """
    context = request.context
    wait = await context.wait(("login", client_of(request.http)))
    if not wait:
        wait = await context.wait(("login", context.keyring.pseudonym("login", " ".join(name.split()).casefold())))
    return ceil(wait)


def wait_sentence(request: AdminRequest, seconds: int) -> str:
    """What somebody is told who has to wait."""
    sentence = request.language.ngettext(
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


async def show(request: AdminRequest) -> Response:
    """``GET /admin/login``: the form; for somebody who is logged in already, the page behind it."""
    query = request.http.query_params
    back = safe_return_path(query.get("back", ""))
    admin = await request.context.read(admins.who, request.cookie, request.now)
    if admin is not None:
        return request.see_other(back)
    return await _form(request, back, notice=query.get("what", ""))


async def log_in(request: AdminRequest) -> Response:
    """``POST /admin/login``. Who does not exist is answered as a wrong password is, and as slowly."""
    fields = await ActionFields.of(request.http)
    name, typed = fields.one("name"), fields.one("password")
    if wait := await too_soon(request, name):
        log.warning("login throttled")
        error = wait_sentence(request, wait)
        return with_wait(await _form(request, fields.back, name, error, status=429), wait)
    found = await request.context.read(admins.find, name)
    admin = await run_slow(lambda: admins.verify(found, typed))
    if admin is None:
        log.warning("login refused")
        error = request.gettext("That name and password do not belong together.")
        return await _form(request, fields.back, name, error, status=422)
    log.info("login", extra={"admin": admin.id})
    return await start_session(request, admin.id, fields.back)


async def start_session(request: AdminRequest, admin_id: int, path: str) -> Response:
    """A new session, whatever cookie was there before, and on to a page."""
    if request.cookie:
        await request.context.write(admins.close_session, request.cookie)
    cookie = await request.context.write(admins.open_session, admin_id, request.now)
    return session.set_cookie(request.context, request.see_other(path), cookie)


async def log_out(request: AdminRequest) -> Response:
    """``POST /admin/logout``: out, in this browser."""
    await request.context.write(admins.close_session, request.cookie)
    return session.clear_cookie(request.context, request.see_other(f"{HOME}/login?what=out"))


async def log_out_everywhere(request: AdminRequest) -> Response:
    """``POST /admin/logout-everywhere``: out, in every browser."""
    await request.context.write(admins.close_all_sessions, request.known.id)
    return session.clear_cookie(request.context, request.see_other(f"{HOME}/login?what=out-everywhere"))


async def _form(
    request: AdminRequest, back: str, name: str = "", error: str = "", notice: str = "", status: int = 200
) -> Response:
    nobody = not await request.context.read(admins.count)
    values = {"back": back, "name": name[: admins.LONGEST_NAME], "error": error, "notice": notice, "nobody": nobody}
    return request.render("login.html", values, status)


async def show_setup(request: AdminRequest) -> Response:
    """``GET /admin/setup?token=``: name and password. Looking does not use the link up."""
    token = request.http.query_params.get("token", "")
    return await _refusal(request, token) or _setup_form(request, token)


async def create(request: AdminRequest) -> Response:
    """``POST /admin/setup``: make the first admin, and log in."""
    fields = await ActionFields.of(request.http)
    token, name, typed = fields.one("token"), fields.one("name"), fields.one("password")
    if refusal := await _refusal(request, token):
        return refusal
    if errors := _problems(request, name, typed, fields.one("again")):
        return _setup_form(request, token, name, errors, 422)
    name = admins.check_name(name)
    password_hash = await run_slow(lambda: admins.hash_password(typed, name))
    admin_id = await request.context.write(admins.add_first, name, password_hash, request.now)
    if admin_id is None:
        return _used(request)
    return await start_session(request, admin_id, HOME)


def _problems(request: AdminRequest, name: str, typed: str, again: str) -> dict[str, str]:
    """Field → what is wrong with it."""
    found = {
        "name": admins.name_problem(name, request.gettext),
        "password": admins.password_problem(typed, name, request.gettext),
        "again": None if typed == again else request.gettext("This is not the same password."),
    }
    return {field: problem for field, problem in found.items() if problem}


async def _refusal(request: AdminRequest, token: str) -> Response | None:
    if await request.context.read(admins.count):
        return _used(request)
    if await request.context.read(admins.SetupLink(request.context.keyring).valid, token, request.now):
        return None
    _ = request.gettext
    return request.message(
        403,
        _("This link is not valid"),
        _("It may be older than a day, or not whole."),
        _("Restart the service and it prints a new one, or run: leave-a-reply admin add NAME"),
        link=("admin/login", _("To the login")),
    )


def _used(request: AdminRequest) -> Response:
    _ = request.gettext
    return request.message(
        403,
        _("This link was used already"),
        _("There is an admin, so it makes no other. Log in, or add one by: leave-a-reply admin add NAME"),
        link=("admin/login", _("To the login")),
    )


def _setup_form(
    request: AdminRequest, token: str, name: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    values = {"token": token[:500], "name": name[: admins.LONGEST_NAME], "errors": errors or {}}
    return request.render("setup.html", values, status)
