"""Allocations, units, shipments, readings, receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "logistics_route",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("way_points", sa.String(length=300), nullable=False),
        sa.Column("checkpoint", sa.String(length=40), nullable=False),
        sa.Column("kilometres", sa.Integer(), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("kilometres > 0", name=op.f("ck_logistics_route_kilometres")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_route")),
        sa.UniqueConstraint("code", name=op.f("uq_logistics_route_code")),
    )
    op.create_table(
        "logistics_device",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=False),
        sa.Column("calibrated_until", sa.Date(), nullable=False),
        sa.Column("last_reading_at", Instant(), nullable=True),
        sa.Column("silent_since", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("interval_minutes > 0", name=op.f("ck_logistics_device_interval")),
        sa.ForeignKeyConstraint(["owner_id"], ["base_party.id"], name=op.f("fk_logistics_device_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_device")),
        sa.UniqueConstraint("serial", name=op.f("uq_logistics_device_serial")),
    )
    op.create_index(op.f("ix_logistics_device_owner_id"), "logistics_device", ["owner_id"], unique=False)
    op.create_table(
        "logistics_vehicle",
        sa.Column("plate", sa.String(length=12), nullable=False),
        sa.Column("carrier_id", BigId, nullable=False),
        sa.Column("refrigeration_class", sa.String(length=1), nullable=False),
        sa.Column("capacity_grams", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity_grams > 0", name=op.f("ck_logistics_vehicle_capacity")),
        sa.ForeignKeyConstraint(
            ["carrier_id"], ["base_party.id"], name=op.f("fk_logistics_vehicle_carrier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_vehicle")),
        sa.UniqueConstraint("plate", name=op.f("uq_logistics_vehicle_plate")),
    )
    op.create_index(
        op.f("ix_logistics_vehicle_carrier_id"), "logistics_vehicle", ["carrier_id"], unique=False
    )
    op.create_table(
        "logistics_reading",
        sa.Column("device_id", BigId, nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "temperature",
                "humidity",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["logistics_device.id"], name=op.f("fk_logistics_reading_device_id")
        ),
        sa.PrimaryKeyConstraint("device_id", "channel", "at", name=op.f("pk_logistics_reading")),
    )
    op.create_table(
        "logistics_shipment",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("waybill", sa.String(length=40), nullable=True),
        sa.Column("shipper_id", BigId, nullable=False),
        sa.Column("carrier_id", BigId, nullable=False),
        sa.Column("vehicle_id", BigId, nullable=False),
        sa.Column("route_id", BigId, nullable=False),
        sa.Column("driver_name", sa.String(length=60), nullable=False),
        sa.Column("driver_phone", sa.String(length=30), nullable=False),
        sa.Column("from_site_id", BigId, nullable=False),
        sa.Column("planned_departure_at", Instant(), nullable=False),
        sa.Column("departed_at", Instant(), nullable=True),
        sa.Column("arrived_at", Instant(), nullable=True),
        sa.Column("band_min_centi", sa.Integer(), nullable=False),
        sa.Column("band_max_centi", sa.Integer(), nullable=False),
        sa.Column("critical_min_centi", sa.Integer(), nullable=True),
        sa.Column("critical_max_centi", sa.Integer(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "fine",
                "unknown",
                "minor",
                "major",
                "critical",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("coverage_bp", sa.Integer(), nullable=False),
        sa.Column("lowest_centi", sa.Integer(), nullable=True),
        sa.Column("highest_centi", sa.Integer(), nullable=True),
        sa.Column("judged_at", Instant(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "in_transit",
                "arrived",
                "received",
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
        sa.CheckConstraint("band_min_centi < band_max_centi", name=op.f("ck_logistics_shipment_band")),
        sa.ForeignKeyConstraint(
            ["carrier_id"], ["base_party.id"], name=op.f("fk_logistics_shipment_carrier_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_site_id"], ["base_site.id"], name=op.f("fk_logistics_shipment_from_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["route_id"], ["logistics_route.id"], name=op.f("fk_logistics_shipment_route_id")
        ),
        sa.ForeignKeyConstraint(
            ["shipper_id"], ["base_party.id"], name=op.f("fk_logistics_shipment_shipper_id")
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_id"], ["logistics_vehicle.id"], name=op.f("fk_logistics_shipment_vehicle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_shipment")),
        sa.UniqueConstraint("carrier_id", "waybill", name=op.f("uq_logistics_shipment_carrier_id_waybill")),
        sa.UniqueConstraint("number", name=op.f("uq_logistics_shipment_number")),
    )
    op.create_index(
        op.f("ix_logistics_shipment_carrier_id_state"),
        "logistics_shipment",
        ["carrier_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_logistics_shipment_departed_at"), "logistics_shipment", ["departed_at"], unique=False
    )
    op.create_index(
        op.f("ix_logistics_shipment_shipper_id_state"),
        "logistics_shipment",
        ["shipper_id", "state"],
        unique=False,
    )
    op.create_table(
        "logistics_device_ride",
        sa.Column("shipment_id", BigId, nullable=False),
        sa.Column("device_id", BigId, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("until IS NULL OR since < until", name=op.f("ck_logistics_device_ride_period")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["logistics_device.id"], name=op.f("fk_logistics_device_ride_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["logistics_shipment.id"], name=op.f("fk_logistics_device_ride_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_device_ride")),
        sa.UniqueConstraint(
            "shipment_id", "device_id", name=op.f("uq_logistics_device_ride_shipment_id_device_id")
        ),
    )
    op.create_index(
        op.f("ix_logistics_device_ride_device_id_since"),
        "logistics_device_ride",
        ["device_id", "since"],
        unique=False,
    )
    op.create_table(
        "logistics_excursion",
        sa.Column("shipment_id", BigId, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("high", "low", "gap", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum(
                "fine",
                "unknown",
                "minor",
                "major",
                "critical",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=False),
        sa.Column("peak_centi", sa.Integer(), nullable=True),
        sa.Column("degree_minutes", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["logistics_shipment.id"], name=op.f("fk_logistics_excursion_shipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_excursion")),
        sa.UniqueConstraint(
            "shipment_id",
            "kind",
            "started_at",
            name=op.f("uq_logistics_excursion_shipment_id_kind_started_at"),
        ),
    )
    op.create_table(
        "logistics_stop",
        sa.Column("shipment_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["logistics_shipment.id"], name=op.f("fk_logistics_stop_shipment_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_logistics_stop_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_stop")),
        sa.UniqueConstraint("shipment_id", "position", name=op.f("uq_logistics_stop_shipment_id_position")),
        sa.UniqueConstraint("shipment_id", "site_id", name=op.f("uq_logistics_stop_shipment_id_site_id")),
    )
    op.create_index(op.f("ix_logistics_stop_site_id"), "logistics_stop", ["site_id"], unique=False)
    op.create_table(
        "logistics_unit",
        sa.Column("sscc", sa.String(length=18), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("box", "pallet", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("shipment_id", BigId, nullable=True),
        sa.Column("packed_at", Instant(), nullable=False),
        sa.Column("packed_by", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "packed",
                "unpacked",
                "shipped",
                "received",
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
            ["order_id"], ["contracts_order.id"], name=op.f("fk_logistics_unit_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["logistics_shipment.id"], name=op.f("fk_logistics_unit_shipment_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_logistics_unit_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_unit")),
        sa.UniqueConstraint("sscc", name=op.f("uq_logistics_unit_sscc")),
    )
    op.create_index(op.f("ix_logistics_unit_order_id"), "logistics_unit", ["order_id"], unique=False)
    op.create_index(op.f("ix_logistics_unit_shipment_id"), "logistics_unit", ["shipment_id"], unique=False)
    op.create_table(
        "logistics_allocation",
        sa.Column("order_line_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("reasons", Document(), nullable=False),
        sa.Column("promised_at", Instant(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "promised",
                "packed",
                "shipped",
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
        sa.CheckConstraint("boxes > 0", name=op.f("ck_logistics_allocation_boxes")),
        sa.CheckConstraint("grams > 0", name=op.f("ck_logistics_allocation_grams")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_logistics_allocation_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["contracts_order_line.id"], name=op.f("fk_logistics_allocation_order_line_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_logistics_allocation_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_allocation")),
    )
    op.create_index(
        op.f("ix_logistics_allocation_batch_id_site_id_state"),
        "logistics_allocation",
        ["batch_id", "site_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_logistics_allocation_order_line_id_state"),
        "logistics_allocation",
        ["order_line_id", "state"],
        unique=False,
    )
    op.create_table(
        "logistics_receipt",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("shipment_id", BigId, nullable=False),
        sa.Column("stop_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("received_by", sa.String(length=120), nullable=False),
        sa.Column("surface_centi", sa.Integer(), nullable=True),
        sa.Column("core_centi", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["logistics_shipment.id"], name=op.f("fk_logistics_receipt_shipment_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_logistics_receipt_site_id")),
        sa.ForeignKeyConstraint(
            ["stop_id"], ["logistics_stop.id"], name=op.f("fk_logistics_receipt_stop_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_receipt")),
        sa.UniqueConstraint("number", name=op.f("uq_logistics_receipt_number")),
        sa.UniqueConstraint("stop_id", name=op.f("uq_logistics_receipt_stop_id")),
    )
    op.create_index(
        op.f("ix_logistics_receipt_shipment_id"), "logistics_receipt", ["shipment_id"], unique=False
    )
    op.create_table(
        "logistics_receipt_line",
        sa.Column("receipt_id", BigId, nullable=False),
        sa.Column("order_line_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("shipped_boxes", sa.Integer(), nullable=False),
        sa.Column("accepted_boxes", sa.Integer(), nullable=False),
        sa.Column("rejected_boxes", sa.Integer(), nullable=False),
        sa.Column("shipped_grams", sa.BigInteger(), nullable=False),
        sa.Column("accepted_grams", sa.BigInteger(), nullable=False),
        sa.Column("rejected_grams", sa.BigInteger(), nullable=False),
        sa.Column("loss_grams", sa.BigInteger(), nullable=False),
        sa.Column(
            "reject_reason",
            sa.Enum(
                "temperature",
                "quality",
                "damage",
                "papers",
                "wrong_item",
                name="reject_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "accepted_grams >= 0 AND rejected_grams >= 0 AND loss_grams >= 0",
            name=op.f("ck_logistics_receipt_line_masses"),
        ),
        sa.CheckConstraint(
            "shipped_grams = accepted_grams + rejected_grams + loss_grams",
            name=op.f("ck_logistics_receipt_line_balance"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_logistics_receipt_line_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["contracts_order_line.id"],
            name=op.f("fk_logistics_receipt_line_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["logistics_receipt.id"], name=op.f("fk_logistics_receipt_line_receipt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_receipt_line")),
        sa.UniqueConstraint(
            "receipt_id",
            "order_line_id",
            "batch_id",
            name=op.f("uq_logistics_receipt_line_receipt_id_order_line_id_batch_id"),
        ),
    )
    op.create_index(
        op.f("ix_logistics_receipt_line_batch_id"), "logistics_receipt_line", ["batch_id"], unique=False
    )
    op.create_table(
        "logistics_unit_content",
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("allocation_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("boxes > 0", name=op.f("ck_logistics_unit_content_boxes")),
        sa.CheckConstraint("grams > 0", name=op.f("ck_logistics_unit_content_grams")),
        sa.ForeignKeyConstraint(
            ["allocation_id"],
            ["logistics_allocation.id"],
            name=op.f("fk_logistics_unit_content_allocation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_logistics_unit_content_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["logistics_unit.id"], name=op.f("fk_logistics_unit_content_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistics_unit_content")),
        sa.UniqueConstraint(
            "unit_id", "allocation_id", name=op.f("uq_logistics_unit_content_unit_id_allocation_id")
        ),
    )
    op.create_index(
        op.f("ix_logistics_unit_content_allocation_id"),
        "logistics_unit_content",
        ["allocation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_logistics_unit_content_batch_id"), "logistics_unit_content", ["batch_id"], unique=False
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
