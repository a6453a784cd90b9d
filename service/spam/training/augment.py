"""Variations of a comment, so that the model does not learn the format of a source.

One blog keeps the author's website and another drops it; one archive turned bare addresses into anchors. Without
variations "has a website" would mean spam, because most training ham comes from blogs without that field.
"""

import random
import re
from collections.abc import Callable, Sequence

from service.spam.classifier.features import Sample

_ANCHOR = re.compile(
    r"<a\s[^>]{0,300}?href=[\"']?([^\s\"'>]{4,400})[^>]{0,300}>(.{0,200}?)</a>", re.IGNORECASE | re.DOTALL
)
_LINK = re.compile(r"https?://[^\s<>\"'\]\[()]{3,300}")
_WRAP = re.compile(r" ?(?<!\n)\r?\n(?!\r?\n)")
_WORD = re.compile(r"[a-z]{4,9}")
_ENDINGS = (
    *("com",) * 8, *("net", "org") * 2, "me", "io", "dev", "co.uk", "de", "es", "fr", "nl", "it", "com.br", "ca",
    "com.au", "info", "blog", "eu", "pl", "in", "ru", "tech",
)  # fmt: skip
_HOMES = (
    "github.com/{}", "twitter.com/{}", "{}.github.io", "{}.wordpress.com", "{}.blogspot.com", "linkedin.com/in/{}",
    "medium.com/@{}", "facebook.com/{}", "{}.tumblr.com", "about.me/{}", "stackoverflow.com/users/123456/{}",
    "instagram.com/{}", "plus.google.com/{}", "{}.medium.com", "gitlab.com/{}", "mastodon.social/@{}",
    "{}.substack.com", "youtube.com/{}",
)  # fmt: skip


def augmented(sample: Sample, spam: bool, names: Sequence[str], chance: random.Random) -> Sample:
    """The comment as another site might have received it. `names`: people's names, some of which spam gets."""
    text = _relinked(sample.text, chance) if chance.random() < 0.7 else sample.text
    text = _unwrapped(text) if chance.random() < 0.7 else text
    url = sample.url
    if spam:
        text, url = _spam_elsewhere(text, sample, chance)
    elif not url and chance.random() < 0.4:
        url = homepage(sample.author, text, chance)
    elif url and chance.random() < 0.3:
        url = ""
    author = "" if chance.random() < 0.1 else sample.author
    if spam and names and chance.random() < 0.25:
        author = chance.choice(names)
    return Sample(text, author, sample.email, url)


def homepage(author: str, text: str, chance: random.Random) -> str:
    """A plausible website for a person, made of the name or of words in the text."""
    words = _WORD.findall(text.lower())
    some = chance.sample(words, min(len(words), 2))
    name = "".join(char for char in author.lower() if char.isalnum() and char.isascii())[:18]
    if not name or chance.random() < 0.3:
        name = "".join(some) or name or "home"
    elif chance.random() < 0.1 and some:
        name = "-".join(some)
    if chance.random() < 0.35:
        host = chance.choice(_HOMES).format(name)
    else:
        host = f"{chance.choice(('', '', '', 'www.', 'blog.'))}{name}.{chance.choice(_ENDINGS)}"
        if chance.random() < 0.15:
            host += chance.choice(("/blog", "/about", "/index.html", f"/blog/{some[0] if some else 'post'}"))
    scheme = chance.choice(("http://", "https://", "http://", "https://", "https://", ""))
    return scheme + host + chance.choice(("", "", "/"))


def _spam_elsewhere(text: str, sample: Sample, chance: random.Random) -> tuple[str, str]:
    """Text and website, with the link moved between them or removed."""
    link, turn, url = _LINK.search(text), chance.random(), sample.url
    if url and turn < 0.15:
        return text + chance.choice(("\n", "\n\n", " ")) + url, ""
    if url and turn < 0.25:
        return f'{text} <a href="{url}">{sample.author}</a>', ""
    if url:
        return text, "" if turn < 0.4 else url
    if link and turn < 0.25:
        return _LINK.sub("", _ANCHOR.sub(lambda anchor: anchor[2], text)), link[0]
    return text, link[0] if link and turn < 0.5 else ""


def _unwrapped(text: str) -> str:
    """Without line ends inside paragraphs: one blog's form wrapped the text."""
    return _WRAP.sub(" ", text)


def _relinked(text: str, chance: random.Random) -> str:
    """Anchors in another syntax: bare, Markdown, in brackets, plain HTML."""
    ways: tuple[Callable[[str, str], str], ...] = (
        lambda link, _: link,
        lambda link, label: f"[{label}]({link})",
        lambda link, label: f"{label} ({link})",
        lambda link, label: f'<a href="{link}">{label}</a>',
    )
    way = chance.choices(ways, (4, 2, 2, 2))[0]

    def write(anchor: re.Match[str]) -> str:
        link, label = anchor[1], anchor[2]
        return link if label[:8].lower() == link[:8].lower() else way(link, label)

    return _ANCHOR.sub(write, text)
