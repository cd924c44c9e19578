"""Pages of holds: the list, and one with what it covers, what is proposed and who signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, url_for

from supplychain.kernel import clock
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import SYSTEM, Actor
from supplychain.kernel.web import documents, endpoint, wording
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import BATCH_READ, HOLD_SIGN, HOLD_WRITE, RECALL_ANSWER
from traceability.queries import hold as holds
from traceability.queries.hold import CoveredRow, HoldRow
from traceability.rules.hold import (
    DISPOSITIONS,
    HOLD,
    HOLD_KINDS,
    HOLD_SCOPES,
    Disposition,
    HoldState,
)
from traceability.rules.ledger import BUCKETS, Bucket
from traceability.schemas.hold import HoldFilterIn
from traceability.services import hold

bp = Blueprint("holds_pages", __name__, template_folder="../templates")

SHORT = 18
"""Characters of a reason that a line of the list shows."""
NEXT = {
    HoldState.HELD: N_("Somebody proposes"),
    HoldState.PROPOSED: N_("Another person signs"),
    HoldState.DECIDED: N_("Carry it out"),
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
    """Return how long it has stood still, or stood until it was settled."""
    ended = row.decided_at if row.state is HoldState.SETTLED else None
    span = (row.lifted_at or ended or clock.now()) - row.placed_at
    if span.days:
        return gettext(N_("%(days)s days"), days=span.days)
    return wording.duration(int(span.total_seconds()) // 60)


def _why(row: HoldRow) -> str:
    """Return the kind of reason, and its words as far as a list has room."""
    said = row.reason if len(row.reason) <= SHORT else f"{row.reason[:SHORT]}…"
    return f"{gettext(HOLD_KINDS[row.kind])} · {said}"


def _next(row: HoldRow) -> str:
    """Return what is proposed or decided, and who is to do what now."""
    return " · ".join(filter(None, (_becomes(row), gettext(NEXT[row.state]))))


def _person(name: str) -> str:
    return gettext(N_("the suite")) if name == SYSTEM.name else name


def _becomes(row: HoldRow) -> str:
    return gettext(DISPOSITIONS[row.disposition]) if row.disposition else ""


HOLDS = ListPage(
    title=N_("Holds"),
    filter=HoldFilterIn,
    query=holds.page,
    columns=(
        Column("number", N_("Hold"), sort="number", lead=True),
        Column("what", N_("What is held"), value=_what),
        Column("state", N_("State"), labels=HOLD.labels),
        Column("grams", N_("Was there"), "kg", unit="kg", sort="grams", total=True),
        Column("reason", N_("Reason"), value=_why),
        Column("age", N_("Held for"), value=_age, sort="placed_at"),
        Column("next", N_("Next step"), value=_next),
        Column("producer_name", N_("Producer")),
    ),
    empty=N_("What must not move stands here, with why and who decides. Nothing is held."),
    row_url=lambda row: _url(row.number),
    actions=(Action(N_("Put on hold"), "hold_acts_pages.place", HOLD_WRITE, "hand-stop"),),
    sheet="holds",
    search=N_("Number, batch, SSCC or reason"),
)


@bp.get("/holds")
@endpoint.permit(BATCH_READ)
def hold_list() -> str:
    """List holds."""
    return HOLDS.render()


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
        subtitle=_subtitle(row),
        facts=(
            Fact(N_("What is held"), _what(row), note=gettext(HOLD_SCOPES[row.scope])),
            Fact(N_("Was there"), row.grams, "kg", "kg"),
            Fact(N_("Placed at"), row.placed_at, "moment", note=_person(row.placed_by)),
            Fact(N_("Held for"), _age(row)),
            Fact(N_("Producer"), row.producer_name),
            *_decision(row),
        ),
        states=HOLD,
        state=row.state,
        acts=_acts(row, actor) if _is_own(row, actor) else (),
        warning=_warning(row),
    )


def _subtitle(row: HoldRow) -> str:
    """Return the kind of reason, and the reason unless it is said in the warning."""
    kind = gettext(HOLD_KINDS[row.kind])
    return kind if row.state in {HoldState.HELD, HoldState.PROPOSED} else f"{kind} · {row.reason}"


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
        Fact(N_("Proposed by"), _person(row.proposed_by), note=wording.moment(row.proposed_at)),
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
    propose = url_for("hold_acts_pages.propose", number=row.number)
    if row.state is not HoldState.PROPOSED:
        is_open = row.state is HoldState.HELD
        verb = N_("Propose what becomes of it") if is_open else N_("Propose otherwise")
        return (Act(verb, propose, HOLD_WRITE, posts=False, primary=is_open, icon="clipboard-check"),)
    why_not: object = ""
    if actor.user_id == row.proposed_by_id:
        why_not = Text(N_("You proposed this: another person must sign or refuse it."))
    sign, refuse = (url_for(f"hold_acts_pages.{name}", number=row.number) for name in ("sign", "refuse"))
    return (
        Act(N_("Sign"), sign, HOLD_SIGN, why_not, primary=not why_not, icon="check"),
        Act(N_("Turn down"), refuse, HOLD_SIGN, why_not, posts=False, danger=True, icon="x"),
    )
