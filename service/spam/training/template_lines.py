"""Lines made of templates: what is known of the trade, and languages, that public comments lack."""

import random
import re
from importlib import resources

from service.spam.classifier.features import Sample
from service.spam.training.corpus import WRITTEN, Line

_EACH = (16, 12)  # lines made of each template of ham, of spam
_CHOICE = re.compile(r"\{([^{}]*)\}")
PLACE = re.compile(r"\b(?:LINK|MAIL|PHONE)\b")
_ENDINGS = (
    (".com", ".net", ".org", ".me", ".dev", ".blog", ".io", ".wordpress.com", ".blogspot.com", ".github.io"),
    (".com", ".com", ".com", ".net", ".org", ".info", ".online", ".xyz", ".shop", ".site", ".top", ".club", ".in"),
)
_PAGES = (("", "", "/", "/blog", "/2019/05/first-try"), ("", "/", "/", "/offer", "/contact-us", "/index.php?id=7"))
_MAILS = ("gmail.com", "gmail.com", "outlook.com", "yahoo.com", "proton.me")
_PHONES = ("+1 555 0100 {}", "1-888-555-0{}", "+234 80 5550 0{}", "+91 55555 00{}", "+44 7700 900{}", "00{} 555 0100")


def templated() -> list[Line]:
    """Lines made of ``spam.txt`` and ``ham.txt``, the same each time. Those of one template are one cluster."""
    chance = random.Random(5)  # noqa: S311  the same lines give the same weights
    return [line for spam in (True, False) for line in _lines(spam, chance)]


def _lines(spam: bool, chance: random.Random) -> list[Line]:
    name = "spam" if spam else "ham"
    text = resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8")
    templates = [part for part in text.strip().split("\n\n") if not part.startswith("#")]
    return [
        Line(_sample(template, spam, chance), spam, WRITTEN, f"{WRITTEN} {name} {number}")
        for number, template in enumerate(templates)
        for _ in range(_EACH[spam])
    ]


def _sample(template: str, spam: bool, chance: random.Random) -> Sample:
    head, _, body = template.partition("\n")
    author, _, site = head.rpartition(" |")
    host = written_variants(site.strip(), chance)
    if host and "." not in host:
        host += chance.choice(_ENDINGS[spam])

    def fill(place: re.Match[str]) -> str:
        return contact(place[0], host, spam, chance)

    url = link_to(host, spam, chance) if host and chance.random() < 0.6 else ""
    return Sample(
        PLACE.sub(fill, written_variants(body, chance)).strip(), written_variants(author, chance).strip(), "", url
    )


def written_variants(template: str, chance: random.Random) -> str:
    """Fill in a template: `{one|another}` is a choice, and choices may be nested."""
    while choice := _CHOICE.search(template):
        chosen = chance.choice(choice[1].split("|"))
        template = template[: choice.start()] + chosen + template[choice.end() :]
    return template


def contact(place: str, host: str, spam: bool, chance: random.Random) -> str:
    """What stands at a PLACE: a link to the host, an address named after it, or a number."""
    if place == "LINK":
        return link_to(host, spam, chance)
    if place == "MAIL":
        return f"{host.partition('.')[0]}{chance.choice(('@', '@', ' (at) '))}{chance.choice(_MAILS)}"
    return chance.choice(_PHONES).format(chance.randrange(10, 100))


def link_to(host: str, spam: bool, chance: random.Random) -> str:
    """A page of the host, as people or advertisers type it."""
    scheme = chance.choice(("https://", "https://www.", "http://", "www." if spam else "https://"))
    return scheme + host + chance.choice(_PAGES[spam])
