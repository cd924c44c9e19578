"""Printing: the papers of contracts, orders and settlements as PDF."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from supplychain.base.queries import party as parties
from supplychain.contracts import papers
from supplychain.contracts.papers import Sheet
from supplychain.contracts.permissions import CONTRACT_READ, ORDER_READ, SETTLEMENT_READ
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.queries import order as orders
from supplychain.contracts.queries import settlement as settlements
from supplychain.contracts.queries.contract import ContractRow
from supplychain.contracts.queries.order import OrderRow
from supplychain.contracts.queries.settlement import SettlementRow
from supplychain.kernel import clock
from supplychain.kernel.web import endpoint

bp = Blueprint("contract_papers", __name__)


@bp.get("/contracts/<number>.pdf")
@endpoint.permit(CONTRACT_READ)
def contract(number: str) -> Response:
    """Print a contract."""
    session = endpoint.session()
    row = contracts.one(session, endpoint.actor(), number)
    lines = contracts.lines(session, row.id, max(row.valid_from, clock.today()))
    return _pdf(number, papers.contract(row, lines, _sheet(row, "contracts.contract")))


@bp.get("/orders/<number>.pdf")
@endpoint.permit(ORDER_READ)
def order(number: str) -> Response:
    """Print an order."""
    session = endpoint.session()
    row = orders.one(session, endpoint.actor(), number)
    return _pdf(number, papers.order(row, orders.lines_of(session, row.id), _sheet(row, "orders.order")))


@bp.get("/settlements/<number>.pdf")
@endpoint.permit(SETTLEMENT_READ)
def settlement(number: str) -> Response:
    """Print a settlement statement."""
    session = endpoint.session()
    row = settlements.one(session, endpoint.actor(), number)
    lines = settlements.lines(session, row.id)
    return _pdf(number, papers.settlement(row, lines, _sheet(row, "settlements.settlement")))


def _sheet(row: ContractRow | OrderRow | SettlementRow, page: str) -> Sheet:
    session, actor = endpoint.session(), endpoint.actor()
    link = endpoint.web().settings.base_url.rstrip("/") + url_for(page, number=row.number)
    return Sheet(
        parties.one(session, actor, row.seller), parties.one(session, actor, row.buyer), clock.now(), link
    )


def _pdf(number: str, content: bytes) -> Response:
    disposition = {"Content-Disposition": f"inline; filename={number}.pdf"}
    return Response(content, mimetype="application/pdf", headers=disposition)
