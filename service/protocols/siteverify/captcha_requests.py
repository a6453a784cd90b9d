"""Reads requests for the captcha of other forms, and siteverify requests."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from starlette.exceptions import HTTPException

from service.captcha import Challenge, Judgement
from service.captcha.difficulty import WITH_WORK
from service.captcha.passes import Pass, Passes
from service.known_sites import KnownSites
from service.language import Language
from service.sites import SiteAccess, by_key
from service.web.context import AppContext, Request, context_of
from service.web.form_question import with_work, work_done
from service.web.http import form_pairs
from service.web.http.reader_params import choose_language
from service.web.http.request_body import (
    is_json,
    media_type,
    read_body,
    read_fields,
    read_object,
)
from service.web.http.request_client import address_of, client_of, voice_of
from service.web.http.unreadable_body import UnreadableBody
from service.web_origin import BadPage, origin_of

FORM = "form:"
"""Prefix of a form's action in tokens. It separates them from tokens for comments and for ALTCHA's widget."""

_ACTION = re.compile(r"^[A-Za-z0-9_./-]{0,100}\Z")
_CDATA = re.compile(r"^[\x20-\x7e]{0,255}\Z")


@dataclass(frozen=True, slots=True)
class CaptchaRequest:
    """A request of a form. ``action`` names the form within its site, ``cdata`` is returned by siteverify as sent."""

    context: AppContext
    site: SiteAccess
    action: str
    cdata: str
    language: Language
    client: bytes
    voice: bytes

    @classmethod
    async def of(cls, request: Request, fields: Mapping[str, str]) -> "CaptchaRequest":
        """From a query or a form. Raises HTTPException: 400 for invalid fields, 403 for a page of another origin."""
        context = context_of(request)
        site = await context.read(by_key, fields.get("sitekey", ""))
        if site is None:
            raise HTTPException(400, "No site has this sitekey. “leave-a-reply site add” prints it.")
        _refuse_foreign_origin(request, context, site, await context.sites())
        action, cdata = fields.get("action", ""), fields.get("cdata", "")
        if not _ACTION.match(action) or not _CDATA.match(cdata):
            raise HTTPException(400, "An action is 100 letters, digits or “_./-” at most; cdata is 255 of ASCII.")
        language = choose_language(context, fields.get("lang", ""), request.headers.get("accept-language", ""))
        return cls(context, site, action, cdata, language, client_of(request), voice_of(address_of(request), context))

    @property
    def page_key(self) -> str:
        """The key that a question is bound to. Keys of pages are URLs, so they never equal it."""
        return FORM + self.action

    async def admit_question(self) -> int:
        """Count a question before it is issued. Returns its level. Raises HTTPException 429."""
        buckets = ("challenge", self.client), ("challenged", b"%d" % self.site.id)
        wait, level = await self.context.admit(self.site.id, self.client, *buckets)
        _refuse_if(wait)
        return level

    async def admit_answer(self) -> None:
        """Count an answer by client only: answers must not use up the site's questions. Raises HTTPException 429."""
        _refuse_if(await self.context.wait(("answer", self.client)))

    async def level(self) -> int:
        """The level of questions asked now, 3 at most: level 4 holds comments, and a form has no moderation queue."""
        return min(await self.context.level(self.site.id, self.client), WITH_WORK)

    async def fail(self, *, issued: bool) -> None:
        """Record a failure at a question, which was ``issued`` here or not."""
        await self.context.fail(self.site.id, self.client, self.voice, issued=issued)

    async def question(self) -> Challenge:
        """A new question. Raises HTTPException 429."""
        language, context = self.language, self.context
        level = min(await self.admit_question(), WITH_WORK)
        now = context.clock()
        return self.with_work(
            context.captcha.issue(
                self.site.id, self.page_key, now, level=level, language=language.code, gettext=language.gettext
            )
        )

    def with_work(self, question: Challenge) -> Challenge:
        """The question with the proof of work of its level. The page without JavaScript shows the sum alone."""
        return with_work(self.context, self.site.id, question, self.page_key)

    def work_done(self, sent: str, level: int) -> Pass | None:
        """The valid proof of work of an answer, or None. A proof for ALTCHA's widget is never valid here: its actions
        contain no colon."""
        return work_done(self.context, self.site.id, sent, level, self.page_key)

    def judge(self, token: str, answer: str) -> Judgement:
        """Judge an answer; spends nothing."""
        now = self.context.clock()
        return self.context.captcha.judge(token, answer, self.site.id, self.page_key, now, self.language.code)

    def issue_pass(self, level: int, *, worked: bool) -> str:
        """A pass for a right answer to a question of this level."""
        passes, now = Passes(self.context.keyring), self.context.clock()
        return passes.issue(self.site.id, self.site.hostname, self.action, self.cdata, now, level=level, worked=worked)


