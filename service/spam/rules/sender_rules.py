"""Rules about the sender: what was sent before, what moderators decided, and how the form was filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from service.language import N_
from service.spam.evidence import Evidence, Reputation, own_hosts
from service.spam.reason_sentences import BLOCKED_PARTS, ReasonSentence
from service.spam.rules.link_rules import has_links
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason

REPUTATIONS_AT_MOST = 5.0

SHORT_FLOOD = 10
"""How often within an hour people may post the same short text without a link, such as "Thank you!"."""


@rule(Symbol("near_duplicate", N_("Nearly the same, many times"), 6, alone=True))
def flood(evidence: Evidence) -> Iterator[Reason]:
    """Holds the fifth near-duplicate, from any sender.

    Many people write the same short text ("Thank you!") by chance, so short texts count only within an hour, and the
    fifth is held only if it has a website or a link.
    """
    alike = evidence.background.alike
    if alike.cleared and not alike.marked:
        return  # a moderator has approved these words
    if alike.long:
        number = max(alike.near, alike.last_hour)
        if number >= 2:
            weight = {2: 1.0, 3: 2.0}.get(number, 3.0 if number < 10 else 5.0 if number < 30 else 6.0)
            yield Reason("near_duplicate", weight, ReasonSentence.NEARLY_THE_SAME % {"number": number})
    elif alike.last_hour >= 4 and (evidence.url or evidence.links):
        yield Reason("near_duplicate", 3.0, ReasonSentence.SAME_WITH_LINK % {"number": alike.last_hour})
    elif alike.last_hour >= SHORT_FLOOD:
        yield Reason("near_duplicate", 3.0, ReasonSentence.SAME_IN_AN_HOUR % {"number": alike.last_hour})


@rule(Symbol("spam_again", N_("Nearly the same was spam"), 5, alone=True))
def spam_again(evidence: Evidence) -> Iterator[Reason]:
    """A near-duplicate was spam on this site. Measured: 17 to 46 % of a blog's spam, 2 of 1,037 honest comments."""
    alike = evidence.background.alike
    carries = evidence.url or evidence.links
    if alike.marked and (alike.long or carries):
        weight = 5.0 if alike.long else 3.0
        yield Reason("spam_again", weight, ReasonSentence.MARKED_BEFORE)
    elif alike.filed and alike.long:
        yield Reason("spam_again", 2.5, ReasonSentence.FILED_BEFORE)


@rule(Symbol("blocked", N_("Blocked by a moderator"), 6, alone=True))
def blocked(evidence: Evidence) -> Iterator[Reason]:
    """A moderator has blocked it. A name or an email address names somebody, and files as spam; a network, a host or a
    word may hit others, and holds; whatever the owner's thresholds are."""
    by = evidence.background.blocked
    if by:
        policy = evidence.policy
        weight = max(6.0, policy.spam) if {"author", "email"} & {*by} else max(4.5, policy.hold)
        parts = ", ".join(BLOCKED_PARTS.get(each, BLOCKED_PARTS["word"]) for each in by)
        yield Reason("blocked", weight, ReasonSentence.BLOCKED % {"parts": parts})


@rule(
    Symbol("bad_host", N_("Spam linked there before"), 4, alone=True),
    Symbol("bad_email", N_("Spam came from the address before"), 3, alone=True),
    Symbol("bad_network", N_("Spam came from the network before"), 2, alone=True),
)
def reputation(evidence: Evidence) -> Iterator[Reason]:
    """Decisions about the linked hosts, the email address and the network. A good reputation subtracts nothing, since
    anyone can type somebody's address.

    Anyone can also put somebody's address and host into spam. So one decision never holds the next comment, all three
    together add REPUTATIONS_AT_MOST and never file as spam, the page's own host never counts, and neither does the
    address of an author with a proof.
    """
    known, left = evidence.background, REPUTATIONS_AT_MOST
    own = own_hosts(evidence.page_url)
    rated = [(badness(known.hosts[host]), host) for host in evidence.hosts if host in known.hosts and host not in own]
    badly, worst = max(rated, default=(0.0, ""))
    found = (
        Reason("bad_host", min(4.0, 1.75 * badly), ReasonSentence.BAD_HOST % {"host": worst}),
        Reason("bad_email", 0.0 if known.known_author else min(3.0, badness(known.email)), ReasonSentence.BAD_EMAIL),
        # A /24 holds many readers, so a network alone never holds.
        Reason("bad_network", min(2.0, badness(known.client)), ReasonSentence.BAD_NETWORK),
    )
    for reason in found:
        if points := round(min(left, reason.weight), 2):
            left -= points
            yield replace(reason, weight=points)


