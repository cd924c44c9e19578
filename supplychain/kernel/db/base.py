"""The declarative base and the columns that most tables share; no table of the trade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import BigInteger, Date, Enum, Integer, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from supplychain.kernel.db.types import Document, Instant

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

_T = TypeVar("_T")

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit keys; SQLite counts rows by itself only in a column called INTEGER."""


def enum_column(states: type[StrEnum], name: str) -> Enum:
    """Return the type of a column that holds a StrEnum's values, with a CHECK of that name."""
    return Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Every table's base: naming convention, 64-bit keys, instants that refuse naive values."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger(),
        datetime: Instant(),
        date: Date(),
        dict[str, Any]: Document(),
    }


class Identified:
    """A table with a numbered primary key."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)


class Versioned:
    """A document that two people may have open: the second to save gets Stale."""

    version: Mapped[int] = mapped_column(Integer, default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let the mapper compare and count the version on each UPDATE."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]  # set by the mapper


def parts(values: Sequence[_T], size: int = 5_000) -> Iterator[Sequence[_T]]:
    """Yield the values a part at a time: a statement's list of keys must not grow without end."""
    return (values[start : start + size] for start in range(0, len(values), size))


def table_of(model: type[Base]) -> Table:
    """Return the table under a model: statements on it go past the mapper, where many rows are written."""
    return cast("Table", model.__table__)
