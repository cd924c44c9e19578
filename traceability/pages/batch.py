"""Pages of batches: the list, the form, one batch with what can be done about it. Holds have their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.rules import ITEM_UNITS, PartyKind
from supplychain.kernel import clock, i18n
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import (
    BATCH_READ,
    BATCH_REGISTER,
    BATCH_RELEASE,
    CERTIFICATE_WRITE,
    CODE_WRITE,
    HOLD_WRITE,
    LEDGER_CORRECT,
)
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import code as codes
from traceability.queries import farm as farms
from traceability.queries import hold as held_goods
from traceability.queries import journey
from traceability.queries import scan as scans
from traceability.queries.batch import BatchRow
from traceability.queries.hold import HoldRow
from traceability.rules.batch import BATCH, ORIGINS, PRINTED_AT_HOME, BatchState
from traceability.rules.certificate import CERTIFICATE_KINDS, CertificateKind, missing_papers
from traceability.rules.code import CODE, CodeState
from traceability.rules.farm import DOSE, DOSE_UNITS, earliest
from traceability.rules.hold import HOLD
from traceability.rules.ledger import BUCKETS, ERROR_REASONS, STEPS
from traceability.schemas.batch import BatchFilterIn, BatchRegisterIn, CloseIn
from traceability.services import batch as batch_services

bp = Blueprint("batches_pages", __name__, template_folder="../templates")


def _name(row: Any) -> str:
    """Return an item's name for the reader."""
    return str(row.item_name_en if i18n.locale() == "en" else row.item_name_zh)


def _url(number: str) -> str:
    return url_for("batches_pages.batch", number=number)


