"""Rules about the text: foreign markup, program leftovers, hidden and look-alike characters, scripts."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from babel import Locale
from babel.core import get_global

from service.language import N_
from service.spam.classifier.features import split
from service.spam.classifier.normalise_text import folded
from service.spam.classifier.text_traits import holds_one, scripts
from service.spam.evidence import Evidence
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason

_CODE = re.compile(r"```[^`]{0,8000}```|^ {0,3}~~~[^~]{0,8000}~~~|`[^`\n]{1,400}`", re.MULTILINE)
_BBCODE = re.compile(  # [link](…) and [link to it](…) are Markdown
    r"\[(?:url|link|img)(?:=[^\]]{1,500}\]|\](?!\()|\s[^\]]{0,500}\](?!\())", re.IGNORECASE
)
_HTML_LINK = re.compile(r"<a\b[^<>]{0,500}\bhref\b", re.IGNORECASE)
_SCRIPT = re.compile(r"<(?:script|iframe|object|embed|meta|style)\b|<\w[^<>]{0,300}\son\w{3,20}\s{0,9}=", re.IGNORECASE)
_INJECTION = re.compile(r"<!--\s{0,9}(?:mfunc|mclude|dynamic-cached-content|#exec)|\$\{jndi:", re.IGNORECASE)
_SPINTAX = re.compile(r"\{[^\s{}|][^{}|\n]{0,60}(?:\|(?![\s|])[^{}|\n]{0,60}){1,20}\|?\}")
"""Bars in the braces of code are doubled or have spaces around them; those do not match."""
_PLACEHOLDER = re.compile(r"#file_|%(?:spinfile|random|url|anchor|keyword|username)[\w-]{0,40}%", re.IGNORECASE)


@rule(
    Symbol("bbcode", N_("Forum markup"), 4),
    Symbol("html", N_("Links or scripts in HTML"), 0.2),
    Symbol("injection", N_("Commands for a server"), 6, alone=True),
)
def foreign_markup(evidence: Evidence) -> Iterator[Reason]:
    """Forum markup, HTML links and scripts, and commands that badly configured servers run. Code is not counted, since
    people quote such markup there."""
    text = _CODE.sub(" ", evidence.typed) if "`" in evidence.typed or "~~~" in evidence.typed else evidence.typed
    if _BBCODE.search(text):
        yield Reason("bbcode", 1.0, ReasonSentence.FORUM_MARKUP, alone=4.0)
    if _SCRIPT.search(text):
        yield Reason("html", 0.2, ReasonSentence.HTML_SCRIPTS)
    elif number := len(_HTML_LINK.findall(text)):
        # WordPress taught people to write them: 2 % of honest comments have one or more. The classifier knows them.
        yield Reason("html", 0.1 if number == 1 else 0.2, ReasonSentence.HTML_LINKS)
    if _INJECTION.search(evidence.typed):  # in code too: other software may show the text
        yield Reason("injection", 6.0 if _INJECTION.search(text) else 3.0, ReasonSentence.COMMANDS)


@rule(Symbol("template", N_("Leftovers of a spam program"), 4))
def template_leftovers(evidence: Evidence) -> Iterator[Reason]:
    """Unfilled parts of a spammer's template: ``{great|nice|good} post``, ``#file_links``."""
    text = evidence.typed[:4000]
    if _PLACEHOLDER.search(text):
        yield Reason("template", 1.0, ReasonSentence.PLACEHOLDERS, alone=4.0)
    elif "|" in text and len(_SPINTAX.findall(_CODE.sub(" ", text))) > 1:
        yield Reason("template", 0.75, ReasonSentence.VARIANTS, alone=3.0)


_HIDDEN = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_STYLED = re.compile("[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f189\uff21-\uff3a\uff41-\uff5a]")
_PILED_MARKS = re.compile("[\u0300-\u036f\u0489]{4,}")


