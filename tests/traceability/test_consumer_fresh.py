"""What a consumer's page says is never older than it may be, and is not sent to whoever has it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, NullPool, literal_column, select, text

from supplychain.kernel import clock
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.glance import Glance
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Busy
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.web.endpoint import EXTENSION
from tests.conftest import NOW
from tests.make.traceability import REGISTERED_AT, Farm, make_batch, make_farm
from traceability.leads import LEADS
from traceability.models.batch import Batch
from traceability.models.code import Scan, ScanTotal
from traceability.public import recent, recorder
from traceability.public.recent import Named, Recent
from traceability.queries import look
from traceability.rules.code import CodeAct, ScanKind
from traceability.services import batch as batches
from traceability.services import code, correction, hold, process, recall, scan, transform
from traceability.services.correction import Correct, NewAmount
from traceability.services.draft import RegisterBatch
from traceability.services.recall import OpenRecall
from traceability.services.scan import Look, Visit
from traceability.services.transform import Make, Take, Transform

PHONE = {"User-Agent": "a phone"}


def made(db: Database) -> tuple[Batch, str, str]:
    """Make a released batch with a code; return the addresses of the batch and of the item."""
    with db.unit_of_work(SYSTEM) as uow:
        batch = make_batch(uow, make_farm(uow), released=True)
        serial = code.make(uow, batch.id, 1)[0]
        code.activate(uow, batch.id)
    address = f"/01/{batch.gtin}/10/{batch.number}"
    return batch, address, f"{address}/21/{serial}"


def again(client: FlaskClient, path: str, mark: str, **headers: str) -> int:
    """Ask with a validator; return the status."""
    return client.get(path, headers=PHONE | {"If-None-Match": mark} | headers).status_code


def held(db: Database, batch: Batch) -> None:
    """Place a hold."""
    with db.unit_of_work(SYSTEM) as uow:
        hold.place(uow, batch.id, "复检")


def recalled(db: Database, batch: Batch) -> None:
    """Open a recall."""
    with db.unit_of_work(SYSTEM) as uow:
        recall.open_(uow, OpenRecall("农残超标", "batch", batch.number), LEADS)


def frozen(db: Database, batch: Batch) -> None:
    """Freeze its codes."""
    with db.unit_of_work(SYSTEM) as uow:
        code.move(uow, batch.id, CodeAct.FREEZE)


@pytest.mark.parametrize("change", [held, recalled, frozen])
@pytest.mark.parametrize("warm", [1, 3])
def test_whoever_has_the_page_is_sent_a_new_one_when_something_is_wrong(
    client: FlaskClient, db: Database, change: Callable[[Database, Batch], None], warm: int
) -> None:
    batch, _, item = made(db)
    mark = [client.get(item, headers=PHONE) for _ in range(warm)][-1].headers["ETag"]
    assert again(client, item, mark) == 304
    change(db, batch)
    assert again(client, item, mark) == 200
    assert again(client, item, client.get(item, headers=PHONE).headers["ETag"]) == 304


def test_the_count_is_part_of_an_items_page_until_it_is_a_warning_and_never_of_a_batchs(
    client: FlaskClient, db: Database
) -> None:
    _, address, item = made(db)
    marks = {path: client.get(path, headers=PHONE).headers["ETag"] for path in (address, item)}
    for number in range(6):
        for path in marks:
            client.get(path, headers={"User-Agent": f"phone {number}"})
    assert again(client, address, marks[address]) == 304
    warned = client.get(item, headers=PHONE)
    assert warned.headers["ETag"] != marks[item]
    client.get(item, headers={"User-Agent": "one more"})
    assert again(client, item, warned.headers["ETag"]) == 304


def test_nobodys_page_is_older_than_a_day(client: FlaskClient, db: Database) -> None:
    _, address, _ = made(db)
    mark = client.get(address, headers=PHONE).headers["ETag"]
    with clock.fixed(NOW + timedelta(days=1)):
        assert again(client, address, mark) == 200


def test_languages_and_packings_are_told_apart_and_anybody_may_hold_the_page(
    client: FlaskClient, db: Database
) -> None:
    _, address, _ = made(db)
    for _ in range(2):
        plain = client.get(address, headers=PHONE)
        packed = client.get(address, headers=PHONE | {"Accept-Encoding": "gzip, br"})
        english = client.get(address, headers=PHONE | {"Accept-Language": "en"})
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 2
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["ETag"] == plain.headers["ETag"] != english.headers["ETag"]
        for answer in (plain, packed, english):
            assert answer.headers["Cache-Control"] == "public, no-cache"
            assert {"Accept-Encoding", "Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
        mark = packed.headers["ETag"]
        assert again(client, address, mark, **{"Accept-Encoding": "gzip"}) == 304
        assert again(client, address, mark.removeprefix("W/")) == 304
        assert again(client, address, '"other", ' + mark) == 304
        assert again(client, address, mark, **{"Accept-Language": "en"}) == 200
        kept = client.get(address, headers=PHONE | {"If-None-Match": mark})
        assert (kept.data, kept.headers["Vary"]) == (b"", plain.headers["Vary"])
        assert "Content-Type" not in kept.headers


def test_a_head_has_the_headers_of_the_page_and_is_not_counted(client: FlaskClient, db: Database) -> None:
    _, address, _ = made(db)
    client.get(address, headers=PHONE)
    page = client.get(address, headers=PHONE)
    head = client.head(address, headers=PHONE)
    assert (head.status_code, head.data) == (200, b"")
    assert {name: head.headers[name] for name in ("ETag", "Content-Length", "Vary")} == {
        name: page.headers[name] for name in ("ETag", "Content-Length", "Vary")
    }
    assert client.head(address, headers=PHONE | {"If-None-Match": page.headers["ETag"]}).status_code == 304
    with db.reading() as session:
        assert session.scalars(select(Scan.times)).all() == [2]


def test_a_prefetched_page_is_the_page_and_is_not_counted(client: FlaskClient, db: Database) -> None:
    _, _, item = made(db)
    for _ in range(2):
        page = client.get(item, headers=PHONE | {"Sec-Purpose": "prefetch;prerender"})
        assert "您是第一位查询者" in page.text
    assert "您是第一位查询者" in client.get(item, headers={"User-Agent": "the first"}).text
    with db.reading() as session:
        assert session.scalars(select(ScanTotal.visitors)).all() == [1]


def test_every_item_of_a_batch_has_its_own_serial_and_links_on_its_page(
    client: FlaskClient, db: Database
) -> None:
    batch, address, _ = made(db)
    with db.unit_of_work(SYSTEM) as uow:
        serials = code.make(uow, batch.id, 3)
        code.activate(uow, batch.id)
    for serial in serials:
        for path in (f"{address}/21/{serial}", f"/01/{batch.gtin}/21/{serial}"):
            page = client.get(path, headers=PHONE).text
            assert f'<dd class="code">{serial}</dd>' in page
            assert f'href="/tell/{batch.gtin}/{batch.number}/{serial}?lang=zh"' in page
            assert f'href="{path}?lang=en"' in page
            assert page.count(serial) == 3
            assert "<!--" not in page


def test_shares_are_told_anew_when_something_above_is_corrected(client: FlaskClient, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        farm = make_farm(uow, is_catch_weight=True)
        east, west = (registered(uow, farm, plot) for plot in ("东山", "西坡"))
        blend = transform.run(uow, taking(farm, [(east, 60), (west, 40)], 100))
        merged = uow.session.get_one(Batch, blend.made[0].id)
        part = transform.run(uow, taking(farm, [(merged, 50)], 50, "SPLIT")).made[0]
        last = uow.session.get_one(Batch, part.id)
        address = f"/01/{last.gtin}/10/{last.number}"
    for _ in range(2):
        page = client.get(address, headers=PHONE)
        assert "60 %" in page.text
    with db.unit_of_work(SYSTEM) as uow:
        amounts = [NewAmount(east.number, 5, 70_000), NewAmount(west.number, 2, 30_000)]
        correction.correct(uow, Correct(blend.entry_id, "看错了秤", amounts))
    told = client.get(address, headers=PHONE | {"If-None-Match": page.headers["ETag"]})
    assert told.status_code == 200
    assert "70 %" in told.text
    assert "60 %" not in told.text


def registered(uow: UnitOfWork, farm: Farm, plot: str) -> Batch:
    """Register 150 kilograms of a plot."""
    command = RegisterBatch(
        farm.item.sku, farm.base.code, REGISTERED_AT.date(), 10, 150_000, plot, at=REGISTERED_AT, plot=plot
    )
    return uow.session.get_one(Batch, batches.register(uow, command).batch_id)


def taking(farm: Farm, taken: list[tuple[Batch, int]], kilograms: int, kind: str = "MERGE") -> Transform:
    """Return a process that makes one batch of kilograms of others."""
    inputs = [Take(batch.number, mass // 10, mass * 1_000) for batch, mass in taken]
    return Transform(kind, farm.base.code, inputs, [Make(farm.item.sku, kilograms // 10, kilograms * 1_000)])


@pytest.fixture
def served(app: Flask, real_db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Somebody who is not signed in and has patience, on a database that others reach, too."""
    monkeypatch.setattr(recorder, "PATIENCE", 60.0)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], database=real_db)
    yield app.test_client()
    recorder.of(app).settle()


