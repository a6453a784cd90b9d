"""Parts of a long text that may hide an advertisement: what stands around links, addresses and telephone numbers."""

import re
from collections.abc import Iterator
from itertools import islice

from service.spam.classifier.text_traits import same_length_lowered

LONG = 1500
"""Characters from which a text is looked at in parts, too."""
MOST = 4
"""Parts looked at, each 0.5 ms of CPU. The rule on links holds from the fifth link on."""
_BEFORE, _AFTER = 200, 250  # characters around a contact
_CONTACT = re.compile(r"https?:|www\.|@[\w-]{1,60}\.|\+\d[\d ()-]{7,20}|\[/?url|</?a\b")
_SAYS = 80  # characters of a paragraph that is judged without those beside it
_READ = 65_536  # the longest comment that the form accepts


def windows(text: str) -> Iterator[str]:
    """Parts of a text of more than LONG characters, around its first contacts; none of a shorter one."""
    if len(text) <= LONG:
        return
    for at in islice(_far_apart(text), MOST):
        yield _around(text, at)


def _around(text: str, at: int) -> str:
    """What stands around a place; of its paragraph alone, if that is long enough to say something. Of 200
    advertisements between paragraphs of prose 185 are held so, and 166 with the paragraphs beside them."""
    first, last = max(0, at - _BEFORE), at + _AFTER
    before, after = text.rfind("\n\n", first, at), text.find("\n\n", at, last)
    begin, end = first if before < 0 else before + 2, last if after < 0 else after
    return text[begin:end] if end - begin >= _SAYS else text[first:last]


def _far_apart(text: str) -> Iterator[int]:
    """Where contacts stand, without those that the part around the one before already shows."""
    last = -_AFTER
    for match in _CONTACT.finditer(same_length_lowered(text[:_READ])):
        if match.start() >= last + _AFTER // 2:
            last = match.start()
            yield last
