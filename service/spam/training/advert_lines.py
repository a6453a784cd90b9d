"""Lines made of frames and trades: advertisements as shops and language models write them, and honest comments on the
same things. A frame is filled with another trade each time."""

import random
import unicodedata
from dataclasses import dataclass, field
from importlib import resources

from service.spam.classifier.features import Sample
from service.spam.training.augment import homepage
from service.spam.training.corpus import WRITTEN, Line
from service.spam.training.template_lines import PLACE, contact, link_to, templated, written_variants

_EACH = (12, 16)  # lines made of each frame of ham, of spam
_FILES = ("adverts_en.txt", "adverts.txt")
_WEBSITE = (0.5, 0.7)  # share of ham, of spam with a website
_SEARCHED, _ARTICLE = 0.25, 0.35  # share of hosts made of the keyword, of links to a page about it
_FOLDERS = ("", "blog/", "services/", "guides/", "resources/", "blog/best-", "how-to-choose-")


@dataclass(slots=True)
class FrameLanguage:
    """The frames of a language, and what fills them: parts of a line of the file, between ~."""

    code: str
    endings: list[str]
    names: str = ""
    trades: list[list[str]] = field(default_factory=list)
    frames: list[tuple[bool, str, str]] = field(default_factory=list)


def written() -> list[Line]:
    """All lines made of templates and frames, the same each time. Those of one frame are one cluster."""
    chance = random.Random(6)  # noqa: S311  the same lines give the same weights
    return templated() + [line for language in languages() for line in _lines(language, chance)]


def languages() -> list[FrameLanguage]:
    """What the files hold. Raises ValueError for a line that is none of a language, names, trade, spam or ham."""
    found: list[FrameLanguage] = []
    for name in _FILES:
        for line in resources.files(__package__).joinpath(name).read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                _read(line, found)
    return found


def _read(line: str, found: list[FrameLanguage]) -> None:
    kind, _, rest = line.partition(" ")
    parts = [part.strip() for part in rest.split(" ~ ")]
    if kind == "language":
        code, *endings = rest.split()
        found.append(FrameLanguage(code, endings))
    elif kind == "names":
        found[-1].names = rest
    elif kind == "trade" and len(parts) == 4:
        found[-1].trades.append(parts)
    elif kind in ("spam", "ham") and len(parts) == 2:
        found[-1].frames.append((kind == "spam", parts[0], parts[1]))
    else:
        raise ValueError(f"no line of a language: {line}")


def _lines(language: FrameLanguage, chance: random.Random) -> list[Line]:
    source = f"{WRITTEN} {language.code if language.code == 'en' else 'others'}"
    return [
        Line(_filled(language, spam, author, text, chance), spam, source, f"{WRITTEN} {language.code} {number}")
        for number, (spam, author, text) in enumerate(language.frames)
        for _ in range(_EACH[spam])
    ]


def _filled(language: FrameLanguage, spam: bool, author: str, text: str, chance: random.Random) -> Sample:
    keyword, brand, offer, subject = (_variant(part, chance) for part in chance.choice(language.trades))
    host = _host(brand, keyword, chance) + chance.choice(language.endings)
    values = {
        "KEYWORD": _cased(keyword, chance),
        "BRAND": brand.title() if chance.random() < 0.7 else brand.title().replace(" ", ""),
        "OFFER": offer,
        "SUBJECT": subject,
        "NAME": _variant(language.names, chance),
    }

    def fill(template: str) -> str:
        made = _variant(template, chance)
        for name, value in values.items():
            made = made.replace(name, value)
        return PLACE.sub(lambda place: _contact(place[0], host, spam, (keyword, subject), chance), made).strip()

    who, said = fill(author), fill(text)
    said = said[:1].upper() + said[1:] if chance.random() < 0.9 else said
    if chance.random() > _WEBSITE[spam]:
        return Sample(said, who)
    return Sample(said, who, "", link_to(host, spam, chance) if spam else homepage(who, said, chance))


def _contact(place: str, host: str, spam: bool, about: tuple[str, str], chance: random.Random) -> str:
    """As ``contact``; some links of advertisers lead to an article about one of two things."""
    found = contact(place, host, spam, chance)
    if place != "LINK" or not spam or chance.random() >= _ARTICLE:
        return found
    return f"{found.partition(host)[0]}{host}/{chance.choice(_FOLDERS)}{_slug(chance.choice(about))}"


def _variant(template: str, chance: random.Random) -> str:
    return " ".join(written_variants(template, chance).split())


def _cased(keyword: str, chance: random.Random) -> str:
    """Advertisers' names: in lower case, with capitals, or as written."""
    return chance.choice((keyword, keyword, keyword.title(), keyword.capitalize(), keyword.lower()))


def _host(brand: str, keyword: str, chance: random.Random) -> str:
    """A host's name: the words of the brand, sometimes those that people search for."""
    words = _ascii(keyword if chance.random() < _SEARCHED else brand).split()
    return chance.choice(("", "", "-")).join(words if len(words) > 1 else _ascii(brand).split())


def _slug(words: str) -> str:
    return "-".join(_ascii(words).split()) or "info"


def _ascii(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    return "".join(char if char.isalnum() else " " for char in plain)
