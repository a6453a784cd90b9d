"""Email addresses that are thrown away after use, by the list of the package disposable-email-domains."""

from collections.abc import Iterator

from disposable_email_domains import blocklist

from service.spam.evidence import Evidence
from service.spam.verdict import Reason


def disposable(evidence: Evidence) -> Iterator[Reason]:
    """A domain of such a service, or one below it. Careful people use them too: it never holds alone."""
    domain = evidence.email[-254:].rpartition("@")[2].strip().lower()
    labels = domain.split(".")[-5:]
    if any(".".join(labels[at:]) in blocklist for at in range(len(labels) - 1)):
        yield Reason("disposable_email", 1.5, "The email address belongs to a service for throw-away addresses.")
