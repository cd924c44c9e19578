"""Pages of company prefixes and of the keys that were taken below them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from supplychain.base.permissions import KEY_USE, PREFIX_WRITE
from supplychain.base.queries import key as keys
from supplychain.base.queries import party as parties
from supplychain.base.queries.key import PrefixRow, ReservationFilter, ReservationRow
from supplychain.base.rules import KEY_KINDS, RESERVATION, ReservationState
from supplychain.base.schemas import PrefixFilterIn, PrefixIn, ReservationFilterIn, ReserveIn
from supplychain.base.services import key as services
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

bp = Blueprint("keys", __name__, template_folder="../templates")

PREFIXES = ListPage(
    title=N_("Company prefixes"),
    filter=PrefixFilterIn,
    query=keys.page,
    columns=(
        Column("digits", N_("Company prefix"), sort="digits", lead=True),
        Column("items_left", N_("GTINs left"), "count"),
        Column("locations_left", N_("GLNs left"), "count"),
        Column("units_left", N_("SSCCs left"), "count"),
        Column("party_name", N_("Party"), sort="party"),
        Column("valid_until", N_("Valid until"), "day"),
    ),
    empty=N_("The digits that GS1 allotted to a party stand here. GTINs, GLNs and SSCCs begin with them."),
    row_url=lambda row: url_for("keys.prefix", digits=row.digits),
    actions=(Action(N_("Add a company prefix"), "keys.prefix_new", PREFIX_WRITE),),
    sheet="prefixes",
    search=N_("Digits or party"),
)

RESERVATIONS = ListPage(
    title=N_("Keys taken"),
    filter=ReservationFilterIn,
    query=keys.reservations,
    columns=(
        Column("first_key", N_("First key"), lead=True),
        Column("count", N_("Number of keys"), "count"),
        Column("state", N_("State"), labels=RESERVATION.labels),
        Column("kind", N_("What for"), value=lambda row: gettext(KEY_KINDS[row.kind])),
        Column("purpose", N_("Purpose")),
        Column("prefix", N_("Company prefix")),
        Column("reserved_at", N_("Taken at"), "moment", sort="reserved_at"),
        Column("reserved_by", N_("Taken by")),
    ),
    empty=N_("Keys that were reserved or used stand here. Open a company prefix and reserve some."),
    row_url=lambda row: url_for("keys.reservation", reservation_id=row.id),
    sheet="keys",
    search=N_("Purpose"),
)

PREFIX = FormPage(
    title=N_("Add a company prefix"),
    shape=PrefixIn,
    act=lambda uow, command: (services.put_prefix(uow, command), command)[1],
    then=lambda command: url_for("keys.prefix", digits=command.digits),
    verb=N_("Keep the prefix"),
    options={"party": lambda session, actor: parties.choices(session)},
)

RESERVE = FormPage(
    title=N_("Reserve keys"),
    shape=ReserveIn,
    act=lambda uow, command: command,
    then=lambda reserved: url_for("keys.reservation", reservation_id=reserved.id),
    verb=N_("Reserve keys"),
    intro=N_("They come in a row. What is reserved is yours: use it or give it up, nobody else gets it."),
)


@bp.get("/prefixes")
@endpoint.permit(KEY_USE)
def prefix_list() -> str:
    """List company prefixes."""
    return PREFIXES.render()


@bp.route("/prefixes/new", methods=["GET", "POST"])
@endpoint.permit(PREFIX_WRITE)
def prefix_new() -> ResponseReturnValue:
    """Add a company prefix."""
    return PREFIX.handle()


@bp.get("/prefixes/<digits>")
@endpoint.permit(KEY_USE)
def prefix(digits: str) -> str:
    """Show a company prefix with its pools and the last keys that were taken."""
    session, actor = endpoint.session(), endpoint.actor()
    row = keys.one(session, actor, digits)
    taken = keys.reservations(session, actor, ReservationFilter(prefix=digits, per_page=8))
    return documents.render(
        _document(row),
        "base/prefix.html",
        prefix=row,
        pools=keys.pools(session, row),
        kinds=KEY_KINDS,
        columns=(*RESERVATIONS.columns[:5], *RESERVATIONS.columns[6:]),
        taken=taken,
        reservation_url=RESERVATIONS.row_url,
    )


@bp.route("/prefixes/<digits>/edit", methods=["GET", "POST"])
@endpoint.permit(PREFIX_WRITE)
def prefix_edit(digits: str) -> ResponseReturnValue:
    """Change a company prefix's days."""
    row = keys.one(endpoint.session(), endpoint.actor(), digits)
    values = {name: getattr(row, name) for name in PrefixIn().fields}
    return replace(
        PREFIX,
        title=N_("Company prefix"),
        defaults=lambda session, actor: values,
        hidden=("digits", "party"),
        options={},
        about=(services.DOCUMENT, row.id),
    ).handle()


