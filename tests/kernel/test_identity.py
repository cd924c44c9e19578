"""Who signs in, who is kept out, and what a token may do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest
from alembic import command
from sqlalchemy import Connection, select
from sqlalchemy import text as sql

from supplychain.kernel import clock
from supplychain.kernel.db import migrate
from supplychain.kernel.db.engine import make_engine
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
from supplychain.kernel.identity import directory, queries, services
from supplychain.kernel.identity.models import SignInFailure, Token, User, UserGrant
from supplychain.kernel.identity.permissions import AUDIT_READ, JOB_OPERATE, USER_MANAGE
from supplychain.kernel.identity.services import FAILURES_PER_ADDRESS, FAILURES_PER_USER, WINDOW, AddUser
from supplychain.kernel.jobs import queries as job_queries
from supplychain.kernel.jobs import runner
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW

PASSWORD = "高山蔬菜 from Datian"
HERE = "192.0.2.7"

_numbers = count(1)


def make_user(uow: UnitOfWork, username: str = "lin", role: str = "operator") -> User:
    return services.add(uow, AddUser(username, "Lin Meihua", PASSWORD, role))


def make_token(uow: UnitOfWork, *scopes: str, **values: object) -> str:
    return services.issue_token(uow, make_user(uow).id, "scale at the gate", scopes, **values)[1]  # type: ignore[arg-type]  # fields by name


def signs_in(db: Database, password: str = PASSWORD, username: str = "lin", address: str = HERE) -> bool:
    try:
        services.sign_in(db, username, password, address)
    except Unauthenticated:
        return False
    return True


@pytest.fixture
def empty(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database with nothing in it."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    address: str = request.getfixturevalue("cluster").create_database(f"test_grants_{next(_numbers)}")
    return address


@pytest.fixture
def lin(db: Database) -> User:
    """An operator with a password."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_user(uow)


def test_a_user_signs_in_with_name_and_password(db: Database, suite: Suite, lin: User) -> None:
    found = services.sign_in(db, "lin", PASSWORD, HERE)
    with db.reading() as session:
        identity = queries.identity(session, suite, found.user_id)
    assert (found.user_id, found.session_epoch) == (lin.id, 1)
    assert identity is not None
    assert (identity.username, identity.actor.role, identity.actor.sees_all) == ("lin", "operator", True)


def test_an_unknown_name_is_refused_in_the_words_of_a_wrong_password(db: Database, lin: User) -> None:
    with pytest.raises(Unauthenticated) as wrong:
        services.sign_in(db, "lin", "not this one", HERE)
    with pytest.raises(Unauthenticated) as unknown:
        services.sign_in(db, "nobody of that name", PASSWORD, HERE)
    assert str(wrong.value) == str(unknown.value)


def test_after_five_failures_a_name_waits_even_with_the_right_password(db: Database, lin: User) -> None:
    for _ in range(FAILURES_PER_USER):
        assert not signs_in(db, "guessed")
    with clock.fixed(NOW + timedelta(minutes=5)), pytest.raises(TooMany) as caught:
        services.sign_in(db, "lin", PASSWORD, "198.51.100.1")
    assert 600 <= caught.value.retry_after <= 601
    with clock.fixed(NOW + WINDOW):
        assert signs_in(db)


def test_writing_a_name_in_capitals_gives_no_more_tries(db: Database, lin: User) -> None:
    for name in ("lin", "LIN", "Lin", "lIN", "liN"):
        assert not signs_in(db, "guessed", name)
    with pytest.raises(TooMany):
        services.sign_in(db, "lin", PASSWORD, HERE)


def test_an_address_that_tries_many_names_is_kept_out_and_others_are_not(db: Database, lin: User) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            SignInFailure(key=f"address:{HERE}", window_start=NOW, failures=FAILURES_PER_ADDRESS - 1)
        )
    assert not signs_in(db, "guessed", "one name more")
    with pytest.raises(TooMany):
        services.sign_in(db, "lin", PASSWORD, HERE)
    assert signs_in(db, address="198.51.100.1")


def test_signing_in_forgives_the_failures_before(db: Database, lin: User) -> None:
    for _ in range(2):
        for _ in range(FAILURES_PER_USER - 1):
            assert not signs_in(db, "guessed")
        assert signs_in(db)


