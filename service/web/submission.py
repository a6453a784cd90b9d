"""A reader's POST, understood."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from service.captcha import Challenge, Judgement
from service.captcha.difficulty import EASIEST
from service.captcha.passes import Pass
from service.comments.authors import proven_comment
from service.comments.thread import find_author
from service.comments.validation import Draft, Problem
from service.language import Language
from service.mail.subscriptions import SubscriptionRequest
from service.numbers import whole_number
from service.ratelimit import Bucket
from service.urls import PageRef
from service.web.context import AppContext
from service.web.form import fresh_challenge, with_work, work_done
from service.web.http.origin import Source
from service.web.render.cache import PageVersion
from service.web.render.views import FormView
from service.web.thread_urls import ThreadUrls

_TYPED = ("comment", "author", "email", "url")
CONSENT = "wp-comment-cookies-consent"
SUBSCRIBE = "subscribe_comments"
"""As in WordPress's Jetpack."""


@dataclass
class Submission:
    """``fields`` are as typed; ``version`` is the page's as it was read when the post came in."""

    context: AppContext
    fields: dict[str, str]
    page: PageRef
    version: PageVersion
    language: Language
    urls: ThreadUrls
    client: bytes
    json: bool
    now: datetime
    sender: tuple[str, ...] = field(default=(), repr=False)
    """See ``Evidence``."""
    source: Source = Source.UNTOLD
    level: int = EASIEST
    """How hard the next question is, once ``admit`` has asked."""
    parent_author: str | None = None
    """Who is answered, once ``find_parent`` has asked."""

    @cached_property
    def typed(self) -> dict[str, str]:
        """What the reader typed, to the letter."""
        return {name: self.fields.get(name, "") for name in _TYPED}

    @cached_property
    def draft(self) -> Draft:
        """What would be stored."""
        return Draft.of(**self.typed)

    @cached_property
    def parent(self) -> int:
        """The comment that is answered. 0: none; -1: something that is no comment's id."""
        asked = self.fields.get("comment_parent", "").strip()
        return 0 if asked in ("", "0") else whole_number(asked, 0) or -1

    @property
    def review(self) -> bool:
        """Whether the reader asks for a human instead of answering."""
        return bool(self.fields.get("review"))

    @property
    def missed(self) -> bool:
        """Whether an answer was wrong before. It decides about a sentence only, so the form's word is enough."""
        return bool(self.fields.get("missed"))

    @property
    def consent(self) -> bool:
        """Whether the reader wants to be remembered by this browser."""
        return bool(self.fields.get(CONSENT))

    @cached_property
    def proof_id(self) -> int:
        """The comment that the browser has a proof of; 0 for none."""
        return proven_comment(self.context.keyring, self.page.site_id, self.fields.get("proof", ""), self.now)

    @property
    def wish(self) -> SubscriptionRequest | None:
        """Whether, and how, the reader wants to be told of replies."""
        if not self.fields.get(SUBSCRIBE) or self.context.settings.mail_server is None:
            return None
        return SubscriptionRequest(self.draft.email, self.language.code, self.proof_id)

    @property
    def token(self) -> str:
        """The challenge's token."""
        return self.fields.get("captcha_token", "")

    @property
    def gettext(self) -> Callable[[str], str]:
        """A sentence in the reader's language."""
        return self.language.gettext

    def judge(self) -> Judgement:
        """The answer, judged."""
        return self.context.captcha.judge(
            self.token, self.fields.get("captcha", ""), self.page.site_id, self.page.key, self.now, self.language.code
        )

    async def find_parent(self) -> None:
        """Look up who wrote the comment that is answered, if it is shown on this page."""
        if self.parent > 0:
            self.parent_author = await self.context.read_inline(
                find_author, self.page.site_id, self.version.page_id, self.parent
            )

    def challenge(self, *, keep: bool) -> Challenge | None:
        """A new question, which is to be counted; or the same again, if there is one: never a new one uncounted."""
        if not keep:
            return fresh_challenge(self.context, self.page, self.language, self.level, self.token)
        same = self.context.captcha.show(self.token, self.language.code, self.gettext)
        return None if same is None else with_work(self.context, self.page.site_id, same)

    async def fail(self) -> None:
        """Note a failure at the question: the next one may be harder."""
        self.level = await self.context.fail(self.page.site_id, self.client)

    async def admit(self, *buckets: Bucket) -> float:
        """Take a token out of each bucket; learn how hard the next question is. Returns the seconds to wait, or 0."""
        wait, self.level = await self.context.admit(self.page.site_id, self.client, *buckets)
        return wait

    def work(self, level: int) -> Pass | None:
        """The work that was done, if it is good and enough for a question of this level: ALTCHA's widget and our own
        script send it as ``altcha``."""
        return work_done(self.context, self.page.site_id, self.fields.get("altcha", ""), level)

    def form(self, errors: list[Problem], notice: str | None, *, keep_question: bool) -> FormView:
        """The form with all that was typed; the answer stays with its question."""
        answer = {"captcha": self.fields.get("captcha", "")} if keep_question else {}
        return FormView(
            action=self.context.address("/comments"),
            page=self.page.url,
            title=self.fields.get("title", ""),
            parent=max(0, self.parent),
            parent_author=self.parent_author,
            cancel_url=self.urls.address() + "#respond",
            surface=self.urls.surface,
            values={**self.typed, **answer},
            errors=errors,
            notice=notice,
            saved=self.consent,
            mail=self.context.settings.mail_server is not None,
            subscribed=bool(self.fields.get(SUBSCRIBE)),
            closed=self.version.closed,
            challenge=self.challenge(keep=keep_question),
            missed=self.missed or "captcha" in {problem.field for problem in errors},
        )
