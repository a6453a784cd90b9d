"""What can be read of a broken article of a WordPress export that cannot be mended whole: its comments, one by one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from service.importers.wxr_outline import OF_A_PAGE
from service.importers.xml_rules import CDATA, mended_cdata, mended_element, mended_markup

_COMMENT = re.compile(r"<wp:comment\s*>")
_COMMENT_END = re.compile(r"</wp:comment\s*>")
_FIELD = re.compile(r"<(wp:comment_\w+)\s*>(.*?)</\1\s*>", re.DOTALL)
_META = re.compile(r"<wp:commentmeta\s*>(.*?)</wp:commentmeta\s*>", re.DOTALL)
_OF_META = re.compile(r"<(wp:meta_(?:key|value))\s*>(.*?)</\1\s*>", re.DOTALL)
_OF_THE_PAGE = re.compile(rf"<({'|'.join(sorted(map(re.escape, OF_A_PAGE)))})\s*>(.*?)</\1\s*>", re.DOTALL)
_NEEDED = {"wp:comment_content", "wp:comment_approved"}

IsSound = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Recovered:
    """An article of its address, its title and the comments that can be read. ``lost``: the number of the others."""

    item: str
    lost: int


def recover(item: str, is_sound: IsSound) -> Recovered | None:
    """The readable part of an article; None if no comment can be read. ``is_sound`` says whether a text is valid in
    an article."""
    starts = [match.start() for match in _COMMENT.finditer(item)]
    if not starts:
        return None
    head = "".join(_fields(_OF_THE_PAGE, item[: starts[0]]))
    found = [
        sound
        for start, end in zip(starts, [*starts[1:], len(item)], strict=True)
        if (sound := _sound_comment(item[start:end], is_sound))
    ]
    whole = f"<item>{head}{''.join(found)}</item>"
    return Recovered(whole, len(starts) - len(found)) if found and is_sound(head) else None


def _sound_comment(text: str, is_sound: IsSound) -> str:
    """The comment with which a text begins, mended if need be; empty if it cannot be."""
    ends = [match.end() for match in _COMMENT_END.finditer(text)]
    if not ends:
        return ""
    comment = text[: ends[-1]]
    return next((each for each in (comment, mended_element(comment), _rebuilt(comment)) if each and is_sound(each)), "")


def _rebuilt(comment: str) -> str:
    """The comment made of its fields: what is in one and not CDATA is text, whatever it looks like. Empty if
    something is missing that says who may see it."""
    metas = ["".join(_fields(_OF_META, match[1])) for match in _META.finditer(comment)]
    fields = _META.sub("", comment)
    built = "".join(_fields(_FIELD, fields))
    if "<wp:commentmeta" in fields or not all(f"<{name}>" in built for name in _NEEDED):
        return ""
    noted = "".join(f"<wp:commentmeta>{meta}</wp:commentmeta>" for meta in metas)
    return f"<wp:comment>{built}{noted}</wp:comment>"


def _fields(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        name, inside = match[1], match[2].strip()
        if inside.startswith(CDATA) and inside.endswith("]]>"):
            words = mended_cdata(inside[len(CDATA) : -len("]]>")])
        elif CDATA in inside:
            continue  # it has no end: what follows may be somebody else's
        else:
            words = mended_markup(escape(inside, quote=False).replace("&amp;", "&"))
        yield f"<{name}>{words}</{name}>"
