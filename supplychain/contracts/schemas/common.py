"""What the shapes share: how numbers are written, limits, a reason; no document's own shape is here."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape

NUMBER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}"
MOST_PRICE = 999_999_999
MOST_GRAMS = 10**12


class ReasonIn(Shape):
    """Why something is stopped."""

    reason = fields.Words(N_("Reason"), most=120, required=True)
