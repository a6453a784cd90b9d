"""``/check`` and ``/learn``: the spam filter for other programs' comments, by a site's check key or a token."""

from typing import Annotated, Any, Self

from pydantic import Field

from service.api_tokens import Scope
from service.protocols.akismet.akismet_messages import check_buckets
from service.protocols.akismet.comment_check import failed, teach
from service.protocols.akismet.judge_client_comment import DISCARD, ClientComment, digest, judge
from service.protocols.akismet.verdicts_and_usage import new_guid, record
from service.protocols.api.api_call import ApiAnswer, Call, there
from service.protocols.api.comment_shapes import SpamReason
from service.protocols.api.common_shapes import NoQuery, Shape, SiteId
from service.protocols.api.token_auth import bearer_text, find_token, with_scope
from service.sites import SiteAccess, by_check_key, read_sites
from service.spam.verdict import Action, Verdict
from service.web.http.api_problems import ApiProblem

Text = Annotated[str | None, Field(max_length=65_525)]
Words = Annotated[str | None, Field(max_length=2000)]
Guid = Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")]


class CheckedComment(Shape):
    """A comment of another program. ``address``: the network address of its author, which is not kept. ``language`` and
    ``title`` are the page's. ``key`` is the check key of a site; without it, the key or a token is sent as a bearer,
    with a token ``site``. ``test``: it is not counted or kept."""

    key: Annotated[str | None, Field(max_length=40)] = None
    site: SiteId | None = None
    text: Text = None
    author: Words = None
    email: Words = None
    url: Words = None
    page_url: Words = None
    address: Annotated[str | None, Field(max_length=100)] = None
    language: Annotated[str | None, Field(max_length=100)] = None
    title: Words = None
    fill_seconds: Annotated[float | None, Field(ge=0, le=10**7, description="Seconds the form was open.")] = None
    honeypot_filled: Annotated[bool, Field(description="A field that people do not see was filled in.")] = False
    test: bool = False

    @property
    def comment(self) -> ClientComment:
        """As the check takes it."""
        names = ("text", "author", "email", "url", "page_url", "address", "language", "title")
        texts: dict[str, Any] = {name: getattr(self, name) or "" for name in names}
        texts |= {"honeypot_filled": self.honeypot_filled, "test": self.test}
        return ClientComment(**texts, fill_seconds=self.fill_seconds)


class TaughtComment(CheckedComment):
    """A comment, and whether it is spam. ``id``: that of its check."""

    spam: bool
    id: Guid = ""


class CheckVerdict(Shape):
    """``discard``: so surely spam that it can be discarded. ``score``: the sum of the reasons' weights."""

    id: Guid
    action: Action
    score: float
    discard: bool
    reasons: list[SpamReason]

    @classmethod
    def of(cls, guid: bytes, verdict: Verdict) -> Self:
        """The verdict on a comment."""
        return cls(
            id=guid.hex(),
            action=verdict.action,
            score=verdict.score,
            discard=verdict.action is Action.SPAM and verdict.sure >= DISCARD,
            reasons=SpamReason.all([reason.as_json() for reason in verdict.reasons]),
        )


class Thanks(Shape):
    """The report is stored."""

    thanks: bool


async def check_comment(call: Call[NoQuery, CheckedComment]) -> ApiAnswer:
    """Check a comment for spam."""
    context, site, comment = call.context, await _site(call), call.body.comment
    verdict = await judge(context, site, comment)
    guid = new_guid()
    if not (comment.test or failed(verdict)):
        spam = verdict.action is not Action.PUBLISH
        await context.write(record, site.id, guid, digest(context, comment), call.now, spam=spam)
    return ApiAnswer(CheckVerdict.of(guid, verdict))


async def teach_comment(call: Call[NoQuery, TaughtComment]) -> ApiAnswer:
    """Tell the spam filter that a comment is spam or not, as a vote of the check key."""
    context, site, body = call.context, await _site(call), call.body
    comment = body.comment
    known = digest(context, comment)
    await teach(context, site, comment.sample, bytes.fromhex(body.id), known, spam=body.spam)
    return ApiAnswer(Thanks(thanks=True))


async def _site(call: Call[NoQuery, CheckedComment] | Call[NoQuery, TaughtComment]) -> SiteAccess:
    """The site of the key, or of the token's request. Raises Problem 401, 403, 404, 429."""
    sent = call.body.key or bearer_text(call.http)
    if not call.body.key and sent.startswith("lar_"):
        bearer = with_scope(await find_token(call.http), Scope.SPAM_CHECK)
        known = {number: origin for origin, number in (await call.context.read(read_sites)).items()}
        wanted = call.body.site if call.body.site is not None and bearer.admin.sees(call.body.site) else 0
        return SiteAccess(wanted, there(known.get(wanted)), "")
    site = await call.context.read(by_check_key, sent)
    if wait := await call.context.wait(*check_buckets(call.http, site)):
        raise ApiProblem(429, "Too many requests. Please wait a moment.", {"retry-after": str(int(wait) + 1)})
    if site is None:
        raise ApiProblem(401, "No site has this key.", {"www-authenticate": "Bearer"})
    return site
