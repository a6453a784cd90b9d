"""The diagnosis of the log of actions: whether its chains are whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db.engine import at_one_moment
from service import log_audit, log_chain
from service.doctor.findings import Finding, fail, ok
from service.keys import Keyring
from service.log_audit import Break
from service.log_chain import Head

_WHAT = {
    "missing": "entry {} was removed",
    "changed": "entry {} was changed",
    "content": "the words of entry {} were changed",
    "words": "the words of entry {} were removed, and not by the service",
    "stray": "there are words that belong to no entry",
    "end": "entries from {} on were cut off, or the end is not sealed by this secret",
    "gone": "all entries were removed once",
    "decision": "a decision is not as the log says",
    "change": "a change of a page, by which it would be undone, is not as entry {} says",
}


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
            sentence = f"{head.place} entries, none changed; the end is {head.seal.hex()[:16]}."
            yield ok("log", f"The log of site {head.site_id} has {sentence}")
    for each in state.breaks:
        yield fail(
            "log", f"In the log of site {each.site_id}, {describe_break(each)}: restore a backup, and ask who did."
        )


def describe_break(found: Break) -> str:
    """What is wrong with a chain, as part of a sentence."""
    return _WHAT[found.what].format(found.place)
