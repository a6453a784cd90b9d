"""The form in which a site's owner sets up the check: read, validated, stored."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from db import tables
from db.dialect_sql import insert_if_absent
from service.spam.rules import RULE_NAMES
from service.spam.site_policy import AUTO, LEVELS, levels_of, name_of_levels
from service.spam.site_state import read_settings
from service.spam.word_lists import MOST_ENTRIES

LISTS = ("hold", "spam", "trial")
_FACTOR = re.compile(r"([a-z_]{2,40})\s*[=:×x ]\s*([0-9]{1,3}(?:[.,][0-9]{1,3})?)", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SpamSettingsForm:
    """The submitted ``settings`` in their stored form, and ``errors`` by field."""

    settings: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def read_form(given: Callable[[str], str], gettext: Callable[[str], str] = str) -> SpamSettingsForm:
    """Reads ``hold``, ``spam``, ``level``, ``factors``, ``trial``, ``chat_spam``, and ``words_…`` for each of LISTS."""
    errors: dict[str, str] = {}
    settings: dict[str, Any] = {"words": {name: given(f"words_{name}") for name in LISTS}}
    for name in ("hold", "spam"):
        typed = given(name).strip()
        if not typed:
            continue
        if _NUMBER.fullmatch(typed):
            settings[name] = _number(typed)
        else:
            errors[name] = gettext("Please enter a number of points, such as 3 or 4.5.")
    if not errors and settings.get("spam", 0.0) and settings["spam"] < settings.get("hold", 0.0):
        errors["spam"] = gettext("This must not be lower than the score for holding.")
    settings["chat_spam"] = bool(given("chat_spam"))
    settings["level"] = _level(given("level"), errors, gettext)
    settings["factors"] = _factors(given("factors"), errors, gettext)
    settings["trial"] = sorted({name for name in re.split(r"[,\s]+", given("trial")) if name})
    if unknown := [name for name in settings["trial"] if name not in RULE_NAMES]:
        errors["trial"] = gettext("There is no rule with this name: %s") % unknown[0]
    for name in LISTS:
        if settings["words"][name].count("\n") > MOST_ENTRIES:
            errors[f"words_{name}"] = gettext("A list can have at most 200,000 entries.")
    return SpamSettingsForm(settings, errors)


def level_choice(stored: Mapping[str, Any]) -> str:
    """A site's levels as a value of the form: ``auto``, ``least-2`` or ``always-1``."""
    return name_of_levels(*levels_of(stored))


def _level(chosen: str, errors: dict[str, str], gettext: Callable[[str], str]) -> str:
    if not chosen:
        return AUTO
    if not LEVELS.fullmatch(chosen):
        errors["level"] = gettext("Please choose a difficulty.")
        return AUTO
    return name_of_levels(*levels_of({"level": chosen}))


def _factors(typed: str, errors: dict[str, str], gettext: Callable[[str], str]) -> dict[str, float]:
    factors: dict[str, float] = {}
    wrong: list[str] = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        match = _FACTOR.fullmatch(line)
        if match is None:
            wrong.append(gettext("Not understood: %s. Write lines such as bbcode = 0.5.") % line[:60])
        elif match[1] not in RULE_NAMES:
            wrong.append(gettext("There is no rule with this name: %s") % match[1] + ".")
        else:
            factors[match[1]] = _number(match[2])
    if wrong:
        errors["factors"] = " ".join(wrong[:5])
    return factors


def _number(typed: str) -> float:
    return float(typed.replace(",", "."))


def save_settings(connection: Connection, site_id: int, changes: Mapping[str, Any], at: datetime) -> None:
    """Store some of a site's settings and keep the others. With ``words`` among them, thresholds that are missing are
    reset to the installation's."""
    kept = read_settings(connection, site_id)
    if "words" in changes:
        kept = {name: value for name, value in kept.items() if name not in ("hold", "spam")}
    store_settings(connection, site_id, {**kept, **changes}, at)


def store_settings(connection: Connection, site_id: int, settings: Mapping[str, Any], at: datetime) -> None:
    """Store all settings of a site. Their new version tells every process to read them again."""
    first = int(at.timestamp())  # not 1: SQLite may give this id to another site once this one is removed
    row = {"site_id": site_id, "version": first, "settings": dict(settings), "at": at}
    if not insert_if_absent(connection, tables.spam_setting, row):
        stored = tables.spam_setting.c
        statement = update(tables.spam_setting).where(stored.site_id == site_id)
        connection.execute(statement.values(version=stored.version + 1, settings=dict(settings), at=at))
