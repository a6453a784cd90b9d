"""Languages: translated messages, text direction and dates."""

import gettext
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from typing import IO

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format

CATALOGS = ("ar", "ckb", "de", "es", "fr", "ku", "ru", "tr", "zh_Hans")
"""The translations in ``service/locale``, in addition to English."""

_TAG = re.compile(r"(?=.{2,20}\Z)[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}\Z")
_ACCEPTED = re.compile(r"\s*([A-Za-z0-9-]{1,20})\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")
_RIGHT_TO_LEFT = frozenset({"ar", "ckb"})


def N_(sentence: str) -> str:  # noqa: N802 - what translators' tools look for
    """Mark a sentence for extraction; it is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Language:
    """``code`` is a BCP 47 tag, for the ``lang`` attribute; ``dir`` is ltr or rtl."""

    code: str
    dir: str
    translations: gettext.NullTranslations
    locale: Locale

    @property
    def gettext(self) -> Callable[[str], str]:
        """Translates a sentence."""
        return self.translations.gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """Translates a sentence with a number."""
        return self.translations.ngettext

    def when(self, instant: datetime) -> str:
        """A date and time in UTC for people: ``24 November 2026, 03:53``."""
        return _date_and_time(self.locale, instant.replace(second=0, microsecond=0))


@lru_cache(maxsize=8192)
def _date_and_time(locale: Locale, instant: datetime) -> str:
    date, time = format_date(instant, "long", locale=locale), format_time(instant, "HH:mm", locale=locale)
    return str(get_datetime_format("medium", locale=locale)).format(time, date)


def language(tag: str) -> Language:
    """The language of a tag such as ``de`` or ``ar-EG``; English if there is no translation."""
    return _language(_catalog(tag) or "en")


def admin_language(tag: str) -> Language:
    """The language of a tag, with the sentences of the admin pages as well. The first call for a language takes 50
    milliseconds, so not on the event loop."""
    return _admin_language(_catalog(tag) or "en")


def has_translation(tag: str) -> bool:
    """Whether a tag such as ``de-AT`` names English or a language with a translation."""
    return bool(_catalog(tag))


@lru_cache(maxsize=1024)
def accepted(header: str) -> str:
    """The preferred tag of an ``Accept-Language`` header (RFC 9110) that has a translation; empty if none has."""
    preferred = sorted(_tags_with_quality(header), key=lambda pair: -pair[1])
    return next((tag for tag, quality in preferred if quality and _catalog(tag)), "")


def _tags_with_quality(header: str) -> Iterator[tuple[str, float]]:
    for part in header[:500].split(","):
        if match := _ACCEPTED.fullmatch(part):
            yield match[1], float(match[2] or 1)


@lru_cache(maxsize=1024)
def _catalog(tag: str) -> str:
    """The name of the catalog for a tag; empty if we have none. Region and script are ignored."""
    try:
        locale = Locale.parse(tag.replace("-", "_")) if _TAG.match(tag) else None
    except (ValueError, UnknownLocaleError):
        locale = None
    if locale is None:
        return ""
    return next((name for name in ("en", *CATALOGS) if name.partition("_")[0] == locale.language), "")


@cache
def _language(name: str) -> Language:
    locale = Locale("en", "GB") if name == "en" else Locale.parse(name)  # its dates have the day first
    direction = "rtl" if name in _RIGHT_TO_LEFT else "ltr"
    return Language(name.replace("_", "-"), direction, _translations(name, "messages"), locale)


@cache
def _admin_language(name: str) -> Language:
    spoken, translations = _language(name), _translations(name, "admin")
    translations.add_fallback(spoken.translations)
    return replace(spoken, translations=translations)


def _translations(name: str, domain: str) -> gettext.NullTranslations:
    """``domain``: "messages", which readers see, or "admin", which only admins see and no reader waits for."""
    if name == "en":
        return gettext.NullTranslations()
    with resources.files("service").joinpath(f"locale/{name}/LC_MESSAGES/{domain}.po").open("rb") as file:
        return read_translations(file, name)


def read_translations(file: IO[bytes], name: str) -> gettext.NullTranslations:
    """The translations in a gettext PO file. A sentence that is missing, fuzzy, or lacks a plural form stays English.

    Reading the file that translators edit takes ten milliseconds, once for each language in use, and saves a build
    step: a checkout and a wheel are alike.
    """
    from babel.messages.mofile import write_mo  # not at the top: a service in English needs neither
    from babel.messages.pofile import read_po

    catalog, compiled = read_po(file, locale=name), io.BytesIO()
    for message in list(catalog):
        if isinstance(message.string, tuple) and not all(message.string):
            catalog.delete(message.id)  # write_mo would add the English form, chosen by this language's rule
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
