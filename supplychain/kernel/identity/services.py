"""Users come, change and go; they sign in, and other systems get tokens. Cookies are the web's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    TooMany,
    Unauthenticated,
)
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_
from supplychain.kernel.identity.models import SignInFailure, Token, User, UserGrant
from supplychain.kernel.identity.permissions import OPERATOR
from supplychain.kernel.permissions import SYSTEM

PASSWORD_LENGTH = 10
WINDOW = timedelta(minutes=15)
FAILURES_PER_USER = 5
FAILURES_PER_ADDRESS = 30
PREFIX_LENGTH = 9
"""What is kept of a token's text: sc_ and six characters, enough to know it by, too little to guess it."""

_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_urlsafe(12))


@dataclass(frozen=True, slots=True)
class AddUser:
    """A new user with one grant; `party_id` None acts for no party."""

    username: str
    display_name: str
    password: str
    role: str
    party_id: int | None = None
    locale: str = DEFAULT_LOCALE


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and until which change of password the session counts."""

    user_id: int
    session_epoch: int


def add(uow: UnitOfWork, command: AddUser) -> User:
    """Add a user with a first grant; Conflict when the name is taken, Invalid when the password is short."""
    _check_password(command.password)
    if uow.session.scalar(select(User.id).where(User.username == command.username)) is not None:
        raise Conflict(N_("The name %(username)s is taken."), username=command.username)
    user = User(
        username=command.username,
        display_name=command.display_name,
        password_hash=_hasher.hash(command.password),
        locale=command.locale,
        created_at=uow.now,
    )
    uow.session.add(user)
    uow.flush()
    give(uow, user.id, command.role, command.party_id)
    audit.record(uow, "kernel.user", user.id, N_("Added user %(username)s"), username=command.username)
    return user


def give(uow: UnitOfWork, user_id: int, role: str, party_id: int | None) -> UserGrant:
    """Let a user act in a role for a party; giving the same again changes nothing."""
    same_party = UserGrant.party_id.is_(None) if party_id is None else UserGrant.party_id == party_id
    found = uow.session.scalar(
        select(UserGrant).where(UserGrant.user_id == user_id, UserGrant.role == role, same_party)
    )
    if found is not None:
        return found
    grant = UserGrant(user_id=user_id, role=role, party_id=party_id)
    uow.session.add(grant)
    uow.flush()
    audit.record(uow, "kernel.user", user_id, N_("Granted the role %(role)s"), role=role)
    return grant


def withdraw(uow: UnitOfWork, grant_id: int) -> None:
    """Take a role away from a user: what was signed in with it ends at the next request, its tokens at once.

    Refused for the last operator, Forbidden for one's own operator role.
    """
    grant = uow.session.get(UserGrant, grant_id)
    if grant is None:
        raise NotFound(N_("This role has been withdrawn already."))
    if grant.role == OPERATOR:
        _refuse_to_lock_out(uow, grant)
    for token in uow.session.scalars(select(Token).where(Token.grant_id == grant_id)):
        _revoke(uow, token)
        token.grant_id = None
    uow.flush()
    uow.session.delete(grant)
    uow.flush()
    audit.record(uow, "kernel.user", grant.user_id, N_("Withdrew the role %(role)s"), role=grant.role)


def set_password(uow: UnitOfWork, user_id: int, password: str) -> None:
    """Set a new password; every session of the user ends."""
    _check_password(password)
    user = _user(uow, user_id)
    user.password_hash = _hasher.hash(password)
    user.session_epoch += 1
    audit.record(uow, "kernel.user", user_id, N_("Changed the password"))


def change_own_password(uow: UnitOfWork, old: str, new: str) -> None:
    """Let the actor change the own password, knowing the old one."""
    if uow.actor.user_id is None or not _matches(_user(uow, uow.actor.user_id).password_hash, old):
        raise Invalid.at("old", N_("This is not your present password."))
    set_password(uow, uow.actor.user_id, new)


def set_active(uow: UnitOfWork, user_id: int, *, is_active: bool) -> None:
    """Stop a user or let them in again; stopping ends every session and token. Nobody stops themselves."""
    if user_id == uow.actor.user_id:
        raise Forbidden(N_("You cannot stop yourself."))
    user = _user(uow, user_id)
    if not is_active:
        _refuse_to_stop_the_last(uow, user_id)
    user.is_active = is_active
    user.session_epoch += 1
    audit.record(uow, "kernel.user", user_id, N_("Let in again") if is_active else N_("Stopped"))


def set_locale(uow: UnitOfWork, locale: str) -> None:
    """Remember the language that the actor reads."""
    if uow.actor.user_id is not None:
        _user(uow, uow.actor.user_id).locale = locale


def issue_token(
    uow: UnitOfWork,
    user_id: int,
    name: str,
    scopes: tuple[str, ...] = (),
    expires_at: datetime | None = None,
    *,
    grant_id: int | None = None,
) -> tuple[Token, str]:
    """Make a token that acts in one of a user's grants, the first unless named.

    The text is shown this once and never again. NotFound when the user has no such grant.
    """
    text = f"sc_{secrets.token_urlsafe(32)}"
    token = Token(
        user_id=user_id,
        grant_id=_held(uow, user_id, grant_id),
        name=name,
        prefix=text[:PREFIX_LENGTH],
        digest=digest(text),
        scopes=list(scopes),
        created_at=uow.now,
        expires_at=expires_at,
    )
    uow.session.add(token)
    uow.flush()
    audit.record(uow, "kernel.user", user_id, N_("Made the token %(name)s"), name=name)
    return token, text


def revoke_token(uow: UnitOfWork, token_id: int) -> None:
    """End a token at once."""
    token = uow.session.get(Token, token_id)
    if token is None:
        raise NotFound(N_("There is no such token."))
    _revoke(uow, token)


def note_use(uow: UnitOfWork, token_id: int) -> None:
    """Remember that a token was used today; the second note of a day changes nothing."""
    today = local_day(uow.now)
    is_new = or_(Token.last_used_on.is_(None), Token.last_used_on < today)
    uow.session.execute(update(Token).where(Token.id == token_id, is_new).values(last_used_on=today))


def digest(text: str) -> str:
    """Return what is kept of a token."""
    return sha256(text.encode()).hexdigest()


def sign_in(database: Database, username: str, password: str, address: str) -> SignedIn:
    """Check a name and password; Unauthenticated when they do not fit, TooMany after too many tries.

    Failures are counted in the database, per name and per address, in a transaction of their own; an unknown
    name takes as long as a wrong password.
    """
    limits = {f"user:{username.lower()[:80]}": FAILURES_PER_USER, f"address:{address}": FAILURES_PER_ADDRESS}
    with database.unit_of_work(SYSTEM) as uow:
        _refuse_too_many(uow, limits)
        user = uow.session.scalar(select(User).where(User.username == username))
    fits = _matches(user.password_hash if user else _nobody, password)
    if user is None or not fits or not user.is_active:
        with database.unit_of_work(SYSTEM) as uow:
            _count_failure(uow, limits)
        raise Unauthenticated(N_("Name and password do not fit together."))
    with database.unit_of_work(SYSTEM) as uow:
        uow.session.execute(delete(SignInFailure).where(SignInFailure.key == next(iter(limits))))
    return SignedIn(user.id, user.session_epoch)


def forget_failures(uow: UnitOfWork) -> int:
    """Drop the counters of failed sign-ins whose window is over, and return how many."""
    over = delete(SignInFailure).where(SignInFailure.window_start <= uow.now - WINDOW)
    return len(uow.session.execute(over.returning(SignInFailure.id)).all())


def _check_password(password: str) -> None:
    if len(password) < PASSWORD_LENGTH:
        raise Invalid.at("password", N_("At least %(least)s characters."), least=PASSWORD_LENGTH)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _user(uow: UnitOfWork, user_id: int) -> User:
    user = uow.session.get(User, user_id)
    if user is None:
        raise NotFound(N_("There is no such user."))
    return user


def _held(uow: UnitOfWork, user_id: int, grant_id: int | None) -> int:
    """Return the key of a grant that a user holds, the first unless named."""
    found = select(UserGrant.id).where(UserGrant.user_id == user_id).order_by(UserGrant.id).limit(1)
    if grant_id is not None:
        found = found.where(UserGrant.id == grant_id)
    held = uow.session.scalar(found)
    if held is None:
        raise NotFound(
            N_("This user has no role yet.") if grant_id is None else N_("This user has no such role.")
        )
    return held


def _revoke(uow: UnitOfWork, token: Token) -> None:
    if token.revoked_at is None:
        token.revoked_at = uow.now
        audit.record(uow, "kernel.user", token.user_id, N_("Revoked the token %(name)s"), name=token.name)


def _refuse_to_lock_out(uow: UnitOfWork, grant: UserGrant) -> None:
    others = {user_id for key, user_id in _operators(uow) if key != grant.id}
    if not others:
        raise Refused(_LAST_OPERATOR)
    if grant.user_id == uow.actor.user_id and grant.user_id not in others:
        raise Forbidden(N_("You cannot withdraw your own operator role."))


def _refuse_to_stop_the_last(uow: UnitOfWork, user_id: int) -> None:
    holders = {holder for _, holder in _operators(uow)}
    if holders == {user_id}:
        raise Refused(_LAST_OPERATOR)


def _operators(uow: UnitOfWork) -> list[tuple[int, int]]:
    """Return (grant, user) of all who operate the suite; those who put each other out take turns here."""
    found = (
        select(UserGrant.id, UserGrant.user_id)
        .join(User, User.id == UserGrant.user_id)
        .where(UserGrant.role == OPERATOR, User.is_active)
        .order_by(UserGrant.id)
        .with_for_update(of=[UserGrant, User])
    )
    return [(grant_id, user_id) for grant_id, user_id in uow.session.execute(found)]


_LAST_OPERATOR = N_("This is the last operator. Make somebody else an operator first.")


def _refuse_too_many(uow: UnitOfWork, limits: dict[str, int]) -> None:
    since = uow.now - WINDOW
    counted = uow.session.execute(
        select(SignInFailure.key, SignInFailure.failures, SignInFailure.window_start).where(
            SignInFailure.key.in_(limits), SignInFailure.window_start > since
        )
    )
    for key, failures, start in counted:
        if failures >= limits[key]:
            wait = int((start + WINDOW - uow.now).total_seconds()) + 1
            raise TooMany(N_("Too many failed tries. Wait a quarter of an hour."), retry_after=wait)


def _count_failure(uow: UnitOfWork, limits: dict[str, int]) -> None:
    for key in limits:
        row = _failures(uow, key)
        if row.window_start <= uow.now - WINDOW:
            row.window_start, row.failures = uow.now, 0
        row.failures += 1
        uow.flush()


def _failures(uow: UnitOfWork, key: str) -> SignInFailure:
    """Return the counter under a key, locked; of two that begin one at once, the second finds the first's."""
    found = select(SignInFailure).where(SignInFailure.key == key).with_for_update()
    if (row := uow.session.scalar(found)) is not None:
        return row
    try:
        with uow.session.begin_nested():
            uow.session.add(SignInFailure(key=key, window_start=uow.now, failures=0))
    except IntegrityError:
        pass
    return uow.session.scalars(found).one()
