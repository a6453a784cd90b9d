"""Pages whose address has changed, as site owners have written it down: a CSV, Netlify's ``_redirects``, Apache.

One reader for imports and for pages that are here already. What does not map plainly from one address to another is
left out, with the reason.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from service.language import N_
from service.web_origin import BadPage

_WITH_HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_APACHE = re.compile(r"(?:Redirect(?:Match|Permanent|Temp)?|Rewrite\w+)\s", re.IGNORECASE)
_NETLIFY = re.compile(r"(?:/|https?://)\S*\s+\S")
_CODES = re.compile(r"30[12378]!?")
_EVERYTHING_BELOW = re.compile(r"\^?(/[\w/.~%\\-]*?)/?\(\.\*\)\$?")
_ONE_PAGE = re.compile(r"\^(/[\w/.~%\\-]*?)(/\?)?\$")
MOST_LINES = 20_000


class RedirectProblem(StrEnum):
    """Why a line is left out, or the whole text refused."""

    ELSEWHERE = N_("it leads to another site")
    NO_ADDRESS = N_("it contains neither a path nor an address")
    NEITHER = N_("%(typed)s is neither a path nor an address")
    MISSING = N_("an address is missing")
    NO_REDIRECT = N_("it is not a redirect")
    MANY_TO_ONE = N_("it redirects many addresses to one")
    A_PATTERN = N_("it is a pattern that does not name one address or all below one")
    CONDITIONS = N_("it applies only under conditions")
    PARAMETERS = N_("it depends on parameters")
    TOO_MANY = N_("That is more than %(number)s lines. Give them in parts.")
    NO_TABLE = N_("The table cannot be read: %(reason)s.")


@dataclass(frozen=True, slots=True)
class Moved:
    """Pages whose address begins with ``old`` begin with ``new`` here; both are paths. ``host`` is empty for the blog's
    own pages. ``whole`` is for a single page."""

    host: str
    old: str
    new: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that says nothing of pages here, with the reason."""

    number: int
    text: str
    reason: str


class MovedPages:
    """All that the owner says of moved pages. Single pages count first, then the longest beginning."""

    def __init__(self, moved: Iterable[Moved] = ()) -> None:
        each = list(moved)
        self._pages = {(one.host, one.old.rstrip("/")): one.new for one in reversed(each) if one.whole}
        self._beginnings = {(one.host, one.old): one.new for one in reversed(each) if not one.whole}
        self._lengths = sorted({len(old) for _, old in self._beginnings}, reverse=True)

    def find(self, path: str, host: str, names: Iterable[str]) -> str:
        """The path here of a page with this path, foreign host and names; empty if nothing is said of it."""
        if not (self._pages or self._beginnings):
            return ""
        hosts = {host, *(plain_host(name) for name in names if _WITH_HOST.match(name))}
        for each in hosts:
            if (each, path.rstrip("/")) in self._pages:
                return self._pages[each, path.rstrip("/")]
        for length in self._lengths:
            for each in hosts:
                if (new := self._beginnings.get((each, path[:length]))) is not None:
                    return new + path[length:]
        return ""


def plain_host(text: str) -> str:
    """A host as ``IncomingPage.host`` has it: in lower case, without scheme, ``www.``, port 80 or 443 and path."""
    host = re.sub(r"^(?:https?:)?//", "", text.strip().lower()).partition("/")[0]
    return re.sub(r":(?:80|443)$", "", host).removeprefix("www.")


def moved(old: str, new: str, origin: str, *, whole: bool) -> Moved:
    """A redirect as typed. Raises BadPage, whose message is a reason of ``SkippedLine``."""
    old, new = old.strip(), new.strip()
    for each in (old, new):
        if not each:
            raise BadPage(RedirectProblem.MISSING)
        if not each.startswith("/") and not _WITH_HOST.match(each):
            raise BadPage(RedirectProblem.NEITHER % {"typed": each[:100]})
    if not new.startswith("/") and plain_host(new) != plain_host(origin):
        raise BadPage(RedirectProblem.ELSEWHERE)
    return Moved(plain_host(old) if _WITH_HOST.match(old) else "", _path(old), _path(new), whole)