def _refuse_if(wait: float) -> None:
    if wait:
        readable = {"access-control-expose-headers": "Retry-After"}
        raise HTTPException(429, headers={"retry-after": str(ceil(wait)), **readable})


def _refuse_foreign_origin(request: Request, context: AppContext, site: SiteAccess, sites: KnownSites) -> None:
    """Raises HTTPException 403 for a page of another origin, which must not collect passes with a site's key.

    Browsers send ``Origin`` with every request that a script of another origin can read. A request without it comes
    from our own page, or from a program, which could send any Origin.
    """
    origin = request.headers.get("origin", site.origin)
    try:
        asking = origin_of(origin)
    except BadPage:
        asking = ""
    owner = sites.of(asking)  # by a list that may be some seconds old, so the site's own origin is compared as well
    known = asking in (site.origin, origin_of(context.settings.public_url))
    if not known and (owner is None or owner.id != site.id):
        raise HTTPException(403, f"This sitekey belongs to {site.origin}, not to {origin[:300]}.")


_UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_NO_VALUE = {"", "None", "null", "undefined"}
"""What clients send as an optional field without a value (Flask-WTF and django-turnstile: ``None``)."""


@dataclass(frozen=True, slots=True)
class SiteverifyRequest:
    """The fields of a request; ``sitekey`` and ``idempotency_key`` may be empty. ``remoteip`` is ignored."""

    secret: str
    response: str
    sitekey: str
    idempotency_key: str

    @property
    def missing(self) -> list[str]:
        """The error codes for missing required fields."""
        return [f"missing-input-{name}" for name in ("secret", "response") if not getattr(self, name)]


async def read_siteverify(request: Request) -> SiteverifyRequest:
    """Raises Unreadable for an unknown body type, wrong types, or an ``idempotency_key`` that is not a UUID; TooLarge;
    TooSlow."""
    fields = await _fields(request)
    parsed = SiteverifyRequest(
        _text(fields, "secret"),
        _text(fields, "response"),
        _optional(fields, "sitekey"),
        _optional(fields, "idempotency_key"),
    )
    if parsed.idempotency_key and not _UUID.match(parsed.idempotency_key):
        raise UnreadableBody("The idempotency_key must be a UUID.")
    return parsed


async def _fields(request: Request) -> dict[str, Any]:
    """Query and body together. Raises Unreadable for a name that is in both or repeated: readers could disagree on it.

    GET with a query, and forms sent as text/plain or without a type, are what Waline, flask-recaptcha, Flask-xCaptcha
    and recaptcha-verify send. A GET that spends a pass is the price of taking them; the secret in its query may end up
    in a proxy's log, so POST is what the docs name first.
    """
    query = request.query_params.multi_items()
    body = await _body_fields(request)
    fields: dict[str, Any] = dict(query) | body
    if len(fields) < len(query) + len(body):
        raise UnreadableBody("A field was sent twice.")
    if any("\x00" in name + value for name, value in query):
        raise UnreadableBody("The query contains a NUL character.")
    return fields


async def _body_fields(request: Request) -> dict[str, Any]:
    if is_json(request):
        return await read_object(request)
    if media_type(request) not in ("", "text/plain"):
        return dict(await read_fields(request))
    pairs = form_pairs.urlencoded(await read_body(request), form_pairs.MAX_FIELDS)
    if len(fields := dict(pairs)) < len(pairs) or any("\x00" in name + value for name, value in pairs):
        raise UnreadableBody("A field was sent twice, or contains a NUL character.")
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise UnreadableBody(f"“{name}” must be text.")
    return (value or "").strip()


def _optional(fields: dict[str, Any], name: str) -> str:
    text = _text(fields, name)
    return "" if text in _NO_VALUE else text
