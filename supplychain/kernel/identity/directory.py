"""Users, what they were granted, and their tokens, as the operator's lists show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from supplychain.kernel.identity.models import Token, User, UserGrant


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role that a user has for a party."""

    id: int
    role: str
    party_id: int | None


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as the operator's list shows it."""

    id: int
    username: str
    display_name: str
    is_active: bool
    created_at: datetime
    grants: Sequence[GrantRow]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as a list shows it; its text is known to nobody any more."""

    id: int
    name: str
    prefix: str | None
    username: str
    role: str | None
    """None when the role it acted in was withdrawn."""
    party_id: int | None
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_on: date | None


def users(session: Session) -> Sequence[UserRow]:
    """Return every user with their grants, by name, in two statements."""
    grants: dict[int, list[GrantRow]] = {}
    for grant in session.scalars(select(UserGrant).order_by(UserGrant.id)):
        grants.setdefault(grant.user_id, []).append(GrantRow(grant.id, grant.role, grant.party_id))
    found = session.execute(
        select(User.id, User.username, User.display_name, User.is_active, User.created_at).order_by(
            User.username
        )
    )
    return [UserRow(*row, grants.get(row.id, [])) for row in found]


def grants_of(session: Session, user_id: int) -> Sequence[GrantRow]:
    """Return what a user was granted."""
    found = session.execute(
        select(UserGrant.id, UserGrant.role, UserGrant.party_id)
        .where(UserGrant.user_id == user_id)
        .order_by(UserGrant.id)
    )
    return [GrantRow(*row) for row in found]


def holder_of(session: Session, grant_id: int) -> int | None:
    """Return the key of the user who holds a grant; None when it was withdrawn."""
    return session.scalar(select(UserGrant.user_id).where(UserGrant.id == grant_id))


def user_id_of(session: Session, username: str) -> int | None:
    """Return a user's key by name."""
    return session.scalar(select(User.id).where(User.username == username))


def tokens(session: Session) -> Sequence[TokenRow]:
    """Return every token, newest first."""
    found = session.execute(
        select(
            Token.id,
            Token.name,
            Token.prefix,
            User.username,
            UserGrant.role,
            UserGrant.party_id,
            Token.scopes,
            Token.created_at,
            Token.expires_at,
            Token.revoked_at,
            Token.last_used_on,
        )
        .join(User, User.id == Token.user_id)
        .outerjoin(UserGrant, UserGrant.id == Token.grant_id)
        .order_by(Token.id.desc())
    )
    return [TokenRow(*row) for row in found]
