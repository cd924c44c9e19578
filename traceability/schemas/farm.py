"""Shapes of the farm record and of the references behind its gates."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.farm import RecordFilter
from traceability.queries.farm_reference import BanFilter, InputFilter, RuleFilter
from traceability.rules.farm import DOSE, DOSE_UNITS, INPUT_KINDS, DoseUnit, InputKind
from traceability.services.farm import RecordUse
from traceability.services.farm_reference import PutBan, PutInput, PutRule

_MOST_DOSE = 2_000_000_000
_SCOPE_HELP = N_(
    "A product code, a scientific name, a family (tea, vegetable, pork, rabbit, egg) or * for all."
)


class UseIn(Shape):
    """A use of an input on a crop or on animals."""

    command = RecordUse

    site = fields.Code(N_("Growing base"), required=True)
    product = fields.Code(N_("Crop or animal"), required=True)
    input = fields.Code(N_("Farm input"), required=True)
    applied_on = fields.Day(N_("Used on"), required=True)
    stopped_on = fields.Day(
        N_("Stopped on"),
        load_default=None,
        allow_none=True,
        help=N_("The last day, when it was given for several days."),
    )
    dose_milli = fields.Scaled(DOSE, N_("Dose"), least=1, most=_MOST_DOSE, required=True)
    dose_unit = fields.Choice(DoseUnit, N_("Dose unit"), labels=DOSE_UNITS, required=True)
    plot = fields.Words(
        N_("Plot or barn"), least=0, most=40, load_default="", help=N_("Empty: the whole base.")
    )
    member_name = fields.Words(N_("Grower"), least=0, most=60, load_default="")
    target = fields.Words(N_("Pest or disease"), least=0, most=80, load_default="")
    area_mu_e2 = fields.Scaled(units.MU, N_("Area"), most=_MOST_DOSE, load_default=0)
    season = fields.Words(
        N_("Growing season"), least=0, most=20, load_default="", help=N_("Empty: the year of use.")
    )
    operator_name = fields.Words(N_("Used by"), most=60, required=True)


class UseOut(UseIn):
    """A use as it is on record."""

    id = fields.Count(N_("Record number"))
    kind = fields.Choice(InputKind, N_("Kind of input"), labels=INPUT_KINDS)
    recorded_at = fields.Moment(N_("Recorded at"))
    recorded_by = fields.Words(N_("Recorded by"))
    voided_at = fields.Moment(N_("Voided at"), allow_none=True)
    voided_by = fields.Words(N_("Voided by"), allow_none=True)
    void_reason = fields.Words(N_("Why it was voided"))


class UseFilterIn(PageIn):
    """Which farm records."""

    command = RecordFilter

    site = fields.Code(N_("Growing base"), load_default="")
    product = fields.Code(N_("Crop or animal"), load_default="")
    kind = fields.Choice(InputKind, N_("Kind of input"), labels=INPUT_KINDS, load_default=None)
    voided = fields.Flag(N_("Voided"), load_default=None, allow_none=True)


@dataclass(frozen=True, slots=True)
class VoidReason:
    """Why a record is wrong."""

    reason: str


class UseVoidIn(Shape):
    """Why a record is wrong."""

    command = VoidReason

    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class InputIn(Shape):
    """A registered product."""

    command = PutInput

    code = fields.Code(N_("Input code"), required=True)
    name_zh = fields.Words(N_("Name in Chinese"), most=80, required=True)
    name_en = fields.Words(N_("Name in English"), most=80, required=True)
    kind = fields.Choice(InputKind, N_("Kind of input"), labels=INPUT_KINDS, required=True)
    substance = fields.Words(N_("Active substance"), least=0, most=120, load_default="")
    registration = fields.Words(N_("Registration number"), least=0, most=40, load_default="")
    manufacturer = fields.Words(N_("Manufacturer"), least=0, most=120, load_default="")
    source = fields.Words(N_("Source"), most=200, required=True)


class InputFilterIn(PageIn):
    """Which inputs."""

    command = InputFilter

    kind = fields.Choice(InputKind, N_("Kind of input"), labels=INPUT_KINDS, load_default=None)


class RuleIn(Shape):
    """What a label allows on a crop or species."""

    command = PutRule

    input = fields.Code(N_("Farm input"), required=True)
    scope = fields.Words(N_("Counts for"), most=80, required=True, help=_SCOPE_HELP)
    interval_days = fields.Count(N_("Days to wait"), most=400, required=True)
    max_applications = fields.Count(
        N_("Most uses a season"), least=1, most=100, load_default=None, allow_none=True
    )
    max_dose_milli = fields.Scaled(
        DOSE, N_("Highest dose"), least=1, most=_MOST_DOSE, load_default=None, allow_none=True
    )
    dose_unit = fields.Choice(
        DoseUnit, N_("Dose unit"), labels=DOSE_UNITS, load_default=None, allow_none=True
    )
    valid_from = fields.Day(N_("Valid from"), required=True)
    valid_to = fields.Day(N_("Valid to"), load_default=None, allow_none=True)
    source = fields.Words(N_("Source"), most=200, required=True)


class RuleFilterIn(PageIn):
    """Which rules."""

    command = RuleFilter


class BanIn(Shape):
    """A substance that may not be used."""

    command = PutBan

    substance = fields.Words(N_("Active substance"), most=60, required=True)
    scope = fields.Words(N_("Counts for"), most=80, required=True, help=_SCOPE_HELP)
    valid_from = fields.Day(N_("Valid from"), required=True)
    valid_to = fields.Day(N_("Valid to"), load_default=None, allow_none=True)
    source = fields.Words(N_("Source"), most=200, required=True)


class BanFilterIn(PageIn):
    """Which bans."""

    command = BanFilter
