"""Settings: typed, from the environment, checked before anything else starts.

An unknown SUPPLYCHAIN_* name refuses to start: a typing error must not be a silent default.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from supplychain.kernel.errors import ConfigurationError

PREFIX = "SUPPLYCHAIN_"
ADDONS = (
    "supplychain.base",
    "catalog",
    "supplychain.contracts",
    "traceability",
    "logistics",
)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _flag(text: str) -> bool:
    if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
        raise ValueError(text)
    return text.lower() in {"1", "true", "yes"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations.

    Each field is read from `SUPPLYCHAIN_<FIELD>`; its type and default stand here and nowhere else.
    """

    data_dir: Path = field(default=Path("var"), metadata={"parse": Path})
    """Where the SQLite file and the secret live."""
    database_url: str = ""
    """SQLAlchemy address; empty means the SQLite file in the data folder."""
    read_database_url: str = ""
    """A replica for public pages; empty means the same database."""
    base_url: str = "http://127.0.0.1:8000"
    """How the outside reaches this installation; printed into every Digital Link."""
    secret_key: str = ""
    """Signs sessions; empty means one is made once and kept in the data folder."""
    addons: tuple[str, ...] = field(default=ADDONS, metadata={"parse": _names})
    """Dotted names of the addon packages to install."""
    max_upload_bytes: int = field(default=16 * 1024 * 1024, metadata={"parse": int})
    """The largest request body."""
    session_hours: int = field(default=24 * 7, metadata={"parse": int})
    """How long a sign-in lasts without use."""
    secure_cookies: bool = field(default=False, metadata={"parse": _flag})
    """Send cookies over HTTPS only; set it wherever HTTPS is in front."""
    behind_proxies: int = field(default=0, metadata={"parse": int})
    """How many reverse proxies to trust for the client's address and scheme."""
    webhook_hosts: tuple[str, ...] = field(default=(), metadata={"parse": _names})
    """Hosts, or `host:port`, that webhooks may reach though they are inside or without https."""
    demo: bool = field(default=False, metadata={"parse": _flag})
    """Show the demo sign-ins on the sign-in page."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment; ConfigurationError names the culprit."""
        environment = os.environ if environment is None else environment
        given = {name: text for name, text in environment.items() if name.startswith(PREFIX)}
        known = {PREFIX + item.name.upper(): item for item in fields(cls)}
        for name in given:
            if name not in known:
                raise ConfigurationError(f"unknown setting {name}; known are {', '.join(sorted(known))}")
        values: dict[str, Any] = {}
        for name, text in given.items():
            values[known[name].name] = _parse(name, known[name].metadata.get("parse", str), text)
        return cls(**values)

    @property
    def url(self) -> str:
        """Return the database address that is really used."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'supplychain.db').absolute()}"

    def signing_key(self) -> str:
        """Return the key for sessions; the first start makes one, readable by its owner alone."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
                stream.write(secrets.token_urlsafe(48))
        return path.read_text()


def _parse(name: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}={text!r} is not a valid value") from error