def test_upkeep_forgets_failures_that_no_longer_count(db: Database, suite: Suite, lin: User) -> None:
    assert not signs_in(db, "guessed")
    with clock.fixed(NOW + timedelta(minutes=10)):
        assert not signs_in(db, "guessed", "nobody", "198.51.100.1")
    with clock.fixed(NOW + WINDOW):
        run_id = runner.run_now(db, suite, "base.upkeep", started_by="test")
    with db.reading() as session:
        kept = session.scalars(select(SignInFailure.key).order_by(SignInFailure.key)).all()
        assert job_queries.run(session, run_id).counts == {"old forms": 0, "failed sign-ins": 2}
    assert kept == ["address:198.51.100.1", "user:nobody"]


def test_failures_at_the_same_moment_are_all_counted(real_db: Database) -> None:
    tries, limits = 6, {"user:of this moment": FAILURES_PER_USER, f"address:{HERE}": FAILURES_PER_ADDRESS}
    together = Barrier(tries)

    def fail(_number: int) -> None:
        together.wait(60)
        with real_db.unit_of_work(SYSTEM) as uow:
            services._count_failure(uow, limits)

    with ThreadPoolExecutor(tries) as threads:
        list(threads.map(fail, range(tries)))
    with real_db.reading() as session:
        counted = session.scalars(select(SignInFailure.failures).where(SignInFailure.key.in_(limits)))
        assert list(counted) == [tries, tries]


def test_a_stopped_user_neither_signs_in_nor_goes_on(db: Database, suite: Suite, lin: User) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        make_user(uow, "wu")
        _, text = services.issue_token(uow, lin.id, "scale")
        services.set_active(uow, lin.id, is_active=False)
    assert not signs_in(db)
    with db.reading() as session:
        assert queries.identity(session, suite, lin.id) is None
        assert queries.identity_by_token(session, suite, text) is None
    with db.unit_of_work(SYSTEM) as uow:
        services.set_active(uow, lin.id, is_active=True)
    assert services.sign_in(db, "lin", PASSWORD, HERE).session_epoch == 3


def test_nobody_stops_themselves(db: Database, suite: Suite, lin: User) -> None:
    with db.reading() as session:
        identity = queries.identity(session, suite, lin.id)
    assert identity is not None
    with pytest.raises(Forbidden), db.unit_of_work(identity.actor) as uow:
        services.set_active(uow, lin.id, is_active=False)


def test_a_new_password_needs_the_old_one_and_ends_every_session(
    db: Database, suite: Suite, lin: User
) -> None:
    with db.reading() as session:
        identity = queries.identity(session, suite, lin.id)
    assert identity is not None
    with pytest.raises(Invalid), db.unit_of_work(identity.actor) as uow:
        services.change_own_password(uow, "not the old one", "another long one")
    with db.unit_of_work(identity.actor) as uow:
        services.change_own_password(uow, PASSWORD, "another long one")
    assert not signs_in(db)
    assert services.sign_in(db, "lin", "another long one", HERE).session_epoch == 2


def test_a_short_password_and_a_taken_name_are_refused(uow: UnitOfWork) -> None:
    with pytest.raises(Invalid) as short:
        services.add(uow, AddUser("wu", "Wu", "123456789", "operator"))
    assert list(short.value.fields) == ["password"]
    make_user(uow, "wu")
    with pytest.raises(Conflict):
        make_user(uow, "wu")


def test_passwords_and_tokens_are_kept_as_hashes_alone(uow: UnitOfWork) -> None:
    text = make_token(uow)
    user = uow.session.scalars(select(User).where(User.username == "lin")).one()
    assert user.password_hash.startswith("$argon2id$")
    kept = uow.session.scalars(select(Token).where(Token.user_id == user.id)).one()
    assert text not in str(vars(kept))
    assert len(text) > 40


def test_a_token_may_do_what_its_scopes_and_its_role_both_allow(uow: UnitOfWork, suite: Suite) -> None:
    text = make_token(uow, AUDIT_READ.name, "kernel.nothing.known")
    identity = queries.identity_by_token(uow.session, suite, text)
    assert identity is not None
    assert identity.actor.permissions == {AUDIT_READ.name}
    with pytest.raises(Forbidden):
        identity.actor.require(JOB_OPERATE)


def test_a_token_never_does_more_than_its_user(uow: UnitOfWork, suite: Suite) -> None:
    weak = make_user(uow, "kai", "consumer")
    _, text = services.issue_token(uow, weak.id, "greedy", (USER_MANAGE.name,))
    identity = queries.identity_by_token(uow.session, suite, text)
    assert identity is not None
    assert identity.actor.permissions == frozenset()
    assert not identity.actor.sees_all