@rule(
    Symbol("hidden_characters", N_("Invisible characters"), 3),
    Symbol("piled_marks", N_("Stacked accents"), 0.25),
)
def hidden_characters(evidence: Evidence) -> Iterator[Reason]:
    """Invisible and direction-changing characters in the name, or more than three in the text.

    Joiners (U+200C, U+200D) do not count, since Persian, Indic scripts and emoji need them; nor do direction marks
    (U+200E, U+200F), which Arabic and Hebrew need.
    """
    text = "" if evidence.typed.isascii() else evidence.typed
    if _HIDDEN.search(evidence.author[:500]) or len(_HIDDEN.findall(text)) > 3:
        yield Reason("hidden_characters", 0.75, ReasonSentence.HIDDEN, alone=3.0)
    if _PILED_MARKS.search(text):
        yield Reason("piled_marks", 0.25, ReasonSentence.PILED_MARKS)


@rule(Symbol("mixed_scripts", N_("Words of mixed alphabets"), 3, alone=True))
def mixed_scripts(evidence: Evidence) -> Iterator[Reason]:
    """Words disguised with look-alike letters of another alphabet: сasino with a Cyrillic с.

    «IPшник» does not count: not all of its Cyrillic letters look like Latin ones.
    """
    text = evidence.bare
    if text.isascii():
        return
    number = sum(1 for word in split(text) if not word.isascii() and folded(word).isascii())
    if number > 2:
        yield Reason("mixed_scripts", 3.0, ReasonSentence.MIXED_WORDS % {"number": number})
    elif number:
        yield Reason("mixed_scripts", 1.0, ReasonSentence.MIXED_WORD)


@rule(Symbol("styled_letters", N_("Mathematical letters"), 0.25))
def styled_letters(evidence: Evidence) -> Iterator[Reason]:
    """Mathematical or circled letters, which word lists do not match."""
    if not evidence.typed.isascii() and len(_STYLED.findall(evidence.typed)) > 7:
        yield Reason("styled_letters", 0.25, ReasonSentence.STYLED)


_SHORT = 25
_REPEATED = re.compile(r"(.)\1+")
_NO_VOWELS = re.compile(r"[^aeiouy]{5,}")
_HAND_ON_KEYS = re.compile(r"(?:asd|sdf|dfg|qwe|wer|ert|zxc|jkl|adad){2,}")


@rule(Symbol("one_word", N_("One word from a newcomer"), 3, alone=True))
def one_word(evidence: Evidence) -> Iterator[Reason]:
    """One word without a link, from an author who has no approved comment. A word alone never holds, since
    0.66 % of honest comments are one, and 0.2 % of spam. A row of letters does: 8 of 9,255 spams, and 9 of 35,416
    comments that their owners let stand, none of which says anything."""
    known, text = evidence.background, evidence.plain.strip()
    if len(text) > _SHORT or evidence.links or known.known_author or known.email.used or known.email.ham:
        return
    words = split(text)
    if len(words) != 1 or not words[0].isalpha():
        return
    if _is_no_word(words[0], evidence.typed.strip()):
        yield Reason("one_word", 3.0, ReasonSentence.ROW_OF_LETTERS)
    else:
        yield Reason("one_word", 0.3, ReasonSentence.ONE_WORD)


def _is_no_word(word: str, typed: str) -> bool:
    """sdfsdf, xkcqwz and XJEiKaNxAh; neither HTTPS nor Hmmmm. ``word`` is in lower case."""
    if not word.isascii() or typed.isupper():
        return False
    within = sum(1 for one, two in pairwise(typed) if one.islower() and two.isupper())
    once = _REPEATED.sub(r"\1", word)
    return within > 3 or bool(_NO_VOWELS.fullmatch(once) or _HAND_ON_KEYS.fullmatch(word))


_BROKEN_LINE = re.compile(r"(?<=[\w,]) \r?\n(?=[^\W\d_A-Z])(?!https?:|www\.|\S{1,60}\.[a-z]{2})")
"""Not before a link: people give it a line of its own."""
_BROKEN_AT = 30  # characters: shorter lines are verses and lists


@rule(Symbol("broken_lines", N_("Lines broken in mid-sentence"), 2.25))
def broken_lines(evidence: Evidence) -> Iterator[Reason]:
    """A line of some length ends in a space in the middle of a sentence, as programs for link building write: measured
    26 % of spam, of nine blogs, and 0.15 % of honest comments. The classifier hardly sees it, since its training
    joins lines: other forms drop the breaks."""
    text = evidence.typed
    if not holds_one(text, (" \n", " \r\n")):
        return
    for match in _BROKEN_LINE.finditer(text):
        if match.start() - text.rfind("\n", 0, match.start()) > _BROKEN_AT:
            yield Reason("broken_lines", 2.25, ReasonSentence.BROKEN_LINES)
            return


