"""The manifest of traceability: batches, their papers, the trace ledger, codes and what consumers see."""

from __future__ import annotations

from supplychain.kernel.addon import Addon, DemoFile, DocumentKind, NavGroup, NavItem
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant
from traceability import permissions as may
from traceability.api.batch import batch_blp
from traceability.api.certificate import certificate_blp
from traceability.api.code import code_blp
from traceability.api.code_run import code_run_blp
from traceability.api.epcis_subscriptions import DOOR
from traceability.api.farm import farm_blp
from traceability.api.feedback import feedback_blp
from traceability.api.genealogy import genealogy_blp
from traceability.api.hold import hold_blp
from traceability.api.inspection import inspection_blp
from traceability.api.label import label_blp
from traceability.api.recall import recall_blp
from traceability.api.transform import run_blp
from traceability.cli import trace
from traceability.jobs import JOBS
from traceability.leads import LEADS
from traceability.models.batch import Batch, Certificate, Cover
from traceability.models.code import Code, CodeRun, Scan, ScanJournal, ScanTotal
from traceability.models.epcis import (
    CaptureJob,
    EntryFact,
    EventSubscription,
    FactMark,
    MasterFact,
    NamedQuery,
    Proposal,
)
from traceability.models.farm import FarmBan, FarmInput, FarmRecord, FarmRule
from traceability.models.feedback import Feedback
from traceability.models.genealogy import Edge, Process
from traceability.models.hold import Hold, HoldBatch
from traceability.models.inspection import Inspection, InspectionFinding, MovedDay, ResidueLimit
from traceability.models.label import LabelDesign
from traceability.models.ledger import Chain, Entry, EntryBatch, EntryThing, Holding, Source
from traceability.models.recall import Recall, RecallBatch, RecallPlace
from traceability.models.seal import Seal, SealRange
from traceability.pages import (
    batch,
    certificate,
    code,
    code_run,
    farm,
    feedback,
    genealogy,
    hold,
    inspection,
    inspection_reference,
    label,
    label_element,
    partner,
    printing,
    recall,
    transform,
)
from traceability.panels import KPIS, PANELS, RECORD_LINKS, TASKS
from traceability.public import feedback as telling
from traceability.public import proof as proofs
from traceability.public import resolver
from traceability.public.door import Door
from traceability.schemas.label import shipped
from traceability.services import fact_index, farm_reference, process
from traceability.services import inspection_reference as inspection_references
from traceability.services import label as designs
from traceability.sheets import SHEETS

CLERK = (
    may.BATCH_READ,
    may.BATCH_REGISTER,
    may.CERTIFICATE_WRITE,
    may.HOLD_WRITE,
    may.CODE_WRITE,
    may.CODE_SELL,
    may.FEEDBACK_ANSWER,
    may.RECALL_ANSWER,
    may.FARM_WRITE,
    may.INSPECTION_WRITE,
    may.LABEL_WRITE,
)


def _install(uow: UnitOfWork) -> None:
    process.install(uow)
    farm_reference.install(uow)
    inspection_references.install(uow)
    designs.install(uow, shipped())
    fact_index.begin(uow)


