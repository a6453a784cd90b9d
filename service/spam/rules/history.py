"""The same again: floods, and what was spam before."""

from collections.abc import Iterator

from service.spam.evidence import Evidence, Reputation
from service.spam.verdict import Reason

SHORT_FLOOD = 10
"""So many times in an hour people may say "thank you" without a link."""


def flood(evidence: Evidence) -> Iterator[Reason]:
    """The fifth of nearly the same words waits for a human, whoever sends it.

    Short words ("Thank you!") many people say by chance: those count within an hour only, and hold at once only with a
    website or a link.
    """
    alike = evidence.background.alike
    if alike.cleared and not alike.marked:
        return  # a moderator has seen these words and let them pass
    if alike.long:
        number = max(alike.near, alike.lately)
        if number >= 2:
            weight = {2: 1.0, 3: 2.0}.get(number, 3.0 if number < 10 else 5.0 if number < 30 else 6.0)
            yield Reason("near_duplicate", weight, f"Nearly the same was posted {number} times in 30 days.")
    elif alike.lately >= 4 and (evidence.url or evidence.links):
        yield Reason("near_duplicate", 3.0, f"The same was posted {alike.lately} times within an hour, with a link.")
    elif alike.lately >= SHORT_FLOOD:
        yield Reason("near_duplicate", 3.0, f"The same was posted {alike.lately} times within an hour.")


def spam_again(evidence: Evidence) -> Iterator[Reason]:
    """Nearly the same was spam here. Measured: 17 to 46 % of a blog's spam, 2 of 1,037 honest comments."""
    alike = evidence.background.alike
    carries = evidence.url or evidence.links
    if alike.marked and (alike.long or carries):
        weight = 5.0 if alike.long else 3.0
        yield Reason("spam_again", weight, "Nearly the same was marked as spam by a moderator.")
    elif alike.filed and alike.long:
        yield Reason("spam_again", 2.5, "Nearly the same was filed as spam before.")


def reputation(evidence: Evidence) -> Iterator[Reason]:
    """Hosts of links, the email address and the network. Anybody can type an address, so a good one earns nothing."""
    known = evidence.background
    rated = [(rate(each), host) for host in evidence.hosts if (each := known.hosts.get(host))]
    points, worst = max(rated, default=(0.0, ""))
    if points:
        yield Reason("bad_host", round(min(5.0, 1.5 * points), 2), f"Spam linked to {worst} before.")
    if points := rate(known.email):
        yield Reason("bad_email", round(min(4.0, points), 2), "Spam came with this email address before.")
    if points := rate(known.client):
        # A /24 holds many readers, so a network alone never holds.
        yield Reason("bad_network", round(min(2.0, points), 2), "Spam came from this network in these days.")


def rate(standing: Reputation) -> float:
    """0 … 4 points: nothing at all for one who has about as much that was approved as was spam."""
    over = standing.spam - 2 * standing.ham
    if over < 0.25:
        return 0.0
    return min(4.0, 1.0 + over)


def known_author(evidence: Evidence) -> Iterator[Reason]:
    """Who holds a proof of an approved comment, kept by the browser, is believed more. An address alone is no proof."""
    if evidence.background.known_author:
        yield Reason("known_author", -2.0, "The author has an approved comment, shown by the same browser.")


def honeypot(evidence: Evidence) -> Iterator[Reason]:
    """A field that nobody sees was filled in. Its name is in the signed token, and changes with it."""
    if evidence.honeypot_filled:
        yield Reason("honeypot", 6.0, "A field that people cannot see was filled in.")


def haste(evidence: Evidence) -> Iterator[Reason]:
    """The form came back faster than anybody types. Alone it does not hold: the text may have been pasted."""
    if evidence.fill_seconds is None or not evidence.min_fill_seconds:
        return
    if evidence.fill_seconds < evidence.min_fill_seconds / 2:
        yield Reason("haste", 2.5, f"The form came back after {max(0.0, evidence.fill_seconds):.1f} seconds.")
    elif evidence.fill_seconds < evidence.min_fill_seconds:
        yield Reason("haste", 1.5, f"The form came back after {evidence.fill_seconds:.1f} seconds.")
