"""What a site blocks: names, email addresses, networks, hosts and words, each for a time or for good."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from service.spam.classifier.normalise_text import plain
from service.spam.word_lists import WordList

_block = tables.site_block.c
_Network = IPv4Network | IPv6Network


class BlockKind(StrEnum):
    """What is blocked."""

    AUTHOR = "author"
    EMAIL = "email"
    NETWORK = "network"
    HOST = "host"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class CommentSender:
    """What of a comment can be blocked. ``text`` is in its plain form, ``hosts`` as registered."""

    author: str
    email: str
    address: str
    hosts: Iterable[str]
    text: str


@dataclass(frozen=True)
class Blocks:
    """The blocks of a site: of each kind, what is blocked → until when; None for good."""

    by_kind: Mapping[str, Mapping[str, datetime | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Blocks":
        """From rows with ``kind``, ``value`` and ``until``."""
        by_kind: dict[str, dict[str, datetime | None]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, {})[row.value] = row.until
        return cls(by_kind)

    def hits(self, sender: CommentSender, now: datetime) -> tuple[BlockKind, ...]:
        """By what a comment is blocked now."""
        if not self.by_kind:
            return ()
        candidates: dict[BlockKind, Iterable[str]] = {
            BlockKind.AUTHOR: [plain(sender.author[:300]).strip()],
            BlockKind.EMAIL: [plain(sender.email[:300]).strip()],
            BlockKind.NETWORK: self._networks_with(sender.address),
            BlockKind.HOST: sender.hosts,
            BlockKind.WORD: self._words.hits([sender.text]) if BlockKind.WORD in self.by_kind else (),
        }
        return tuple(what for what, values in candidates.items() if self._blocks(what, values, now))

    def _blocks(self, what: BlockKind, values: Iterable[str], now: datetime) -> bool:
        blocked = self.by_kind.get(what, {})
        return any(value in blocked and ((end := blocked[value]) is None or end > now) for value in values)

    @cached_property
    def _words(self) -> WordList:
        """A word of plain letters counts as a whole word, any other wherever it stands."""
        words = self.by_kind.get(BlockKind.WORD, {})
        return WordList.parse("\n".join(f'"{word}"' if word.isascii() and word.isalnum() else word for word in words))

    @cached_property
    def _sizes(self) -> Mapping[int, frozenset[int]]:
        """Version of the protocol → the lengths of the prefixes that are blocked."""
        networks = [ip_network(each) for each in self.by_kind.get(BlockKind.NETWORK, {})]
        return {
            version: frozenset(each.prefixlen for each in networks if each.version == version) for version in (4, 6)
        }

    def _networks_with(self, address: str) -> list[str]:
        """The networks of those lengths that an address is in."""
        if BlockKind.NETWORK not in self.by_kind:
            return []
        try:
            found = ip_address(address)
        except ValueError:
            return []
        found = getattr(found, "ipv4_mapped", None) or found
        return [str(ip_network((found, size), strict=False)) for size in self._sizes[found.version]]


NO_BLOCKS = Blocks()


def read_blocks(connection: Connection, site_id: int) -> Blocks:
    """The blocks of a site, those that have ended included."""
    query = select(_block.kind, _block.value, _block.until).where(_block.site_id == site_id)
    return Blocks.of(connection.execute(query))
