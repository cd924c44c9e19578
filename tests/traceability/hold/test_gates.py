"""Every gate refuses a batch on hold and says why it is held."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Refused
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.traceability import Farm, let_go, make_batch, make_farm, make_papers
from traceability.models.batch import Batch
from traceability.rules.certificate import CertificateKind
from traceability.rules.code import CodeAct
from traceability.services import batch as batches
from traceability.services import certificate, code, code_run, hold, process, transform
from traceability.services.certificate import IssueCertificate
from traceability.services.transform import Make, Take, Transform

WHY = "毒死蜱超标待复检"


def promise(batch: Batch) -> IssueCertificate:
    return IssueCertificate(CertificateKind.COC, batch.number, by_control=True)


def split(uow: UnitOfWork, farm: Farm, batch: Batch) -> None:
    process.install(uow)
    made = [Make(farm.item.sku, 5, 75_000), Make(farm.item.sku, 5, 75_000)]
    transform.run(uow, Transform("SPLIT", farm.base.code, [Take(batch.number, 10, 150_000)], made))


GATES: dict[str, Callable[[UnitOfWork, Farm, Batch], object]] = {
    "release": lambda uow, farm, batch: batches.release(uow, batch.id),
    "promise": lambda uow, farm, batch: certificate.issue(uow, promise(batch)),
    "transform": split,
    "activate": lambda uow, farm, batch: code.activate(uow, batch.id),
    "ship": lambda uow, farm, batch: code.move(uow, batch.id, CodeAct.SHIP),
    "sell": lambda uow, farm, batch: code.move(uow, batch.id, CodeAct.SELL),
}


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_refuses_goods_on_hold_and_names_the_reason(uow: UnitOfWork, gate: str) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, released=gate in {"activate", "ship", "sell"})
    hold.place(uow, batch.id, WHY)
    with pytest.raises(Refused, match=f"{batch.number}.*{WHY}"), uow.session.begin_nested():
        GATES[gate](uow, farm, batch)


def test_the_oldest_open_hold_is_named_and_the_last_one_lifted_opens_the_gate(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow), released=True)
    first, second = hold.place(uow, batch.id, WHY), hold.place(uow, batch.id, "标签错贴")
    with pytest.raises(Refused, match=WHY):
        hold.check_free(uow, [batch.id])
    let_go(uow, first.id)
    with pytest.raises(Refused, match="标签错贴"):
        hold.check_free(uow, [batch.id])
    let_go(uow, second.id, "已换标")
    hold.check_free(uow, [batch.id])


def test_codes_of_goods_held_after_release_are_not_activated_until_the_hold_is_lifted(
    uow: UnitOfWork,
) -> None:
    batch = make_batch(uow, make_farm(uow), released=True)
    code_run.make_part(uow, code_run.plan(uow, batch.id, 3, "Roll 7").id)
    placed = hold.place(uow, batch.id, WHY)
    with pytest.raises(Refused, match=WHY):
        code.activate(uow, batch.id)
    let_go(uow, placed.id)
    assert code.activate(uow, batch.id) == 3


def test_a_hold_stops_new_promises_but_not_what_others_found_or_what_is_on_record(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    assert certificate.put(uow, promise(batch)) is Outcome.CREATED
    hold.place(uow, batch.id, WHY)
    assert certificate.put(uow, promise(batch)) is Outcome.UNCHANGED
    found = IssueCertificate(CertificateKind.FACTORY_TEST, batch.number, number="T-1", issuer="三明市检验所")
    assert certificate.put(uow, found) is Outcome.CREATED


def test_a_hold_on_one_batch_leaves_others_alone(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    held, free = make_batch(uow, farm), make_batch(uow, farm)
    make_papers(uow, free, farm.product.family)
    hold.place(uow, held.id, WHY)
    hold.check_free(uow, [free.id])
    hold.check_free(uow, [])
    batches.release(uow, free.id)


def test_goods_on_hold_are_not_written_off_by_closing_their_batch(uow: UnitOfWork) -> None:
    held = make_batch(uow, make_farm(uow), released=True)
    hold.place(uow, held.id, "快检可疑")
    with pytest.raises(Refused, match="快检可疑"):
        batches.close(uow, batches.CloseBatch(held.id, "已售完"))