def _yes_no(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [("true", gettext(N_("Yes"))), ("false", gettext(N_("No")))]


def _coops(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return parties.choices(session, (PartyKind.COOP,))


BATCHES = ListPage(
    title=N_("Batches"),
    filter=BatchFilterIn,
    query=batches.page,
    columns=(
        Column("number", N_("Batch"), sort="number", lead=True),
        Column("item", N_("Product"), value=_name, sort="item"),
        Column("grade", N_("Grade")),
        Column("producer_name", N_("Producer"), sort="producer"),
        Column("harvested_on", N_("Harvested"), "day", sort="harvested_on"),
        Column("best_before_on", N_("Best before"), "day", sort="best_before_on"),
        Column("boxes", N_("Boxes"), "count", sort="boxes", total=True),
        Column("grams", N_("Net mass"), "kg", unit="kg", sort="grams", total=True),
        Column("state", N_("State"), labels=BATCH.labels),
        Column("is_held", N_("On hold"), value=lambda row: gettext(N_("On hold")) if row.is_held else ""),
    ),
    empty=N_("Every harvest stands here with what happened to it. Register the first batch."),
    row_url=lambda row: _url(row.number),
    actions=(Action(N_("Register batch"), "batches_pages.register", BATCH_REGISTER),),
    sheet="batches",
    search=N_("Batch, own number, product or base"),
    options={
        "held": _yes_no,
        "sku": lambda session, actor: items.choices(session),
        "producer": _coops,
    },
)


def _register_defaults(session: Session, actor: Actor) -> Mapping[str, Any]:
    """Return today, and item, base and amounts of the last registration."""
    last = batches.last_registered(session, actor) if actor.party_id is not None else None
    today = {"harvested_on": clock.today()}
    if last is None:
        return today
    return today | {
        "sku": last.sku,
        "site": last.site,
        "boxes": str(last.boxes),
        "grams": last.grams,
        "member_name": last.member_name,
    }


REGISTER = FormPage(
    title=N_("Register a batch"),
    shape=BatchRegisterIn,
    act=batch_services.register,
    then=lambda batch: _url(batch.number),
    verb=N_("Register batch"),
    intro=N_("One harvest of one product from one base. Defaults are those of last time."),
    options={
        "sku": lambda session, actor: items.choices(session, actor.party_id),
        "site": lambda session, actor: parties.site_choices(session, actor.party_id),
    },
    defaults=_register_defaults,
)


@bp.get("/batches")
@endpoint.permit(BATCH_READ)
def batch_list() -> str:
    """List batches."""
    return BATCHES.render()


@bp.route("/batches/new", methods=["GET", "POST"])
@endpoint.permit(BATCH_REGISTER)
def register() -> ResponseReturnValue:
    """Register a batch."""
    return REGISTER.handle()


@bp.get("/batches/<number>")
@endpoint.permit(BATCH_READ)
def batch(number: str) -> str:
    """Show a batch."""
    session, actor = endpoint.session(), endpoint.actor()
    row = batches.one(session, actor, number)
    holds = held_goods.of_batch(session, row.id)
    held = certificates.of_batch(session, row.id)
    family = certificates.families(session, [row.trade_item_id]).get(row.trade_item_id, "")
    counting = {paper.kind for paper in held if paper.counts_on(clock.today())}
    missing = [] if row.state is not BatchState.REGISTERED else missing_papers(family, counting)
    made = codes.counts(session, row.id)
    used, against = farms.of_batch(session, row.id) if _is_own(row, actor) else ((), ())
    return documents.render(
        replace(_document(row, actor, missing, made), warning=_held_because(holds)),
        "traceability/batch.html",
        holdings=batches.holdings(session, actor, row.id),
        used=used,
        against=against,
        allowed_on=earliest(against),
        dose=DOSE.short,
        dose_words=DOSE_UNITS,
        buckets=BUCKETS,
        holds=holds,
        hold_words=HOLD.labels,
        certificates=held,
        kinds=CERTIFICATE_KINDS,
        missing=missing,
        journey=journey.of_batch(session, row.id, actor),
        error_words=ERROR_REASONS,
        may_correct=_is_own(row, actor) and actor.may(LEDGER_CORRECT),
        steps_words=STEPS,
        codes=made,
        code_words=CODE.labels,
        looks=scans.of_batch(session, row.id),
        is_own=_is_own(row, actor),
        may_certify=actor.may(CERTIFICATE_WRITE),
        batch=row,
    )


def _is_own(row: BatchRow, actor: Actor) -> bool:
    return actor.sees_all or actor.party_id == row.producer_id


def _document(
    row: BatchRow, actor: Actor, missing: Sequence[CertificateKind], made: Mapping[CodeState, int]
) -> Document:
    days = (row.best_before_on - clock.today()).days
    return Document(
        kind="traceability.batch",
        id=row.id,
        number=row.number,
        title=N_("Batches"),
        list_endpoint="batches_pages.batch_list",
        subtitle=_name(row),
        facts=(
            Fact(N_("Net mass"), row.grams, "kg", "kg", note=_packs(row)),
            Fact(N_("Harvested"), row.harvested_on, "day"),
            Fact(N_("Best before"), row.best_before_on, "day", note=_left(days)),
            Fact(N_("Grade"), row.grade),
            Fact(N_("Producer"), row.producer_name),
            Fact(N_("Growing base"), row.site_name, note=row.plot),
            Fact(N_("How it came"), gettext(ORIGINS[row.origin]), note=row.supplier),
            Fact(N_("Grower"), row.member_name),
            Fact(N_("Own number"), row.producer_reference),
            Fact(N_("GTIN"), row.gtin),
        ),
        states=BATCH,
        state=row.state,
        acts=_acts(row, missing, made) if _is_own(row, actor) else (),
        papers=_printed(row, made) if _is_own(row, actor) else (),
    )


def _held_because(holds: Sequence[HoldRow]) -> str:
    """Return why a batch must not move, the oldest reason first; empty when it may."""
    reasons = " · ".join(hold.reason for hold in reversed(holds) if hold.lifted_at is None)
    said = N_("This batch is on hold and must not move: %(reasons)s")
    return gettext(said, reasons=reasons) if reasons else ""


def _packs(row: BatchRow) -> Text:
    unit = Text(ITEM_UNITS[row.unit])
    return Text(N_("%(count)s × %(unit)s"), {"count": row.boxes, "unit": unit})


def _left(days: int) -> Text:
    if days < 0:
        return Text(N_("%(days)s days over"), {"days": -days})
    return Text(N_("%(days)s days left"), {"days": days})


def _acts(
    row: BatchRow, missing: Sequence[CertificateKind], made: Mapping[CodeState, int]
) -> tuple[Act, ...]:
    """Return what can be done with an own batch now, and why the rest cannot."""
    is_open = row.state is not BatchState.CLOSED
    found = []
    if row.state is BatchState.REGISTERED:
        url = url_for("batches_pages.release", number=row.number)
        why_not = _why_not_released(row, missing)
        found.append(
            Act(N_("Release for sale"), url, BATCH_RELEASE, why_not, primary=not why_not, icon="check")
        )
    if is_open and (missing or row.state is BatchState.REGISTERED):
        url = url_for("certificates_pages.certificate_new", batch=row.number, kind=_wanted(missing))
        found.append(
            Act(
                N_("Put paper on record"),
                url,
                CERTIFICATE_WRITE,
                posts=False,
                primary=bool(missing),
                icon="certificate",
            )
        )
    if is_open:
        found += [
            Act(
                N_("Make codes"),
                url_for("code_runs_pages.plan", number=row.number),
                CODE_WRITE,
                posts=False,
                icon="qrcode",
            ),
            *_activation(row, made),
            Act(
                N_("Process"),
                url_for("runs_pages.run", batch=row.number),
                BATCH_REGISTER,
                posts=False,
                icon="scale",
            ),
            Act(
                N_("Put on hold"),
                url_for("holds_pages.place_batch", number=row.number),
                HOLD_WRITE,
                posts=False,
                danger=True,
                icon="hand-stop",
            ),
            Act(
                N_("Close batch"),
                url_for("batches_pages.close", number=row.number),
                BATCH_RELEASE,
                posts=False,
                icon="lock",
            ),
        ]
    return tuple(found)


def _activation(row: BatchRow, made: Mapping[CodeState, int]) -> list[Act]:
    if not made.get(CodeState.PRINTED):
        return []
    is_released = row.state is BatchState.RELEASED
    why_not = "" if is_released else gettext(N_("The batch is not released yet."))
    if row.is_held:
        why_not = gettext(N_("It is on hold."))
    url = url_for("codes_pages.code_activate", number=row.number)
    return [Act(N_("Activate codes"), url, CODE_WRITE, why_not, icon="check")]


def _why_not_released(row: BatchRow, missing: Sequence[CertificateKind]) -> Text | str:
    if row.is_held:
        return Text(N_("It is on hold."))
    if missing:
        names = i18n.Listed([Text(CERTIFICATE_KINDS[kind]) for kind in missing])
        return Text(N_("Missing: %(papers)s"), {"papers": names})
    if row.best_before_on < clock.today():
        return Text(N_("It is past its best-before day."))
    return ""


def _wanted(missing: Sequence[CertificateKind]) -> str | None:
    return missing[0].value if missing else None


def _printed(row: BatchRow, made: Mapping[CodeState, int]) -> tuple[Paper, ...]:
    """Return the labels to print, and the page behind them."""
    items = made.get(CodeState.PRINTED, 0) + made.get(CodeState.ACTIVATED, 0)
    items = items if items <= PRINTED_AT_HOME else 0
    to = "batch_papers.choose"
    return (
        Paper(N_("Box labels"), url_for(to, number=row.number, of="boxes"), BATCH_REGISTER),
        *(
            [Paper(N_("Item labels"), url_for(to, number=row.number, of="items"), CODE_WRITE)]
            if items
            else []
        ),
        Paper(N_("Consumer page"), f"/01/{row.gtin}/10/{row.number}?lang={i18n.locale()}"),
    )


@bp.post("/batches/<number>/release")
@endpoint.permit(BATCH_RELEASE)
def release(number: str) -> ResponseReturnValue:
    """Release a batch for sale."""
    batch_id = batches.mine(endpoint.session(), endpoint.actor(), number).id
    return documents.perform(
        lambda uow: batch_services.release(uow, batch_id),
        done=N_("Released for sale."),
        to="batches_pages.batch",
        number=number,
    )


@bp.route("/batches/<number>/close", methods=["GET", "POST"])
@endpoint.permit(BATCH_RELEASE)
def close(number: str) -> ResponseReturnValue:
    """Close a batch that is used up."""
    row = batches.mine(endpoint.session(), endpoint.actor(), number)
    form = FormPage(
        title=N_("Close batch"),
        shape=CloseIn,
        about=("traceability.batch", row.id),
        act=lambda uow, said: batch_services.close(uow, batch_services.CloseBatch(row.id, said.reason)),
        then=lambda closed: _url(closed.number),
        verb=N_("Close batch"),
    )
    return form.handle()
