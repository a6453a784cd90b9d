"""What the check may look at: the comment, how it arrived, and what is known from before."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice

from service.spam.classifier import ClassifierScore, Prior, Sample, SiteModel, Thresholds, score
from service.spam.classifier.link_features import Link, is_profile, owner_of, parse, split_links
from service.spam.classifier.normalise_text import bounded, plain
from service.spam.classifier.text_traits import same_length_lowered
from service.spam.site_policy import Policy


@dataclass(frozen=True, slots=True)
class SiteClassifier:
    """The general and the site's own model, with the site's thresholds. ``thresholds.spam`` is infinite until the site
    has approved enough comments, so until then the model can hold but not file as spam."""

    prior: Prior
    local: SiteModel
    thresholds: Thresholds

    def judge(self, sample: Sample, parts: Iterable[Sample] = (), also: Prior | None = None) -> ClassifierScore:
        """Log-odds of spam, with the shares of the prior and the site's own model: the worst of the comment as a whole
        and its ``parts``. ``also``: a second prior, see ``score``."""
        scores = [score(each, self.prior, self.local, also) for each in (sample, *parts)]
        return max(scores, key=lambda each: each.logit)


_BETWEEN_TAGS = re.compile(r"[,\s]+")
HEAD, TAIL = 8_000, 1_500
"""Characters at the start and end of a text that rules look at. A comment has at most 65,525 bytes, typically 350."""

JUDGED = 2_000, 500
"""Characters at the start and end of a text that the classifier judges as a whole."""


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Numbers of earlier comments that say nearly the same: ``near`` within 30 days, ``last_hour`` within an hour.

    ``long``: the text has about ten words or more, too many for two people to write the same by chance.
    """

    near: int = 0
    last_hour: int = 0
    long: bool = False
    marked: int = 0
    """Of those whose status was looked up, how many a moderator marked as spam,"""
    filed: int = 0
    """how many the check filed as spam and no moderator has decided on,"""
    cleared: int = 0
    """and how many a moderator approved."""


@dataclass(frozen=True, slots=True)
class Reputation:
    """Moderators' decisions about a host, address or network: counts that halve in 14 days. ``spam`` counts distinct
    networks and decisions, see ``compute_reputations``; ``used``: how many authors of approved comments use it."""

    spam: float = 0.0
    ham: float = 0.0
    used: int = 0


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What was looked up for the check, in one read. ``failed``: the lookup failed, so a human has to look."""

    alike: NearDuplicates = NearDuplicates()
    hosts: Mapping[str, Reputation] = field(default_factory=dict)
    email: Reputation = Reputation()
    client: Reputation = Reputation()
    known_author: bool = False
    known_website: str = ""
    """The website of the comment that the author has a proof of."""
    scripts: frozenset[str] = frozenset()
    """Scripts that the site's approved comments are written in."""
    languages: frozenset[str] = frozenset()
    """Languages (ISO 639-1) in Latin script that the site's approved comments are written in; empty if unknown."""
    brought: Mapping[str, int] = field(default_factory=dict)
    """For hosts of the comment: how many other authors brought them to the site within a day,"""
    brought_anywhere: Mapping[str, int] = field(default_factory=dict)
    """and how many to any site of this service, where the owner lets them be counted together."""
    blocked: tuple[str, ...] = ()
    """By what the site blocks it: see ``service.spam.site_blocks.What``."""
    failed: bool = False


