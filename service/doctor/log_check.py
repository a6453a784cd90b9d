"""The diagnosis of the log of actions: whether its chains are whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db.engine import at_one_moment
from service import log_audit, log_chain
from service.doctor.finding_sentences import FindingSentence
from service.doctor.findings import Finding, fail, ok
from service.language import N_
from service.log_audit import Break
from service.log_chain import Head
from service.secret_keys import Keyring
from service.sentence_forms import filled

_BREAKS = {
    "missing": N_("entry %(place)s was removed"),
    "changed": N_("entry %(place)s was changed"),
    "content": N_("the words of entry %(place)s were changed"),
    "words": N_("the words of entry %(place)s were removed, and not by the service"),
    "stray": N_("there are words that belong to no entry"),
    "end": N_("entries from %(place)s on were cut off, or the end is not sealed by this secret"),
    "gone": N_("all entries were removed at some point"),
    "decision": N_("a decision differs from the log"),
    "change": N_("the record of a changed page, which undo needs, differs from entry %(place)s"),
}
LOG_BREAKS = tuple(_BREAKS.values())


@dataclass(frozen=True, slots=True)
class LogState:
    """The end of each site's chain, and where chains are broken."""

    heads: Sequence[Head]
    breaks: Sequence[Break]


def read_log_state(connection: Connection, keyring: Keyring, now: datetime) -> LogState:
    """Check the chains of all sites, as they are at one moment: what is done meanwhile is no break."""
    if not connection.in_transaction():
        connection = at_one_moment(connection)
    return LogState(log_chain.read_heads(connection), [*log_audit.verify(connection, keyring, now)])


def inspect_log(state: LogState) -> Iterator[Finding]:
    """A finding for each chain. Site 0 is the installation."""
    broken = {each.site_id: each for each in state.breaks}
    for head in state.heads:
        if head.site_id not in broken:
            values = {"site": head.site_id, "number": head.place, "seal": head.seal.hex()[:16]}
            yield ok("log", FindingSentence.LOG_WHOLE % values)
    for each in state.breaks:
        yield fail("log", FindingSentence.LOG_BROKEN % {"site": each.site_id, "break": describe_break(each)})


def describe_break(found: Break) -> str:
    """What is wrong with a chain, as part of a sentence."""
    return filled(_BREAKS[found.what], {"place": found.place})
