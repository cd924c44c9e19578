"""Which batches an order line gets, and why: first expired first out, within what the buyer accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.units import divide_half_up


@dataclass(frozen=True, slots=True)
class Demand:
    """What a line still needs: boxes, for a day, with so many days left before best-before."""

    boxes: int
    deliver_on: date
    min_life_days: int


@dataclass(frozen=True, slots=True)
class Stock:
    """What is free of a batch at a place."""

    batch_id: int
    number: str
    site_id: int
    boxes: int
    grams: int
    best_before_on: date

    def grams_of(self, boxes: int) -> int:
        """Return the mass of so many boxes: the average, and all the rest for the last."""
        return self.grams if boxes == self.boxes else divide_half_up(self.grams * boxes, self.boxes)


@dataclass(frozen=True, slots=True)
class Pick:
    """So many boxes of a batch, and the reasons for it, most telling first."""

    stock: Stock
    boxes: int
    grams: int
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a line, how many boxes are missing, and which batches were passed over and why."""

    picks: tuple[Pick, ...]
    missing_boxes: int
    passed_over: tuple[tuple[Stock, Text], ...]


def propose(demand: Demand, stock: Sequence[Stock]) -> Proposal:
    """Choose batches for a line: soonest best-before first; of equals, one that covers all comes first."""
    fitting, passed = [], []
    for item in stock:
        life = (item.best_before_on - demand.deliver_on).days
        if item.boxes <= 0:
            continue
        if life < max(demand.min_life_days, 0):
            passed.append((item, _too_old(item, life, demand.min_life_days)))
        else:
            fitting.append(item)
    ordered = sorted(fitting, key=lambda item: (item.best_before_on, item.boxes < demand.boxes, item.number))
    picks: list[Pick] = []
    missing = demand.boxes
    for item in ordered:
        if missing == 0:
            passed.append(
                (
                    item,
                    Text(
                        N_("Keeps until %(day)s, later than those chosen."), {"day": str(item.best_before_on)}
                    ),
                )
            )
            continue
        taken = min(missing, item.boxes)
        picks.append(Pick(item, taken, item.grams_of(taken), _reasons(item, taken, demand, first=not picks)))
        missing -= taken
    return Proposal(tuple(picks), missing, tuple(passed))


def _reasons(item: Stock, taken: int, demand: Demand, *, first: bool) -> tuple[Text, ...]:
    life = (item.best_before_on - demand.deliver_on).days
    age = (
        N_("Expires first: %(life)s days are left on delivery.")
        if first
        else N_("Expires next: %(life)s days are left on delivery.")
    )
    reasons = [Text(age, {"life": life})]
    if demand.min_life_days:
        reasons.append(Text(N_("The buyer wants at least %(days)s days."), {"days": demand.min_life_days}))
    if taken == demand.boxes:
        reasons.append(Text(N_("One batch is enough for the line.")))
    elif taken == item.boxes:
        reasons.append(Text(N_("All of it is taken; the rest comes from another batch.")))
    return tuple(reasons)


def _too_old(item: Stock, life: int, wanted: int) -> Text:
    if life < 0:
        return Text(N_("Past its best-before day on delivery."))
    return Text(
        N_("Only %(life)s days are left on delivery, the buyer wants %(wanted)s."),
        {"life": life, "wanted": wanted},
    )