def test_a_token_without_scopes_does_what_the_role_does(uow: UnitOfWork, suite: Suite) -> None:
    identity = queries.identity_by_token(uow.session, suite, make_token(uow))
    assert identity is not None
    assert identity.actor.permissions == suite.granted_to("operator")


def test_a_token_ends_when_it_expires_or_is_revoked(uow: UnitOfWork, suite: Suite) -> None:
    text = make_token(uow, expires_at=NOW + timedelta(days=30))
    with clock.fixed(NOW + timedelta(days=30)):
        assert queries.identity_by_token(uow.session, suite, text) is None
    assert queries.identity_by_token(uow.session, suite, text) is not None
    services.revoke_token(uow, next(row.id for row in directory.tokens(uow.session)))
    uow.flush()
    assert queries.identity_by_token(uow.session, suite, text) is None
    assert queries.identity_by_token(uow.session, suite, "sc_invented") is None


def test_a_user_without_a_role_gets_no_token(uow: UnitOfWork) -> None:
    with pytest.raises(NotFound):
        services.issue_token(uow, 4_000_000, "for nobody")


def test_a_role_for_a_party_is_given_once(uow: UnitOfWork) -> None:
    user = make_user(uow)
    first = services.give(uow, user.id, "buyer", 7)
    assert services.give(uow, user.id, "buyer", 7).id == first.id
    services.give(uow, user.id, "buyer", 8)
    granted = [(row.role, row.party_id) for row in directory.grants_of(uow.session, user.id)]
    assert granted == [("operator", None), ("buyer", 7), ("buyer", 8)]


def test_the_database_itself_refuses_a_role_for_no_party_given_twice(uow: UnitOfWork) -> None:
    user = make_user(uow)
    uow.session.add(UserGrant(user_id=user.id, role="operator", party_id=None))
    with pytest.raises(Conflict):
        uow.flush()


def test_roles_given_twice_in_older_databases_are_folded_into_the_first(empty: str) -> None:
    engine = make_engine(empty)
    config = migrate._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        _twice_granted(connection)
    migrate.upgrade(empty)
    with engine.begin() as connection:
        assert connection.scalars(select(UserGrant.id).order_by(UserGrant.id)).all() == [1, 3]
        assert connection.scalars(select(Token.grant_id).order_by(Token.id)).all() == [1, 3]
    engine.dispose()


def _twice_granted(connection: Connection) -> None:
    """Put in an operator twice, a clerk, and a token of each but the first."""
    user = (
        "INSERT INTO kernel_user "
        "(id, username, display_name, password_hash, locale, session_epoch, is_active, created_at) "
        "VALUES (1, 'lin', 'Lin', 'x', 'en', 1, :yes, :now)"
    )
    connection.execute(sql(user), {"yes": True, "now": NOW.isoformat()})
    for role, party, key in (("operator", None, 1), ("operator", None, 2), ("coop_clerk", 7, 3)):
        connection.execute(
            sql("INSERT INTO kernel_grant (id, user_id, role, party_id) VALUES (:key, 1, :role, :party)"),
            {"role": role, "party": party, "key": key},
        )
    for key in (2, 3):
        connection.execute(
            sql(
                "INSERT INTO kernel_token (id, user_id, grant_id, name, digest, scopes, created_at) "
                "VALUES (:key, 1, :key, 'scale', :digest, '[]', :now)"
            ),
            {"key": key, "digest": str(key), "now": NOW.isoformat()},
        )


def test_a_user_acts_in_the_grant_that_was_chosen(uow: UnitOfWork, suite: Suite) -> None:
    user = make_user(uow)
    chosen = services.give(uow, user.id, "buyer", 7)
    uow.flush()
    identity = queries.identity(uow.session, suite, user.id, chosen.id)
    assert identity is not None
    assert (identity.actor.role, identity.actor.party_id, identity.actor.sees_all) == ("buyer", 7, False)
    assert queries.identity(uow.session, suite, make_user(uow, "other").id, chosen.id) is None


def test_a_token_acts_in_the_role_that_was_chosen_for_it(uow: UnitOfWork, suite: Suite) -> None:
    user = make_user(uow)
    chosen = services.give(uow, user.id, "buyer", 7)
    _, secret = services.issue_token(uow, user.id, "shop till", grant_id=chosen.id)
    identity = queries.identity_by_token(uow.session, suite, secret)
    assert identity is not None
    assert (identity.actor.role, identity.actor.party_id) == ("buyer", 7)
    (row,) = directory.tokens(uow.session)
    assert (row.role, row.party_id, row.prefix) == ("buyer", 7, secret[:9])


