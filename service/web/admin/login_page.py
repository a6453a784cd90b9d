"""Login, logout, and the setup page that creates the first admin."""

import logging
from collections.abc import Callable
from math import ceil
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service import admin_accounts, admin_logins, second_factor
from service.visible_text import one_line
from service.web.admin import admin_session, login_form
from service.web.admin.admin_params import HOME, ActionFields, Goal, safe_return_path
from service.web.admin.admin_session import AdminRequest
from service.web.admin.code_page import ask_for_code, first_step
from service.web.admin.kept_form import KeptForm
from service.web.http.request_client import client_of

T = TypeVar("T")

MAX_HASHING = 2
"""Concurrent argon2id hashes. Each takes 50 ms of CPU and 64 MB; more would slow readers down."""

MAX_WAITING = 40
_hashing: RunVar[CapacityLimiter] = RunVar("password hashing")

log = logging.getLogger(__name__)


async def run_slow(task: Callable[[], T]) -> T:
    """Hash or verify a password in a thread. Raises HTTPException (503) when too many requests wait for that."""
    try:
        limiter = _hashing.get()
    except LookupError:
        limiter = CapacityLimiter(MAX_HASHING)
        _hashing.set(limiter)
    if limiter.statistics().tasks_waiting >= MAX_WAITING:
        raise HTTPException(503, headers={"retry-after": "10"})
    return await to_thread.run_sync(task, limiter=limiter)


async def seconds_to_wait(request: AdminRequest, name: str) -> int:
    """Count an attempt, for the client and then for the account. Returns the seconds to wait, or 0.

    All attempts at a name share its bucket, so an attacker with many networks can delay the owner. That is accepted: a
    session lasts two weeks, and the bucket refills within a minute.
    """
    context = request.context
    wait = await context.wait(("login", client_of(request.http)))
    if not wait:
        wait = await context.wait(("login", context.keyring.pseudonym("login", " ".join(name.split()).casefold())))
    return ceil(wait)


def wait_sentence(request: AdminRequest, seconds: int) -> str:
    """The error message for too many attempts."""
    sentence = request.language.ngettext(
        "Too many attempts. Please try again in %(num)s second.",
        "Too many attempts. Please try again in %(num)s seconds.",
        seconds,
    )
    return sentence % {"num": seconds}


def with_retry_after(response: Response, seconds: int) -> Response:
    """The response with a ``Retry-After`` header."""
    response.headers["retry-after"] = str(seconds)
    return response


async def show(request: AdminRequest) -> Response:
    """``GET /admin/login``: the form. An admin who is logged in is redirected to the page that ``back`` names."""
    query = request.http.query_params
    back = safe_return_path(query.get("back", ""))
    if await request.logged_in():
        return request.see_other(back)
    return await login_form.show(request, Goal(back), notice=query.get("what", ""))


async def log_in(request: AdminRequest) -> Response:
    """``POST /admin/login``. An unknown name gets the same answer as a wrong password, and takes as long."""
    fields = await ActionFields.of(request.http)
    name, password = fields.one("name"), fields.one("password")
    if wait := await seconds_to_wait(request, name):
        log.warning("login throttled")
        error = wait_sentence(request, wait)
        return with_retry_after(await login_form.show(request, fields.goal, name, error, status=429), wait)
    stored = await request.context.read(admin_logins.find, name)
    admin = await run_slow(lambda: admin_logins.verify(stored, password))
    if admin is None:
        log.warning("login refused")
        error = request.gettext("Wrong name or password.")
        return await login_form.show(request, fields.goal, name, error, status=422)
    if await request.context.read(second_factor.is_on, admin.id):
        password_hash = await request.context.read(admin_accounts.hash_of, admin.id)
        return await ask_for_code(request, first_step(request, admin.id, password_hash), fields.goal)
    log.info("login", extra={"admin": admin.id})
    return await start_session(request, admin.id, fields.goal)


