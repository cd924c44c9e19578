"""Farm records are written and voided, and gate harvest, slaughter and promise; references lie elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from catalog.queries import product as products
from supplychain.base.models.party import Site
from supplychain.base.queries import party as parties
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import DomainError, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, Listed, Text
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.models.farm import FarmInput, FarmRecord
from traceability.queries import farm as farms
from traceability.rules.batch import Origin
from traceability.rules.farm import DoseUnit, Finding, earliest
from traceability.services.draft import Draft

DOCUMENT = "traceability.farm_record"
_GATED = frozenset({Origin.HARVEST, Origin.SLAUGHTER})


@dataclass(frozen=True, slots=True)
class RecordUse:
    """A use of an input. Dose in 1/1 000 of its unit, area in 亩 × 100, days by the Shanghai calendar.

    `stopped_on` None: it took one day; `season` empty: the year of use.
    """

    site: str
    product: str
    input: str
    applied_on: date
    dose_milli: int
    dose_unit: DoseUnit
    operator_name: str
    stopped_on: date | None = None
    plot: str = ""
    member_name: str = ""
    target: str = ""
    area_mu_e2: int = 0
    season: str = ""


def record(uow: UnitOfWork, command: RecordUse) -> FarmRecord:
    """Put a use on record, a banned one too: what was done is told, and the gates stop the goods.

    The same use again is returned as it is. Raises Invalid at the field to blame.
    """
    return _put(uow, command)[0]


def put(uow: UnitOfWork, command: RecordUse) -> Outcome:
    """Put a use on record, as a line of a spreadsheet; tell whether it was there before."""
    return _put(uow, command)[1]


def void(uow: UnitOfWork, record_id: int, reason: str) -> FarmRecord:
    """Say that a record is wrong: it stays to be read, and counts no more. Needs a reason.

    Raises NotFound for somebody else's, Refused when it was voided before.
    """
    row = uow.session.get(FarmRecord, record_id)
    if row is None or not (uow.actor.sees_all or uow.actor.party_id == row.party_id):
        raise NotFound(N_("There is no such farm record."))
    if row.voided_at is not None:
        raise Refused(N_("This record was voided before."))
    if not reason.strip():
        raise Invalid.at("reason", N_("Say why."))
    row.voided_at, row.voided_by, row.void_reason = uow.now, uow.actor.name, reason
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Voided: %(reason)s"), reason=reason)
    return row


def gate(uow: UnitOfWork, found: Sequence[Draft | DomainError]) -> list[Draft | DomainError]:
    """Put an Invalid at `harvested_on` in the place of every new harvest or slaughter that breaks a rule.

    One statement for all when their bases have no records, three otherwise.
    """
    asked = {id(draft): draft for draft in found if isinstance(draft, Draft) and _is_gated(draft)}
    if not asked:
        return list(found)
    findings = farms.findings(uow.session, {key: _picked(draft) for key, draft in asked.items()})
    stopped: Mapping[int, DomainError] = {
        key: _refusal("harvested_on", broken) for key, broken in findings.items() if broken
    }
    return [_passed(draft, stopped) for draft in found]


def check_promise(uow: UnitOfWork, batch: Batch) -> None:
    """Raise Invalid at `batch` when the farm record speaks against a promise for an own harvest."""
    if batch.origin not in _GATED:
        return
    broken = farms.findings(uow.session, {batch.id: farms.picked(batch)})[batch.id]
    if broken:
        raise _refusal("batch", broken)


def _put(uow: UnitOfWork, command: RecordUse) -> tuple[FarmRecord, Outcome]:
    _check_days(uow, command)
    site = parties.site_by_code(uow.session, command.site, field="site")
    if not (uow.actor.sees_all or uow.actor.party_id == site.party_id):
        raise Invalid.at("site", N_("The place %(code)s belongs to somebody else."), code=site.code)
    values = _values(uow, command, site)
    same = [getattr(FarmRecord, name) == value for name, value in values.items()]
    known = uow.session.scalar(select(FarmRecord).where(*same, FarmRecord.voided_at.is_(None)))
    if known is not None:
        return known, Outcome.UNCHANGED
    row = FarmRecord(**values, recorded_at=uow.now, recorded_by=uow.actor.name)
    uow.session.add(row)
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Put on record"))
    return row, Outcome.CREATED


def _check_days(uow: UnitOfWork, command: RecordUse) -> None:
    today = local_day(uow.now)
    if command.applied_on > today:
        raise Invalid.at("applied_on", N_("This day lies in the future."))
    if command.stopped_on is not None and command.stopped_on > today:
        raise Invalid.at("stopped_on", N_("This day lies in the future."))
    if command.stopped_on is not None and command.stopped_on < command.applied_on:
        raise Invalid.at("stopped_on", N_("It cannot stop before it began."))


def _values(uow: UnitOfWork, command: RecordUse, site: Site) -> dict[str, object]:
    product = products.by_code(uow.session, command.product, field="product")
    used = uow.session.scalar(select(FarmInput).where(FarmInput.code == command.input))
    if used is None:
        raise Invalid.at("input", N_("There is no input %(code)s."), code=command.input)
    return {
        "party_id": site.party_id,
        "site_id": site.id,
        "product_id": product.id,
        "input_id": used.id,
        "plot": command.plot,
        "member_name": command.member_name,
        "dose_milli": command.dose_milli,
        "dose_unit": command.dose_unit,
        "area_mu_e2": command.area_mu_e2,
        "target": command.target,
        "applied_on": command.applied_on,
        "stopped_on": command.stopped_on,
        "season": command.season or str(command.applied_on.year),
        "operator_name": command.operator_name,
    }


def _is_gated(draft: Draft) -> bool:
    return draft.is_first and draft.origin in _GATED


def _picked(draft: Draft) -> farms.Picked:
    began_on = draft.harvest_began_on or draft.harvested_on
    return farms.Picked(
        draft.site_id, draft.trade_item_id, draft.plot, draft.member_name, began_on, draft.harvested_on
    )


def _passed(draft: Draft | DomainError, stopped: Mapping[int, DomainError]) -> Draft | DomainError:
    if isinstance(draft, DomainError):
        return draft
    return stopped.get(id(draft.same_as or draft), draft)


def _refusal(field: str, broken: Sequence[Finding]) -> DomainError:
    """Return the error that tells every breach, and from which day on it is allowed if waiting helps."""
    told: dict[str, Text] = {}
    for finding in broken:
        told.setdefault(str(finding.text), finding.text)
    first = earliest(broken)
    breaches = Listed(list(told.values()))
    if first is None:
        return Invalid.at(field, N_("The farm record stands against it: %(breaches)s."), breaches=breaches)
    return Invalid.at(
        field,
        N_("The farm record stands against it: %(breaches)s. First allowed day: %(first)s."),
        breaches=breaches,
        first=first.isoformat(),
    )
