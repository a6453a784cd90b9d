"""The pages that links in mails open. A GET changes nothing, since mail scanners follow links; a button posts."""

from starlette.responses import PlainTextResponse, Response

from service.keys import Purpose, signed_comment
from service.mail.subscriptions import Key, confirm, permalink, unsubscribe
from service.web.context import Request, context_of
from service.web.http import headers
from service.web.http.body import read_fields
from service.web.http.params import choose_language


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
        return PlainTextResponse("Unsubscribed.\n", headers=headers.NEVER_STORED)
    return await _page(request, "ended", key)


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
    sent = {**headers.page_headers(context.settings.public_url), **headers.SECRET_ADDRESS}
    return Response(html, 404 if kind in ("old", "unknown") else 200, sent, "text/html")