async def start_session(request: AdminRequest, admin_id: int, goal: Goal) -> Response:
    """Open a new session, end the one of the sent cookie (against session fixation), and redirect to the goal, or show
    the form that waits to be sent again."""
    if request.cookie:
        await request.context.write(admin_logins.close_session, request.cookie)
    browser = one_line(request.http.headers.get("user-agent", ""))
    cookie = await request.context.write(admin_logins.open_session, admin_id, request.now, browser)
    form = KeptForm.unpacked(goal.kept) if goal.kept else None
    response = request.render("send_again.html", {"form": form, "back": goal.back}) if form else None
    return admin_session.set_cookie(request.context, response or request.see_other(goal.back), cookie)


async def log_out(request: AdminRequest) -> Response:
    """``POST /admin/logout``: end the session of this browser."""
    await request.context.write(admin_logins.close_session, request.cookie)
    return admin_session.clear_cookie(request.context, request.see_other(f"{HOME}/login?what=out"))


async def log_out_everywhere(request: AdminRequest) -> Response:
    """``POST /admin/logout-everywhere``: end all sessions of this admin."""
    await request.context.write(admin_logins.close_all_sessions, request.current_admin.id)
    return admin_session.clear_cookie(request.context, request.see_other(f"{HOME}/login?what=out-everywhere"))


async def show_setup(request: AdminRequest) -> Response:
    """``GET /admin/setup?token=``: the form for the first admin. A GET does not use the link up."""
    token = request.http.query_params.get("token", "")
    return await _refusal(request, token) or _setup_form(request, token)


async def create(request: AdminRequest) -> Response:
    """``POST /admin/setup``: create the first admin, and log in."""
    fields = await ActionFields.of(request.http)
    token, name, password = fields.one("token"), fields.one("name"), fields.one("password")
    if refusal := await _refusal(request, token):
        return refusal
    if errors := new_admin_errors(request, name, password, fields.one("again")):
        return _setup_form(request, token, name, errors, 422)
    name = admin_logins.check_name(name)
    password_hash = await run_slow(lambda: admin_logins.hash_password(password, name))
    admin_id = await request.context.write(admin_logins.add_first, name, password_hash, request.now)
    if admin_id is None:  # another request with the same link was faster
        return _refuse_used(request)
    return await start_session(request, admin_id, Goal(HOME))


def repeat_problem(request: AdminRequest, password: str, again: str) -> str | None:
    """The error message when a password was not repeated correctly."""
    return None if password == again else request.gettext("The passwords do not match.")


def new_admin_errors(request: AdminRequest, name: str, password: str, again: str) -> dict[str, str]:
    """Field → sentence, for the name and the password of a new admin."""
    errors = {
        "name": admin_logins.name_problem(name, request.gettext),
        "password": admin_logins.password_problem(password, name, request.gettext),
        "again": repeat_problem(request, password, again),
    }
    return {field: error for field, error in errors.items() if error}


async def _refusal(request: AdminRequest, token: str) -> Response | None:
    if await request.context.read(admin_logins.count):
        return _refuse_used(request)
    if await request.context.read(admin_logins.SetupLink(request.context.keyring).valid, token, request.now):
        return None
    _ = request.gettext
    return request.message(
        403,
        _("This link is not valid"),
        _("It may be older than a day, or incomplete."),
        _("Restart the service and it prints a new one, or run: leave-a-reply admin add NAME"),
        link=("admin/login", _("Go to login")),
    )


def _refuse_used(request: AdminRequest) -> Response:
    _ = request.gettext
    return request.message(
        403,
        _("This link has already been used"),
        _("An admin already exists. Log in, or add another one with: leave-a-reply admin add NAME"),
        link=("admin/login", _("Go to login")),
    )


def _setup_form(
    request: AdminRequest, token: str, name: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    values = {"token": token[:500], "name": name[: admin_logins.LONGEST_NAME], "errors": errors or {}}
    return request.render("setup.html", values, status)
