"""A reader's POST: its fields as typed, and what they mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

from starlette.responses import Response

from service.captcha import Challenge, Judgement
from service.captcha.difficulty import EASIEST
from service.captcha.passes import Pass
from service.comments.returning_authors import proven_comment
from service.comments.submit import Accepted
from service.comments.thread_tree import find_author
from service.comments.validation import FIELDS, Draft, FieldProblem
from service.language import Language
from service.mail.subscriptions import SubscriptionRequest
from service.number_parsing import whole_number
from service.page_address import PageRef
from service.ratelimit import Bucket
from service.web.context import AppContext
from service.web.form_question import fresh_challenge, with_work, work_done
from service.web.http.post_origin import PostOrigin
from service.web.http.unreadable_body import OTHER_CHARSET
from service.web.render.form_view import FormView
from service.web.render.thread_cache import PageVersion
from service.web.thread_urls import ThreadUrls

CONSENT = "wp-comment-cookies-consent"
"""The checkbox “Save my name”, as WordPress calls it."""
SUBSCRIBE = "subscribe_comments"
"""The checkbox for mail about replies, as WordPress's Jetpack calls it."""


class Face(Protocol):
    """How a submission is answered that came neither from the form nor from its script."""

    def give_back(self, submission: "Submission", status: int, form: FormView) -> Response:
        """The answer to one that was not stored."""

    async def accept(self, submission: "Submission", result: Accepted, private_link: str) -> Response:
        """The answer to one that was stored."""


@dataclass
class Submission:
    """``fields`` are as typed; ``version`` is the page's when the POST came in; ``client`` and ``voice`` are keyed
    hashes; ``face`` answers it, if it is of the API."""

    context: AppContext
    fields: dict[str, str]
    page: PageRef
    version: PageVersion
    language: Language
    urls: ThreadUrls
    client: bytes
    voice: bytes
    json: bool
    now: datetime
    sender: tuple[str, ...] = field(default=(), repr=False)
    """The network address and the user agent; see ``Evidence``."""
    source: PostOrigin = PostOrigin.ABSENT
    face: Face | None = None
    guessed: bool = False
    """Whether the fields came in a charset that was guessed: the form is shown again and nothing is stored."""
    level: int = EASIEST
    """The difficulty of the next question; ``admit`` sets it."""
    spent: bool = False
    """Whether this request has spent the token."""
    begins_anew: bool = False
    """Whether the next form has a time of its own: this token was spent before, or by a comment."""
    parent_author: str | None = None
    """The author of the comment that is answered; ``find_parent`` sets it."""

    @cached_property
    def typed(self) -> dict[str, str]:
        """Every field that a reader types, unchanged."""
        return {name: self.fields.get(name, "") for name in FIELDS}

    @cached_property
    def draft(self) -> Draft:
        """The fields as they would be stored."""
        return Draft.of(self.typed)

    @cached_property
    def parent(self) -> int:
        """The id of the comment that is answered. 0: none; -1: the field holds no id."""
        typed = self.fields.get("comment_parent", "").strip()
        return 0 if typed in ("", "0") else whole_number(typed, 0) or -1

    @property
    def post_buckets(self) -> tuple[Bucket, Bucket]:
        """The rate limits of a comment, new or edited: that of the client and that of the site."""
        return ("post", self.client), ("site", b"%d" % self.page.site_id)

    @property
    def review(self) -> bool:
        """Whether the reader asks for a moderator's review instead of answering the question."""
        return bool(self.fields.get("review"))

    @property
    def missed(self) -> bool:
        """Whether an answer was wrong before. Not signed, since only the wording of a message depends on it."""
        return bool(self.fields.get("missed"))

    @property
    def consent(self) -> bool:
        """Whether this browser may keep the reader's name and proof."""
        return bool(self.fields.get(CONSENT))

    @cached_property
    def proof_id(self) -> int:
        """The id of the comment that the browser has a proof of; 0 for none."""
        return proven_comment(self.context.keyring, self.page.site_id, self.fields.get("proof", ""), self.now)

    @property
    def subscription(self) -> SubscriptionRequest | None:
        """The request for mail about replies, if the reader made one and mail is configured."""
        if not self.fields.get(SUBSCRIBE) or self.context.settings.mail_server is None:
            return None
        return SubscriptionRequest(self.draft.email, self.language.code, self.proof_id)

    @property
    def token(self) -> str:
        """The token of the challenge."""
        return self.fields.get("captcha_token", "")

    @property
    def gettext(self) -> Callable[[str], str]:
        """Translates into the reader's language."""
        return self.language.gettext

    @property
    def other_charset(self) -> str:
        """What a reader is told whose form came in a charset that was guessed."""
        return self.gettext(OTHER_CHARSET)

    def judge(self) -> Judgement:
        """Judge the answer to the question. Nothing is looked up or stored."""
        return self.context.captcha.judge(
            self.token, self.fields.get("captcha", ""), self.page.site_id, self.page.key, self.now, self.language.code
        )

    async def look_up(self) -> None:
        """Set ``version``, ``parent_author`` and ``level``."""
        self.version = await self.context.version(self.page)
        await self.find_parent()
        await self.admit()

    async def find_parent(self) -> None:
        """Look up the author of the comment that is answered, if it is shown on this page."""
        if self.parent > 0:
            self.parent_author = await self.context.read_inline(
                find_author, self.page.site_id, self.version.page_id, self.parent
            )

    def challenge(self, *, keep: bool) -> Challenge | None:
        """The question of the next form: a new one, or with ``keep`` the same one; None without one to keep."""
        if not keep:
            before = "" if self.begins_anew else self.token
            return fresh_challenge(self.context, self.page, self.language, self.level, before, spent=self.spent)
        same = self.context.captcha.show(self.token, self.language.code, self.gettext)
        return None if same is None else with_work(self.context, self.page.site_id, same)

    async def fail(self, *, issued: bool = True) -> None:
        """Record a failure at the question, which was ``issued`` here or not; the next one may be harder."""
        self.level = await self.context.fail(self.page.site_id, self.client, self.voice, issued=issued)

    async def admit(self, *buckets: Bucket) -> float:
        """Take a token out of each bucket, and set ``level``. Returns the seconds to wait; 0 if all had a token."""
        wait, self.level = await self.context.admit(self.page.site_id, self.client, *buckets)
        return wait

    def work(self, level: int) -> Pass | None:
        """The proof of work in the field ``altcha``, if it is valid and enough for a question of this level."""
        return work_done(self.context, self.page.site_id, self.fields.get("altcha", ""), level)

    def form(self, errors: list[FieldProblem], notice: str | None, *, keep_question: bool) -> FormView:
        """The form with everything that was typed. An answer is kept only together with its question."""
        answer = {"captcha": self.fields.get("captcha", "")} if keep_question else {}
        said = [FieldProblem("", self.other_charset, self.other_charset)] if self.guessed else []
        return FormView(
            action=self.context.address("/comments"),
            page=self.page.url,
            title=self.fields.get("title", ""),
            parent=max(0, self.parent),
            parent_author=self.parent_author,
            cancel_url=self.urls.address() + "#respond",
            surface=self.urls.surface,
            values={**self.typed, **answer},
            errors=[*said, *errors],
            notice=notice,
            saved=self.consent,
            mail=self.context.settings.mail_server is not None,
            subscribed=bool(self.fields.get(SUBSCRIBE)),
            closed=self.version.closed,
            challenge=self.challenge(keep=keep_question),
            missed=self.missed or "captcha" in {problem.field for problem in errors},
        )
