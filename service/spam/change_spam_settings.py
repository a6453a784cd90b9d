"""A site's settings of the spam check are changed, and the log says what they were."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.action_log import Act, ActKind, record
from service.logged_change import LoggedChange, Subject
from service.spam.site_state import read_settings
from service.spam.spam_settings_form import save_settings, store_settings

_LISTS = "words"


def change_settings(
    connection: Connection, site_id: int, changes: Mapping[str, Any], admin_id: int | None, at: datetime
) -> None:
    """Store some settings, as ``save_settings`` does, and log which."""
    before = _flat(read_settings(connection, site_id))
    save_settings(connection, site_id, changes, at)
    after = _flat(read_settings(connection, site_id))
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    change = LoggedChange(Subject.SPAM, ",".join(names), _some(before, names), _some(after, names)) if names else None
    content = {"entry": ", ".join(names or sorted(changes))}
    record(connection, site_id, Act(ActKind.SETTINGS, at, admin_id, number=0, content=content, change=change))


def read_named(connection: Connection, site_id: int, names: Iterable[str]) -> dict[str, Any]:
    """The settings of these names that are set; a word list is ``words.hold``."""
    return _some(_flat(read_settings(connection, site_id)), names)


def put_back(
    connection: Connection, site_id: int, names: Iterable[str], state: Mapping[str, Any], at: datetime
) -> None:
    """Give the settings of these names their values in ``state``, and none to those that it lacks."""
    flat = {name: value for name, value in _flat(read_settings(connection, site_id)).items() if name not in names}
    flat |= state
    settings = {name: value for name, value in flat.items() if not name.startswith(f"{_LISTS}.")}
    lists = {name.partition(".")[2]: value for name, value in flat.items() if name not in settings}
    store_settings(connection, site_id, settings | ({_LISTS: lists} if lists else {}), at)


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    lists = {f"{_LISTS}.{name}": value for name, value in settings.get(_LISTS, {}).items()}
    return {name: value for name, value in settings.items() if name != _LISTS} | lists


def _some(flat: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: flat[name] for name in names if name in flat}
