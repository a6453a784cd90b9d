"""What the check may look at: the comment, how it came, and what is known from before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from service.spam.classifier import ClassifierScore, Prior, Sample, SiteModel, Thresholds, score
from service.spam.classifier.link_features import Link, split_links
from service.spam.classifier.normalise import bounded, plain
from service.spam.policy import Policy


@dataclass(frozen=True, slots=True)
class SiteClassifier:
    """``thresholds.spam`` is infinite until the site has approved enough comments, so that the model only holds."""

    prior: Prior
    local: SiteModel
    thresholds: Thresholds

    def judge(self, sample: Sample) -> ClassifierScore:
        """Log-odds of spam, with what the prior and the site's own model say of it."""
        return score(sample, self.prior, self.local)


HEAD, TAIL = 8_000, 1_500
"""Characters of a text that rules look at, from either end. A comment has 65,525 bytes at most, and 350 as a rule."""


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Earlier comments that say nearly the same. ``near`` of the last 30 days, ``lately`` of the last hour.

    ``long`` is whether the text has so many words (about ten) that no two people write it by chance.
    """

    near: int = 0
    lately: int = 0
    long: bool = False
    marked: int = 0
    """Of those whose status was looked up: how many a moderator marked as spam,"""
    filed: int = 0
    """how many the check filed by itself,"""
    cleared: int = 0
    """and how many a moderator approved."""


@dataclass(frozen=True, slots=True)
class Reputation:
    """What moderators decided of somebody's comments: numbers that halve in 14 days."""

    spam: float = 0.0
    ham: float = 0.0


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What was looked up before, in one read. ``failed``: it could not be, so a human has to look."""

    alike: NearDuplicates = NearDuplicates()
    hosts: Mapping[str, Reputation] = field(default_factory=dict)
    email: Reputation = Reputation()
    client: Reputation = Reputation()
    known_author: bool = False
    scripts: frozenset[str] = frozenset()
    """Scripts that approved comments of the site are written in, whatever its pages say."""
    failed: bool = False


@dataclass(frozen=True)
class Evidence:
    """A comment and how it came. ``fill_seconds`` is the age of its question, None where there was none.

    ``language`` is what the page says of itself, empty where it says nothing. ``sender`` is the network address that it
    came from and what its program calls itself, as far as they are known: for the check alone, and never stored.
    """

    text: str
    author: str
    email: str
    url: str
    page_url: str
    fill_seconds: float | None = None
    honeypot_filled: bool = False
    min_fill_seconds: float = 3.0
    max_links: int = 5
    language: str = ""
    sender: tuple[str, ...] = field(default=(), repr=False)
    background: LookedUp = LookedUp()
    policy: Policy = field(default_factory=Policy)
    model: SiteClassifier | None = None

    @cached_property
    def typed(self) -> str:
        """The text as typed, as far as rules look at it."""
        return strip_noise(bounded(self.text, HEAD, TAIL))

    @cached_property
    def sample(self) -> Sample:
        """As the classifier takes it."""
        return Sample(self.typed, self.author, self.email, self.url)

    @cached_property
    def plain(self) -> str:
        """The text in its plain spelling: lower case, compatibility forms replaced, nothing invisible."""
        return plain(self.typed)

    @cached_property
    def _taken(self) -> tuple[Sequence[Link], str]:
        return split_links(self.plain)

    @property
    def links(self) -> Sequence[Link]:
        """Links of the text, taken apart, 24 at most."""
        return self._taken[0]

    @property
    def bare(self) -> str:
        """The text in its plain spelling, with LINK in place of each link."""
        return self._taken[1]

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Registered domains of the website and the links, each once; the website's first."""
        return hosts_of(self.url, self.links)


def strip_noise(text: str) -> str:
    """Without U+FDFA and U+FDFB, where there are many: the compatibility form of one is 18 letters long."""
    if text.isascii() or text.count("\ufdfa") + text.count("\ufdfb") < 100:
        return text
    return text.replace("\ufdfa", "").replace("\ufdfb", "")


def hosts_of(url: str, links: Sequence[Link]) -> tuple[str, ...]:
    """Registered domains, by guess, that a comment advertises."""
    from_url = split_links(plain(url[:500] if "://" in url else f"http://{url[:500]}"))[0] if url else []
    return tuple(dict.fromkeys(link.domain for link in (*from_url, *links[:12]) if "." in link.domain))
