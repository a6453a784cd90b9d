"""Blocking an author, an address, a host or a network from a comment: an entry of the site's list of spam."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from sqlalchemy import Connection

from service.action_log import Act, Action, record
from service.spam.classifier.link_features import parse
from service.spam.classifier.normalise import plain
from service.spam.settings_form import save_settings
from service.spam.shared_hosts import owner_of
from service.spam.site_state import read_settings
from service.spam.word_lists import LONGEST_ENTRY

_PART = re.compile(r"(?:[0-9]{1,3}\.){2,3}|(?:[0-9a-f]{1,4}:){2,7}", re.ASCII)
"""The beginning of an address, up to a dot or colon: ``203.0.113.`` or ``2001:db8:``."""


class What(StrEnum):
    """What is blocked."""

    AUTHOR = "author"
    EMAIL = "email"
    HOST = "host"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Unblockable(ValueError):
    """There is nothing to block by this; ``what`` is what was asked for."""

    what: What


def entry_of(what: What, value: str) -> str:
    """The entry of the list that blocks a name, an email address, a host or URL, or the beginning of a network address.

    Names and email addresses are compared as whole fields. Raises Unblockable.
    """
    value = plain(value[:LONGEST_ENTRY]).strip()
    if what in (What.AUTHOR, What.EMAIL):
        entry = f"={value}" if value else ""
    elif what is What.HOST:
        entry = owner_of(parse(value if "://" in value else f"http://{value}")) or "" if value else ""
    else:
        entry = value if _is_network(value) else ""
    if not entry or "\n" in entry:
        raise Unblockable(what)
    return entry


def block(connection: Connection, site_id: int, entry: str, admin_id: int, at: datetime) -> bool:
    """Add an entry to a site's list of spam. Returns False if it is there already."""
    stored = read_settings(connection, site_id)
    words = dict(stored.get("words", {}))
    lines = str(words.get("spam", "")).splitlines()
    if entry in lines:
        return False
    thresholds: dict[str, Any] = {name: stored[name] for name in ("hold", "spam") if name in stored}
    save_settings(connection, site_id, {**thresholds, "words": words | {"spam": "\n".join([*lines, entry])}}, at)
    record(connection, site_id, Act(Action.BLOCK, at, admin_id, number=0, content={"entry": entry}))
    return True


def _is_network(value: str) -> bool:
    if _PART.fullmatch(value):
        return True
    try:
        ip_address(value)
    except ValueError:
        return False
    return True
