"""Reputations of hosts, email addresses and networks, stored by hash; they halve in 14 days.

Each refit computes them from the whole log of decisions, so that an undone decision leaves no trace.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType

from service.spam.evidence import Reputation

HALF_LIFE = 14 * 86400.0
"""Seconds."""

FORGOTTEN = 1 / 16
"""Weight below which a decision is left out: that of eight weeks."""

_ROW = struct.Struct("<QffH")
_HEAD = struct.Struct("<4sd")
_ROW_BEFORE = struct.Struct("<Qff")
_MAGIC, _MAGIC_BEFORE = b"LAR2", b"LAR1"  # rows of version 0.1 have no ``used``
NOBODY: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class Reputations:
    """Reputations as of ``at`` (Unix seconds); ``of`` fades them to the time of the question."""

    at: float = 0.0
    known: Mapping[int, tuple[float, float, int]] = field(default_factory=dict)

    def of(self, kind: str, who: str | bytes, now: datetime) -> Reputation:
        """The reputation of a ``host``, ``email`` or ``client`` (the ``kind``), faded until now."""
        counts = self.known.get(hash_of(kind, who))
        if counts is None:
            return Reputation()
        faded = fade(now.timestamp() - self.at)
        return Reputation(counts[0] * faded, counts[1] * faded, counts[2])

    def to_bytes(self) -> bytes:
        """For a column of the database."""
        rows = b"".join(_ROW.pack(who, spam, ham, used) for who, (spam, ham, used) in sorted(self.known.items()))
        return _HEAD.pack(_MAGIC, self.at) + zlib.compress(rows, 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Reputations":
        """Raises ValueError for data that ``to_bytes`` did not write."""
        try:
            magic, at = _HEAD.unpack_from(data)
            rows = zlib.decompress(data[_HEAD.size :])
            if magic == _MAGIC_BEFORE:
                return cls(at, {who: (spam, ham, 0) for who, spam, ham in _ROW_BEFORE.iter_unpack(rows)})
            known = {who: (spam, ham, used) for who, spam, ham, used in _ROW.iter_unpack(rows)}
        except (struct.error, zlib.error) as error:
            raise ValueError("The reputations of the site cannot be read; they will be worked out again.") from error
        if magic != _MAGIC:
            raise ValueError("The reputations of the site are of another version; they will be worked out again.")
        return cls(at, known)


@dataclass(frozen=True, slots=True)
class ReputationVote:
    """A decision on a comment: ``about`` are hashes (see ``hash_of``), ``at`` is in Unix seconds, ``network`` tells
    apart where comments came from, decisions of one click share a ``batch``, and ``client`` is the hash of the network
    while that is known."""

    about: tuple[int, ...]
    spam: bool
    at: float
    network: int
    batch: int
    client: int | None = None


@dataclass(frozen=True, slots=True)
class _Tally:
    """Weights of the decisions about one host, address or network: of spam the greatest by network and by batch."""

    networks: dict[int, float] = field(default_factory=dict)
    batches: dict[int, float] = field(default_factory=dict)
    ham: list[float] = field(default_factory=list)

    def add(self, vote: ReputationVote, weight: float) -> None:
        """Count a decision."""
        if not vote.spam:
            self.ham.append(weight)
            return
        self.networks[vote.network] = max(weight, self.networks.get(vote.network, 0.0))
        self.batches[vote.batch] = max(weight, self.batches.get(vote.batch, 0.0))

    @property
    def spam(self) -> float:
        """How many distinct networks *and* distinct decisions speak of spam."""
        return min(sum(self.batches.values()), sum(self.networks.values()))


def compute_reputations(
    decisions: Iterable[ReputationVote], now: datetime, used: Mapping[int, int] = NOBODY
) -> Reputations:
    """The reputations that follow from all decisions. Anybody can put the address or the host of somebody else into
    spam, so the spams of one network, and those that one click decided, count once; and what ``used[who]`` authors of
    approved comments have counts that much less."""
    tallies: dict[int, _Tally] = {}
    for decision in decisions:
        weight = fade(now.timestamp() - decision.at)
        if weight < FORGOTTEN:
            continue
        for who in decision.about:
            tallies.setdefault(who, _Tally()).add(decision, weight)
        if decision.client is not None:  # of a network itself the decisions count: no two of them are distinct
            by_click = replace(decision, network=decision.batch)
            tallies.setdefault(decision.client, _Tally()).add(by_click, weight)
    nothing, known = _Tally(), {}
    for who in tallies.keys() | used.keys():
        tally, users = tallies.get(who, nothing), min(used.get(who, 0), 65_535)
        known[who] = (tally.spam / (1 + users), sum(tally.ham), users)
    return Reputations(now.timestamp(), known)


def fade(seconds: float) -> float:
    """What is left of 1 after this time."""
    return float(0.5 ** (max(0.0, seconds) / HALF_LIFE))


def hash_of(kind: str, who: str | bytes) -> int:
    """A 64-bit hash, so that no address is stored."""
    plain = who.casefold().encode("utf-8", "surrogatepass") if isinstance(who, str) else who
    return int.from_bytes(blake2b(plain, digest_size=8, person=kind.encode()[:16]).digest(), "little")
