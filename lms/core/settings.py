"""Settings: frozen, typed, read once from the environment; all faults are told together."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """What kind of installation this is."""

    PRODUCTION = "production"
    DEMO = "demo"
    DEVELOPMENT = "development"
    TEST = "test"


class Settings(BaseSettings):
    """Everything an operator may set, each as `LMS_<NAME>`.

    Raises: pydantic.ValidationError: one or more values cannot be used; all are listed.
    """

    model_config = SettingsConfigDict(env_prefix="LMS_", frozen=True, extra="ignore", env_ignore_empty=True)

    env: Environment = Environment.PRODUCTION
    home: Path = Path("var")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    base_url: str = ""
    proxy_count: Annotated[int, Field(ge=0, le=5)] = 0
    jobs: str = "inline"
    mail_url: str = ""
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    mentor_jp: Annotated[int, Field(ge=0, le=8)] = 0  # JP of a mentor for one confirmed session
    agency_name: str = "Pemerintah Kota Palopo"
    help_phone: str = "0471 555 0134"

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _driver_is_named(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgres://")):
            msg = "write the driver into the URL: postgresql+psycopg://…"
            raise ValueError(msg)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            msg = "only sqlite:/// and postgresql+psycopg:// are known"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _derive(self) -> Self:
        # Frozen models are filled through __dict__ while they are being made.
        if not self.database_url:
            self.__dict__["database_url"] = f"sqlite:///{self.home / 'bina.sqlite3'}"
        if not self.base_url:
            self.__dict__["base_url"] = f"http://{self.host}:{self.port}"
        self.__dict__["base_url"] = self.base_url.rstrip("/")
        return self

    def make_home(self) -> None:
        """Make the folder of database, files and keys; only the owner looks into it."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def bound_to_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def plain_cookie(self) -> bool:
        """Whether the session cookie may travel over http: only on loopback (trust.md 2.5)."""
        return urlsplit(self.base_url).scheme == "http" and self.bound_to_loopback

    @property
    def secrets_dir(self) -> Path:
        """Folder of the keys; never in the database or a plain backup."""
        return self.home / "secrets"

    @property
    def files_dir(self) -> Path:
        """Folder of stored files, by digest."""
        return self.home / "files"