def test_what_others_commit_is_told_by_the_real_thing_as_well(served: FlaskClient, real_db: Database) -> None:
    batch, address, item = made(real_db)
    told = [served.get(item, headers={"User-Agent": name}).text for name in ("one", "one", "two")]
    assert ["您是第一位查询者" in text for text in told] == [True, True, False]
    assert "已被查询 2 次" in told[-1]
    held(real_db, batch)
    assert "本批次已暂停销售" in served.get(item, headers=PHONE).text
    assert "本批次已暂停销售" in served.get(address, headers=PHONE).text


def test_what_was_found_a_moment_ago_is_not_asked_again(
    real_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "SECONDS", 3600.0)
    batch, _, _ = made(real_db)
    looks = [Visit(Look(batch.id, None, ScanKind.CONSUMER, f"{n}"), NOW, NOW) for n in range(recent.MANY)]
    put(real_db, looks[:3])
    findings, named = Recent(), Named(batch.gtin, batch.number, None)
    assert findings.find(real_db, named, "new") is not findings.find(real_db, named, "new")
    known = findings.find(real_db, named, "1")
    assert known is findings.find(real_db, named, "1")
    put(real_db, looks)
    assert findings.find(real_db, named, "1") is known
    many = findings.find(real_db, named, "2")
    assert many is not None
    assert many.looks.count == recent.MANY
    hot = findings.find(real_db, named, "3")
    assert hot is findings.find(real_db, named, "new") is not None
    held(real_db, batch)
    found = findings.find(real_db, named, "1")
    assert found is not None
    assert found.lot is not None
    assert found.lot.is_held


