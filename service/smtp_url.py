"""Where mail is handed in, out of one address."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
_EXAMPLE = "such as smtps://user:password@mail.example.com"


@dataclass(frozen=True, slots=True)
class MailServer:
    """``scheme`` is ``smtps`` (TLS from the start), ``smtp`` (STARTTLS, without which nothing is sent) or
    ``smtp+plain`` (no TLS). On this very machine TLS is not asked for by ``smtp`` either.
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str, password: str = "") -> "MailServer":
        """Out of ``smtps://user:password@host:port``; user and password are percent-encoded. Raises ValueError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"the mail server's address cannot be read; write it {_EXAMPLE}") from error
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError(f"the mail server's address must be smtps://, smtp:// or smtp+plain://, {_EXAMPLE}")
        found = cls(
            parts.scheme,
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username or ""),
            password or unquote(parts.password or ""),
        )
        if found.scheme == "smtp+plain" and found.password and not found.is_here:
            raise ValueError("a password is not sent without TLS: use smtps:// or smtp://")
        return found

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def starts_tls(self) -> bool:
        """Whether the connection begins in the clear and must not stay so."""
        return self.scheme == "smtp" and not self.is_here


def mailbox(text: str) -> Address:
    """A name and an address out of ``Name <address>``, or the address alone. Raises ValueError."""
    name, address = parseaddr(text) if text.isprintable() else ("", "")
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"{text} is no mail address, such as Comments <comments@example.com>") from error
    return Address(name, addr_spec=checked.ascii_email or checked.normalized)
