"""Certificates are put on record and revoked; holds stop a batch until the last is lifted."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from catalog.rules import Family
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.inspection import make_inspection
from tests.make.traceability import actor_of, let_go, make_batch, make_certificate, make_farm
from traceability.events import BatchHeld, HoldLifted
from traceability.models.batch import Batch, Certificate
from traceability.models.ledger import Entry
from traceability.queries import certificate as certificates
from traceability.rules.certificate import CertificateKind
from traceability.rules.inspection import InspectionKind
from traceability.rules.ledger import Step
from traceability.services import certificate as service
from traceability.services import hold
from traceability.services.certificate import IssueCertificate


def promise(about: Batch, /, **values: object) -> IssueCertificate:
    """Return the co-operative's own promise for a batch."""
    given: dict[str, object] = {"by_control": True, "by_own_test": True}
    return IssueCertificate(CertificateKind.COC, **({"batch": about.number} | given | values))  # type: ignore[arg-type]  # fields by name


def quarantine(about: Batch, /, **values: object) -> IssueCertificate:
    """Return a quarantine certificate as the veterinary office wrote it."""
    known: dict[str, object] = {"number": "3500123456", "issuer": "大田县动物卫生监督所"}
    return IssueCertificate(CertificateKind.QUARANTINE_A, **({"batch": about.number} | known | values))  # type: ignore[arg-type]  # fields by name


def test_a_co_operative_issues_its_own_promise_with_a_drawn_number(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    make_inspection(uow, batch, kind=InspectionKind.QUICK)
    uow.actor = farm.clerk
    row = service.issue(uow, promise(batch))
    assert (row.number, row.issuer) == ("HG2611-0001", farm.coop.name)
    assert (row.basis, row.issued_on, row.valid_until) == ("control,own_test", date(2026, 11, 20), None)
    assert certificates.valid_kinds(uow.session, [batch.id], date(2026, 11, 20)) == {
        batch.id: {CertificateKind.COC}
    }


def test_the_same_promise_again_draws_no_second_number(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, producer_reference="棚3-1118")
    for kind in (InspectionKind.QUICK, InspectionKind.COMMISSIONED):
        make_inspection(uow, batch, kind=kind)
    uow.actor = farm.clerk
    first = service.issue(uow, promise(batch))
    assert service.issue(uow, promise(batch)).id == first.id
    assert service.put(uow, promise(batch, batch="棚3-1118")) is Outcome.UNCHANGED
    assert service.put(uow, promise(batch, by_commissioned_test=True)) is Outcome.CREATED


def test_a_promise_rests_on_something(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    with pytest.raises(Invalid) as caught:
        service.issue(uow, promise(batch, by_control=False, by_own_test=False))
    assert list(caught.value.fields) == ["by_control"]


@pytest.mark.parametrize("family", [Family.TEA, Family.PORK, Family.RABBIT])
def test_made_tea_and_meat_have_no_promise_certificate(uow: UnitOfWork, family: Family) -> None:
    batch = make_batch(uow, make_farm(uow, family))
    with pytest.raises(Invalid) as caught:
        service.issue(uow, promise(batch))
    assert list(caught.value.fields) == ["kind"]


def test_a_quarantine_certificate_counts_for_seven_days(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow, Family.PORK))
    row = service.issue(uow, quarantine(batch))
    assert row.valid_until == date(2026, 11, 27)
    with pytest.raises(Invalid) as caught:
        service.issue(uow, quarantine(batch, number="x", valid_until=date(2026, 11, 28)))
    assert list(caught.value.fields) == ["valid_until"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("number", {"number": ""}),
        ("issuer", {"issuer": ""}),
        ("batch", {"batch": ""}),
        ("batch", {"batch": "B0000-0000"}),
        ("issued_on", {"issued_on": date(2026, 11, 21)}),
        ("valid_until", {"valid_until": date(2026, 11, 19)}),
    ],
)
def test_a_paper_that_cannot_be_true_is_refused_at_its_field(
    uow: UnitOfWork, field: str, values: dict[str, object]
) -> None:
    batch = make_batch(uow, make_farm(uow, Family.PORK))
    with pytest.raises(Invalid) as caught:
        service.issue(uow, quarantine(batch, **values))
    assert list(caught.value.fields) == [field]


