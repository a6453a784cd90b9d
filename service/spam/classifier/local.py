"""A site's own model: fitted anew from its decision log each time, with the prior's opinion as a fixed offset
that counts less the more the site has decided.

Nothing is ever subtracted: to undo a decision, leave it out and fit again.
"""

import struct
import zlib
from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import sqrt

from service.spam.classifier.features import BITS, Feature
from service.spam.classifier.near import clusters
from service.spam.classifier.sample import Sample

CLAMP = 8.0  # the local logit goes no further either way, so that it can't drown a rule the owner set
PER_CLUSTER = 5  # decisions a near-duplicate cluster may teach with, of each label
NEWEST = 5000  # decisions looked at
HALFWAY = 150  # decisions after which the prior counts half
_HEAD = struct.Struct("<8sIIf")
_MAGIC = b"LARLOCL2"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a human decided of a comment, explicitly. The filter's own verdicts and readers' flags are no decisions.

    `comment` names the comment: only its last decision counts. `fingerprint` is near.fingerprint's, made when the
    decision is stored; without one the cluster guard does not see the comment. `day` is an ISO date.
    """

    sample: Sample
    spam: bool
    comment: str
    fingerprint: tuple[int, ...] = ()
    moderator: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class LocalModel:
    """Weights by hash; without any it says 0 to everything. `learned` counts the decisions it was fitted on."""

    weights: dict[int, float] = field(default_factory=dict)
    bias: float = 0.0
    learned: int = 0

    @property
    def trust(self) -> float:
        """What the prior's logit is multiplied by: the more a site has decided itself, the less it needs another's
        opinion. 1 at first, 0.58 after 100 decisions, 0.3 after 500."""
        return 1 / sqrt(1 + 3 * self.learned / HALFWAY)

    def contributions(self, hashes: Iterable[Feature]) -> list[float]:
        """What each token adds, clamped as a whole by `logit`."""
        get = self.weights.get
        return [get(at, 0.0) * value for at, value in hashes]

    def logit(self, hashes: Iterable[Feature]) -> float:
        """What to add to `trust` times the prior's logit: -CLAMP … CLAMP."""
        return max(-CLAMP, min(CLAMP, self.bias + sum(self.contributions(hashes))))

    def plus(self, other: "LocalModel") -> "LocalModel":
        """What two logs have taught, added up; each alone is the whole."""
        if not self.learned or not other.learned:
            return self if self.learned else other
        weights = dict(self.weights)
        for place, weight in other.weights.items():
            weights[place] = weights.get(place, 0.0) + weight
        return LocalModel(weights, self.bias + other.bias, self.learned + other.learned)

    def to_bytes(self) -> bytes:
        """For a column of the database: about 6 bytes a token, compressed."""
        places = sorted(self.weights)
        body = array("I", places).tobytes() + array("f", (self.weights[at] for at in places)).tobytes()
        return _HEAD.pack(_MAGIC, self.learned, len(places), self.bias) + zlib.compress(body, 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "LocalModel":
        """Raises ValueError for what `to_bytes` did not write."""
        try:
            magic, learned, size, bias = _HEAD.unpack_from(data)
            unpacking = zlib.decompressobj()
            body = unpacking.decompress(data[_HEAD.size :], 8 << BITS)
        except (struct.error, zlib.error) as error:
            raise ValueError("The site's spam model can't be read; it has to be fitted again.") from error
        if magic != _MAGIC or len(body) != 8 * size or not unpacking.eof:
            raise ValueError("The site's spam model is of another version; it has to be fitted again.")
        places, values = array("I", body[: 4 * size]), array("f", body[4 * size :])
        return cls(dict(zip(places, values, strict=True)), bias, learned)


def heard(
    decisions: Iterable[Decision],
    without_moderators: Collection[str] = (),
    without_days: Collection[str] = (),
) -> list[Decision]:
    """The decisions that may teach, oldest first as given: one vote a comment, its last; the newest PER_CLUSTER of a
    label and cluster; none of the moderators or days that are left out; NEWEST at most."""
    left = (d for d in decisions if d.moderator not in without_moderators and d.day not in without_days)
    last: dict[str, Decision] = {}
    for decision in left:
        last.pop(decision.comment, None)
        last[decision.comment] = decision
    kept = list(last.values())[-NEWEST:]
    votes: dict[tuple[int, bool], int] = {}
    taught: list[Decision] = []
    for decision, cluster in reversed(list(zip(kept, clusters([d.fingerprint for d in kept]), strict=True))):
        vote = (cluster, decision.spam)
        votes[vote] = votes.get(vote, 0) + 1
        if votes[vote] <= PER_CLUSTER:
            taught.append(decision)
    return taught[::-1]
