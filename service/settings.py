"""The settings, read from ``REPLY_*`` in the environment: a frozen value that is passed around, never a global."""

import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.language import CATALOGS, has_translation
from service.setting_values import RateText, host_in_url, read_password, words
from service.smtp_url import MailServer, mailbox
from service.telemetry.logs import Format
from service.web_origin import BadPage, site_origin

Network = IPv4Network | IPv6Network
Moderation = Literal["none", "first", "all"]
Order = Literal["old", "new"]
"""Which comments come first."""
End = Literal["newest", "oldest"]
"""Which end of a long thread is shown first."""


DOTENV = Path(".env")
"""File in the current folder with settings, which those of the environment override."""


class Settings(BaseSettings):
    """Every setting. A test checks that each has a line in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="REPLY_", env_file=DOTENV, frozen=True, extra="ignore")

    data: Path = Field(Path("var"), description="Folder for the SQLite file and the secret.")
    database_url: str = Field("", description="SQLAlchemy URL. Empty: a SQLite file in the data folder.")
    secret: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens; at least 32 characters. During a rotation several, newest last.",
    )
    secret_file: Path | None = Field(
        None, description="File with the secret, created at the first start, by default in the data folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Number of worker processes.")
    public_url: str = Field(
        default_factory=lambda known: f"http://{host_in_url(known.get('host', ''))}:{known.get('port', 8000)}",
        description="Address at which readers reach the service. By default, the address it listens on.",
    )
    sites: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages can have comments, such as https://example.com."
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Networks of your own proxies, whose X-Forwarded-For is trusted."
    )
    ask_pages: bool = Field(False, description="Fetch each new page once for its title and language.")
    moderation: Moderation = Field("none", description="Whose comments need approval: none, first (newcomers) or all.")
    min_fill_seconds: float = Field(3, ge=0, description="Forms submitted faster look automatic; 0: off.")
    flood_seconds: int = Field(15, ge=0, le=3600, description="Seconds between two comments of one person; 0: off.")
    rate_post: RateText = Field("10/minute", description="Posts per client.")
    rate_site: RateText = Field("30000/minute", description="Posts per site.")
    rate_question: RateText = Field("600/minute", description="Captcha questions per client.")
    valkey_url: str = Field("", description="Valkey server in which several processes share rate limits.")
    rate_login: RateText = Field("5/minute", description="Login attempts per client and per name.")
    reports_hold: int = Field(
        0, ge=0, description="Networks that must report a comment before it is held, 2 or more; 0: no reports."
    )
    spam_check: bool = Field(True, description="Use the spam filter for comments.")
    max_links: int = Field(5, ge=0, description="Comments with at least this many links are held; 0: off.")
    edit_minutes: int = Field(15, ge=0, le=1440, description="Minutes for authors to edit and delete; 0: never.")
    protect_names: bool = Field(True, description="Hold others' comments with a returning author's name.")
    smtp_url: SecretStr = Field(
        SecretStr(""), description="Mail server: smtps://user:password@host, smtp:// or smtp+plain://. Empty: no mail."
    )
    smtp_password_file: Path | None = Field(None, description="File with the mail server's password.")
    mail_from: str = Field(
        "", validate_default=True, description="From address, such as Comments <comments@example.com>."
    )
    mail_a_day: int = Field(20, ge=0, description="Maximum mails per address, site and day; 0: no limit.")
    notify: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses that get mails about pending comments."
    )
    webhook_private: bool = Field(False, description="Allow webhooks to this machine and private networks.")
    network_hours: int = Field(48, ge=1, le=8760, description="Hours that the hash of a reader's network is kept.")
    email_days: int = Field(0, ge=0, description="Days after which email addresses are deleted; 0: never.")
    website_days: int = Field(0, ge=0, description="Days after which authors' websites are deleted; 0: never.")
    spam_days: int = Field(15, ge=0, description="Days after which spam is deleted; 0: never.")
    report_days: int = Field(90, ge=1, le=3650, description="Days after which readers' reports are deleted.")
    trash_days: int = Field(30, ge=0, description="Days after which the trash is deleted; 0: never.")
    hold_score: float = Field(3, ge=0, description="Spam score at which a comment is held for review.")
    spam_score: float = Field(6, ge=0, description="Spam score at which a comment is filed as spam.")
    spam_weights: Annotated[dict[str, float], NoDecode] = Field(
        {}, description="Factors for the weights of single rules, such as bbcode=0 links=0.5."
    )
    spam_count_across_sites: bool = Field(
        False, description="Count hosts linked by many authors over all sites together."
    )
    learn_seconds: float = Field(30, ge=0, description="Seconds between checks for new decisions; 0: never.")
    live: int = Field(
        0, ge=0, le=12_000, description="Open pages per process that get new comments without reloading; 0: off."
    )
    comments_per_page: int = Field(50, ge=1, le=200, description="Top-level comments shown at once.")
    comment_order: Order = Field("old", description="Which comments come first: old or new.")
    default_comments_page: End = Field("newest", description="End of long threads shown first: newest or oldest.")
    import_mb: int = Field(
        1024, ge=0, le=1_000_000, description="Largest file that can be uploaded for import, in MB; 0: no uploads."
    )
    demo: bool = Field(True, description="Show the demo article at /.")
    templates: Path | None = Field(None, description="Folder with your own templates, which take precedence.")
    language: str = Field("en", description="Fallback language.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Format = Field("json", description="Format of log lines: json or text.")
    metrics_token: SecretStr = Field(SecretStr(""), description="Token for /metrics. Empty: only this machine.")

    @field_validator("sites", "trusted_proxies", "notify", mode="before")
    @classmethod
    def _split_lists(cls, value: Any) -> Any:
        return words(value)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _parse_networks(cls, value: Any) -> Any:
        try:
            return tuple(ip_network(network) for network in words(value))
        except ValueError as error:
            raise ValueError(f"{error}; write 10.0.0.5 or 10.0.0.0/8") from error

    @field_validator("sites")
    @classmethod
    def _check_sites(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                site_origin(address)
            except BadPage as error:
                host = address.rpartition("://")[2].partition("/")[0]
                raise ValueError(f"“{address}” is not an origin; write https://{host}") from error
        return value

    @field_validator("language")
    @classmethod
    def _check_language(cls, value: str) -> str:
        if not has_translation(value):
            raise ValueError(f"there is no translation for “{value}”; choose one of en, {', '.join(CATALOGS)}")
        return value

    @field_validator("templates")
    @classmethod
    def _check_templates(cls, value: Path | None) -> Path | None:
        if value and not value.is_dir():
            raise ValueError(f"there is no folder {value}")
        return value

    @field_validator("valkey_url")
    @classmethod
    def _check_valkey_url(cls, value: str) -> str:
        if value and not re.match(r"(valkey|redis)s?://[^/\s]|unix:///", value):
            raise ValueError("write valkey://host:6379/0, or valkeys:// for TLS")
        return value

    @field_validator("spam_weights", mode="before")
    @classmethod
    def _parse_weights(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [word.partition("=") for word in words(value)]
        if wrong := next((symbol for symbol, _, factor in pairs if not re.fullmatch(r"\d+(\.\d+)?", factor)), None):
            raise ValueError(f"{wrong} needs a factor, such as {wrong.partition('=')[0]}=0.5")
        return {symbol: float(factor) for symbol, _, factor in pairs}

    @field_validator("reports_hold")
    @classmethod
    def _check_reports(cls, value: int) -> int:
        if value == 1:
            raise ValueError("must be 0 or at least 2, or one reader could hide any comment")
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        if not re.match(r"^https?://[^/\s?#]+(/[^\s?#]*)?\Z", value):
            raise ValueError("must be an http or https address without query, such as https://comments.example.com")
        return value.rstrip("/")

    @field_validator("mail_from", "notify")
    @classmethod
    def _check_mailboxes(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in filter(None, [value] if isinstance(value, str) else value):
            mailbox(address)
        return value

    @field_validator("mail_from")
    @classmethod
    def _check_sender(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_url") and not value:
            raise ValueError("set a From address, such as Comments <comments@example.com>")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_mail_server(cls, value: SecretStr) -> SecretStr:
        if value:
            MailServer.of(value.get_secret_value())
        return value

    @field_validator("smtp_password_file")
    @classmethod
    def _check_password_file(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and (url := info.data.get("smtp_url")):
            MailServer.of(url.get_secret_value(), read_password(value))
        return value

    @cached_property
    def mail_server(self) -> MailServer | None:
        """The mail server; None if no mail is sent."""
        file = self.smtp_password_file
        url = self.smtp_url.get_secret_value()
        return MailServer.of(url, read_password(file) if file else "") if url else None

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.data / 'comments.db'}"

    @property
    def secure(self) -> bool:
        """Whether readers use https, so that cookies can require it."""
        return self.public_url.startswith("https://")


def given_names() -> list[str]:
    """The variables of the environment and of ``DOTENV`` that are named like settings, written in capitals."""
    text = DOTENV.read_text("utf-8") if DOTENV.is_file() else ""
    return [*os.environ, *re.findall(r"^\s*(?:export\s+)?(REPLY_[A-Z_]+)\s*=", text, re.MULTILINE)]


def misspelt(environment: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Variables named like settings that do not exist, each with the closest setting, or an empty string."""
    known = [name.upper() for name in Settings.model_fields]
    names = (variable.removeprefix("REPLY_") for variable in environment if variable.startswith("REPLY_"))
    for name in sorted({name for name in names if name not in known}):
        yield f"REPLY_{name}", next((f"REPLY_{close}" for close in get_close_matches(name, known, 1)), "")
