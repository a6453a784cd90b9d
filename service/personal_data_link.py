"""The mailed link that opens what is stored of a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData

from service.secret_keys import Keyring

LIFETIME = timedelta(days=1)
"""How long a link works, and the time between two such mails to an address."""

_PURPOSE = "personal-data"


@dataclass(frozen=True, slots=True)
class PersonLink:
    """Names a comment (site, id), whose author the person is, and the address by a keyed hash. So the link does not
    hold the address, and ends when the comment gets another."""

    key: tuple[int, int]
    who: str

    @classmethod
    def of(cls, keyring: Keyring, key: tuple[int, int], email: str) -> "PersonLink":
        """The link to what is stored of the author of a comment."""
        return cls(key, keyring.pseudonym(_PURPOSE, email.lower()).hex())

    def sign(self, keyring: Keyring, now: datetime) -> str:
        """The link's token."""
        return str(keyring.serializer(_PURPOSE).dumps([*self.key, int((now + LIFETIME).timestamp()), self.who]))

    @classmethod
    def read(cls, keyring: Keyring, token: str, now: datetime) -> "PersonLink | None":
        """The link of a token; None if that is invalid or too old."""
        try:
            site_id, comment_id, end, who = keyring.serializer(_PURPOSE).loads(token[:500])
            link, is_over = cls((int(site_id), int(comment_id)), str(who)), int(end) <= now.timestamp()
        except (BadData, ValueError, TypeError):
            return None
        return None if is_over else link

    def is_for(self, keyring: Keyring, email: str) -> bool:
        """Whether the comment has this address still."""
        return self.who in [name.hex() for name in keyring.pseudonyms(_PURPOSE, email.lower())]
