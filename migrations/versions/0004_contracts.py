"""Channels, contracts, orders, deliveries, settlements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "contracts_channel",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=40), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("buyer_kinds", sa.String(length=120), nullable=False),
        sa.Column("cadence_zh", sa.String(length=120), nullable=False),
        sa.Column("cadence_en", sa.String(length=120), nullable=False),
        sa.Column("cutoff", sa.Time(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("loss_allowance_bp", sa.Integer(), nullable=False),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("commission_bp BETWEEN 0 AND 10000", name=op.f("ck_contracts_channel_commission")),
        sa.CheckConstraint(
            "loss_allowance_bp BETWEEN 0 AND 10000", name=op.f("ck_contracts_channel_loss_allowance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_channel")),
        sa.UniqueConstraint("code", name=op.f("uq_contracts_channel_code")),
    )
    op.create_table(
        "contracts_contract",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("seller_id", BigId, nullable=False),
        sa.Column("buyer_id", BigId, nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("loss_allowance_bp", sa.Integer(), nullable=False),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("min_remaining_life_days", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "active",
                "suspended",
                "ended",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "commission_bp BETWEEN 0 AND 10000", name=op.f("ck_contracts_contract_commission")
        ),
        sa.CheckConstraint(
            "loss_allowance_bp BETWEEN 0 AND 10000", name=op.f("ck_contracts_contract_loss_allowance")
        ),
        sa.CheckConstraint("seller_id <> buyer_id", name=op.f("ck_contracts_contract_two_parties")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_contracts_contract_validity")),
        sa.ForeignKeyConstraint(["buyer_id"], ["base_party.id"], name=op.f("fk_contracts_contract_buyer_id")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["contracts_channel.id"], name=op.f("fk_contracts_contract_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["base_party.id"], name=op.f("fk_contracts_contract_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_contract")),
        sa.UniqueConstraint("number", name=op.f("uq_contracts_contract_number")),
    )
    op.create_index(
        op.f("ix_contracts_contract_buyer_id_state"),
        "contracts_contract",
        ["buyer_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_contracts_contract_seller_id_state"),
        "contracts_contract",
        ["seller_id", "state"],
        unique=False,
    )
    op.create_table(
        "contracts_contract_line",
        sa.Column("contract_id", BigId, nullable=False),
        sa.Column("trade_item_id", BigId, nullable=False),
        sa.Column("quantity_grams", sa.BigInteger(), nullable=True),
        sa.Column("tolerance_bp", sa.Integer(), nullable=False),
        sa.Column("ordered_grams", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ordered_grams >= 0", name=op.f("ck_contracts_contract_line_ordered")),
        sa.CheckConstraint("quantity_grams > 0", name=op.f("ck_contracts_contract_line_quantity")),
        sa.CheckConstraint(
            "tolerance_bp BETWEEN 0 AND 10000", name=op.f("ck_contracts_contract_line_tolerance")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts_contract.id"], name=op.f("fk_contracts_contract_line_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["trade_item_id"], ["base_trade_item.id"], name=op.f("fk_contracts_contract_line_trade_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_contract_line")),
        sa.UniqueConstraint(
            "contract_id", "trade_item_id", name=op.f("uq_contracts_contract_line_contract_id_trade_item_id")
        ),
    )
    op.create_table(
        "contracts_order",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("contract_id", BigId, nullable=False),
        sa.Column("seller_id", BigId, nullable=False),
        sa.Column("buyer_id", BigId, nullable=False),
        sa.Column("buyer_reference", sa.String(length=40), nullable=True),
        sa.Column("ship_to_id", BigId, nullable=False),
        sa.Column("deliver_on", sa.Date(), nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("placed_by", sa.String(length=120), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "placed",
                "confirmed",
                "partly_delivered",
                "delivered",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["base_party.id"], name=op.f("fk_contracts_order_buyer_id")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts_contract.id"], name=op.f("fk_contracts_order_contract_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["base_party.id"], name=op.f("fk_contracts_order_seller_id")),
        sa.ForeignKeyConstraint(["ship_to_id"], ["base_site.id"], name=op.f("fk_contracts_order_ship_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_order")),
        sa.UniqueConstraint(
            "buyer_id", "buyer_reference", name=op.f("uq_contracts_order_buyer_id_buyer_reference")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_contracts_order_number")),
    )
    op.create_index(
        op.f("ix_contracts_order_buyer_id_state"), "contracts_order", ["buyer_id", "state"], unique=False
    )
    op.create_index(op.f("ix_contracts_order_contract_id"), "contracts_order", ["contract_id"], unique=False)
    op.create_index(op.f("ix_contracts_order_deliver_on"), "contracts_order", ["deliver_on"], unique=False)
    op.create_index(
        op.f("ix_contracts_order_seller_id_state"), "contracts_order", ["seller_id", "state"], unique=False
    )
    op.create_table(
        "contracts_settlement",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("contract_id", BigId, nullable=False),
        sa.Column("seller_id", BigId, nullable=False),
        sa.Column("buyer_id", BigId, nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("commission_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "confirmed",
                "paid",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["base_party.id"], name=op.f("fk_contracts_settlement_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts_contract.id"], name=op.f("fk_contracts_settlement_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["base_party.id"], name=op.f("fk_contracts_settlement_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_settlement")),
        sa.UniqueConstraint(
            "contract_id", "period_start", name=op.f("uq_contracts_settlement_contract_id_period_start")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_contracts_settlement_number")),
    )
    op.create_index(
        op.f("ix_contracts_settlement_buyer_id_state"),
        "contracts_settlement",
        ["buyer_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_contracts_settlement_seller_id_state"),
        "contracts_settlement",
        ["seller_id", "state"],
        unique=False,
    )
    op.create_table(
        "contracts_delivery",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("contract_id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("shipment_number", sa.String(length=24), nullable=False),
        sa.Column("cold_chain", sa.String(length=24), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts_contract.id"], name=op.f("fk_contracts_delivery_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["contracts_order.id"], name=op.f("fk_contracts_delivery_order_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_contracts_delivery_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_delivery")),
        sa.UniqueConstraint("number", name=op.f("uq_contracts_delivery_number")),
        sa.UniqueConstraint("source", name=op.f("uq_contracts_delivery_source")),
    )
    op.create_index(
        op.f("ix_contracts_delivery_contract_id_received_at"),
        "contracts_delivery",
        ["contract_id", "received_at"],
        unique=False,
    )
    op.create_index(op.f("ix_contracts_delivery_order_id"), "contracts_delivery", ["order_id"], unique=False)
    op.create_table(
        "contracts_order_line",
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("contract_line_id", BigId, nullable=False),
        sa.Column("trade_item_id", BigId, nullable=False),
        sa.Column("item_name_zh", sa.String(length=80), nullable=False),
        sa.Column("item_name_en", sa.String(length=80), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("price_e4", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("delivered_grams", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("boxes > 0", name=op.f("ck_contracts_order_line_boxes")),
        sa.CheckConstraint("delivered_grams >= 0", name=op.f("ck_contracts_order_line_delivered")),
        sa.CheckConstraint("grams > 0", name=op.f("ck_contracts_order_line_grams")),
        sa.CheckConstraint("price_e4 > 0", name=op.f("ck_contracts_order_line_price")),
        sa.ForeignKeyConstraint(
            ["contract_line_id"],
            ["contracts_contract_line.id"],
            name=op.f("fk_contracts_order_line_contract_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["contracts_order.id"], name=op.f("fk_contracts_order_line_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["trade_item_id"], ["base_trade_item.id"], name=op.f("fk_contracts_order_line_trade_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_order_line")),
        sa.UniqueConstraint(
            "order_id", "trade_item_id", name=op.f("uq_contracts_order_line_order_id_trade_item_id")
        ),
    )
    op.create_index(
        op.f("ix_contracts_order_line_contract_line_id"),
        "contracts_order_line",
        ["contract_line_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_contracts_order_line_trade_item_id"), "contracts_order_line", ["trade_item_id"], unique=False
    )
    op.create_table(
        "contracts_price",
        sa.Column("contract_line_id", BigId, nullable=False),
        sa.Column("price_e4", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "active",
                "superseded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("price_e4 > 0", name=op.f("ck_contracts_price_price")),
        sa.ForeignKeyConstraint(
            ["contract_line_id"],
            ["contracts_contract_line.id"],
            name=op.f("fk_contracts_price_contract_line_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_price")),
        sa.UniqueConstraint(
            "contract_line_id", "effective_on", name=op.f("uq_contracts_price_contract_line_id_effective_on")
        ),
    )
    op.create_index(
        op.f("ix_contracts_price_state_effective_on"),
        "contracts_price",
        ["state", "effective_on"],
        unique=False,
    )
    op.create_table(
        "contracts_delivery_line",
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("order_line_id", BigId, nullable=False),
        sa.Column("shipped_grams", sa.BigInteger(), nullable=False),
        sa.Column("accepted_grams", sa.BigInteger(), nullable=False),
        sa.Column("rejected_grams", sa.BigInteger(), nullable=False),
        sa.Column("loss_grams", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("price_e4", sa.BigInteger(), nullable=False),
        sa.Column("loss_allowance_bp", sa.Integer(), nullable=False),
        sa.Column("tolerated_loss_grams", sa.BigInteger(), nullable=False),
        sa.Column("payable_grams", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "accepted_grams >= 0 AND rejected_grams >= 0 AND loss_grams >= 0",
            name=op.f("ck_contracts_delivery_line_masses"),
        ),
        sa.CheckConstraint(
            "shipped_grams = accepted_grams + rejected_grams + loss_grams",
            name=op.f("ck_contracts_delivery_line_balance"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["contracts_delivery.id"], name=op.f("fk_contracts_delivery_line_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["contracts_order_line.id"],
            name=op.f("fk_contracts_delivery_line_order_line_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_delivery_line")),
        sa.UniqueConstraint(
            "delivery_id", "order_line_id", name=op.f("uq_contracts_delivery_line_delivery_id_order_line_id")
        ),
    )
    op.create_index(
        op.f("ix_contracts_delivery_line_order_line_id"),
        "contracts_delivery_line",
        ["order_line_id"],
        unique=False,
    )
    op.create_table(
        "contracts_settlement_line",
        sa.Column("settlement_id", BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("goods", "commission", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("delivery_line_id", BigId, nullable=True),
        sa.Column("payable_grams", sa.BigInteger(), nullable=False),
        sa.Column("price_e4", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("explanation", Document(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_contracts_settlement_line_position")),
        sa.ForeignKeyConstraint(
            ["delivery_line_id"],
            ["contracts_delivery_line.id"],
            name=op.f("fk_contracts_settlement_line_delivery_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["contracts_settlement.id"],
            name=op.f("fk_contracts_settlement_line_settlement_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts_settlement_line")),
        sa.UniqueConstraint(
            "delivery_line_id", "kind", name=op.f("uq_contracts_settlement_line_delivery_line_id_kind")
        ),
    )
    op.create_index(
        op.f("ix_contracts_settlement_line_settlement_id_position"),
        "contracts_settlement_line",
        ["settlement_id", "position"],
        unique=False,
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
