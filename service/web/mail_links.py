"""The pages that links in mails open. A GET changes nothing, since mail scanners follow links; a button posts."""

from starlette.responses import PlainTextResponse, Response

from service.keys import Purpose, signed_comment
from service.mail.subscriptions import Key, confirm, unsubscribe
from service.web.context import Request, context_of
from service.web.http import headers
from service.web.http.body import read_fields
from service.web.http.params import choose_language


async def ask_to_confirm(request: Request) -> Response:
    """``GET /mail/confirm?token=``: a page with a button."""
    return _page(request, "confirm" if _key(request, "mail-confirm") else "old")


async def confirm_subscription(request: Request) -> Response:
    """``POST /mail/confirm?token=``: confirm a subscription. Whoever has the link can read mail to the address."""
    context, key = context_of(request), _key(request, "mail-confirm")
    if key is None or not await context.write(confirm, key, context.clock()):
        return _page(request, "old")
    return _page(request, "confirmed")


async def ask_to_unsubscribe(request: Request) -> Response:
    """``GET /mail/unsubscribe?token=``: a page with buttons, for this comment or for all."""
    return _page(request, "end" if _key(request, "mail-unsubscribe") else "unknown")


async def end_subscription(request: Request) -> Response:
    """``POST /mail/unsubscribe?token=``: end a subscription, or ``all`` of them. Mail programs post here (RFC 8058)."""
    context, key = context_of(request), _key(request, "mail-unsubscribe")
    if key is None:
        return _page(request, "unknown")
    fields = await read_fields(request) if request.headers.get("content-type") else {}
    await context.write(unsubscribe, key, everything=bool(fields.get("all")))
    if fields.get("List-Unsubscribe") == "One-Click":
        return PlainTextResponse("Unsubscribed.\n", headers=headers.NEVER_STORED)
    return _page(request, "ended")


def _key(request: Request, purpose: Purpose) -> Key | None:
    context = context_of(request)
    return signed_comment(context.keyring, purpose, request.query_params.get("token", ""), context.clock())


def _page(request: Request, kind: str) -> Response:
    context = context_of(request)
    language = choose_language(
        context, request.query_params.get("lang", ""), request.headers.get("accept-language", "")
    )
    html = context.templates.render("mail.html", language, {"kind": kind})
    sent = {**headers.page_headers(context.settings.public_url), **headers.SECRET_ADDRESS}
    return Response(html, 404 if kind in ("old", "unknown") else 200, sent, "text/html")
