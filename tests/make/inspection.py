"""Factories for inspections: a sample of a batch, and what a laboratory found in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

from supplychain.kernel.db.uow import UnitOfWork
from tests.conftest import NOW
from traceability.models.batch import Batch
from traceability.models.inspection import Inspection
from traceability.rules.inspection import AmountUnit, InspectionKind, Reading
from traceability.services import inspection
from traceability.services.inspection import EnterInspection
from traceability.services.judgement import Found

_numbers = count(1)

HALF_LIMIT = 10_000
OVER_LIMIT = 150_000
"""Of chlorpyrifos, 1/1 000 000 mg/kg, against a limit of 0.02."""


def chlorpyrifos(amount_micro: int = HALF_LIMIT, **values: object) -> Found:
    """Return so much chlorpyrifos, against a limit of 0.02 mg/kg."""
    found = Found("毒死蜱", Reading.MEASURED, amount_micro, AmountUnit.MG_KG, 20_000, standard="GB 2763—2021")
    return replace(found, **values)  # type: ignore[arg-type]  # fields by name


def sample(of: Batch, /, *findings: Found, **values: object) -> EnterInspection:
    """Return a commissioned test of a batch, sampled yesterday, known an hour ago if anything was found."""
    command = EnterInspection(
        InspectionKind.COMMISSIONED,
        of.number,
        "大田县农产品质量安全检验检测中心",
        NOW - timedelta(days=1),
        sample_number=f"S-{next(_numbers):04d}",
        known_at=NOW - timedelta(hours=1) if findings else None,
        findings=findings,
    )
    return replace(command, **values)  # type: ignore[arg-type]  # fields by name


def make_inspection(uow: UnitOfWork, batch: Batch, *findings: Found, **values: object) -> Inspection:
    """Put a test of a batch on record: passed, unless told otherwise."""
    return inspection.enter(uow, sample(batch, *(findings or (chlorpyrifos(),)), **values))
