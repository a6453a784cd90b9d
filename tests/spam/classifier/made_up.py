"""Comments invented for these tests."""

import random

from service.spam.classifier.decided_comments import DecidedComment
from service.spam.classifier.features import Sample
from service.spam.classifier.minhash import fingerprint

GOODS = ("watches", "loans", "casino chips", "essays", "pills", "backlinks", "handbags")
THINGS = ("parser", "garden", "recipe", "bicycle", "compiler", "telescope", "harbour", "library")
DEEDS = ("broke", "worked", "changed", "confused me", "helped", "surprised us", "failed again", "got better")
NAMES = ("Ines", "Tomasz", "Priya", "Oluwaseun", "Björn", "Chiara")


def spam(chance: random.Random) -> Sample:
    goods = chance.choice(GOODS)
    host = f"{goods.replace(' ', '-')}-{chance.randrange(999)}.example"
    text = f"Nice blog. Buy cheap {goods} online at https://{host}/{goods[:3]} with free shipping today!"
    return Sample(text, f"Best {goods}", "", f"http://{host}")


def ham(chance: random.Random) -> Sample:
    thing, other = chance.sample(THINGS, 2)
    text = f"My {thing} {chance.choice(DEEDS)} after I read this. Does the part about the {other} hold in winter too?"
    return Sample(text, chance.choice(NAMES))


def decisions(count: int, seed: int = 1) -> list[DecidedComment]:
    """Spam and ham in turn, each comment its own, by moderator Ada on the first of May."""
    chance = random.Random(seed)
    samples = [(spam if at % 2 else ham)(chance) for at in range(count)]
    return [DecidedComment(one, bool(at % 2), str(at), (), "Ada", "2026-05-01") for at, one in enumerate(samples)]


def marked(text: str, is_spam: bool, comment: str, moderator: str = "Ada", day: str = "2026-05-01") -> DecidedComment:
    return DecidedComment(Sample(text), is_spam, comment, fingerprint(text), moderator, day)
