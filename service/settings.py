"""What an owner may set, from ``REPLY_*`` in the environment. Frozen, handed around, never a module global."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network
Moderation = Literal["none", "first", "all"]


def _words(value: Any) -> Any:
    """A list in the environment is words between commas or spaces."""
    return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else value


class Settings(BaseSettings):
    """Every setting has a line in docs/settings.md; a test says so."""

    model_config = SettingsConfigDict(env_prefix="REPLY_", frozen=True, extra="ignore")

    data: Path = Field(Path("var"), description="Folder for the SQLite file and the secret.")
    database_url: str = Field("", description="SQLAlchemy URL. Empty: a SQLite file in the data folder.")
    secret: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens; 32 characters or more. Several, newest last, while you rotate.",
    )
    secret_file: Path | None = Field(
        None, description="A file that holds the secret. Made on first start, by default in the data folder."
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Where readers reach this service.")
    sites: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may carry comments, such as https://example.com."
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Networks of your own proxies, whose X-Forwarded-For is believed."
    )
    moderation: Moderation = Field("none", description="Who is held for approval: none, first (newcomers) or all.")
    min_fill_seconds: float = Field(3, ge=0, description="A form sent back faster than this looks automatic.")
    flood_seconds: int = Field(15, ge=0, description="Time between two comments of one person; 0 is off.")
    rate_post: str = Field("10/minute", pattern=r"^\d+/(second|minute|hour)$", description="Posts a client.")
    rate_login: str = Field("5/minute", pattern=r"^\d+/(second|minute|hour)$", description="Login attempts.")
    max_links: int = Field(2, ge=0, description="A comment with this many links or more is held; 0 is off.")
    spam_days: int = Field(15, ge=0, description="Days after which spam is deleted; 0 keeps it.")
    trash_days: int = Field(30, ge=0, description="Days after which the trash is emptied; 0 keeps it.")
    demo: bool = Field(True, description="Whether / shows the demo article.")
    templates: Path | None = Field(None, description="Your own templates, searched before ours.")
    language: str = Field("en", description="Language where neither page nor reader asks for one.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    @field_validator("sites", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return _words(value)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        return tuple(ip_network(each) for each in _words(value))

    @field_validator("public_url")
    @classmethod
    def _bare(cls, value: str) -> str:
        if not re.match(r"^https?://[^/\s?#]+(/[^\s?#]*)?$", value):
            raise ValueError("must be an http or https address without query, such as https://comments.example.com")
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.data / 'comments.db'}"

    @property
    def secure(self) -> bool:
        """Whether readers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")
