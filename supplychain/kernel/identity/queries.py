"""Who somebody is and may be: actors from sessions and tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    unnoted_token: int | None = None
    """The key of the token that was sent, when its use is not yet noted today."""


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
    found = _identity(suite, row[0], row[1], tuple(row[2].scopes))
    return found if row[2].last_used_on == clock.today() else replace(found, unnoted_token=row[2].id)


def _identity(suite: Suite, user: User, grant: UserGrant, scopes: tuple[str, ...]) -> Identity:
    allowed = suite.granted_to(grant.role)
    permissions = allowed & frozenset(scopes) if scopes else allowed
    actor = Actor(
        user.id, user.display_name, grant.party_id, grant.role, permissions, sees_all=SEE_ALL.name in allowed
    )
    return Identity(actor, user.id, user.username, user.locale, user.session_epoch, grant.id)
