"""Pages of recalls: the list with its drills, opening one, one with its places and balance, its papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import KG
from supplychain.kernel.web import documents, endpoint, wording
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.models.recall import Recall
from traceability.papers import recall as papers
from traceability.permissions import BATCH_READ, RECALL_ANSWER, RECALL_OPEN
from traceability.queries import recall as recalls
from traceability.queries.recall import PlaceRow, RecallRow
from traceability.rules.ledger import BUCKETS
from traceability.rules.recall import RECALL, RecallState
from traceability.schemas.recall import BecameIn, Closing, ClosingIn, RecallFilterIn, RecallIn
from traceability.services import recall
from traceability.services.batch import DOCUMENT as BATCH
from traceability.services.recall import Became, OpenRecall

bp = Blueprint("recalls_pages", __name__, template_folder="../templates")


PER_PAGE = 100
"""Lines of each table of a recall at a time."""


def _url(number: str) -> str:
    return url_for("recalls_pages.recall_page", number=number)


def _kind(row: RecallRow) -> str:
    return N_("Drill") if row.is_drill else N_("Recall")


def _seconds(row: RecallRow) -> str:
    return f"{row.found_ms / 1000:.2f} s"


def _span(span: timedelta | None) -> str:
    return wording.duration(int(span.total_seconds()) // 60 if span is not None else None)


RECALLS = ListPage(
    title=N_("Recalls"),
    filter=RecallFilterIn,
    query=recalls.page,
    columns=(
        Column("number", N_("Recall"), sort="number", lead=True),
        Column("state", N_("State"), labels=RECALL.labels),
        Column("kind", N_("Kind"), value=lambda row: gettext(_kind(row))),
        Column("reason", N_("Reason"), value=lambda row: row.reason[:60]),
        Column("start", N_("Which")),
        Column("found_grams", N_("Was there"), "kg", unit="kg"),
        Column("heard", N_("Heard"), value=lambda row: f"{row.acknowledged} / {row.places}"),
        Column("opened_at", N_("Opened at"), "moment", sort="opened_at"),
        Column("found_in", N_("Found in"), value=_seconds),
        Column("took", N_("Took"), value=lambda row: _span(row.took)),
    ),
    empty=N_("Recalls and drills stand here. Try a drill: it finds everything and touches nothing."),
    row_url=lambda row: _url(row.number),
    actions=(Action(N_("Open a recall"), "recalls_pages.recall_new", RECALL_OPEN),),
    sheet="recalls",
    search=N_("Number, reason or start"),
)


@bp.get("/recalls")
@endpoint.permit(BATCH_READ)
def recall_list() -> str:
    """List recalls and drills."""
    return RECALLS.render()


def _starts(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    return [(lead.name, gettext(lead.title)) for lead in endpoint.suite().leads(BATCH)]


@bp.route("/recalls/new", methods=["GET", "POST"])
@endpoint.permit(RECALL_OPEN)
def recall_new() -> ResponseReturnValue:
    """Open a recall or a drill."""
    leads = endpoint.suite().leads(BATCH)

    def act(uow: UnitOfWork, command: OpenRecall) -> Recall:
        return recall.open_(uow, command, leads)

    form = FormPage(
        title=N_("Open a recall"),
        shape=RecallIn,
        act=act,
        then=lambda row: _url(row.number),
        verb=N_("Find and stop the goods"),
        intro=N_(
            "All that came of the goods is held at once, whoever has it is told, and every code shows it."
        ),
        options={"start": _starts},
        template="traceability/recall_new.html",
    )
    return form.handle(leads=leads)


@bp.get("/recalls/<number>")
@endpoint.permit(BATCH_READ)
def recall_page(number: str) -> str:
    """Show a recall: the producer's whole, a consignee's as far as own places are concerned."""
    session, actor = endpoint.session(), endpoint.actor()
    row = recalls.one(session, actor, number)
    places = recalls.places(session, actor, number)
    is_own = _is_own(row, actor)
    return documents.render(
        _document(row, places, is_own=is_own),
        "traceability/recall.html",
        recall=row,
        holders=_holders(places),
        places=_part("places", number, places),
        lots=_part("lots", number, recalls.lots(session, row.id) if is_own else []),
        is_own=is_own,
        may_answer=actor.may(RECALL_ANSWER) and row.state is RecallState.OPEN and not row.is_drill,
        mine=actor.party_id,
        sees_all=actor.sees_all,
        buckets=BUCKETS,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a long table, where it stands among them, and the addresses of the other parts."""

    rows: Sequence[Any]
    total: int
    page: int
    url: Callable[..., str]

    @property
    def pages(self) -> int:
        """Return how many parts there are."""
        return -(-self.total // PER_PAGE)


def _part(name: str, number: str, rows: Sequence[Any]) -> Part:
    """Return the part of a table that is asked for under its name."""
    last = max(-(-len(rows) // PER_PAGE), 1)
    page = min(max(request.args.get(name, 1, type=int), 1), last)

    def url(page: int) -> str:
        return url_for("recalls_pages.recall_page", number=number, _anchor=name, **{name: page})  # type: ignore[arg-type]  # a number

    return Part(rows[(page - 1) * PER_PAGE : page * PER_PAGE], len(rows), page, url)


def _is_own(row: RecallRow, actor: Actor) -> bool:
    return actor.sees_all or actor.party_id == row.party_id


@dataclass(frozen=True, slots=True)
class Holder:
    """A party that has recalled goods, with all of its places together; grams."""

    party_id: int
    name: str
    places: Sequence[PlaceRow]

    @property
    def found_grams(self) -> int:
        """Return how much was there."""
        return sum(place.found_grams for place in self.places)

    @property
    def unaccounted_grams(self) -> int:
        """Return how much nobody has said anything of."""
        return sum(place.unaccounted_grams for place in self.places)

    @property
    def has_heard(self) -> bool:
        """Tell whether all of its places confirmed."""
        return all(place.acknowledged_at for place in self.places)


def _holders(places: Sequence[PlaceRow]) -> list[Holder]:
    by_party: dict[int, list[PlaceRow]] = {}
    for place in places:
        by_party.setdefault(place.party_id, []).append(place)
    found = [Holder(party_id, mine[0].party, mine) for party_id, mine in by_party.items()]
    return sorted(found, key=lambda holder: (holder.has_heard, -holder.unaccounted_grams, holder.party_id))


def _document(row: RecallRow, places: Sequence[PlaceRow], *, is_own: bool) -> Document:
    lead = next((lead for lead in endpoint.suite().leads(BATCH) if lead.name == row.start_kind), None)
    clock_runs = row.took or clock.now() - row.opened_at
    return Document(
        kind=recall.DOCUMENT,
        id=row.id,
        number=row.number,
        title=N_("Recalls"),
        list_endpoint="recalls_pages.recall_list",
        subtitle=f"{gettext(_kind(row))} · {row.reason}",
        facts=(
            Fact(N_("Producer"), row.producer),
            Fact(N_("Start from"), row.start, note=gettext(lead.title) if lead else row.start_kind),
            Fact(N_("Was there"), row.found_grams, "kg", "kg", note=_found_in(row)),
            *_answered(row),
            Fact(N_("Opened at"), row.opened_at, "moment", note=row.opened_by),
            Fact(N_("Took") if row.took else N_("Running for"), _span(clock_runs)),
            Fact(N_("Why it is closed with goods missing"), row.closing_note, note=row.closed_by or "")
            if row.closing_note
            else Fact(N_("Closed at"), row.closed_at, "moment", note=row.closed_by or ""),
        ),
        states=RECALL,
        state=row.state,
        acts=_acts(row, places, is_own=is_own),
        papers=_papers(row, is_own=is_own),
        warning=_warning(row),
    )


def _answered(row: RecallRow) -> tuple[Fact, ...]:
    if row.is_drill:
        return ()
    return (
        Fact(N_("Heard"), f"{row.acknowledged} / {row.places}", note=_last_heard(row)),
        Fact(N_("Not accounted for"), row.unaccounted_grams, "kg", "kg"),
    )


def _found_in(row: RecallRow) -> Text:
    return Text(N_("found in %(seconds)s"), {"seconds": _seconds(row)})


def _last_heard(row: RecallRow) -> object:
    if row.last_acknowledged_at is None:
        return ""
    return Text(N_("last %(at)s"), {"at": wording.moment(row.last_acknowledged_at)})


def _warning(row: RecallRow) -> str:
    if row.state is RecallState.CLOSED:
        return ""
    if row.is_drill:
        return gettext(N_("This is a drill: nothing is held and nobody was told."))
    return gettext(N_("Do not sell, use or pass on these goods. Say here what became of them."))


def _acts(row: RecallRow, places: Sequence[PlaceRow], *, is_own: bool) -> tuple[Act, ...]:
    if row.state is RecallState.CLOSED:
        return ()
    actor, found = endpoint.actor(), []
    mine = [place for place in places if actor.sees_all or place.party_id == actor.party_id]
    if not row.is_drill and any(place.acknowledged_at is None for place in mine):
        url = url_for("recalls_pages.recall_acknowledge", number=row.number)
        found.append(Act(N_("We have heard"), url, RECALL_ANSWER, primary=not is_own, icon="check"))
    if is_own:
        url = url_for("recalls_pages.recall_close", number=row.number)
        found.append(Act(N_("Close the recall"), url, RECALL_OPEN, posts=False, icon="lock"))
    return tuple(found)


def _papers(row: RecallRow, *, is_own: bool) -> tuple[Paper, ...]:
    if is_own:
        return (Paper(N_("Recall report"), url_for("recalls_pages.recall_report", number=row.number)),)
    party_id = endpoint.actor().party_id
    url = url_for("recalls_pages.recall_letter", number=row.number, party_id=party_id)
    return (Paper(N_("Recall letter"), url),)


@bp.post("/recalls/<number>/acknowledge")
@endpoint.permit(RECALL_ANSWER)
def recall_acknowledge(number: str) -> ResponseReturnValue:
    """Confirm for the own places that the recall was heard."""
    row = recalls.one(endpoint.session(), endpoint.actor(), number)
    act = partial(recall.acknowledge, recall_id=row.id)
    return documents.perform(act, done=N_("Confirmed."), to="recalls_pages.recall_page", number=number)


@bp.route("/recalls/<number>/places/<int(max=9223372036854775807):place_id>", methods=["GET", "POST"])
@endpoint.permit(RECALL_ANSWER)
def recall_place(number: str, place_id: int) -> ResponseReturnValue:
    """Say what became of the goods at one place."""
    row = recalls.place(endpoint.session(), endpoint.actor(), place_id)

    def act(uow: UnitOfWork, became: Became) -> object:
        return recall.say(uow, place_id, became)

    form = FormPage(
        title=N_("What became of the goods?"),
        shape=BecameIn,
        act=act,
        then=lambda _: _url(number),
        verb=N_("Say so"),
        intro=gettext(
            N_("%(batch)s %(item)s at %(site)s: %(kg)s kg were there."),
            batch=row.batch,
            item=row.item_name,
            site=row.site_name,
            kg=KG.short(row.found_grams),
        ),
        defaults=lambda session, actor: BecameIn().dump(row),
        about=(recall.PLACE, place_id),
    )
    return form.handle()


@bp.route("/recalls/<number>/close", methods=["GET", "POST"])
@endpoint.permit(RECALL_OPEN)
def recall_close(number: str) -> ResponseReturnValue:
    """Close a recall."""
    row = recalls.owned(endpoint.session(), endpoint.actor(), number)

    def act(uow: UnitOfWork, closing: Closing) -> object:
        return recall.close(uow, row.id, closing.note)

    left = row.unaccounted_grams + row.held_grams
    form = FormPage(
        title=N_("Close the recall"),
        shape=ClosingIn,
        act=act,
        then=lambda _: _url(number),
        verb=N_("Close the recall"),
        intro=gettext(N_("%(kg)s kg are neither sent back, destroyed nor sold on yet."), kg=KG.short(left)),
        about=(recall.DOCUMENT, row.id),
    )
    return form.handle()


@bp.get("/recalls/<number>/report.pdf")
@endpoint.permit(RECALL_OPEN)
def recall_report(number: str) -> Response:
    """Print the report of an own recall."""
    session, actor = endpoint.session(), endpoint.actor()
    row = recalls.owned(session, actor, number)
    places, lots = recalls.places(session, actor, number), recalls.lots(session, row.id)
    return _pdf(papers.report(row, places, lots, endpoint.web().settings.base_url), number)


@bp.get("/recalls/<number>/letters/<int(max=9223372036854775807):party_id>.pdf")
@endpoint.permit(BATCH_READ)
def recall_letter(number: str, party_id: int) -> Response:
    """Print the letter to one consignee."""
    session, actor = endpoint.session(), endpoint.actor()
    row = recalls.one(session, actor, number)
    places = [place for place in recalls.places(session, actor, number) if place.party_id == party_id]
    if not places:
        raise NotFound(N_("There is no such place in this recall."))
    return _pdf(papers.letter(row, places, endpoint.web().settings.base_url), f"{number}-{party_id}")


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"inline; filename={name}.pdf"}
    return Response(content, mimetype="application/pdf", headers=headers)
