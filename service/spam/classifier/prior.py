"""The prior: shipped weights for spam on blogs in general, used before a site has decisions of its own; and a second
one, for gambling and chat spam, on sites that choose it.

prior.bin and chat.bin: `<8sHBxfff` (magic, version, bits, greatest weight, bias, hold, all little-endian), then 2^bits
bytes. A byte is a signed number q from -127 to 127 and means sign(q) · (q/127)² · greatest weight: finest near 0, where
most weights are.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from service.spam.classifier.features import BITS, Feature, Sample, Token, features, tokens
from service.spam.classifier.ngrams import NGRAM_TOKEN, ngram_places, ngram_value

_PLAIN = frozenset({"word", "pair"})
_STEPS = ("no", "few", "few", "few", "some", "some", "some")
"""Words for ``text_traits.step``."""
_SIZES = ("an empty", "a short", "a short", "a short", "a short", "a short", "a short", "a middling", "a middling")
_NAMES = {"upper": "capitals", "repetition": "different words", "link density": "links among the words"}


def label(token: Token) -> str:
    """A token for moderators: words as they are, others with their kind. Empty for internal tokens."""
    kind, name = token
    if kind in _PLAIN:
        return name
    if kind == "shape":
        return _trait(name)
    if kind == "cross" or (kind == "topic" and name.startswith("all ")):
        return ""
    return f"{kind}: {name}"


def _trait(name: str) -> str:
    """``links=0``: no links; ``script=latin``: script: latin."""
    what, mark, value = name.partition("=")
    if not mark:
        return name
    if not value.isdigit():
        return f"{what}: {value}"
    step = int(value)
    if what == "length":
        return f"{_SIZES[step] if step < len(_SIZES) else 'a long'} text"
    return f"{_STEPS[step] if step < len(_STEPS) else 'many'} {_NAMES.get(what, what)}"


_HEAD = struct.Struct("<8sHBxfff")
_MAGIC, _VERSION = b"LARPRIOR", 1
UNKNOWN = frozenset({"mail"})  # kinds without training data; weights at their hashes belong to other tokens

Contribution = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Score:
    """Log-odds of spam, and the five tokens that weigh most with what they add (negative: ham)."""

    logit: float
    top: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Prior:
    """Weights by hash. `bias` is added to every score; 0.4 % of unseen ham scored above `hold`."""

    weights: bytes
    greatest: float
    bias: float
    hold: float
    table: tuple[float, ...]

    def score(self, sample: Sample) -> Score:
        """The prior's score of any sample; never fails."""
        named = tokens(sample)
        values = self.contributions(named, features(named))
        manner = self.manner(sample)
        return Score(self.bias + manner + sum(values), top([*named, NGRAM_TOKEN], [*values, manner]))

    def logit(self, sample: Sample, named: Sequence[Token], hashes: Sequence[Feature]) -> float:
        """The logit of ``score``, for a sample whose tokens and features are known."""
        return self.bias + self.manner(sample) + sum(self.contributions(named, hashes))

    def contributions(self, named: Sequence[Token], hashes: Sequence[Feature]) -> list[float]:
        """What each token adds to the logit."""
        weights, table = self.weights, self.table
        values = [table[weights[at]] * value for at, value in hashes]
        for at in range(len(values) - 1, -1, -1):  # these kinds come last: looking at all takes a third more
            if named[at][0] not in UNKNOWN:
                break
            values[at] = 0.0
        return values

    def manner(self, sample: Sample) -> float:
        """What the character 4-grams add to the logit."""
        places = ngram_places(sample.text)  # in the order of a set: a sum of whole numbers does not depend on it
        squares = sum(map(_SQUARES.__getitem__, map(self.weights.__getitem__, places)))
        return self.greatest / 127**2 * (squares * ngram_value(len(places)))

    def to_bytes(self) -> bytes:
        """The content of prior.bin."""
        return _HEAD.pack(_MAGIC, _VERSION, BITS, self.greatest, self.bias, self.hold) + self.weights

    @classmethod
    def from_bytes(cls, data: bytes) -> "Prior":
        """Raises ValueError for data that `to_bytes` of this version did not write."""
        if len(data) != _HEAD.size + (1 << BITS):
            raise ValueError("The weights of the spam model have the wrong size; run `leave-a-reply train` again.")
        magic, version, bits, greatest, bias, hold = _HEAD.unpack_from(data)
        if (magic, version, bits) != (_MAGIC, _VERSION, BITS):
            raise ValueError("The weights of the spam model are of another version; run `leave-a-reply train` again.")
        return cls(data[_HEAD.size :], greatest, bias, hold, _table(greatest))

    @classmethod
    def from_weights(cls, weights: Iterable[tuple[int, float]], bias: float, hold: float) -> "Prior":
        """From pairs of hash and weight."""
        found = dict(weights)
        greatest = max(map(abs, found.values()), default=1.0) or 1.0
        packed = bytearray(1 << BITS)
        for at, weight in found.items():
            size = round((abs(weight) / greatest) ** 0.5 * 127)
            packed[at] = size if weight > 0 else -size & 0xFF
        return cls(bytes(packed), greatest, bias, hold, _table(greatest))


def top(named: Sequence[Token], values: Sequence[float], most: int = 5) -> tuple[Contribution, ...]:
    """The tokens that weigh most, as labels with their contributions; internal tokens are left out."""
    sizes = list(map(abs, values))
    found: list[Contribution] = []
    for at in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
        if sizes[at] < 0.005 or len(found) == most:
            break
        if shown := label(named[at]):
            found.append((shown, round(values[at], 2)))
    return tuple(found)


_SQUARES = tuple(q * abs(q) for q in (byte - 256 if byte > 127 else byte for byte in range(256)))


def _table(greatest: float) -> tuple[float, ...]:
    return tuple(greatest * square / 127**2 for square in _SQUARES)


@lru_cache(maxsize=1)
def shipped() -> Prior:
    """The prior in prior.bin, read once."""
    return _read("prior.bin")


@lru_cache(maxsize=1)
def shipped_for_chat() -> Prior:
    """The prior in chat.bin: gambling and chat spam in Indonesian, Russian and Chinese. Read once."""
    return _read("chat.bin")


def _read(name: str) -> Prior:
    return Prior.from_bytes(resources.files(__package__).joinpath(name).read_bytes())
