"""Sends the messages of the queue over HTTP, those of one webhook after the other."""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.outgoing_http import CannotFetch, HttpLimits, PrivateAddress, RefusedAddress, ask, vet
from service.webhooks import message_queue, site_webhooks
from service.webhooks.compose_message import read_news
from service.webhooks.message_queue import LEASE, MOST_ATTEMPTS, AttemptOutcome, Key, TakenMessage
from service.webhooks.site_webhooks import TEST_EVENT, BadWebhook, SiteWebhook, WebhookProblem
from service.webhooks.webhook_requests import request_for

TIMEOUT = 10.0
"""Seconds that a receiver has for the whole exchange."""

MOST_BYTES = 2000
"""Bytes of an answer that are read."""

GONE = 410
log = logging.getLogger(__name__)


def refuse_place(url: str, *, private: bool) -> None:
    """Raise BadWebhook for an address that would be refused when a message is sent. A name that nobody knows now may
    be known then."""
    try:
        vet(url, private=private)
    except PrivateAddress as error:
        raise BadWebhook(WebhookProblem.PRIVATE % {"problem": f"{site_webhooks.place_of(url)} {error}"}) from error
    except RefusedAddress as error:
        raise BadWebhook(f"{site_webhooks.place_of(url)} {error}") from error
    except CannotFetch:
        return


@dataclass(frozen=True, slots=True)
class Courier:
    """``private``: whether this machine and private networks may be asked. ``clock`` returns the time of day."""

    engine: Engine
    writer: Writer
    public_url: str
    private: bool
    clock: Callable[[], datetime]

    def take(self, busy: Collection[Key] = ()) -> dict[Key, list[TakenMessage]]:
        """Take what is due, by webhook, but nothing of those in ``busy``."""
        now = self.clock()
        with self.engine.connect() as connection:
            if not message_queue.anything_due(connection, now):
                return {}
        return self.writer.run(message_queue.take_due, now, busy)

    def send(self, messages: Sequence[TakenMessage], stop: Callable[[], bool] = lambda: False) -> None:
        """Send messages of one webhook in their order.

        When the receiver is down, the others wait as long as the first that it did not take. When ``stop()`` is true,
        or half of the lease has passed, the rest is given back.
        """
        with self.engine.connect() as connection:
            hook = site_webhooks.find(connection, messages[0].webhook_id)
        if hook is None:
            return  # removed with all that it was to send
        began = self.clock()
        if hook.stopped_at:
            for message in messages:
                self.writer.run(message_queue.settle, message, began, delivered=False)
            return
        for position, message in enumerate(messages):
            if stop() or self.clock() - began > LEASE / 2:
                self.writer.run(message_queue.untried, messages[position:], self.clock())
                return
            outcome = self.try_once(hook, message)
            if not self._conclude(hook, message, outcome):
                self._give_back(messages[position + 1 :], message)
                return

    def send_test(self, hook: SiteWebhook) -> AttemptOutcome:
        """Send a test at once. An answer of 2xx starts a webhook again that had stopped."""
        message = self.writer.run(message_queue.enqueue_taken, hook, TEST_EVENT, self.clock())
        outcome = self.try_once(hook, message)
        self.writer.run(message_queue.settle, message, self.clock(), delivered=not outcome.said)
        if not outcome.said:
            self.writer.run(site_webhooks.set_stopped, hook, None)
        return outcome

    def try_once(self, hook: SiteWebhook, message: TakenMessage) -> AttemptOutcome:
        """Make one attempt and write it into the log."""
        began = time.monotonic()
        status, said = self._exchange(hook, message)
        outcome = AttemptOutcome(status, round((time.monotonic() - began) * 1000), _without_secrets(hook, said))
        self.writer.run(message_queue.record, message, outcome, self.clock())
        return outcome

    def _exchange(self, hook: SiteWebhook, message: TakenMessage) -> tuple[int | None, str]:
        """The receiver's status, and why it failed: empty if it did not."""
        try:
            with self.engine.connect() as connection:
                news = read_news(connection, hook, message, self.public_url)
            request = request_for(hook, news, int(self.clock().timestamp()))
        except Exception:
            log.exception("a webhook's message could not be written", extra={"webhook": hook.id})
            return None, WebhookProblem.NOT_WRITTEN
        limits = HttpLimits(TIMEOUT, MOST_BYTES, self.private)
        try:
            answer = ask(request.method, request.url, request.headers, limits, request.body)
        except PrivateAddress as error:
            return None, WebhookProblem.PRIVATE % {"problem": f"{hook.place} {error}"}
        except CannotFetch as error:
            return None, f"{hook.place} {error}"
        if 200 <= answer.status < 300:
            return answer.status, ""
        if 300 <= answer.status < 400:
            return answer.status, WebhookProblem.REDIRECTS
        said = " ".join(answer.body.decode("utf-8", "replace").split())
        return answer.status, said or WebhookProblem.ANSWERED % {"status": answer.status}

    def _conclude(self, hook: SiteWebhook, message: TakenMessage, outcome: AttemptOutcome) -> bool:
        """Settle or postpone a message. Returns whether the next one may be tried now."""
        now, about = self.clock(), {"site": hook.site_id, "webhook": hook.id, "attempts": message.attempts}
        if not outcome.said:
            self.writer.run(message_queue.settle, message, now, delivered=True)
            return True
        log.warning("a webhook failed: %s", outcome.status or outcome.said, extra=about)
        if outcome.status == GONE:
            log.error("a webhook stops: its receiver is gone for good", extra=about)
            self.writer.run(site_webhooks.set_stopped, hook, now)
        if outcome.status == GONE or message.attempts >= MOST_ATTEMPTS:
            self.writer.run(message_queue.settle, message, now, delivered=False)
            return outcome.status != GONE
        self.writer.run(message_queue.postpone, message, now)
        # 4xx is about this message, as far as one can tell; all else is about the receiver.
        return outcome.status is not None and 400 <= outcome.status < 500 and outcome.status not in (408, 425, 429)

    def _give_back(self, rest: Sequence[TakenMessage], failed: TakenMessage) -> None:
        if rest:
            self.writer.run(message_queue.untried, rest, message_queue.next_attempt(self.clock(), failed.attempts))


def _without_secrets(hook: SiteWebhook, said: str) -> str:
    """What a receiver said, for the log that admins see: some repeat the request's headers in their errors."""
    for secret in filter(None, (hook.token, hook.secret, hook.secret.removeprefix("whsec_"))):
        said = said.replace(secret, "…")
    return said