@dataclass(frozen=True)
class Evidence:
    """A comment and how it arrived. ``fill_seconds``: seconds since its form was shown, None if unknown.

    ``language``: the page's language tags, with commas between them, or empty; ``title``: the page's title, or empty.
    ``vouched``: the owner's program has said the language. Otherwise it was sent with the form, and may be invented.
    A title never is: it is a checked one of the page, or the owner's program has said it. ``sender``: the
    network address and the program's name, as far as known; they are used for the check and never stored.
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
    title: str = ""
    vouched: bool = False
    sender: tuple[str, ...] = field(default=(), repr=False)
    background: LookedUp = LookedUp()
    policy: Policy = field(default_factory=Policy)
    model: SiteClassifier | None = None

    @cached_property
    def typed(self) -> str:
        """The part of the text that rules look at, as typed."""
        return strip_noise(bounded(self.text, HEAD, TAIL))

    @cached_property
    def sample(self) -> Sample:
        """The comment as the classifier takes it. What a long text hides between its ends is in ``parts``: of 335 long
        spams 324 are held so, with all of the text 326, at half the time; of 557 honest texts 2 instead of 4."""
        return Sample(bounded(self.typed, *JUDGED), self.author, self.email, advertised(self.url))

    @cached_property
    def parts(self) -> tuple[Sample, ...]:
        """Parts of a long text that may hide an advertisement; see ``windows``."""
        return tuple(replace(self.sample, text=strip_noise(part)) for part in windows(self.text))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The page's language tags."""
        return tuple(filter(None, _BETWEEN_TAGS.split(self.language[:200].replace("_", "-"))))

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages of the page and site (ISO 639-1), of the site alone where it is known and the page's is not."""
        if self.background.languages and not self.vouched:
            return self.background.languages
        return self.background.languages | {tag.partition("-")[0].lower() for tag in self.tags}

    @cached_property
    def plain(self) -> str:
        """The text in lower case, with compatibility forms replaced and invisible characters removed."""
        return plain(self.typed)

    @cached_property
    def _links_and_rest(self) -> tuple[Sequence[Link], str]:
        return split_links(self.plain)

    @property
    def links(self) -> Sequence[Link]:
        """The first 24 links of the text, parsed."""
        return self._links_and_rest[0]

    @property
    def bare(self) -> str:
        """``plain``, with LINK in place of each link."""
        return self._links_and_rest[1]

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """``hosts_of`` the website and the links, the website's first."""
        return hosts_of(self.url, self.links)


def advertised(url: str) -> str:
    """A website as the classifier takes it: empty for somebody's profile, which is no advertisement. Of 445 honest
    comments with one, two were held for it; of 78 spams none was found by it alone."""
    return "" if url and is_profile(parse(url[:500].lower())) else url


def strip_noise(text: str) -> str:
    """Removes U+FDFA and U+FDFB from a text with 100 or more: each has a compatibility form of up to 18 letters."""
    if text.isascii() or text.count("\ufdfa") + text.count("\ufdfb") < 100:
        return text
    return text.replace("\ufdfa", "").replace("\ufdfb", "")


def hosts_of(url: str, links: Sequence[Link]) -> tuple[str, ...]:
    """The hosts that a comment links to, as registered (guessed without the public suffix list), without those that
    everybody shares."""
    from_url = split_links(plain(url[:500] if "://" in url else f"http://{url[:500]}"))[0] if url else []
    return tuple(dict.fromkeys(owner for link in (*from_url, *links[:12]) if (owner := owner_of(link))))


@lru_cache(maxsize=256)
def own_hosts(page_url: str) -> tuple[str, ...]:
    """The host of a page, as ``hosts_of`` gives it."""
    return hosts_of(page_url, ())


LONG_TEXT = 1500
"""Characters from which a text is looked at in parts, too."""
MOST_PARTS = 4
"""Parts looked at, each 0.5 ms of CPU. The rule on links holds from the fifth link on."""
_BEFORE, _AFTER = 200, 250  # characters around a contact
_CONTACT = re.compile(r"https?:|www\.|@[\w-]{1,60}\.|\+\d[\d ()-]{7,20}|\[/?url|</?a\b")
_SAYS = 80  # characters of a paragraph that is judged without those beside it
_READ = 65_536  # the longest comment that the form accepts


def windows(text: str) -> Iterator[str]:
    """Parts of a text of more than LONG_TEXT characters, around its first contacts; none of a shorter one."""
    if len(text) <= LONG_TEXT:
        return
    for at in islice(_far_apart(text), MOST_PARTS):
        yield _around(text, at)


def _around(text: str, at: int) -> str:
    """What stands around a place; of its paragraph alone, if that is long enough to say something. Of 200
    advertisements between paragraphs of prose 185 are held so, and 166 with the paragraphs beside them."""
    first, last = max(0, at - _BEFORE), at + _AFTER
    before, after = text.rfind("\n\n", first, at), text.find("\n\n", at, last)
    begin, end = first if before < 0 else before + 2, last if after < 0 else after
    return text[begin:end] if end - begin >= _SAYS else text[first:last]


def _far_apart(text: str) -> Iterator[int]:
    """Where contacts stand, without those that the part around the one before already shows."""
    last = -_AFTER
    for match in _CONTACT.finditer(same_length_lowered(text[:_READ])):
        if match.start() >= last + _AFTER // 2:
            last = match.start()
            yield last
