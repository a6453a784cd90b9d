"""What a process keeps for its spam checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.settings import Settings
from service.spam.learning.learner import Learner
from service.spam.noting import Noter
from service.spam.sightings import Lately
from service.spam.sites import SiteChecks


@dataclass(frozen=True, slots=True)
class SpamParts:
    """What sites have set and learned, what was seen within the hour, who learns, and who counts words in."""

    sites: SiteChecks
    learner: Learner
    lately: Lately = field(default_factory=Lately)
    noter: Noter = field(default_factory=Noter)


def spam_parts(settings: Settings, engine: Engine, writer: Writer, clock: Callable[[], datetime]) -> SpamParts:
    """The parts for one store."""
    sites = SiteChecks(settings.hold_score, settings.spam_score, settings.spam_weights)
    return SpamParts(sites, Learner(engine, writer, sites, clock, settings.learn_seconds))
