"""Users, what they were granted for whom, their tokens, and failed sign-ins."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified


class User(Identified, Base):
    """A person who signs in."""

    __tablename__ = "kernel_user"
    __table_args__ = (UniqueConstraint("username"),)

    username: Mapped[str] = mapped_column(String(40))
    display_name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))
    """argon2id, with its parameters."""
    locale: Mapped[str] = mapped_column(String(16))
    session_epoch: Mapped[int] = mapped_column(Integer, default=1)
    """Counts up when the password changes or the user is stopped: older sessions end."""
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class UserGrant(Identified, Base):
    """A user acts in a role, for a party or for none.

    `party_id` is the key of a party in the addon that owns parties. There is no foreign key, because that
    addon stands above the kernel; parties are never deleted, so the number cannot dangle.
    """

    __tablename__ = "kernel_grant"
    __table_args__ = (
        UniqueConstraint("user_id", "role", "party_id"),
        Index(
            None,
            "user_id",
            "role",
            unique=True,
            sqlite_where=text("party_id IS NULL"),
            postgresql_where=text("party_id IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )
    """NULLs never equal each other, hence the index beside the constraint. No key is given again: a session
    names its grant and must not wake up in another one after that was withdrawn."""

    user_id: Mapped[int] = mapped_column(ForeignKey("kernel_user.id"))
    role: Mapped[str] = mapped_column(String(40))
    party_id: Mapped[int | None]


class Token(Identified, Base):
    """A key for another system: acts as one grant of a user, within scopes. Only its hash is kept."""

    __tablename__ = "kernel_token"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "user_id"))

    user_id: Mapped[int] = mapped_column(ForeignKey("kernel_user.id"))
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("kernel_grant.id"))
    """None once the grant is withdrawn; the token is revoked with it."""
    name: Mapped[str] = mapped_column(String(60))
    prefix: Mapped[str | None] = mapped_column(String(12))
    """How its text begins, to tell tokens apart; None for tokens made before this was kept."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the token; tokens are random, so no salt is needed."""
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    """Names of permissions; empty means everything that the grant allows."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]
    """The last day, in Shanghai, on which it was used: a day is enough, and written once a day only."""


class SignInFailure(Identified, Base):
    """Failed sign-ins under one key (a username or an address) within one window."""

    __tablename__ = "kernel_sign_in_failure"
    __table_args__ = (UniqueConstraint("key"),)

    key: Mapped[str] = mapped_column(String(120))
    window_start: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer)
