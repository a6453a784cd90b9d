"""``/privacy``: what is kept of readers and for how long; and ``/privacy/mine``: what is stored of one of them.

A reader has no account. Whoever can read mail to an address gets a link that opens what is stored with that address.
"""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.action_log import Act, ActKind, Actor
from service.language import Language
from service.personal_data import (
    FIRST_ANSWER,
    AnswerKey,
    Erasure,
    Person,
    answers_naming,
    ask_by_mail,
    erase_slice,
    forget_answers,
    read_link,
)
from service.retention import periods
from service.smtp_url import mailbox
from service.visible_text import one_line
from service.web.context import AppContext, Request, context_of
from service.web.http import response_headers
from service.web.http.post_origin import PostOrigin, post_origin
from service.web.http.reader_params import choose_language
from service.web.http.request_body import read_fields
from service.web.http.request_client import client_of
from service.web.person_file import person_file
from service.webhooks import site_webhooks


async def show(request: Request) -> Response:
    """``GET /privacy``: made from the settings in force."""
    return await _policy_page(request)


async def ask(request: Request) -> Response:
    """``POST /privacy``: send a link to ``email``, if comments have this address. The answer does not say."""
    context, language = context_of(request), _language(request)
    _refuse_other_pages(request)
    email = one_line((await read_fields(request)).get("email", ""))
    if context.settings.mail_server is None:
        raise HTTPException(404)
    _ = language.gettext
    try:
        mailbox(email)
    except ValueError:
        error = _("Please enter a valid email address.")
        return await _policy_page(request, email=email, error=error, status=422)
    if wait := await context.wait(("person", client_of(request))):
        error = _("Too many requests. Please wait a moment.")
        response = await _policy_page(request, email=email, error=error, status=429)
        response.headers["retry-after"] = str(int(wait) + 1)
        return response
    person = Person(email, (await context.sites()).ids)
    await context.write(ask_by_mail, person, context.clock())
    return await _policy_page(request, sent_to=email)


async def show_own(request: Request) -> Response:
    """``GET /privacy/mine?token=``: how many comments there are, and what can be done with them. It changes nothing."""
    context, person = context_of(request), await _person(request)
    if person is None:
        return _own_page(request, 404, kind="old")
    return _own_page(request, kind="choose", number=sum((await context.read(person.count)).values()))


async def act_on_own(request: Request) -> Response:
    """``POST /privacy/mine?token=``: ``action`` is ``download``, ``anonymise`` or ``delete``."""
    _refuse_other_pages(request)
    action = (await read_fields(request)).get("action", "")
    context, person = context_of(request), await _person(request)
    if person is None:
        return _own_page(request, 404, kind="old")
    if action == "download":
        return person_file(context, person, status=False)
    if action not in list(Erasure):
        return _own_page(request, 422, kind="choose", number=sum((await context.read(person.count)).values()))
    act = Act(ActKind.ERASE, context.clock(), actor=Actor.AUTHOR)
    number = await erase(context, person, Erasure(action), act, _language(request))
    return _own_page(request, kind=action, number=number)


async def erase(context: AppContext, person: Person, erasure: Erasure, act: Act, spoken: Language) -> int:
    """Erase all comments of a person, in slices, and what the API keeps of them. Returns the number of comments."""
    total, name = 0, spoken.gettext("Anonymous")
    while number := await context.write_alone(erase_slice, person, erasure, context.keyring, name, act):
        total += number
    after: AnswerKey | None = FIRST_ANSWER
    while after is not None:
        naming, after = await context.read(answers_naming, person, after)
        if naming:
            await context.write(forget_answers, naming)
    return total


def _refuse_other_pages(request: Request) -> None:
    if post_origin(request) is not PostOrigin.SAME:
        raise HTTPException(403)


async def _person(request: Request) -> Person | None:
    context, token = context_of(request), request.query_params.get("token", "")
    sites = (await context.sites()).ids
    return await context.read(read_link, context.keyring, token, sites, context.clock())


def _language(request: Request) -> Language:
    return choose_language(
        context_of(request), request.query_params.get("lang", ""), request.headers.get("accept-language", "")
    )


async def _policy_page(
    request: Request, *, email: str = "", error: str = "", sent_to: str = "", status: int = 200
) -> Response:
    context = context_of(request)
    receivers = await context.read(site_webhooks.read_all)
    values = {
        "kept": {period.what.value: period.time for period in periods(context.settings)},
        "edit_minutes": context.settings.edit_minutes,
        "reports": bool(context.settings.reports_hold),
        "mail": context.settings.mail_server is not None,
        "passed_on": bool(receivers),
        "passed_on_email": any(hook.with_email for hook in receivers),
        "email": email,
        "error": error,
        "sent_to": sent_to,
    }
    html = context.templates.render("privacy.html", _language(request), values)
    return Response(html, status, response_headers.page_headers(context.settings.public_url), "text/html")


def _own_page(request: Request, status: int = 200, *, kind: str, number: int = 0) -> Response:
    context = context_of(request)
    html = context.templates.render("privacy_mine.html", _language(request), {"kind": kind, "number": number})
    sent = {**response_headers.page_headers(context.settings.public_url), **response_headers.SECRET_ADDRESS}
    return Response(html, status, sent, "text/html")
