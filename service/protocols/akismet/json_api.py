"""``POST /api/v1/check`` and ``/api/v1/learn``: our own JSON API of the spam check, with score and reasons."""

import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.protocols.akismet.comment_check import failed, teach
from service.protocols.akismet.judge import DISCARD, ClientComment, digest, judge
from service.protocols.akismet.ledger import new_guid, record
from service.protocols.akismet.requests import check_buckets
from service.sites import SiteAccess, by_check_key
from service.spam.verdict import Action
from service.web.context import AppContext, Request, context_of
from service.web.http import headers
from service.web.http.body import Unreadable, read_object

_TEXTS = ("text", "author", "email", "url", "page_url", "address", "language", "title")
_GUID = re.compile(r"^[0-9a-f]{32}\Z")


async def check(request: Request) -> Response:
    """A comment as JSON → ``{id, action, score, reasons, discard}``. With ``test`` it is not counted or kept."""
    context = context_of(request)
    found = await read_object(request)
    site = await _site(request, context, found)
    comment = _comment(found)
    verdict = await judge(context, site, comment)
    guid = new_guid()
    if not (comment.test or failed(verdict)):
        spam = verdict.action is not Action.PUBLISH
        await context.write(record, site.id, guid, digest(context, comment), context.clock(), spam=spam)
    return _json(
        {
            "id": guid.hex(),
            "action": verdict.action,
            "score": verdict.score,
            "discard": verdict.action is Action.SPAM and verdict.sure >= DISCARD,
            "reasons": [reason.as_json() for reason in verdict.reasons],
        }
    )


async def learn(request: Request) -> Response:
    """Record a vote of the key: a comment as JSON with ``spam`` true or false, and ``id`` if it was checked."""
    context = context_of(request)
    found = await read_object(request)
    site = await _site(request, context, found)
    comment, guid, spam = _comment(found), found.get("id", ""), found.get("spam")
    if not isinstance(spam, bool):
        raise Unreadable("“spam” must be true or false.")
    if not isinstance(guid, str) or (guid and not _GUID.match(guid)):
        raise Unreadable("“id” must be the id of a check: 32 hexadecimal digits.")
    await teach(context, site, comment.sample, bytes.fromhex(guid), digest(context, comment), spam=spam)
    return _json({"thanks": True})


async def _site(request: Request, context: AppContext, found: dict[str, Any]) -> SiteAccess:
    """The site of the key in the body or in ``Authorization: Bearer``. Raises HTTPException 401, 429."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    key = found.get("key") or (given.strip() if scheme.lower() == "bearer" else "")
    site = await context.read(by_check_key, key) if isinstance(key, str) else None
    if wait := await context.wait(*check_buckets(request, site)):
        raise HTTPException(429, headers={"retry-after": str(int(wait) + 1)})
    if site is None:
        raise HTTPException(401, "No site has this key.", {"www-authenticate": "Bearer"})
    return site


def _comment(found: dict[str, Any]) -> ClientComment:
    texts: dict[str, Any] = {name: "" if found.get(name) is None else found[name] for name in _TEXTS}
    if not all(isinstance(text, str) for text in texts.values()):
        raise Unreadable(f"{', '.join(_TEXTS)} must be text.")
    seconds = found.get("fill_seconds")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
        raise Unreadable("“fill_seconds” must be a number.")
    if seconds is not None and not 0 <= seconds <= 10**7:
        raise Unreadable("“fill_seconds” must be a number of seconds.")
    return ClientComment(
        **texts, fill_seconds=seconds, honeypot_filled=bool(found.get("honeypot_filled")), test=bool(found.get("test"))
    )


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=headers.NEVER_STORED | {"x-content-type-options": "nosniff"})
