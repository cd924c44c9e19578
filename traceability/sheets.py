"""Traceability's spreadsheets: batches, papers, releases and codes, as co-operatives keep them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import filter_of, load
from supplychain.kernel.sheets.sheet import Loaded, Outcome, Row, Sheet, each, grouped
from traceability.permissions import (
    BATCH_READ,
    BATCH_REGISTER,
    BATCH_RELEASE,
    CERTIFICATE_WRITE,
    CODE_WRITE,
    FARM_REFERENCE_WRITE,
    FARM_WRITE,
    FEEDBACK_ANSWER,
    HOLD_WRITE,
    INSPECTION_REFERENCE_WRITE,
    INSPECTION_WRITE,
    PROCESS_WRITE,
    RECALL_ANSWER,
)
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import code as codes
from traceability.queries import code_run as code_runs
from traceability.queries import farm as farms
from traceability.queries import farm_reference as references
from traceability.queries import feedback as cases
from traceability.queries import genealogy
from traceability.queries import hold as holds
from traceability.queries import inspection as inspections
from traceability.queries import inspection_reference as inspection_references
from traceability.queries import process as processes
from traceability.queries import recall as recalls
from traceability.queries import run as runs
from traceability.queries import scan as scans
from traceability.rules.batch import BatchState
from traceability.schemas.batch import BatchFilterIn, BatchLine, ReleaseLine, ReleaseLineIn
from traceability.schemas.certificate import CertificateFilterIn, CertificateIn
from traceability.schemas.code import (
    CodeRunLine,
    CodeRunLineIn,
    CodesLine,
    CodesLineIn,
    RunFilterIn,
    ScanFilterIn,
    ScanOut,
)
from traceability.schemas.farm import (
    BanFilterIn,
    BanIn,
    InputFilterIn,
    InputIn,
    RuleFilterIn,
    RuleIn,
    UseFilterIn,
    UseIn,
)
from traceability.schemas.feedback import CaseFilterIn, CaseOut
from traceability.schemas.genealogy import LinkLine, TreeIn
from traceability.schemas.hold import HoldFilterIn, HoldLineIn
from traceability.schemas.inspection import (
    DayFilterIn,
    DayIn,
    InspectionFilterIn,
    InspectionLineIn,
    LimitFilterIn,
    LimitIn,
)
from traceability.schemas.recall import PlaceLine, PlaceLineIn, RecallFilterIn, RecallOut
from traceability.schemas.transform import ProcessFilterIn, ProcessIn, RunLineIn
from traceability.services import batch as batch_services
from traceability.services import certificate as certificate_services
from traceability.services import code as code_services
from traceability.services import code_run as code_run_services
from traceability.services import farm as farm_services
from traceability.services import farm_reference as reference_services
from traceability.services import hold_slip, inspection_sheet, run_sheet
from traceability.services import inspection_reference as inspection_reference_services
from traceability.services import process as process_services
from traceability.services import recall as recall_services


def _register(uow: UnitOfWork, rows: Sequence[Row]) -> Loaded:
    """Register all rows at once; each bad one keeps its own error."""
    done = batch_services.register_many(uow, [row.command for row in rows])
    outcomes: dict[int, Outcome] = {}
    errors: dict[int, DomainError] = {}
    for row, one in zip(rows, done, strict=True):
        if isinstance(one, DomainError):
            errors[row.number] = one
        else:
            outcomes[row.number] = Outcome.CREATED if one.is_new else Outcome.UNCHANGED
    return Loaded(outcomes, errors)


def _release(uow: UnitOfWork, line: ReleaseLine) -> Outcome:
    batch_id = batches.named(uow.session, uow.actor, line.batch, line.producer)
    if batches.by_id(uow.session, uow.actor, batch_id).state is not BatchState.REGISTERED:
        return Outcome.UNCHANGED
    batch_services.release(uow, batch_id, line.at)
    return Outcome.UPDATED


def _codes(uow: UnitOfWork, line: CodesLine) -> Outcome:
    batch_id = batches.named(uow.session, uow.actor, line.batch, line.producer)
    return code_services.ensure(uow, batch_id, line.count, activated=line.activated)


def _code_run(uow: UnitOfWork, line: CodeRunLine) -> Outcome:
    batch_id = batches.named(uow.session, uow.actor, line.batch, line.producer)
    return code_run_services.ensure(uow, batch_id, line.count, line.note)


def _batch_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[batches.BatchRow]:
    for row in batches.every(session, actor, filter_of(BatchFilterIn(), filters)):
        yield replace(row, producer_reference=row.producer_reference or row.number)


def _certificate_rows(
    session: Session, actor: Actor, filters: Mapping[str, str]
) -> Iterator[certificates.CertificateRow]:
    return certificates.every(session, actor, filter_of(CertificateFilterIn(), filters))


def _release_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[ReleaseLine]:
    for row in batches.every(session, actor, batches.BatchFilter()):
        if row.released_at is not None:
            yield ReleaseLine(row.number, row.producer, row.released_at)


def _code_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[codes.CodesRow]:
    return codes.by_batch(session, actor)


def _code_run_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[code_runs.RunRow]:
    return code_runs.every(session, actor, filter_of(RunFilterIn(), filters))


def _scan_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[scans.ScanRow]:
    return scans.every(session, actor, filter_of(ScanFilterIn(), filters))


def _process_rows(
    session: Session, actor: Actor, filters: Mapping[str, str]
) -> Iterator[processes.ProcessRow]:
    return processes.every(session, filter_of(ProcessFilterIn(), filters))


def _run_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[runs.RunRow]:
    return runs.every(session, actor)


def _use_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[farms.RecordRow]:
    return farms.every(session, actor, filter_of(UseFilterIn(), filters))


def _input_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[references.InputRow]:
    return references.every_input(session, filter_of(InputFilterIn(), filters))


def _rule_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[references.RuleRow]:
    return references.every_rule(session, filter_of(RuleFilterIn(), filters))


def _ban_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[references.BanRow]:
    return references.every_ban(session, filter_of(BanFilterIn(), filters))


def _inspection_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[Any]:
    return inspections.lines(session, actor, filter_of(InspectionFilterIn(), filters))


def _limit_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[Any]:
    return inspection_references.every_limit(session, filter_of(LimitFilterIn(), filters))


def _day_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[Any]:
    return inspection_references.every_day(session, filter_of(DayFilterIn(), filters))


def _case_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[cases.CaseRow]:
    return cases.every(session, actor, filter_of(CaseFilterIn(), filters))


def _hold_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[holds.HoldRow]:
    return holds.every(session, actor, filter_of(HoldFilterIn(), filters))


def _recall_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[recalls.RecallRow]:
    return recalls.every(session, actor, filter_of(RecallFilterIn(), filters))


def _place_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[recalls.PlaceRow]:
    return recalls.places(session, actor, filters.get("recall", ""))


def _became(uow: UnitOfWork, line: PlaceLine) -> Outcome:
    at = (line.recall, line.batch, line.site, line.bucket)
    place = recalls.at(uow.session, uow.actor, *at)
    told = ("held_grams", "returned_grams", "destroyed_grams", "sold_grams", "note")
    became = recall_services.Became(**{name: getattr(line, name) for name in told})
    if place.acknowledged_at and all(getattr(place, name) == getattr(line, name) for name in told):
        return Outcome.UNCHANGED
    recall_services.say(uow, place.id, became)
    return Outcome.UPDATED


@dataclass(frozen=True, slots=True)
class _LinkRow:
    """An edge of a tree with what its ends are called."""

    parent: str
    parent_name: str
    parent_plot: str
    child: str
    child_name: str
    grams_in: int
    grams_out: int


def _link_rows(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterator[_LinkRow]:
    wanted = load(TreeIn(), dict(filters), text=True)
    row = batches.one(session, actor, wanted.batch)
    tree = genealogy.tree(session, actor, row.id, wanted.direction)
    for link in tree.links:
        parent, child = tree.nodes[link.parent_id], tree.nodes[link.child_id]
        yield _LinkRow(
            parent.number, parent.name, parent.plot, child.number, child.name, link.grams_in, link.grams_out
        )


SHEETS = (
    Sheet("genealogy", N_("Genealogy"), LinkLine, None, _link_rows, BATCH_READ, BATCH_READ),
    Sheet(
        "farm_inputs",
        N_("Farm inputs"),
        InputIn,
        each(reference_services.put_input),
        _input_rows,
        FARM_REFERENCE_WRITE,
        BATCH_READ,
    ),
    Sheet(
        "farm_rules",
        N_("Days to wait"),
        RuleIn,
        each(reference_services.put_rule),
        _rule_rows,
        FARM_REFERENCE_WRITE,
        BATCH_READ,
    ),
    Sheet(
        "farm_bans",
        N_("Banned substances"),
        BanIn,
        each(reference_services.put_ban),
        _ban_rows,
        FARM_REFERENCE_WRITE,
        BATCH_READ,
    ),
    Sheet(
        "farm_records", N_("Farm record"), UseIn, each(farm_services.put), _use_rows, FARM_WRITE, BATCH_READ
    ),
    Sheet("batches", N_("Batches"), BatchLine, _register, _batch_rows, BATCH_REGISTER, BATCH_READ),
    Sheet(
        "certificates",
        N_("Certificates"),
        CertificateIn,
        each(certificate_services.put),
        _certificate_rows,
        CERTIFICATE_WRITE,
        BATCH_READ,
    ),
    Sheet(
        "releases", N_("Releases"), ReleaseLineIn, each(_release), _release_rows, BATCH_RELEASE, BATCH_READ
    ),
    Sheet(
        "processes",
        N_("Processes"),
        ProcessIn,
        each(process_services.put),
        _process_rows,
        PROCESS_WRITE,
        BATCH_REGISTER,
    ),
    Sheet(
        "runs",
        N_("Processing runs"),
        RunLineIn,
        grouped(run_sheet.key, run_sheet.take),
        _run_rows,
        BATCH_REGISTER,
        BATCH_READ,
    ),
    Sheet("holds", N_("Holds"), HoldLineIn, each(hold_slip.put), _hold_rows, HOLD_WRITE, BATCH_READ),
    Sheet(
        "inspections",
        N_("Inspections"),
        InspectionLineIn,
        grouped(inspection_sheet.key, inspection_sheet.take),
        _inspection_rows,
        INSPECTION_WRITE,
        BATCH_READ,
    ),
    Sheet(
        "residue_limits",
        N_("Residue limits"),
        LimitIn,
        each(inspection_reference_services.put_limit),
        _limit_rows,
        INSPECTION_REFERENCE_WRITE,
        BATCH_READ,
    ),
    Sheet(
        "moved_days",
        N_("Working days"),
        DayIn,
        each(inspection_reference_services.put_day),
        _day_rows,
        INSPECTION_REFERENCE_WRITE,
        BATCH_READ,
    ),
    Sheet("codes", N_("Codes"), CodesLineIn, each(_codes), _code_rows, CODE_WRITE, BATCH_READ),
    Sheet(
        "code_runs",
        N_("Print runs"),
        CodeRunLineIn,
        each(_code_run),
        _code_run_rows,
        CODE_WRITE,
        CODE_WRITE,
    ),
    Sheet("feedback", N_("Feedback"), CaseOut, None, _case_rows, FEEDBACK_ANSWER, FEEDBACK_ANSWER),
    Sheet("recalls", N_("Recalls"), RecallOut, None, _recall_rows, BATCH_READ, BATCH_READ),
    Sheet(
        "recall_places",
        N_("Places of recalls"),
        PlaceLineIn,
        each(_became),
        _place_rows,
        RECALL_ANSWER,
        BATCH_READ,
    ),
    Sheet("scans", N_("Scans by consumers"), ScanOut, None, _scan_rows, CODE_WRITE, CODE_WRITE),
)
