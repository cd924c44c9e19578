"""Keys below a company prefix: taken once, by whoever asks first, and never given again."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier as Gate
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from supplychain.base.gs1 import keys as gs1
from supplychain.base.models.key import CompanyPrefix, KeyPool, KeyReservation
from supplychain.base.models.party import Party
from supplychain.base.queries import key as queries
from supplychain.base.queries.key import PrefixFilter, ReservationFilter
from supplychain.base.rules import (
    ItemUnit,
    KeyKind,
    PartyKind,
    ReservationState,
    SiteKind,
    heads_of,
    key_of,
    number_of,
    pool_size,
    pools_of,
)
from supplychain.base.services import key, party, trade_item
from supplychain.base.services.key import PutPrefix, Reserve
from supplychain.base.services.party import PutParty, PutSite
from supplychain.base.services.trade_item import PutItem
from supplychain.kernel import clock
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import NOW, SignIn, Statements
from tests.make.base import make_party
from tests.make.traceability import actor_of

spawn = multiprocessing.get_context("spawn")

CLERKS = 4
PROCESSES = 3
ROUNDS = 8

prefixes = st.from_regex(r"[0-9]{7,11}", fullmatch=True)


def make_owner(uow: UnitOfWork, digits: str = "69912345") -> Party:
    """Make a co-operative with just this company prefix."""
    owner = make_party(uow, gs1_prefix=None)
    assert key.put_prefix(uow, PutPrefix(digits, owner.code)) is Outcome.CREATED
    return owner


@given(prefixes, st.sampled_from(KeyKind), st.data())
def test_a_key_tells_its_number_and_stands_below_its_prefix(
    digits: str, kind: KeyKind, data: st.DataObject
) -> None:
    extension = data.draw(st.integers(0, 9)) if kind is KeyKind.LOGISTIC else 0
    number = data.draw(st.integers(0, pool_size(kind, digits) - 1))
    made = key_of(kind, digits, extension, number)
    assert gs1.has_check_digit(made)
    assert len(made) == (18 if kind is KeyKind.LOGISTIC else 13)
    assert digits in heads_of(kind, made)
    assert number_of(kind, digits, made) == number
    assert key_of(kind, digits, extension, number_of(kind, digits, made)) == made


@given(prefixes)
def test_a_prefix_has_a_pool_for_each_extension_digit(digits: str) -> None:
    found = pools_of(digits)
    assert [extension for kind, extension in found if kind is KeyKind.LOGISTIC] == list(range(10))
    assert len(found) == 12


def test_a_prefix_as_long_as_the_key_numbers_boxes_alone() -> None:
    assert {kind for kind, _ in pools_of("699123456789")} == {KeyKind.LOGISTIC}


def test_keys_are_reserved_in_a_row_and_no_key_is_given_twice(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    one = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM, 3, "Spring season"))
    two = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM, 2))
    assert [number_of(KeyKind.ITEM, "69912345", made) for made in (*one.keys, *two.keys)] == [1, 2, 3, 4, 5]
    assert all(gs1.gtin14(made) for made in (*one.keys, *two.keys))
    assert [gs1.gln(made) for made in key.reserve(uow, owner.id, Reserve(KeyKind.LOCATION)).keys]


def test_what_is_given_up_is_never_given_again(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    one = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM, 3))
    key.drop(uow, one.id)
    two = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM, 3))
    assert not set(one.keys) & set(two.keys)
    with pytest.raises(Refused):
        key.commit(uow, one.id)
    key.commit(uow, two.id)
    with pytest.raises(Refused):
        key.drop(uow, two.id)
    states = uow.session.scalars(select(KeyReservation.state).order_by(KeyReservation.id))
    assert list(states) == [ReservationState.DROPPED, ReservationState.COMMITTED]


def test_a_key_that_was_given_up_is_not_used_by_hand_either(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    dropped = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM))
    key.drop(uow, dropped.id)
    with pytest.raises(Invalid) as caught:
        trade_item.put(uow, item(owner, "HAND-1", dropped.keys[0]))
    assert list(caught.value.fields) == ["gtin"]


def test_a_key_that_a_record_carries_is_passed_over(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    trade_item.put(uow, item(owner, "HAND-1", key_of(KeyKind.ITEM, "69912345", 0, 2)))
    trade_item.put(uow, item(owner, "HAND-2", key_of(KeyKind.ITEM, "69912345", 0, 5)))
    gln = key_of(KeyKind.LOCATION, "69912345", 0, 1)
    party.put_site(uow, PutSite("S-HAND", owner.code, "Packhouse", SiteKind.PACKHOUSE, gln))
    pairs = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM, 2))
    single = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM))
    place = key.take(uow, owner.id, KeyKind.LOCATION)
    assert [number_of(KeyKind.ITEM, "69912345", made) for made in (*pairs.keys, *single.keys)] == [3, 4, 6]
    assert number_of(KeyKind.LOCATION, "69912345", place) == 2


def test_a_record_with_a_reserved_key_is_in_order(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    reserved = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM))
    assert trade_item.put(uow, item(owner, "NEW-1", reserved.keys[0])) is Outcome.CREATED
    assert trade_item.put(uow, item(owner, "NEW-1", reserved.keys[0])) is Outcome.UNCHANGED


def test_boxes_go_on_with_the_next_extension_digit_and_then_there_is_one_clear_error(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    size = pool_size(KeyKind.LOGISTIC, "69912345")
    uow.session.execute(update(KeyPool).where(KeyPool.extension < 9).values(next_number=size))
    uow.session.execute(update(KeyPool).where(KeyPool.extension == 9).values(next_number=size - 1))
    assert key.take(uow, owner.id, KeyKind.LOGISTIC).startswith("969912345")
    with pytest.raises(Refused) as caught:
        key.take(uow, owner.id, KeyKind.LOGISTIC)
    assert "ask GS1 for another company prefix" in caught.value.text.msgid


def test_a_second_prefix_is_used_when_the_first_is_full_or_ended(uow: UnitOfWork) -> None:
    owner = make_owner(uow, "69912345678")
    key.put_prefix(uow, PutPrefix("69912399", owner.code))
    made = [key.take(uow, owner.id, KeyKind.ITEM) for _ in range(10)]
    assert [one.startswith("69912345678") for one in made] == [True] * 9 + [False]
    key.put_prefix(uow, PutPrefix("69912399", owner.code, valid_until=date(2026, 11, 19)))
    with pytest.raises(Refused):
        key.take(uow, owner.id, KeyKind.ITEM)


def test_a_party_without_a_prefix_has_no_keys(uow: UnitOfWork) -> None:
    owner = make_party(uow, gs1_prefix=None)
    with pytest.raises(Refused):
        key.take(uow, owner.id, KeyKind.LOGISTIC)


@pytest.mark.parametrize("digits", ["699123", "6991234567"])
def test_no_prefix_begins_with_another(uow: UnitOfWork, digits: str) -> None:
    owner = make_owner(uow)
    with pytest.raises(Invalid) as caught:
        key.put_prefix(uow, PutPrefix(digits, owner.code))
    assert list(caught.value.fields) == ["digits"]


def test_a_prefix_never_changes_hands(uow: UnitOfWork) -> None:
    make_owner(uow)
    with pytest.raises(Invalid) as caught:
        key.put_prefix(uow, PutPrefix("69912345", make_party(uow).code))
    assert list(caught.value.fields) == ["party"]


def test_a_prefix_put_again_is_unchanged_and_a_new_last_day_updates_it(uow: UnitOfWork) -> None:
    owner = make_owner(uow)
    assert key.put_prefix(uow, PutPrefix("69912345", owner.code)) is Outcome.UNCHANGED
    ended = PutPrefix("69912345", owner.code, valid_until=date(2027, 6, 30))
    assert key.put_prefix(uow, ended) is Outcome.UPDATED
    pools = select(KeyPool.id).join(CompanyPrefix).where(CompanyPrefix.digits == "69912345")
    assert len(list(uow.session.scalars(pools))) == 12


def test_registration_papers_put_the_prefix_on_record(uow: UnitOfWork) -> None:
    papers = PutParty("COOP-9", "Tea co-operative", "Tea", PartyKind.COOP, gs1_prefix="6997777")
    assert party.put(uow, papers) is Outcome.CREATED
    assert party.put(uow, papers) is Outcome.UNCHANGED
    assert queries.one(uow.session, SYSTEM, "6997777").party == "COOP-9"


def test_how_many_keys_are_left_is_told_in_as_many_statements_for_many_as_for_one(
    uow: UnitOfWork, statements: Statements
) -> None:
    owner = make_owner(uow)
    key.reserve(uow, owner.id, Reserve(KeyKind.ITEM, 3))
    trade_item.put(uow, item(owner, "HAND-1", key_of(KeyKind.ITEM, "69912345", 0, 100)))
    before = len(statements)
    row = queries.one(uow.session, actor_of(owner), "69912345")
    for_one = len(statements) - before
    assert (row.items_left, row.locations_left) == (9999 - 4, 9999)
    assert row.units_left == 10 * (10**8 - 1)
    before = len(statements)
    assert queries.page(uow.session, SYSTEM, PrefixFilter()).total == 1
    assert len(statements) - before == for_one + 1


def test_a_party_sees_its_own_prefixes_and_keys_alone(uow: UnitOfWork) -> None:
    owner, other = make_owner(uow), make_party(uow)
    taken = key.reserve(uow, owner.id, Reserve(KeyKind.ITEM))
    stranger = actor_of(other)
    assert queries.reservations(uow.session, actor_of(owner), ReservationFilter()).total == 1
    assert queries.reservations(uow.session, stranger, ReservationFilter()).total == 0
    for look in (
        lambda: queries.one(uow.session, stranger, "69912345"),
        lambda: queries.reservation(uow.session, stranger, taken.id),
    ):
        with pytest.raises(NotFound):
            look()


def test_clerks_who_ask_at_the_same_moment_get_different_keys(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        owner = make_owner(uow)
    together = Barrier(CLERKS)

    def take(_clerk: int) -> list[str]:
        return [reserved_by_one(real_db, owner.id, together) for _ in range(ROUNDS)]

    with ThreadPoolExecutor(CLERKS) as clerks:
        given = [made for one in clerks.map(take, range(CLERKS)) for made in one]
    assert len(set(given)) == CLERKS * ROUNDS
    assert sorted(number_of(KeyKind.LOGISTIC, "69912345", made) for made in given) == list(
        range(1, CLERKS * ROUNDS + 1)
    )


def reserved_by_one(database: Database, party_id: int, together: Barrier) -> str:
    """Take a key in an act of its own, at the same moment as the others."""
    together.wait(60)
    with database.unit_of_work(SYSTEM) as uow:
        return key.take(uow, party_id, KeyKind.LOGISTIC)


def url_of(database: Database) -> str:
    with database.reading() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine.url.render_as_string(hide_password=False)


@pytest.mark.slow
def test_processes_that_ask_at_the_same_moment_get_different_keys(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        owner = make_owner(uow)
    together = spawn.Barrier(PROCESSES)
    given = spawn.Queue()
    url = url_of(real_db)
    asking = [
        spawn.Process(target=take_some, args=(url, owner.id, together, given)) for _ in range(PROCESSES)
    ]
    for process in asking:
        process.start()
    made = [given.get(timeout=120) for _ in range(PROCESSES * ROUNDS)]
    for process in asking:
        process.join(120)
    assert [process.exitcode for process in asking] == [0] * PROCESSES
    assert len(set(made)) == PROCESSES * ROUNDS


def take_some(url: str, party_id: int, together: Gate, given: Queue[str]) -> None:
    """Be a process that takes keys while others do."""
    database = Database(make_engine(url))
    with clock.fixed(NOW):
        together.wait(60)
        for _ in range(ROUNDS):
            with database.unit_of_work(SYSTEM) as uow:
                made = key.take(uow, party_id, KeyKind.LOGISTIC)
            given.put(made)


def test_programs_reserve_commit_and_drop(client: FlaskClient, sign_in: SignIn, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        owner = make_owner(uow)
    headers = sign_in("coop_manager", owner)
    listed = client.get("/api/v1/prefixes", headers=headers).get_json()
    assert [row["digits"] for row in listed["rows"]] == ["69912345"]
    taken = client.post(
        "/api/v1/prefixes/69912345/keys", json={"kind": "item", "count": 2, "purpose": "Tea"}, headers=headers
    )
    assert taken.status_code == 201
    body = taken.get_json()
    assert (len(body["keys"]), body["state"]) == (2, "reserved")
    done = client.post(f"/api/v1/keys/{body['id']}/commit", headers=headers).get_json()
    assert done["state"] == "committed"
    assert client.post(f"/api/v1/keys/{body['id']}/drop", headers=headers).status_code == 409
    another = {"digits": "6998888", "party": owner.code}
    assert client.put("/api/v1/prefixes", json=another, headers=headers).status_code == 403


def test_people_reserve_keys_and_see_each_in_full(client: FlaskClient, sign_in: SignIn, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        owner = make_owner(uow)
        taken = key.reserve(uow, owner.id, Reserve(KeyKind.LOCATION, 2, "New packhouse"))
    headers = sign_in("operator", None)
    below = ("", "/69912345", "/69912345/edit", "/69912345/reserve")
    for path in ("/keys", *(f"/prefixes{rest}" for rest in below)):
        assert client.get(path, headers=headers).status_code == 200, path
    page = client.get(f"/keys/{taken.id}", headers=headers).text
    assert all(made in page for made in taken.keys)


def item(owner: Party, sku: str, gtin: str) -> PutItem:
    """Return a trade item with a GTIN that somebody typed."""
    return PutItem(sku, gtin, owner.code, "高山甘蓝", "Highland cabbage", ItemUnit.CRATE, 15_000)
