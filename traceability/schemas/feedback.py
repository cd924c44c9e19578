"""Shapes of what consumers tell and of the cases made of it."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.feedback import CaseFilter
from traceability.rules.feedback import CASE, FEEDBACK_KINDS, CaseState, FeedbackKind
from traceability.services.feedback import Told


class FeedbackIn(Shape):
    """What a consumer tells."""

    command = Told

    kind = fields.Choice(FeedbackKind, N_("What is it about?"), labels=FEEDBACK_KINDS, required=True)
    text = fields.Words(N_("What happened?"), least=2, most=1000, required=True, widget="textarea")
    contact = fields.Words(N_("Phone or mail, if you want an answer"), least=0, most=100, load_default="")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the consumer is answered."""

    text: str


class ReplyIn(Shape):
    """What the consumer is answered."""

    command = Reply

    text = fields.Words(
        N_("Answer"),
        most=1000,
        required=True,
        widget="textarea",
        help=N_("The consumer reads it at the address of the case."),
    )


class CaseFilterIn(PageIn):
    """Which cases."""

    command = CaseFilter

    state = fields.Choice(CaseState, N_("State"), labels=CASE.labels, load_default=None)
    kind = fields.Choice(FeedbackKind, N_("About"), labels=FEEDBACK_KINDS, load_default=None)
    batch = fields.Code(N_("Batch"), load_default="")


class CaseOut(Shape):
    """A case that a consumer opened."""

    number = fields.Code(N_("Case"))
    made_at = fields.Moment(N_("Told at"))
    state = fields.Choice(CaseState, N_("State"), labels=CASE.labels)
    kind = fields.Choice(FeedbackKind, N_("About"), labels=FEEDBACK_KINDS)
    batch = fields.Code(N_("Batch"))
    item_name_zh = fields.Words(N_("Product"))
    serial = fields.Code(N_("Serial"), allow_none=True)
    text = fields.Words(N_("Words"))
    contact = fields.Words(N_("Contact given"))
    answer = fields.Words(N_("Answer"))
    answered_at = fields.Moment(N_("Answered at"), allow_none=True)
