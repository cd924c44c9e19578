"""Who somebody is and may be: actors from sessions and tokens, users and tokens for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from supplychain.kernel import clock
from supplychain.kernel.identity.models import Token, User, UserGrant
from supplychain.kernel.identity.permissions import SEE_ALL
from supplychain.kernel.identity.services import digest
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user: the actor, the language, and what a session must still match."""

    actor: Actor
    user_id: int
    username: str
    locale: str
    session_epoch: int
    grant_id: int


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
    username: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def identity(session: Session, suite: Suite, user_id: int, grant_id: int | None = None) -> Identity | None:
    """Return who a user is in one of their grants, the first unless named; None when stopped or unknown."""
    found = select(User, UserGrant).join(UserGrant, UserGrant.user_id == User.id)
    found = found.where(User.id == user_id, User.is_active).order_by(UserGrant.id).limit(1)
    if grant_id is not None:
        found = found.where(UserGrant.id == grant_id)
    row = session.execute(found).one_or_none()
    return None if row is None else _identity(suite, row[0], row[1], ())


def identity_by_token(session: Session, suite: Suite, text: str) -> Identity | None:
    """Return who a token acts as; None when it is unknown, expired, revoked or its user is stopped."""
    row = session.execute(
        select(User, UserGrant, Token)
        .join(Token, Token.user_id == User.id)
        .join(UserGrant, UserGrant.id == Token.grant_id)
        .where(Token.digest == digest(text), Token.revoked_at.is_(None), User.is_active)
    ).one_or_none()
    if row is None or (row[2].expires_at is not None and row[2].expires_at <= clock.now()):
        return None
    return _identity(suite, row[0], row[1], tuple(row[2].scopes))


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


def user_id_of(session: Session, username: str) -> int | None:
    """Return a user's key by name."""
    return session.scalar(select(User.id).where(User.username == username))


def tokens(session: Session) -> Sequence[TokenRow]:
    """Return every token, newest first."""
    found = session.execute(
        select(
            Token.id,
            Token.name,
            User.username,
            Token.scopes,
            Token.created_at,
            Token.expires_at,
            Token.revoked_at,
        )
        .join(User, User.id == Token.user_id)
        .order_by(Token.id.desc())
    )
    return [TokenRow(*row) for row in found]


def _identity(suite: Suite, user: User, grant: UserGrant, scopes: tuple[str, ...]) -> Identity:
    allowed = suite.granted_to(grant.role)
    permissions = allowed & frozenset(scopes) if scopes else allowed
    actor = Actor(
        user.id, user.display_name, grant.party_id, grant.role, permissions, sees_all=SEE_ALL.name in allowed
    )
    return Identity(actor, user.id, user.username, user.locale, user.session_epoch, grant.id)