@bp.route("/prefixes/<digits>/reserve", methods=["GET", "POST"])
@endpoint.permit(KEY_USE)
def reserve(digits: str) -> ResponseReturnValue:
    """Reserve keys below a prefix."""
    row = keys.one(endpoint.session(), endpoint.actor(), digits)
    return replace(
        RESERVE,
        act=lambda uow, wanted: services.reserve(uow, row.party_id, replace(wanted, prefix=digits)),
        defaults=_one_key,
    ).handle()


def _one_key(_session: object, _actor: object) -> Mapping[str, str]:
    return {"count": "1"}


@bp.get("/keys")
@endpoint.permit(KEY_USE)
def reservation_list() -> str:
    """List the keys that were taken."""
    return RESERVATIONS.render()


@bp.get("/keys/<int(max=9223372036854775807):reservation_id>")
@endpoint.permit(KEY_USE)
def reservation(reservation_id: int) -> str:
    """Show keys that were taken together, each in full."""
    row = keys.reservation(endpoint.session(), endpoint.actor(), reservation_id)
    return documents.render(_taken(row), "base/reservation.html", keys=row.keys)


@bp.post("/keys/<int(max=9223372036854775807):reservation_id>/commit")
@endpoint.permit(KEY_USE)
def commit(reservation_id: int) -> ResponseReturnValue:
    """Take reserved keys into use."""
    return _settled(reservation_id, services.commit, N_("The keys are in use."))


@bp.post("/keys/<int(max=9223372036854775807):reservation_id>/drop")
@endpoint.permit(KEY_USE)
def drop(reservation_id: int) -> ResponseReturnValue:
    """Give reserved keys up for good."""
    return _settled(reservation_id, services.drop, N_("The keys are given up."))


def _settled(reservation_id: int, act: services.Settle, done: str) -> ResponseReturnValue:
    keys.reservation(endpoint.session(), endpoint.actor(), reservation_id)
    return documents.perform(
        lambda uow: act(uow, reservation_id),
        done=done,
        to="keys.reservation",
        reservation_id=reservation_id,
    )


def _document(row: PrefixRow) -> Document:
    return Document(
        kind=services.DOCUMENT,
        id=row.id,
        number=row.digits,
        title=N_("Company prefixes"),
        list_endpoint="keys.prefix_list",
        subtitle=row.party_name,
        facts=(
            Fact(N_("Party"), row.party_name, url=url_for("masters.party", code=row.party)),
            Fact(N_("Valid from"), row.valid_from, "day"),
            Fact(N_("Valid until"), row.valid_until, "day"),
        ),
        acts=(
            Act(
                N_("Reserve keys"),
                url_for("keys.reserve", digits=row.digits),
                KEY_USE,
                posts=False,
                primary=True,
                icon="plus",
            ),
            Act(N_("Change"), url_for("keys.prefix_edit", digits=row.digits), PREFIX_WRITE, posts=False),
        ),
    )


def _taken(row: ReservationRow) -> Document:
    is_open = row.state is ReservationState.RESERVED
    acts = (
        Act(
            N_("Take into use"),
            url_for("keys.commit", reservation_id=row.id),
            KEY_USE,
            primary=True,
            icon="check",
        ),
        Act(
            N_("Give up for good"),
            url_for("keys.drop", reservation_id=row.id),
            KEY_USE,
            danger=True,
            icon="x",
        ),
    )
    return Document(
        kind="base.key_reservation",
        id=row.id,
        number=row.first_key,
        title=N_("Keys taken"),
        list_endpoint="keys.reservation_list",
        subtitle=row.purpose,
        facts=(
            Fact(N_("What for"), gettext(KEY_KINDS[row.kind])),
            Fact(N_("Number of keys"), row.count, "count"),
            Fact(N_("Company prefix"), row.prefix, url=url_for("keys.prefix", digits=row.prefix)),
            Fact(N_("Taken at"), row.reserved_at, "moment", note=row.reserved_by),
        ),
        states=RESERVATION,
        state=row.state,
        acts=acts if is_open else (),
    )