def test_a_token_takes_no_role_of_somebody_else(uow: UnitOfWork) -> None:
    foreign = services.give(uow, make_user(uow, "wu").id, "buyer", 7)
    with pytest.raises(NotFound):
        services.issue_token(uow, make_user(uow).id, "greedy", grant_id=foreign.id)


def test_a_tokens_use_is_noted_once_a_day(uow: UnitOfWork, suite: Suite) -> None:
    secret = make_token(uow)
    evening, after_midnight = NOW + timedelta(hours=13), NOW + timedelta(hours=15)
    for moment, noted in ((NOW, True), (evening, False), (after_midnight, True)):
        with clock.fixed(moment):
            identity = queries.identity_by_token(uow.session, suite, secret)
            assert identity is not None
            assert (identity.unnoted_token is not None) is noted
            uow.now = moment
            services.note_use(uow, directory.tokens(uow.session)[0].id)
            uow.session.expire_all()
    assert directory.tokens(uow.session)[0].last_used_on == date(2026, 11, 21)


def test_a_withdrawn_role_is_gone_with_its_sessions_and_tokens(uow: UnitOfWork, suite: Suite) -> None:
    user = make_user(uow)
    grant = services.give(uow, user.id, "buyer", 7)
    _, secret = services.issue_token(uow, user.id, "shop till", grant_id=grant.id)
    services.withdraw(uow, grant.id)
    assert queries.identity(uow.session, suite, user.id, grant.id) is None
    assert queries.identity_by_token(uow.session, suite, secret) is None
    (row,) = directory.tokens(uow.session)
    assert (row.role, row.revoked_at) == (None, NOW)
    assert [row.role for row in directory.grants_of(uow.session, user.id)] == ["operator"]
    done = [str(line.act.msgid) for line in audit.timeline(uow.session, "kernel.user", user.id)]
    assert done[:2] == ["Withdrew the role %(role)s", "Revoked the token %(name)s"]
    with pytest.raises(NotFound):
        services.withdraw(uow, grant.id)


def test_a_role_given_again_wakes_no_session_of_the_withdrawn_one(uow: UnitOfWork, suite: Suite) -> None:
    user = make_user(uow)
    first = services.give(uow, user.id, "buyer", 7)
    services.withdraw(uow, first.id)
    again = services.give(uow, user.id, "buyer", 7)
    assert again.id != first.id
    assert queries.identity(uow.session, suite, user.id, first.id) is None


def test_the_last_operator_stays(uow: UnitOfWork) -> None:
    user = make_user(uow)
    services.set_active(uow, make_user(uow, "wu").id, is_active=False)
    services.give(uow, user.id, "buyer", 7)
    with pytest.raises(Refused):
        services.withdraw(uow, directory.grants_of(uow.session, user.id)[0].id)


def test_an_operator_withdraws_anothers_role_but_not_their_own(db: Database, suite: Suite, lin: User) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        other = make_user(uow, "wu")
    with db.reading() as session:
        identity = queries.identity(session, suite, lin.id)
        (own,), (others,) = (directory.grants_of(session, user.id) for user in (lin, other))
    assert identity is not None
    with pytest.raises(Forbidden), db.unit_of_work(identity.actor) as uow:
        services.withdraw(uow, own.id)
    with db.unit_of_work(identity.actor) as uow:
        services.withdraw(uow, others.id)
    with pytest.raises(Refused), db.unit_of_work(identity.actor) as uow:
        services.withdraw(uow, own.id)


@pytest.mark.parametrize("how", ["withdraw", "stop"])
def test_of_operators_who_put_each_other_out_at_once_one_stays(real_db: Database, how: str) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        pair = [make_user(uow, name).id for name in ("lin", "wu")]
        grants = {key: directory.grants_of(uow.session, key)[0].id for key in pair}
    together = Barrier(2)

    def put_out(key: int) -> bool:
        try:
            with real_db.unit_of_work(SYSTEM) as uow:
                together.wait(60)
                if how == "stop":
                    services.set_active(uow, key, is_active=False)
                else:
                    services.withdraw(uow, grants[key])
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(put_out, pair)) == [False, True]
