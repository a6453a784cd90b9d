"""The empty form, and the question that it asks."""

import json
from dataclasses import replace
from math import ceil

from sqlalchemy import Connection
from starlette.responses import Response

from service.captcha import Challenge
from service.captcha.challenge_token import TOKEN_LIFETIME
from service.captcha.difficulty import WITH_WORK, times_of_work
from service.captcha.passes import Pass
from service.captcha.proof_of_work import Proofs
from service.comments.thread_tree import find_author
from service.language import Language
from service.page_address import PageRef
from service.ratelimit import Bucket
from service.web.context import AppContext, Request
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.reader_params import ThreadRequest, read_query
from service.web.http.request_client import client_of
from service.web.render.form_view import FormView
from service.web.render.fragment import GAPS
from service.web.render.thread_cache import PageVersion

WORK = "comment"
"""The action of a proof of work that goes with a comment."""


async def captcha(request: Request) -> Response:
    """``GET /captcha?page=``: a question as JSON."""
    wanted = await ThreadRequest.of(request, "embed")
    challenge = await ask(request, wanted, instead_of=read_query(request.scope["query_string"]).instead)
    if isinstance(challenge, float):
        message = wanted.language.gettext("Too many questions were requested. Please wait a moment.")
        sent = response_headers.FRESH_FRAGMENT | {"retry-after": str(ceil(challenge))}
        return JsonAnswer({"error": message}, 429, sent)
    answer = {
        "question": challenge.question,
        "spoken": challenge.spoken,
        "token": challenge.token,
        "level": challenge.level,
        "expires": challenge.expires_at.isoformat(),
        "decoy": challenge.decoy,
        "work": challenge.work,
    }
    return JsonAnswer(answer, headers=response_headers.FRESH_FRAGMENT)


def blank_form(wanted: ThreadRequest, version: PageVersion, connection: Connection) -> FormView:
    """An empty form with gaps for a question. As a reply it stands under the comment that it answers."""
    parent_author = None
    if wanted.parent:
        parent_author = find_author(connection, wanted.page.site_id, version.page_id, wanted.parent)
    return FormView(
        action=wanted.context.address("/comments"),
        page=wanted.page.url,
        title=wanted.title or version.title,
        parent=wanted.parent if parent_author else 0,
        parent_author=parent_author,
        cancel_url=wanted.urls.address() + "#respond" if wanted.parent else "",
        surface=wanted.urls.surface,
        closed=version.closed,
        mail=wanted.context.settings.mail_server is not None,
        challenge=None if wanted.lazy else GAPS,
    )


def question_buckets(client: bytes, site_id: int) -> tuple[Bucket, Bucket]:
    """The rate limits of a question for a comment: that of the client and that of the site."""
    return ("question", client), ("asked", b"%d" % site_id)


async def ask(request: Request, wanted: ThreadRequest, instead_of: str = "") -> Challenge | float:
    """A question at the present difficulty; for a client over its limit, the seconds to wait."""
    context, client, site_id = wanted.context, client_of(request), wanted.page.site_id
    wait, level = await context.admit(site_id, client, *question_buckets(client, site_id))
    return wait or fresh_challenge(context, wanted.page, wanted.language, level, instead_of)


def fresh_challenge(
    context: AppContext, page: PageRef, language: Language, level: int, instead_of: str = "", *, spent: bool = False
) -> Challenge:
    """A new question; see ``Captcha.issue``."""
    asked = context.captcha.issue(
        page.site_id,
        page.key,
        context.clock(),
        level=level,
        language=language.code,
        gettext=language.gettext,
        instead_of=instead_of,
        spent=spent,
    )
    return with_work(context, page.site_id, asked)


def with_work(context: AppContext, site_id: int, challenge: Challenge, action: str = WORK) -> Challenge:
    """Add a proof of work from level 3 on; at level 4 it is twice as long."""
    if challenge.level < WITH_WORK:
        return challenge
    times = times_of_work(challenge.level)
    work = Proofs(context.keyring).issue(site_id, action, context.clock(), TOKEN_LIFETIME, times)
    return replace(challenge, work=json.dumps(work, separators=(",", ":")))


def work_done(context: AppContext, site_id: int, sent: str, level: int, action: str = WORK) -> Pass | None:
    """The proof of work ``sent``, if it is valid, of this site and action, and enough for a question of this level."""
    found = Proofs(context.keyring).read(sent, "", times_of_work(level)) if sent else None
    good = found and found.site_id == site_id and found.action == action and found.expires_at > context.clock()
    return found if good else None
