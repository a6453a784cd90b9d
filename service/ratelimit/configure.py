"""Which limits there are, and where they are counted."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.captcha.difficulty import SiteLevels
from service.ratelimit.memory import MemoryLimits
from service.ratelimit.rates import Limits, Rate
from service.settings import Settings

SITE_QUESTIONS = Rate.parse("6000000/minute")
"""Questions that a site asks of all clients together. To make one costs about what it costs to refuse one, so a lower
limit would save nothing, and few clients could use it up for all: this is twenty times what a process can make."""


def open_limits(
    settings: Settings,
    engine: Engine,
    writer: Writer,
    clock: Callable[[], datetime],
    ticks: Callable[[], float] = time.monotonic,
) -> tuple[Limits, SiteLevels]:
    """In Valkey if the settings name one, else in memory. ``clock`` gives the time of day, which all processes share;
    ``ticks`` seconds, which never go back. Raises ValueError for a URL that names none."""
    rates = _rates(settings)
    if not settings.valkey_url:
        return MemoryLimits(rates, ticks), SiteLevels()
    try:
        from service.ratelimit.database import DatabaseLimits
        from service.ratelimit.fallback import FallbackLimits
        from service.ratelimit.shared_difficulty import SharedSiteLevels
        from service.ratelimit.valkey import ValkeyLimits
    except ModuleNotFoundError as error:
        raise ValueError("REPLY_VALKEY_URL needs one package more: pip install 'leave-a-reply[valkey]'") from error
    stored = DatabaseLimits(rates, engine, writer, lambda: clock().timestamp())
    server = ValkeyLimits(rates, settings.valkey_url, ticks)
    return FallbackLimits(server, stored), SharedSiteLevels(server)


def _rates(settings: Settings) -> dict[str, Rate]:
    """By use. ``site`` is a site's, for posts to it; so are ``asked`` and ``challenged``, for questions of its comments
    and of other forms. ``siteverify`` is that of a site's backend, ``verifier`` of a machine, which may run several;
    ``check`` of either. The others are a client's."""
    question, challenge = Rate.parse(settings.rate_question), Rate.parse("60/minute")
    return {
        "post": Rate.parse(settings.rate_post),
        "site": Rate.parse(settings.rate_site),
        "asked": _of_a_site(question),
        "challenged": _of_a_site(challenge),
        "review": Rate.parse("5/hour"),
        "preview": Rate.parse("30/minute"),
        "render": Rate.parse("120/minute"),
        "mail": Rate.parse("10/minute"),
        "login": Rate.parse(settings.rate_login),
        "question": question,
        "challenge": challenge,
        "answer": Rate.parse("60/minute"),
        "siteverify": Rate.parse("600/minute"),
        "verifier": Rate.parse("6000/minute"),
        "search": Rate.parse("30/minute"),
        "selfcheck": Rate.parse("20/minute"),
        "check": Rate.parse("6000/minute"),
        "failure": Rate(burst=10, seconds=600),
    }


def _of_a_site(client: Rate) -> Rate:
    """Of a site's questions: never fewer than one client may ask for, and without end where a client's are."""
    return max(SITE_QUESTIONS, client, key=lambda rate: rate.burst / rate.seconds) if client.burst else client
