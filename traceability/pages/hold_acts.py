"""What is done about holds by page: placing one, proposing, signing, refusing, writing off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.forms import FormPage
from traceability.models.hold import Hold
from traceability.permissions import HOLD_SIGN, HOLD_WRITE, RECALL_ANSWER
from traceability.queries import batch as batches
from traceability.queries import hold as holds
from traceability.rules.hold import (
    DISPOSITIONS,
    HOLD_SCOPES,
    Disposition,
    HoldKind,
    HoldScope,
    dispositions_for,
)
from traceability.schemas.batch import Because
from traceability.schemas.hold import HoldBatch, HoldIn, HoldSlipIn, ProposeIn, RefuseIn
from traceability.services import disposition, hold, hold_slip

bp = Blueprint("hold_acts_pages", __name__, template_folder="../templates")

BUYERS = (PartyKind.MARKET, PartyKind.SUPERMARKET, PartyKind.COMMUNITY, PartyKind.ENTERPRISE)


def _url(number: str) -> str:
    return url_for("holds_pages.hold_page", number=number)


def _becomes(way: Disposition | None) -> str:
    return gettext(DISPOSITIONS[way]) if way else ""


def _batch_scopes(session: Session, actor: Actor) -> list[tuple[str, str]]:
    scopes = (HoldScope.BATCH, HoldScope.DESCENDANTS)
    return [(scope.value, gettext(HOLD_SCOPES[scope])) for scope in scopes]


_USUAL = {"scope": HoldScope.BATCH.value, "kind": HoldKind.OTHER.value}


PLACE = FormPage(
    title=N_("Put on hold"),
    shape=HoldSlipIn,
    act=hold_slip.place,
    then=lambda row: _url(row.number),
    verb=N_("Put on hold"),
    intro=N_("Scan or type what must stand still. Of a box or pallet, only that unit is held."),
    options={"scope": _batch_scopes},
    defaults=lambda session, actor: _USUAL,
    hidden=("producer",),
)


@bp.route("/holds/new", methods=["GET", "POST"])
@endpoint.permit(HOLD_WRITE)
def place() -> ResponseReturnValue:
    """Put a batch, or a box or pallet by its SSCC, on hold."""
    return PLACE.handle()


@bp.route("/batches/<number>/hold", methods=["GET", "POST"])
@endpoint.permit(HOLD_WRITE)
def place_batch(number: str) -> ResponseReturnValue:
    """Put a batch on hold."""
    row = batches.mine(endpoint.session(), endpoint.actor(), number)

    def act(uow: UnitOfWork, said: HoldBatch) -> Hold:
        return hold.place(uow, row.id, said.reason, said.kind, said.scope)

    form = FormPage(
        title=N_("Put on hold"),
        shape=HoldIn,
        about=(hold.BATCH, row.id),
        act=act,
        then=lambda placed: _url(placed.number),
        verb=N_("Put on hold"),
        intro=N_("Nothing of it can be allocated, packed, sent, sold or certified until two people decide."),
        options={"scope": _batch_scopes},
        defaults=lambda session, actor: _USUAL,
    )
    return form.handle()


@bp.route("/holds/<number>/propose", methods=["GET", "POST"])
@endpoint.permit(HOLD_WRITE)
def propose(number: str) -> ResponseReturnValue:
    """Propose what becomes of held goods."""
    row = holds.mine(endpoint.session(), endpoint.actor(), number)
    ways = dispositions_for(row.kind, row.scope)
    form = FormPage(
        title=N_("Propose what becomes of it"),
        shape=ProposeIn,
        act=lambda uow, said: disposition.propose(uow, row.id, said),
        then=lambda _: _url(number),
        verb=N_("Propose"),
        intro=gettext(N_("%(what)s: %(reason)s. Another person signs."), what=row.what, reason=row.reason),
        options={
            "disposition": lambda session, actor: [(way.value, gettext(DISPOSITIONS[way])) for way in ways],
            "sku": lambda session, actor: items.choices(session, row.party_id),
            "buyer": lambda session, actor: parties.choices(session, BUYERS),
        },
        hidden=_unasked(ways),
        about=(hold.DOCUMENT, row.id),
    )
    return form.handle()


def _unasked(ways: Sequence[Disposition]) -> tuple[str, ...]:
    """Return the fields that belong to ways which are not open."""
    found: tuple[str, ...] = ()
    if Disposition.DOWNGRADE not in ways:
        found += ("sku",)
    if Disposition.DIVERT not in ways:
        found += ("buyer", "diverted_to")
    return found


@bp.post("/holds/<number>/sign")
@endpoint.permit(HOLD_SIGN)
def sign(number: str) -> ResponseReturnValue:
    """Sign what another person proposed."""
    row = holds.mine(endpoint.session(), endpoint.actor(), number)
    act = partial(disposition.sign, hold_id=row.id)
    return documents.perform(act, done=N_("Signed."), to="holds_pages.hold_page", number=number)


@bp.route("/holds/<number>/refuse", methods=["GET", "POST"])
@endpoint.permit(HOLD_SIGN)
def refuse(number: str) -> ResponseReturnValue:
    """Refuse what another person proposed."""
    row = holds.mine(endpoint.session(), endpoint.actor(), number)

    def act(uow: UnitOfWork, said: Because) -> Hold:
        return disposition.refuse(uow, row.id, said.reason)

    form = FormPage(
        title=N_("Refuse the proposal"),
        shape=RefuseIn,
        act=act,
        then=lambda _: _url(number),
        verb=N_("Turn down"),
        intro=f"{_becomes(row.disposition)} · {row.finding}",
        about=(hold.DOCUMENT, row.id),
    )
    return form.handle()


@bp.post("/holds/<number>/destroyed")
@endpoint.permit(RECALL_ANSWER)
def destroyed(number: str) -> ResponseReturnValue:
    """Say that what was to be destroyed was destroyed at an own place."""
    row = holds.one(endpoint.session(), endpoint.actor(), number)
    act = partial(disposition.destroyed_at, hold_id=row.id, site=request.form.get("site", "")[:40])
    return documents.perform(act, done=N_("Written off."), to="holds_pages.hold_page", number=number)
