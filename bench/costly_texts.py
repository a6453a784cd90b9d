"""Texts that are made to cost as much as they can."""

import random
import sys

BITS = [
    "http://", "https://xn--", "www.", "[url=", "<a href=", "<script", "{a|b}", "@", "…", "\u200b", "\u202e", "\ufeff",
    "\u0301", "\ud800", "\udfff", "\x00", "\n", " ", "`", "```", "(((((", "a" * 50, "а", "𝐜", "ﷺ", "🏴‍☠️", ".", "://",
    "%00", "%s", "{0}", "${jndi:", "<!--mfunc", "1.1.1.1", "::1", "xn--", "-", "_", "0", "é", "漢", "ก", "\u0489", "'",
    "{a|", "~~~", "[link](", "](",
]  # fmt: skip


def text(rng: random.Random) -> str:
    """Bits in any order, one of them many times, or characters from anywhere."""
    kind = rng.random()
    if kind < 0.4:
        return "".join(rng.choices(BITS, k=rng.randint(0, 300)))
    if kind < 0.6:
        return rng.choice(BITS) * rng.choice([1, 10, 1000, 30_000])
    if kind < 0.8:
        return "".join(chr(rng.randrange(sys.maxunicode + 1)) for _ in range(rng.randint(0, 400)))
    return "".join(rng.choices(BITS, k=3)) * rng.randint(1, 3000)
