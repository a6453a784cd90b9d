"""Opens the rate limits that the settings ask for."""

import sys
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.captcha.difficulty import SiteLevels
from service.ratelimit.token_buckets import Limits, MemoryLimits, Rate
from service.settings import Settings

SITE_QUESTIONS = Rate.parse("6000000/minute")
"""Captcha questions per site, over all clients: twenty times what one process can make. A lower limit would save
nothing, as refusing costs about as much as making one, and would let a few clients lock out the others."""


def open_limits(
    settings: Settings,
    engine: Engine,
    writer: Writer,
    clock: Callable[[], datetime],
    ticks: Callable[[], float] = time.monotonic,
) -> tuple[Limits, SiteLevels]:
    """Open limits and captcha levels: in Valkey if the settings name one, else in memory.

    ``clock`` returns the time of day, which all processes share; ``ticks`` returns monotonic seconds. Raises ValueError
    for an invalid URL, or if the package ``valkey`` is missing.
    """
    rates = _rates(settings)
    if not settings.valkey_url:
        return MemoryLimits(rates, ticks), SiteLevels()
    try:
        from service.ratelimit.database_limits import DatabaseLimits
        from service.ratelimit.fallback_limits import FallbackLimits
        from service.ratelimit.valkey_captcha_levels import SharedSiteLevels
        from service.ratelimit.valkey_limits import ValkeyLimits
    except ModuleNotFoundError as error:
        raise ValueError(f"REPLY_VALKEY_URL needs one more package: {sys.executable} -m pip install valkey") from error
    stored = DatabaseLimits(rates, engine, writer, lambda: clock().timestamp())
    server = ValkeyLimits(rates, settings.valkey_url, ticks)
    return FallbackLimits(server, stored), SharedSiteLevels(server)


def _rates(settings: Settings) -> dict[str, Rate]:
    """Use → rate. Most count per client. Per site: ``site`` (posts), ``reported``, ``asked`` and ``challenged``
    (questions for its comment forms and for other forms), ``siteverify`` and ``check`` (calls by its backend).
    ``verifier`` counts per address of a backend, which may serve several sites; ``api`` per token."""
    question, challenge = Rate.parse(settings.rate_question), Rate.parse("60/minute")
    return {
        "post": Rate.parse(settings.rate_post),
        "site": Rate.parse(settings.rate_site),
        "asked": _of_a_site(question),
        "challenged": _of_a_site(challenge),
        "report": Rate.parse(settings.rate_post),
        "reported": Rate.parse(settings.rate_site),
        "review": Rate.parse("5/hour"),
        "preview": Rate.parse("30/minute"),
        "live": Rate.parse("60/minute"),
        "render": Rate.parse("120/minute"),
        "mail": Rate.parse("10/minute"),
        "person": Rate.parse("5/hour"),
        "webhook": Rate.parse("10/minute"),
        "login": Rate.parse(settings.rate_login),
        "question": question,
        "challenge": challenge,
        "answer": Rate.parse("60/minute"),
        "siteverify": Rate.parse("600/minute"),
        "verifier": Rate.parse("6000/minute"),
        "search": Rate.parse("30/minute"),
        "selfcheck": Rate.parse("20/minute"),
        "check": Rate.parse("6000/minute"),
        "api": Rate.parse("1200/minute"),
        "failure": Rate(burst=10, seconds=600),
    }


def _of_a_site(client: Rate) -> Rate:
    """A site's rate of questions: never below one client's, and unlimited if a client's is."""
    return max(SITE_QUESTIONS, client, key=lambda rate: rate.burst / rate.seconds) if client.burst else client
