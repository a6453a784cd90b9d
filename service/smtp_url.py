"""Parses the URL of the mail server, and mail addresses."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
_EXAMPLE = "such as smtps://user:password@mail.example.com"


@dataclass(frozen=True, slots=True)
class MailServer:
    """``scheme`` is ``smtps`` (TLS from the start), ``smtp`` (STARTTLS is required, except on this machine) or
    ``smtp+plain`` (no TLS).
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str, password: str = "") -> "MailServer":
        """Parse ``smtps://user:password@host:port``, with percent-encoded user and password. Raises ValueError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"the mail server's address cannot be read; write it {_EXAMPLE}") from error
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError(f"the mail server's address must be smtps://, smtp:// or smtp+plain://, {_EXAMPLE}")
        server = cls(
            parts.scheme,
            parts.hostname,
            port or _PORTS[parts.scheme],
            unquote(parts.username or ""),
            password or unquote(parts.password or ""),
        )
        if server.scheme == "smtp+plain" and server.password and not server.is_here:
            raise ValueError("a password is not sent without TLS: use smtps:// or smtp://")
        return server

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def starts_tls(self) -> bool:
        """Whether the connection must switch to TLS by STARTTLS."""
        return self.scheme == "smtp" and not self.is_here


def mailbox(text: str) -> Address:
    """Parse ``Name <address>`` or an address alone. Raises ValueError."""
    # Not at the top: to compile its patterns takes a fortieth of a start. ``service.web.finish_start`` loads it.
    from email_validator import EmailNotValidError, validate_email

    name, address = parseaddr(text) if text.isprintable() else ("", "")
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"{text} is not a mail address such as Comments <comments@example.com>") from error
    return Address(name, addr_spec=checked.ascii_email or checked.normalized)