def put(database: Database, visits: list[Visit]) -> None:
    """Put looks on record as the recorder does: what others remember is not touched."""
    with database.unit_of_work(SYSTEM, durable=False) as uow:
        scan.count(uow, visits)


def test_past_the_orm_the_same_is_found(real_db: Database) -> None:
    batch, _, item = made(real_db)
    serial = item.rpartition("/")[2]
    put(real_db, [Visit(Look(batch.id, None, ScanKind.CONSUMER, "one"), NOW, NOW)])
    with real_db.reading() as session:
        within = Database(session.connection())
        for lot in (batch.number, "no", None):
            for asked, visitor in product((serial, "no", None), ("one", "two")):
                found = look.find(real_db, batch.gtin, lot, asked, visitor)
                assert found == look.find(within, batch.gtin, lot, asked, visitor)
        assert look.find(real_db, "06901234567892", None, None) is None
    known = look.find(real_db, batch.gtin, batch.number, None, "one")
    assert known is not None
    assert (known.is_counted, known.looks.count, known.looks.first_at) == (True, 1, NOW)


def test_a_server_that_hung_up_is_busy_once_and_nobody_is_given_the_broken_connection(
    real_db: Database, backend: str
) -> None:
    batch, _, _ = made(real_db)
    assert look.find(real_db, batch.gtin, batch.number, None) is not None
    if backend == "postgresql":
        hang_up(real_db)
        with pytest.raises(Busy):
            look.find(real_db, batch.gtin, batch.number, None)
    assert look.find(real_db, batch.gtin, batch.number, None) is not None


def test_after_a_statement_that_failed_units_of_work_are_whole(real_db: Database) -> None:
    wrong = Glance(select(literal_column("missing")).select_from(text("nowhere")))
    with pytest.raises(Exception, match="nowhere"):
        real_db.glance(wrong)
    batch, _, _ = made(real_db)
    with pytest.raises(ZeroDivisionError):
        held_and_regretted(real_db, batch)
    found = look.find(real_db, batch.gtin, batch.number, None)
    assert found is not None
    assert found.lot is not None
    assert not found.lot.is_held


def held_and_regretted(database: Database, batch: Batch) -> None:
    """Place a hold in a unit of work that fails."""
    with database.unit_of_work(SYSTEM) as uow:
        hold.place(uow, batch.id, "复检")
        uow.flush()
        raise ZeroDivisionError


def hang_up(database: Database) -> None:
    """Let the server end every other connection."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with database.reading() as session:
        own = session.get_bind()
    assert isinstance(own, Engine)
    engine = make_engine(own.url.render_as_string(hide_password=False), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
