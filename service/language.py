"""The language of a face: its messages, its direction, its dates."""

import gettext
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

_TAG = re.compile(r"(?=.{2,20}\Z)[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}\Z")
_RTL_LANGUAGES = {"ar", "fa", "he", "ur", "ckb", "ps", "sd", "ug", "yi", "dv"}


_ENGLISH = gettext.NullTranslations()


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
        """A date and time for reading, in UTC: ``24 November 2026 at 03:53``."""
        return _when(self.locale, instant.replace(second=0, microsecond=0))


@lru_cache(maxsize=8192)
def _when(locale: Locale, instant: datetime) -> str:
    return format_datetime(instant, "d MMMM y, HH:mm", locale=locale)


@lru_cache(maxsize=256)
def language(tag: str) -> Language:
    """The language of a tag such as ``en`` or ``ar-EG``. A tag of no language means English."""
    try:
        locale = Locale.parse(tag.replace("-", "_") if _TAG.match(tag) else "en")
    except (ValueError, UnknownLocaleError):
        tag, locale = "en", Locale("en")
    tag = str(locale)  # so that a made-up variant is no language of its own
    base = re.split("[-_]", tag)[0].lower()
    direction = "rtl" if base in _RTL_LANGUAGES else "ltr"
    return Language(tag.replace("_", "-"), direction, _ENGLISH, locale)
