"""Pages of holds: the list, placing one, one with what it covers, what is proposed, signed or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.rules import PartyKind
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint, wording
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.models.hold import Hold
from traceability.permissions import BATCH_READ, HOLD_SIGN, HOLD_WRITE, RECALL_ANSWER
from traceability.queries import batch as batches
from traceability.queries import hold as holds
from traceability.queries.hold import CoveredRow, HoldRow
from traceability.rules.hold import (
    DISPOSITIONS,
    HOLD,
    HOLD_KINDS,
    HOLD_SCOPES,
    Disposition,
    HoldScope,
    HoldState,
    dispositions_for,
)
from traceability.rules.ledger import BUCKETS, Bucket
from traceability.schemas.batch import Because
from traceability.schemas.hold import HoldBatch, HoldFilterIn, HoldIn, HoldSlipIn, ProposeIn, RefuseIn
from traceability.services import disposition, hold, hold_slip

bp = Blueprint("holds_pages", __name__, template_folder="../templates")

BUYERS = (PartyKind.MARKET, PartyKind.SUPERMARKET, PartyKind.COMMUNITY, PartyKind.ENTERPRISE)
NEXT = {
    HoldState.HELD: N_("Somebody proposes what becomes of it"),
    HoldState.PROPOSED: N_("A second person signs or refuses"),
    HoldState.DECIDED: N_("It is carried out"),
    HoldState.SETTLED: "",
}


def _url(number: str) -> str:
    return url_for("holds_pages.hold_page", number=number)


def _what(row: HoldRow) -> str:
    """Return what is held, in a few words: a batch, a batch with what was made from it, or a unit."""
    if row.sscc:
        return _spaced(row.sscc)
    if row.batches > 1:
        return gettext(N_("%(batch)s and %(count)s more"), batch=row.what, count=row.batches - 1)
    return row.what


def _spaced(sscc: str) -> str:
    return f"{sscc[:1]} {sscc[1:9]} {sscc[9:17]} {sscc[17:]}"


def _age(row: HoldRow) -> str:
    """Return how long it has stood still, or stood until it was let go."""
    span = (row.lifted_at or clock.now()) - row.placed_at
    if span.days:
        return gettext(N_("%(days)s days"), days=span.days)
    return wording.duration(int(span.total_seconds()) // 60)


def _becomes(row: HoldRow) -> str:
    return gettext(DISPOSITIONS[row.disposition]) if row.disposition else ""


HOLDS = ListPage(
    title=N_("Holds"),
    filter=HoldFilterIn,
    query=holds.page,
    columns=(
        Column("number", N_("Hold"), sort="number", lead=True),
        Column("state", N_("State"), labels=HOLD.labels),
        Column("what", N_("What is held"), value=_what),
        Column("grams", N_("Was there"), "kg", unit="kg", sort="grams", total=True),
        Column("kind", N_("Kind of reason"), value=lambda row: gettext(HOLD_KINDS[row.kind])),
        Column("reason", N_("Reason"), value=lambda row: row.reason[:60]),
        Column("age", N_("Held for"), value=_age),
        Column("disposition", N_("What becomes of it"), value=_becomes),
        Column("next", N_("Next step"), value=lambda row: gettext(NEXT[row.state])),
        Column("producer_name", N_("Producer")),
        Column("placed_at", N_("Placed at"), "moment", sort="placed_at"),
    ),
    empty=N_("What must not move stands here, with why and who decides. Nothing is held."),
    row_url=lambda row: _url(row.number),
    actions=(Action(N_("Put on hold"), "holds_pages.place", HOLD_WRITE, "hand-stop"),),
    sheet="holds",
    search=N_("Number, batch, SSCC or reason"),
)


@bp.get("/holds")
@endpoint.permit(BATCH_READ)
def hold_list() -> str:
    """List holds."""
    return HOLDS.render()


def _batch_scopes(session: Session, actor: Actor) -> list[tuple[str, str]]:
    scopes = (HoldScope.BATCH, HoldScope.DESCENDANTS)
    return [(scope.value, gettext(HOLD_SCOPES[scope])) for scope in scopes]


PLACE = FormPage(
    title=N_("Put on hold"),
    shape=HoldSlipIn,
    act=hold_slip.place,
    then=lambda row: _url(row.number),
    verb=N_("Put on hold"),
    intro=N_("Scan or type what must stand still. Of a box or pallet, only that unit is held."),
    options={"scope": _batch_scopes},
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
    )
    return form.handle()


@bp.get("/holds/<number>")
@endpoint.permit(BATCH_READ)
def hold_page(number: str) -> str:
    """Show a hold: why, what it covers, what is proposed and who signs."""
    session, actor = endpoint.session(), endpoint.actor()
    row = holds.one(session, actor, number)
    covered = holds.covered(session, actor, row.id)
    return documents.render(
        _document(row, actor),
        "traceability/hold.html",
        hold=row,
        batches=_by_batch(covered),
        sites=_to_destroy(row, covered, actor),
        contents=holds.contents(session, row.sscc) if row.sscc else (),
        spaced=_spaced(row.sscc) if row.sscc else "",
        buckets=BUCKETS,
    )


@dataclass(frozen=True, slots=True)
class Covered:
    """A batch under a hold with the places where it is."""

    number: str
    name: str
    places: Sequence[CoveredRow]

    @property
    def grams(self) -> int:
        """Return how much of it there is."""
        return sum(place.grams for place in self.places)


def _by_batch(found: Sequence[CoveredRow]) -> list[Covered]:
    grouped: dict[str, list[CoveredRow]] = {}
    for row in found:
        grouped.setdefault(row.batch, []).append(row)
    return [
        Covered(number, rows[0].item_name, [row for row in rows if row.site])
        for number, rows in grouped.items()
    ]


@dataclass(frozen=True, slots=True)
class Site:
    """A place where goods are still to be destroyed."""

    code: str
    name: str
    grams: int


def _to_destroy(row: HoldRow, covered: Sequence[CoveredRow], actor: Actor) -> list[Site]:
    """Return the own places where goods wait to be destroyed."""
    if row.state is not HoldState.DECIDED or row.disposition is not Disposition.DESTROY:
        return []
    mine: dict[str, Site] = {}
    for place in covered:
        is_mine = actor.sees_all or place.party_id == actor.party_id
        if place.site and is_mine and place.bucket is not Bucket.IN_TRANSIT and actor.may(RECALL_ANSWER):
            known = mine.get(place.site, Site(place.site, place.site_name or "", 0))
            mine[place.site] = Site(known.code, known.name, known.grams + place.grams)
    return list(mine.values())


def _document(row: HoldRow, actor: Actor) -> Document:
    return Document(
        kind=hold.DOCUMENT,
        id=row.id,
        number=row.number,
        title=N_("Holds"),
        list_endpoint="holds_pages.hold_list",
        subtitle=f"{gettext(HOLD_KINDS[row.kind])} · {row.reason}",
        facts=(
            Fact(N_("What is held"), _what(row), note=gettext(HOLD_SCOPES[row.scope])),
            Fact(N_("Was there"), row.grams, "kg", "kg"),
            Fact(N_("Placed at"), row.placed_at, "moment", note=row.placed_by),
            Fact(N_("Held for"), _age(row)),
            Fact(N_("Producer"), row.producer_name),
            *_decision(row),
        ),
        states=HOLD,
        state=row.state,
        acts=_acts(row, actor) if _is_own(row, actor) else (),
        warning=_warning(row),
    )


def _is_own(row: HoldRow, actor: Actor) -> bool:
    return actor.sees_all or actor.party_id == row.party_id


def _decision(row: HoldRow) -> tuple[Fact, ...]:
    """Return what is proposed or decided, with its reason and its two people."""
    if row.disposition is None:
        return (Fact(N_("Next step"), gettext(NEXT[row.state])),)
    target = row.item_name or " · ".join(filter(None, (row.buyer_name, row.diverted_to)))
    found = [
        Fact(N_("What becomes of it"), _becomes(row), note=target),
        Fact(N_("What was found or done"), row.finding),
        Fact(N_("Proposed by"), row.proposed_by, note=wording.moment(row.proposed_at)),
    ]
    if row.decided_at:
        found.append(Fact(N_("Signed by"), row.decided_by, note=wording.moment(row.decided_at)))
    else:
        found.append(Fact(N_("Next step"), gettext(NEXT[row.state])))
    return tuple(found)


def _warning(row: HoldRow) -> str:
    """Return in one sentence what may be done with the goods now; empty once they are free."""
    if row.lifted_at is not None:
        return ""
    if row.state not in {HoldState.DECIDED, HoldState.SETTLED} or row.disposition is None:
        return gettext(N_("These goods must not move: %(reason)s"), reason=row.reason)
    said = _IN_FORCE[row.disposition]
    return gettext(said, item=row.item_name, buyer=row.buyer_name or "", use=row.diverted_to)


_IN_FORCE = {
    Disposition.RELEASE: "",
    Disposition.DOWNGRADE: N_("These goods may only be regraded to %(item)s."),
    Disposition.DIVERT: N_("Only %(buyer)s may have these goods, for this: %(use)s."),
    Disposition.DESTROY: N_("These goods are destroyed, or are to be: they never move again."),
}


def _acts(row: HoldRow, actor: Actor) -> tuple[Act, ...]:
    if row.state is HoldState.SETTLED:
        return ()
    propose = url_for("holds_pages.propose", number=row.number)
    if row.state is not HoldState.PROPOSED:
        is_open = row.state is HoldState.HELD
        verb = N_("Propose what becomes of it") if is_open else N_("Propose otherwise")
        return (Act(verb, propose, HOLD_WRITE, posts=False, primary=is_open, icon="clipboard-check"),)
    why_not: object = ""
    if actor.user_id == row.proposed_by_id:
        why_not = Text(N_("You proposed this: another person must sign or refuse it."))
    sign, refuse = (url_for(f"holds_pages.{name}", number=row.number) for name in ("sign", "refuse"))
    return (
        Act(N_("Sign"), sign, HOLD_SIGN, why_not, primary=not why_not, icon="check"),
        Act(N_("Refuse"), refuse, HOLD_SIGN, why_not, posts=False, danger=True, icon="x"),
    )


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
        intro=gettext(N_("%(what)s: %(reason)s. Another person signs."), what=_what(row), reason=row.reason),
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
        verb=N_("Refuse"),
        intro=gettext(N_("%(disposition)s: %(finding)s"), disposition=_becomes(row), finding=row.finding),
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
