"""The pages that links in mails open. A GET changes nothing, since mail scanners follow links; a button posts."""

from starlette.responses import PlainTextResponse, Response

from service.mail.subscriptions import Key, confirm, permalink, unsubscribe
from service.mailed_link import read_stop
from service.moderator_mail import stop_mails
from service.secret_keys import Purpose, signed_comment
from service.web.context import Request, context_of
from service.web.http import response_headers
from service.web.http.reader_params import choose_language
from service.web.http.request_body import read_fields


async def ask_to_confirm(request: Request) -> Response:
    """``GET /mail/confirm?token=``: a page with a button."""
    key = _key(request, "mail-confirm")
    return await _page(request, "confirm" if key else "old", key)


async def confirm_subscription(request: Request) -> Response:
    """``POST /mail/confirm?token=``: confirm a subscription. Whoever has the link can read mail to the address."""
    context, key = context_of(request), _key(request, "mail-confirm")
    if key is None or not await context.write(confirm, key, context.clock()):
        return await _page(request, "old", key)
    return await _page(request, "confirmed", key)


async def ask_to_unsubscribe(request: Request) -> Response:
    """``GET /mail/unsubscribe?token=``: a page with buttons, for this comment or for all."""
    key = _key(request, "mail-unsubscribe")
    return await _page(request, "end" if key else "unknown", key)


async def end_subscription(request: Request) -> Response:
    """``POST /mail/unsubscribe?token=``: end a subscription, or ``all`` of them. Mail programs post here (RFC 8058)."""
    context, key = context_of(request), _key(request, "mail-unsubscribe")
    if key is None:
        return await _page(request, "unknown", None)
    fields = await read_fields(request) if request.headers.get("content-type") else {}
    await context.write(unsubscribe, key, everything=bool(fields.get("all")))
    if fields.get("List-Unsubscribe") == "One-Click":
        return PlainTextResponse("Unsubscribed.\n", headers=response_headers.NEVER_STORED)
    return await _page(request, "ended", key)


async def ask_to_stop(request: Request) -> Response:
    """``GET /mail/notices?token=``: a page with buttons that end a moderator's mails, of a site or of all."""
    return await _page(request, "stop" if _stopped(request) else "unknown", None)


async def stop_notices(request: Request) -> Response:
    """``POST /mail/notices?token=``: end a moderator's mails about a site, or about ``all``. Mail programs post here
    (RFC 8058)."""
    fields = await read_fields(request) if request.headers.get("content-type") else {}
    context, stopped = context_of(request), _stopped(request)
    if stopped is None:
        return await _page(request, "unknown", None)
    await context.write_alone(stop_mails, *stopped, everything=bool(fields.get("all")))
    if fields.get("List-Unsubscribe") == "One-Click":
        return PlainTextResponse("Unsubscribed.\n", headers=response_headers.NEVER_STORED)
    return await _page(request, "ended", None)


def _stopped(request: Request) -> tuple[int, int] | None:
    return read_stop(context_of(request).keyring, request.query_params.get("token", ""))


def _key(request: Request, purpose: Purpose) -> Key | None:
    context = context_of(request)
    return signed_comment(context.keyring, purpose, request.query_params.get("token", ""), context.clock())


async def _page(request: Request, kind: str, key: Key | None) -> Response:
    """The page, with a link back to the comment of the mail while it is shown."""
    context = context_of(request)
    back = await context.read(permalink, key) if key else ""
    language = choose_language(
        context, request.query_params.get("lang", ""), request.headers.get("accept-language", "")
    )
    html = context.templates.render("mail.html", language, {"kind": kind, "back": back})
    sent = {**response_headers.page_headers(context.settings.public_url), **response_headers.SECRET_ADDRESS}
    return Response(html, 404 if kind in ("old", "unknown") else 200, sent, "text/html")
