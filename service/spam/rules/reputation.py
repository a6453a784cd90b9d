"""What moderators decided before of the same sites, address and network. Numbers halve in 14 days."""

from collections.abc import Iterator

from service.spam.evidence import Evidence, Standing
from service.spam.verdict import Reason


def standing(evidence: Evidence) -> Iterator[Reason]:
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


def rate(standing: Standing) -> float:
    """0 … 4 points: nothing at all for one who has about as much that was approved as was spam."""
    over = standing.spam - 2 * standing.ham
    if over < 0.25:
        return 0.0
    return min(4.0, 1.0 + over)


def known_author(evidence: Evidence) -> Iterator[Reason]:
    """Who holds a proof of an approved comment, kept by the browser, is believed more. An address alone is no proof."""
    if evidence.background.known_author:
        yield Reason("known_author", -2.0, "The author has an approved comment, shown by the same browser.")