_UNICODE_NAMES = {
    "Arab": {"arabic"},
    "Cyrl": {"cyrillic"},
    "Grek": {"greek"},
    "Hans": {"han", "bopomofo"},
    "Hant": {"han", "bopomofo"},
    "Jpan": {"han", "hiragana", "katakana", "katakana-hiragana"},
    "Kore": {"hangul", "han"},
    "Deva": {"devanagari"},
}
_ALWAYS_FAMILIAR = frozenset({"latin", "greek", "modifier", "fullwidth", "mathematical", "micro"})


@rule(Symbol("foreign_script", N_("Another script than the page's"), 3, alone=True))
def foreign_script(evidence: Evidence) -> Iterator[Reason]:
    """Most letters are of a script that the page's language does not use: measured 15.5 % of spam, 0.03 % of honest
    comments. Latin script and the scripts of comments that the site has approved never count as foreign. Where those
    are known, a form cannot add others.

    Cyrillic on a page in Latin script holds: 3.6 % of spam, 5 of 35,416 honest comments.
    """
    if evidence.bare.isascii() or not (familiar := _familiar_scripts(evidence)):
        return
    if name := _foreign_script_of(evidence.bare.replace("LINK", ""), familiar, 10):
        latin = familiar <= _ALWAYS_FAMILIAR
        weight = 3.0 if latin and name == "cyrillic" else 2.0
        yield Reason("foreign_script", weight, ReasonSentence.OTHER_SCRIPT % {"script": name})


_VIETNAMESE = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")


@rule(Symbol("foreign_name", N_("A name in another script than the page's"), 2))
def foreign_name(evidence: Evidence) -> Iterator[Reason]:
    """A comment with a website or link has a name in a script that the page does not use, or in Vietnamese: measured
    5 % of spam, whose authors are called what people shall search for, and 1 of 25,669 honest comments. Not names in
    capitals as people write their own (Иван Петров, Nguyễn An), and not with somebody's profile as the website."""
    name = evidence.author[:150]
    if name.isascii() or not (evidence.sample.url or evidence.links):
        return
    if not (familiar := _familiar_scripts(evidence)):
        return
    words = [word for word in name.split() if word[0].isalpha()]
    if words and all(word[0].isupper() for word in words):
        return
    vietnamese = "vi" not in evidence.languages and _VIETNAMESE.search(name)
    if vietnamese or _foreign_script_of(name, familiar, 2):
        yield Reason("foreign_name", 2.0, ReasonSentence.FOREIGN_NAME)


def _familiar_scripts(evidence: Evidence) -> frozenset[str]:
    """The scripts of page and site; empty if nothing is known of them."""
    home = evidence.background.scripts
    tags = evidence.tags if evidence.vouched or not home else ()
    return _ALWAYS_FAMILIAR.union(home, *map(_scripts_of, tags)) if home or tags else frozenset()


def _foreign_script_of(text: str, familiar: frozenset[str], least: int) -> str:
    """The most frequent unfamiliar script, if most letters, and at least ``least``, are in unfamiliar scripts."""
    counts = scripts(text)
    foreign = {name: number for name, number in counts.items() if name not in familiar}
    if sum(foreign.values()) * 2 <= sum(counts.values()) or sum(foreign.values()) < least:
        return ""
    return max(foreign, key=lambda name: foreign[name])


@lru_cache(maxsize=256)
def _scripts_of(tag: str) -> frozenset[str]:
    """Scripts that a language is written in, as the first words of their letters' Unicode names."""
    language, *rest = tag.replace("-", "_").split("_")
    written = next((part.title() for part in rest if len(part) == 4), "")
    if not written:
        likely = get_global("likely_subtags").get(language.lower(), "")
        written = next((part for part in likely.split("_") if len(part) == 4), "Latn")
    if written == "Latn":
        return _ALWAYS_FAMILIAR
    return _ALWAYS_FAMILIAR | _UNICODE_NAMES.get(written, {_name_of(written)})


def _name_of(script: str) -> str:
    return str(Locale("en").scripts.get(script, script)).split()[0].lower()