ADDON = Addon(
    name="traceability",
    title=N_("Traceability"),
    summary=N_("Batches with their papers, what happened to them, and the page behind every code."),
    package="traceability",
    depends=("base", "catalog"),
    models=(
        Batch,
        CaptureJob,
        Certificate,
        Chain,
        Code,
        CodeRun,
        Cover,
        Edge,
        Entry,
        EntryBatch,
        EntryFact,
        EntryThing,
        EventSubscription,
        FactMark,
        FarmBan,
        FarmInput,
        FarmRecord,
        FarmRule,
        Feedback,
        Hold,
        HoldBatch,
        Holding,
        Inspection,
        InspectionFinding,
        MovedDay,
        LabelDesign,
        MasterFact,
        NamedQuery,
        Process,
        Proposal,
        Recall,
        RecallBatch,
        RecallPlace,
        ResidueLimit,
        Scan,
        ScanTotal,
        ScanJournal,
        Seal,
        SealRange,
        Source,
    ),
    permissions=may.ALL,
    grants=(
        Grant("coop_clerk", CLERK),
        Grant("coop_manager", tuple(one for one in may.ALL if one not in may.OPERATORS)),
        Grant("buyer", (may.BATCH_READ, may.CODE_SELL, may.RECALL_ANSWER, may.INSPECTION_SPOT)),
        Grant("officer", (may.BATCH_READ,)),
        Grant("operator", may.ALL),
    ),
    pages=(
        DOOR,
        resolver.bp,
        proofs.bp,
        telling.bp,
        feedback.bp,
        batch.bp,
        farm.bp,
        inspection.bp,
        inspection_reference.bp,
        certificate.bp,
        code.bp,
        code_run.bp,
        partner.bp,
        printing.bp,
        label.bp,
        label_element.bp,
        transform.bp,
        genealogy.bp,
        hold.bp,
        recall.bp,
    ),
    doors=(Door,),
    apis=(
        batch_blp,
        farm_blp,
        hold_blp,
        inspection_blp,
        code_blp,
        code_run_blp,
        certificate_blp,
        run_blp,
        genealogy_blp,
        feedback_blp,
        label_blp,
        recall_blp,
    ),
    nav=(
        NavItem(NavGroup.TRACE, N_("Batches"), "batches_pages.batch_list", "leaf", may.BATCH_READ, 20),
        NavItem(
            NavGroup.TRACE,
            N_("Certificates"),
            "certificates_pages.certificate_list",
            "certificate",
            may.BATCH_READ,
            22,
        ),
        NavItem(
            NavGroup.TRACE,
            N_("Inspections"),
            "inspection_pages.inspection_list",
            "shield-check",
            may.BATCH_READ,
            23,
        ),
        NavItem(
            NavGroup.TRACE,
            N_("Residue limits"),
            "inspection_reference_pages.limit_list",
            "scale",
            may.INSPECTION_WRITE,
            36,
        ),
        NavItem(
            NavGroup.TRACE,
            N_("Working days"),
            "inspection_reference_pages.day_list",
            "calendar",
            may.INSPECTION_REFERENCE_WRITE,
            37,
        ),
        NavItem(NavGroup.TRACE, N_("Farm record"), "farm_pages.record_list", "leaf", may.FARM_WRITE, 19),
        NavItem(NavGroup.TRACE, N_("Farm inputs"), "farm_pages.input_list", "leaf", may.FARM_WRITE, 33),
        NavItem(NavGroup.TRACE, N_("Days to wait"), "farm_pages.rule_list", "leaf", may.FARM_WRITE, 34),
        NavItem(NavGroup.TRACE, N_("Banned substances"), "farm_pages.ban_list", "ban", may.FARM_WRITE, 35),
        NavItem(NavGroup.TRACE, N_("Processes"), "runs_pages.process_list", "scale", may.BATCH_REGISTER, 21),
        NavItem(NavGroup.TRACE, N_("Codes"), "codes_pages.code_list", "qrcode", may.CODE_WRITE, 24),
        NavItem(NavGroup.TRACE, N_("Print runs"), "code_runs_pages.run_list", "printer", may.CODE_WRITE, 25),
        NavItem(
            NavGroup.TRACE,
            N_("Label designs"),
            "label_designs_pages.design_list",
            "tag",
            may.BATCH_REGISTER,
            27,
        ),
        NavItem(NavGroup.TRACE, N_("Scans"), "codes_pages.scan_list", "scan", may.CODE_WRITE, 26),
        NavItem(NavGroup.TRACE, N_("Feedback"), "feedback_pages.case_list", "bell", may.FEEDBACK_ANSWER, 28),
        NavItem(NavGroup.TRACE, N_("Holds"), "holds_pages.hold_list", "hand-stop", may.BATCH_READ, 27),
        NavItem(
            NavGroup.TRACE, N_("Recalls"), "recalls_pages.recall_list", "alert-triangle", may.BATCH_READ, 29
        ),
        NavItem(
            NavGroup.TRACE,
            N_("Proposed events"),
            "partners_pages.proposal_list",
            "clipboard-check",
            may.PROPOSAL_DECIDE,
            30,
        ),
        NavItem(
            NavGroup.TRACE,
            N_("Sources of events"),
            "partners_pages.source_list",
            "share",
            may.SOURCE_WRITE,
            32,
        ),
    ),
    sheets=SHEETS,
    jobs=JOBS,
    cli=(trace,),
    record_links=RECORD_LINKS,
    leads=LEADS,
    panels=PANELS,
    kpis=KPIS,
    tasks=TASKS,
    demo=(
        DemoFile("farm_records", "farm_records.xlsx", 39),
        DemoFile("batches", "batches.xlsx", 40),
        DemoFile("runs", "runs.xlsx", 40),
        DemoFile("inspections", "inspections.xlsx", 41),
        DemoFile("certificates", "certificates.xlsx", 41),
        DemoFile("releases", "releases.xlsx", 42),
        DemoFile("codes", "codes.xlsx", 43),
        DemoFile("holds", "holds.xlsx", 44),
        DemoFile("inspections", "retests.xlsx", 44),
    ),
    install=_install,
    documents=(
        DocumentKind("traceability.batch", N_("Batches"), (Batch.id, Batch.number), "batches_pages.batch"),
        DocumentKind(
            "traceability.feedback", N_("Feedback"), (Feedback.id, Feedback.number), "feedback_pages.case"
        ),
        DocumentKind("traceability.hold", N_("Holds"), (Hold.id, Hold.number), "holds_pages.hold_page"),
        DocumentKind(
            "traceability.recall", N_("Recalls"), (Recall.id, Recall.number), "recalls_pages.recall_page"
        ),
        DocumentKind(
            "traceability.code_run",
            N_("Print runs"),
            (CodeRun.id, CodeRun.number),
            "code_runs_pages.run",
        ),
        DocumentKind(
            "traceability.inspection",
            N_("Inspections"),
            (Inspection.id, Inspection.number),
            "inspection_pages.inspection",
        ),
        DocumentKind("traceability.residue_limit", N_("Residue limits")),
        DocumentKind("traceability.moved_day", N_("Working days")),
        DocumentKind(
            "traceability.label_design",
            N_("Label designs"),
            (LabelDesign.id, LabelDesign.name),
        ),
        DocumentKind("traceability.source", N_("Sources of events"), (Source.id, Source.code)),
        DocumentKind("traceability.proposal", N_("Proposed events")),
        DocumentKind("traceability.recall_place", N_("Places of recalls")),
        DocumentKind("traceability.farm_record", N_("Farm record")),
        DocumentKind("traceability.farm_input", N_("Farm inputs")),
        DocumentKind("traceability.farm_rule", N_("Days to wait")),
        DocumentKind("traceability.farm_ban", N_("Banned substances")),
        DocumentKind("traceability.certificate", N_("Certificates"), (Certificate.id, Certificate.number)),
    ),
)