@rule(Symbol("host_campaign", N_("Several authors link to the same host"), 3, alone=True))
def host_campaign(evidence: Evidence) -> Iterator[Reason]:
    """Several authors within a day bring a host that no approved comment of an earlier day has. Measured: the third
    author 22 % of spam, 15 of 24,398 honest comments; the fifth, who is held, 15 % and 5, all about one talk.

    Over all sites of the service it takes more authors and never holds alone: what the readers of other sites approve
    is not known here.
    """
    number, host = _most_brought(evidence, evidence.background.brought)
    if number >= 2:
        sentence = ReasonSentence.BROUGHT % {"number": number, "host": host}
        yield Reason("host_campaign", 1.5 if number < 4 else 3.0, sentence)
        return
    number, host = _most_brought(evidence, evidence.background.brought_anywhere)
    if number >= 4:
        sentence = ReasonSentence.BROUGHT_ANYWHERE % {"number": number, "host": host}
        yield Reason("host_campaign", 1.5 if number < 9 else 2.5, sentence)


def _most_brought(evidence: Evidence, brought: Mapping[str, int]) -> tuple[int, str]:
    """The greatest number with its host, without the page's own host and those that approved comments have."""
    known, own = evidence.background.hosts, own_hosts(evidence.page_url)
    numbers = [
        (number, host)
        for host, number in brought.items()
        if host not in own and not ((standing := known.get(host)) and (standing.used or standing.ham))
    ]
    return max(numbers, default=(0, ""))


def badness(standing: Reputation) -> float:
    """How many spams are not outweighed. An approval outweighs two, since spammers borrow the addresses of honest
    people."""
    excess = standing.spam - 2 * standing.ham
    return excess if excess >= 0.25 else 0.0


@rule(Symbol("known_author", N_("An author with a proof"), -2, alone=True))
def known_author(evidence: Evidence) -> Iterator[Reason]:
    """The browser has shown a signed proof of an approved comment. An email address is no proof: anyone can type it.

    A proof tells who writes, and one harmless comment earns it. So it does not pay for links: in the text, as a website
    that the approved comment did not have, or as the name. Nor for what a moderator has blocked since.
    """
    known = evidence.background
    brings_website = evidence.url and evidence.url != known.known_website
    if known.known_author and not known.blocked and not brings_website and not has_links(evidence):
        yield Reason("known_author", -2.0, ReasonSentence.KNOWN_AUTHOR)


@rule(Symbol("honeypot", N_("A hidden field was filled in"), 5, alone=True))
def honeypot(evidence: Evidence) -> Iterator[Reason]:
    """An invisible field was filled in. Its name is in the signed token and changes with every token. Alone it only
    holds, since a password manager may have filled it in for a person."""
    if evidence.honeypot_filled:
        yield Reason("honeypot", 5.0, ReasonSentence.HONEYPOT)


@rule(Symbol("haste", N_("Sent faster than anybody types"), 2.5, alone=True))
def haste(evidence: Evidence) -> Iterator[Reason]:
    """The form was sent faster than anyone types, counted from the first question. It never holds alone: the text may
    have been pasted. In the score it counts less, since an honest text may have a point by what it reads like."""
    if evidence.fill_seconds is None or not evidence.min_fill_seconds:
        return
    sentence = ReasonSentence.HASTE % {"seconds": f"{max(0.0, evidence.fill_seconds):.1f}"}
    if evidence.fill_seconds < evidence.min_fill_seconds / 2:
        yield Reason("haste", 1.5, sentence, alone=2.5)
    elif evidence.fill_seconds < evidence.min_fill_seconds:
        yield Reason("haste", 1.0, sentence, alone=1.5)
