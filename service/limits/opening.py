"""Which limits there are, and where they are counted."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.captcha.levels import SiteLevels
from service.limits.memory import MemoryLimits
from service.limits.rate import Limits, Rate
from service.settings import Settings


def open_limits(
    settings: Settings, engine: Engine, writer: Writer, clock: Callable[[], datetime]
) -> tuple[Limits, SiteLevels]:
    """In Valkey if the settings name one, else in memory. Raises ValueError for a URL that names none."""
    rates = _rates(settings)
    if not settings.valkey_url:
        return MemoryLimits(rates, time.monotonic), SiteLevels()
    try:
        from service.limits.levels import SharedLevels
        from service.limits.shared import SharedLimits
        from service.limits.stored import StoredLimits
        from service.limits.valkey import ValkeyLimits
    except ModuleNotFoundError as error:
        raise ValueError("REPLY_VALKEY_URL needs one package more: pip install 'leave-a-reply[valkey]'") from error
    stored = StoredLimits(rates, engine, writer, lambda: clock().timestamp())
    server = ValkeyLimits(rates, settings.valkey_url)
    return SharedLimits(server, stored), SharedLevels(server)


def _rates(settings: Settings) -> dict[str, Rate]:
    """By use. ``site`` and ``asked`` are a site's: posts to it, questions of it. ``siteverify`` is that of a site's
    backend, ``verifier`` of a machine, which may run several; ``check`` of either. The others are a client's."""
    return {
        "post": Rate.parse(settings.rate_post),
        "site": Rate.parse(settings.rate_site),
        "asked": Rate.parse(settings.rate_site),
        "review": Rate.parse("5/hour"),
        "preview": Rate.parse("30/minute"),
        "mail": Rate.parse("10/minute"),
        "login": Rate.parse(settings.rate_login),
        "question": Rate.parse(settings.rate_question),
        "challenge": Rate.parse("60/minute"),
        "siteverify": Rate.parse("600/minute"),
        "verifier": Rate.parse("6000/minute"),
        "search": Rate.parse("30/minute"),
        "selfcheck": Rate.parse("20/minute"),
        "check": Rate.parse("6000/minute"),
        "failure": Rate(burst=10, seconds=600),
    }
