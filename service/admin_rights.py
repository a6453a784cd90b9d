"""What admins may do: their role, and the sites they have it on. No other place decides about that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Key = TypeVar("Key", bound=tuple[int, int])


class Role(StrEnum):
    """What an admin is. ``READER`` sees everything that a moderator sees and changes nothing."""

    OWNER = "owner"
    MODERATOR = "moderator"
    READER = "reader"


class Right(StrEnum):
    """What a page or an action of the admin needs."""

    OWN = "own account"
    READ = "read"
    MODERATE = "moderate"
    SETTINGS = "settings"
    PEOPLE = "people"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MODERATOR: frozenset({Right.OWN, Right.READ, Right.MODERATE}),
    Role.READER: frozenset({Right.OWN, Right.READ}),
}


@dataclass(frozen=True, slots=True)
class CurrentAdmin:
    """The admin who is logged in. ``sites``: the ids of the sites that the role is for; None for all."""

    id: int
    name: str
    role: Role = Role.OWNER
    sites: frozenset[int] | None = None

    @property
    def rights(self) -> frozenset[Right]:
        """All rights of the role."""
        return RIGHTS[self.role]

    def may(self, right: Right, site_id: int | None = None) -> bool:
        """Whether the admin has a right, on a site if one is given."""
        return right in RIGHTS[self.role] and (site_id is None or self.sees(site_id))

    def sees(self, site_id: int) -> bool:
        """Whether a site is among the admin's."""
        return self.sites is None or site_id in self.sites

    def own(self, keys: Iterable[Key]) -> list[Key]:
        """Of keys of comments or pages, those of the admin's sites."""
        return [key for key in keys if self.sees(key[0])]

    def own_sites(self, sites: Mapping[str, int]) -> dict[str, int]:
        """Of sites by origin, the admin's."""
        return {origin: site_id for origin, site_id in sites.items() if self.sees(site_id)}