def read_map(text: str, origin: str, most_lines: int = MOST_LINES) -> tuple[list[Moved], list[SkippedLine]]:
    """The redirects of a site's own file, in whichever of the three forms it is, and the lines that were left out.

    Raises BadPage for one that is too long, or no text at all.
    """
    text = text.removeprefix("\ufeff")
    if text.count("\n") > most_lines:
        raise BadPage(RedirectProblem.TOO_MANY % {"number": f"{most_lines:,}"})
    numbered = enumerate(text.splitlines(), 1)
    lines = [(number, line.strip()) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")]
    if any(_APACHE.match(line) for _, line in lines):
        found = _read_each(lines, origin, _apache)
    elif lines and _NETLIFY.match(lines[0][1]) and "," not in lines[0][1].split()[0]:
        found = _read_each(lines, origin, _netlify)
    else:
        found = _csv(text, origin)
    each = list(found)
    return [one for one in each if isinstance(one, Moved)], [one for one in each if isinstance(one, SkippedLine)]


Found = Iterator[Moved | SkippedLine]


def _read_each(lines: Iterable[tuple[int, str]], origin: str, read: Callable[[list[str], str], list[Moved]]) -> Found:
    for number, line in lines:
        try:
            yield from read(line.split(), origin)
        except BadPage as reason:
            yield SkippedLine(number, line[:200], str(reason))


def _csv(text: str, origin: str) -> Found:
    """A table whose first two columns are the old and the new address. A first line without addresses is a heading."""
    try:
        rows = [(number, row) for number, row in enumerate(csv.reader(text.splitlines()), 1) if any(row)]
    except csv.Error as error:
        raise BadPage(RedirectProblem.NO_TABLE % {"reason": error}) from error
    if rows and not any(_is_address(each.strip()) for each in rows[0][1][:2]):
        del rows[0]
    for number, row in rows:
        try:
            yield moved(row[0], row[1] if len(row) > 1 else "", origin, whole=True)
        except BadPage as reason:
            yield SkippedLine(number, ",".join(row)[:200], str(reason))


def _netlify(words: list[str], origin: str) -> list[Moved]:
    """``/old /new 301``, and ``/old/* /new/:splat``. Raises BadPage with the reason for all else."""
    old, *rest = words
    place = next((number for number, word in enumerate(rest) if _is_address(word)), None)
    if place is None:
        raise BadPage(RedirectProblem.NO_ADDRESS)
    if place:
        raise BadPage(RedirectProblem.PARAMETERS)
    new, *how = rest
    if any("=" in word for word in how):
        raise BadPage(RedirectProblem.CONDITIONS)
    if how and not _CODES.fullmatch(how[0]):
        raise BadPage(RedirectProblem.NO_REDIRECT)
    if old.endswith("/*"):
        if not new.endswith("/:splat"):
            raise BadPage(RedirectProblem.MANY_TO_ONE)
        return _below(old.removesuffix("/*"), new.removesuffix("/:splat"), origin)
    if "*" in old or re.search(r"/:", f"{old} {new}"):
        raise BadPage(RedirectProblem.A_PATTERN)
    return [moved(old, new, origin, whole=True)]


def _apache(words: list[str], origin: str) -> list[Moved]:
    """``Redirect``, ``RedirectPermanent``, ``RedirectTemp`` and plain forms of ``RedirectMatch``. Raises BadPage."""
    name, *rest = (word.strip('"') for word in words)
    kind = name.lower()
    if kind not in ("redirect", "redirectpermanent", "redirecttemp", "redirectmatch"):
        raise BadPage(RedirectProblem.NO_REDIRECT)
    if rest and kind in ("redirect", "redirectmatch") and not _is_address(rest[0]) and not rest[0].startswith("^"):
        how, *rest = rest
        if how.lower() not in ("permanent", "temp", "seeother") and not _CODES.fullmatch(how):
            raise BadPage(RedirectProblem.NO_REDIRECT)
    if len(rest) != 2:
        raise BadPage(RedirectProblem.NO_ADDRESS)
    if kind == "redirectmatch":
        return _matched(rest[0], rest[1], origin)
    return [moved(rest[0], rest[1], origin, whole=True), *_below(rest[0], rest[1], origin)]


def _matched(pattern: str, new: str, origin: str) -> list[Moved]:
    if one := _ONE_PAGE.fullmatch(pattern):
        if "$" in new:
            raise BadPage(RedirectProblem.A_PATTERN)
        return [moved(_unescaped(one[1]) or "/", new, origin, whole=True)]
    below = _EVERYTHING_BELOW.fullmatch(pattern)
    if below is None:
        raise BadPage(RedirectProblem.A_PATTERN)
    if not new.endswith("/$1") or "$" in new.removesuffix("$1"):
        raise BadPage(RedirectProblem.MANY_TO_ONE if "$" not in new else RedirectProblem.A_PATTERN)
    return _below(_unescaped(below[1]), new.removesuffix("/$1"), origin)


def _unescaped(pattern: str) -> str:
    """A path in a pattern; a dot that is not escaped is meant as a dot by nearly all who write one."""
    return pattern.replace("\\", "")


def _below(old: str, new: str, origin: str) -> list[Moved]:
    """All pages below a folder."""
    return [moved(f"{old.rstrip('/')}/", f"{new.rstrip('/')}/", origin, whole=False)]


def _is_address(text: str) -> bool:
    return text.startswith("/") or _WITH_HOST.match(text) is not None


def _path(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadPage(RedirectProblem.NO_ADDRESS) from error
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
