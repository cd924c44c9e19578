"""Orders under a contract, and the records of what was delivered on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.contracts.rules import OrderState
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class Order(Identified, Versioned, Base):
    """A call-off: the buyer wants these goods at this place on this day."""

    __tablename__ = "contracts_order"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("buyer_id", "buyer_reference"),
        Index(None, "seller_id", "state"),
        Index(None, "buyer_id", "state"),
        Index(None, "deliver_on"),
    )

    number: Mapped[str] = mapped_column(String(24))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts_contract.id"), index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """The contract's seller, kept here so that who may see an order is one comparison."""
    buyer_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    buyer_reference: Mapped[str | None] = mapped_column(String(40))
    """The buyer's own order number; the same number twice is the same order."""
    ship_to_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    deliver_on: Mapped[date]
    placed_at: Mapped[datetime]
    placed_by: Mapped[str] = mapped_column(String(120))
    confirmed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(400), default="")
    boxes: Mapped[int] = mapped_column(Integer, default=0)
    grams: Mapped[int] = mapped_column(default=0)
    amount_fen: Mapped[int] = mapped_column(default=0)
    """Boxes, mass and money are the sums of the lines, which never change."""
    state: Mapped[OrderState] = mapped_column(enum_column(OrderState, "state"))


class OrderLine(Identified, Base):
    """One trade item of an order, with the name and price that counted when it was confirmed."""

    __tablename__ = "contracts_order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "trade_item_id"),
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("boxes > 0", name="boxes"),
        CheckConstraint("price_e4 > 0", name="price"),
        CheckConstraint("delivered_grams >= 0", name="delivered"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("contracts_order.id"))
    contract_line_id: Mapped[int] = mapped_column(ForeignKey("contracts_contract_line.id"), index=True)
    trade_item_id: Mapped[int] = mapped_column(ForeignKey("base_trade_item.id"), index=True)
    item_name_zh: Mapped[str] = mapped_column(String(80))
    item_name_en: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str] = mapped_column(String(20))
    boxes: Mapped[int] = mapped_column(Integer)
    grams: Mapped[int]
    price_e4: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(default=0)
    """Mass × price, rounded once."""
    delivered_grams: Mapped[int] = mapped_column(default=0)
    """Accepted so far, from the delivery records."""


class Delivery(Identified, Base):
    """What a receipt told the contract, once: the facts that money is made from."""

    __tablename__ = "contracts_delivery"
    __table_args__ = (
        UniqueConstraint("source"),
        Index(None, "contract_id", "received_at"),
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    source: Mapped[str] = mapped_column(String(60))
    """The receipt and order that this record comes from; the same source is recorded once."""
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts_contract.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("contracts_order.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    received_at: Mapped[datetime]
    shipment_number: Mapped[str] = mapped_column(String(24), default="")
    cold_chain: Mapped[str] = mapped_column(String(24), default="")
    """The trip's verdict at receipt, in the words of logistics."""


class DeliveryLine(Identified, Base):
    """One order line of a delivery: what was sent, taken, lost and refused, and at what price."""

    __tablename__ = "contracts_delivery_line"
    __table_args__ = (
        UniqueConstraint("delivery_id", "order_line_id"),
        CheckConstraint("accepted_grams >= 0 AND rejected_grams >= 0 AND loss_grams >= 0", name="masses"),
        CheckConstraint("shipped_grams = accepted_grams + rejected_grams + loss_grams", name="balance"),
    )

    delivery_id: Mapped[int] = mapped_column(ForeignKey("contracts_delivery.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("contracts_order_line.id"), index=True)
    shipped_grams: Mapped[int]
    accepted_grams: Mapped[int]
    rejected_grams: Mapped[int]
    loss_grams: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200), default="")
    price_e4: Mapped[int]
    loss_allowance_bp: Mapped[int] = mapped_column(Integer)
    """The contract's allowance when the goods arrived."""
    tolerated_loss_grams: Mapped[int] = mapped_column(default=0)
    payable_grams: Mapped[int] = mapped_column(default=0)
    amount_fen: Mapped[int] = mapped_column(default=0)
    """What the buyer pays for this line, by rules.payable, before commission."""