def test_the_same_paper_again_is_the_same_and_its_number_names_no_other(uow: UnitOfWork) -> None:
    farm = make_farm(uow, Family.PORK)
    batch, other = make_batch(uow, farm), make_batch(uow, farm)
    first = service.issue(uow, quarantine(batch))
    assert service.issue(uow, quarantine(batch)).id == first.id
    with pytest.raises(Conflict):
        service.issue(uow, quarantine(other))


def test_a_food_licence_is_about_the_party(uow: UnitOfWork) -> None:
    farm, other = make_farm(uow), make_farm(uow)
    uow.actor = farm.clerk
    licence = IssueCertificate(
        CertificateKind.FOOD_LICENCE, number="SC11435042500019", issuer="大田县市场监督管理局"
    )
    row = service.issue(uow, licence)
    assert (row.party_id, row.batch_id) == (farm.coop.id, None)
    with pytest.raises(Invalid):
        service.issue(
            uow,
            IssueCertificate(CertificateKind.FOOD_LICENCE, party=other.coop.code, number="x", issuer="y"),
        )


def test_nobody_certifies_or_revokes_for_somebody_else(uow: UnitOfWork) -> None:
    farm, other = make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm)
    paper = make_certificate(uow, batch)
    uow.actor = other.clerk
    with pytest.raises(Invalid):
        service.issue(uow, promise(batch))
    with pytest.raises(NotFound):
        service.revoke(uow, paper.id, "x")
    with pytest.raises(NotFound):
        certificates.one(uow.session, other.clerk, paper.id)


def test_a_paper_is_revoked_once_and_with_a_reason(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    paper = make_certificate(uow, batch)
    with pytest.raises(Invalid):
        service.revoke(uow, paper.id, " ")
    service.revoke(uow, paper.id, "复检不合格")
    assert paper.revoked_at == uow.now
    assert not certificates.valid_kinds(uow.session, [batch.id], date(2026, 11, 20))
    with pytest.raises(Refused):
        service.revoke(uow, paper.id, "again")


def test_papers_are_listed_for_their_party_and_found(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    make_certificate(uow, batch, valid_until=date(2026, 11, 25))
    make_certificate(uow, batch, CertificateKind.FACTORY_TEST)
    for wanted in (
        certificates.CertificateFilter(kind=CertificateKind.COC),
        certificates.CertificateFilter(ends_by=date(2026, 11, 25)),
    ):
        assert certificates.page(uow.session, farm.clerk, wanted).total == 1
    everything = certificates.CertificateFilter(batch=batch.number)
    assert certificates.page(uow.session, farm.clerk, everything).total == 2
    assert certificates.page(uow.session, actor_of(make_farm(uow).coop), everything).total == 0
    assert uow.session.scalars(select(Certificate)).all()


def test_a_hold_stops_a_batch_until_the_last_is_lifted(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    first, second = hold.place(uow, batch.id, "途中超温"), hold.place(uow, batch.id, "农残复检")
    held = [batch.is_held]
    for placed in (first, second):
        let_go(uow, placed.id, "复测合格")
        held.append(batch.is_held)
    assert held == [True, True, False]
    assert list(uow._events) == [
        BatchHeld(batch.id, "途中超温"),
        BatchHeld(batch.id, "农残复检"),
        HoldLifted(batch.id),
    ]
    assert uow.session.scalars(select(Entry.step).order_by(Entry.id)).all() == [
        Step.HOLD,
        Step.HOLD,
        Step.LIFT_HOLD,
    ]


def test_the_same_open_reason_holds_once(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    assert hold.place(uow, batch.id, "途中超温").id == hold.place(uow, batch.id, "途中超温").id
    assert len(uow.session.scalars(select(Entry)).all()) == 1


def test_holds_need_words_and_are_lifted_once(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    with pytest.raises(Invalid):
        hold.place(uow, batch.id, " ")
    placed = hold.place(uow, batch.id, "x")
    with pytest.raises(Invalid):
        let_go(uow, placed.id, "")
    let_go(uow, placed.id, "y")
    with pytest.raises(Refused):
        let_go(uow, placed.id, "z")
    with pytest.raises(NotFound):
        let_go(uow, 10**9, "z")
