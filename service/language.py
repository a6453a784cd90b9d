"""The language of a face: its messages, its direction, its dates."""

import gettext
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from typing import IO

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format

CATALOGS = ("ar", "ckb", "de", "es", "fr", "ku", "ru", "tr", "zh_Hans")
"""What there are translations for, beside English. Their files stand in ``service/locale``."""

_TAG = re.compile(r"(?=.{2,20}\Z)[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}\Z")
_ACCEPTED = re.compile(r"\s*([A-Za-z0-9-]{1,20})\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")
_RIGHT_TO_LEFT = frozenset({"ar", "ckb"})


@dataclass(frozen=True, slots=True)
class Language:
    """``code`` is a BCP 47 tag, for the ``lang`` attribute; ``dir`` is ltr or rtl."""

    code: str
    dir: str
    translations: gettext.NullTranslations
    locale: Locale

    @property
    def gettext(self) -> Callable[[str], str]:
        """A sentence in this language."""
        return self.translations.gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """A sentence with a number in this language."""
        return self.translations.ngettext

    def when(self, instant: datetime) -> str:
        """A date and time for reading, in UTC: ``24 November 2026, 03:53``."""
        return _when(self.locale, instant.replace(second=0, microsecond=0))


@lru_cache(maxsize=8192)
def _when(locale: Locale, instant: datetime) -> str:
    date, time = format_date(instant, "long", locale=locale), format_time(instant, "HH:mm", locale=locale)
    return str(get_datetime_format("medium", locale=locale)).format(time, date)


def language(tag: str) -> Language:
    """The language of a tag such as ``de`` or ``ar-EG``. English where there is no translation."""
    return _language(_catalog(tag) or "en")


@lru_cache(maxsize=1024)
def accepted(header: str) -> str:
    """The tag of the first language of an ``Accept-Language`` that there is; empty if there is none."""
    wanted = sorted(_wanted(header), key=lambda each: -each[1])
    return next((tag for tag, quality in wanted if quality and _catalog(tag)), "")


def _wanted(header: str) -> Iterator[tuple[str, float]]:
    for part in header[:500].split(","):
        if match := _ACCEPTED.fullmatch(part):
            yield match[1], float(match[2] or 1)


@lru_cache(maxsize=1024)
def _catalog(tag: str) -> str:
    """The catalog for a tag; empty if there is none. Regions make no difference, nor do scripts."""
    try:
        locale = Locale.parse(tag.replace("-", "_")) if _TAG.match(tag) else None
    except (ValueError, UnknownLocaleError):
        locale = None
    if locale is None:
        return ""
    return next((name for name in ("en", *CATALOGS) if name.partition("_")[0] == locale.language), "")


@cache
def _language(name: str) -> Language:
    locale = Locale("en", "GB") if name == "en" else Locale.parse(name)  # the day before the month
    direction = "rtl" if name in _RIGHT_TO_LEFT else "ltr"
    return Language(name.replace("_", "-"), direction, _translations(name), locale)


def _translations(name: str) -> gettext.NullTranslations:
    if name == "en":
        return gettext.NullTranslations()
    with resources.files("service").joinpath(f"locale/{name}/LC_MESSAGES/messages.po").open("rb") as file:
        return read_translations(file, name)


def read_translations(file: IO[bytes], name: str) -> gettext.NullTranslations:
    """The translations in a file of gettext's PO format, as translators edit it. Takes ten milliseconds.

    A sentence that is missing, fuzzy, or has not all plural forms comes out in English.
    """
    from babel.messages.mofile import write_mo  # here: who speaks English needs neither
    from babel.messages.pofile import read_po

    catalog, compiled = read_po(file, locale=name), io.BytesIO()
    for message in list(catalog):
        if isinstance(message.string, tuple) and not all(message.string):
            catalog.delete(message.id)  # write_mo would put an English form in, chosen by the other language's rule
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
