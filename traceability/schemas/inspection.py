"""Shapes of inspections, their findings and re-tests, and of the references behind them."""

from __future__ import annotations

import marshmallow as ma

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.schema.upload import Upload
from supplychain.kernel.web.openapi import PageIn, QueryShape
from traceability.queries.inspection import InspectionFilter
from traceability.queries.inspection_reference import DayFilter, LimitFilter
from traceability.rules.inspection import (
    AMOUNT,
    AMOUNT_UNITS,
    BOUNDS,
    INSPECTION_KINDS,
    READINGS,
    RESULT,
    AmountUnit,
    Bound,
    InspectionKind,
    InspectionResult,
    Reading,
)
from traceability.rules.retest import RETEST_STATES, RetestState
from traceability.schemas.batch import Because
from traceability.services.inspection import EnterInspection, ReportResult
from traceability.services.inspection_reference import PutDay, PutLimit
from traceability.services.inspection_sheet import InspectionLine
from traceability.services.judgement import Found
from traceability.services.retest import AskRetest

_LEAST, _MOST = -100 * 10**6, 10**15
_SCOPE_HELP = N_(
    "A product code, a scientific name, a family (tea, vegetable, pork, rabbit, egg) or * for all."
)
_SAMPLE_HELP = N_("The laboratory's number of the sample. Empty: the number of the inspection.")


class FoundIn(Shape):
    """What a report says of one thing."""

    command = Found

    analyte = fields.Words(N_("Tested for"), most=80, required=True)
    reading = fields.Choice(Reading, N_("Reading"), labels=READINGS, required=True)
    amount_micro = fields.Scaled(
        AMOUNT, N_("Amount found"), least=_LEAST, most=_MOST, load_default=None, allow_none=True
    )
    unit = fields.Choice(
        AmountUnit, N_("Amount unit"), labels=AMOUNT_UNITS, load_default=None, allow_none=True
    )
    limit_micro = fields.Scaled(
        AMOUNT, N_("Limit, if not the usual"), least=1, most=_MOST, load_default=None, allow_none=True
    )
    standard = fields.Words(N_("Where the limit stands"), least=0, most=200, load_default="")


class _SampleIn(Shape):
    """How a sample was taken and who tests it."""

    laboratory = fields.Words(N_("Laboratory"), most=120, required=True)
    qualification = fields.Words(
        N_("Qualification number"),
        least=0,
        most=60,
        load_default="",
        help=N_("Of its CMA or CATL certificate; an own quick test has none."),
    )
    method = fields.Words(N_("Method or standard"), least=0, most=120, load_default="")
    sampled_by = fields.Words(N_("Sample taken by"), least=0, most=120, load_default="")
    sampled_grams = fields.Scaled(units.KG, N_("Sample mass"), least=0, most=10**8, load_default=0)
    sample_number = fields.Words(N_("Sample number"), least=0, most=40, load_default="", help=_SAMPLE_HELP)


class InspectionIn(_SampleIn):
    """A sample of a batch, with its findings if they are known."""

    command = EnterInspection

    class Meta(Shape.Meta):
        """What people think of first stands first."""

        fields = (
            "kind",
            "batch",
            "sampled_at",
            "laboratory",
            "qualification",
            "method",
            "sampled_by",
            "sampled_grams",
            "sample_number",
            "report_number",
            "known_at",
            "findings",
            "producer",
        )

    kind = fields.Choice(InspectionKind, N_("Kind of test"), labels=INSPECTION_KINDS, required=True)
    batch = fields.Words(N_("Batch"), most=40, required=True)
    sampled_at = fields.Moment(N_("Sample taken at"), required=True)
    report_number = fields.Words(N_("Report number"), least=0, most=60, load_default="")
    known_at = fields.Moment(
        N_("Result known at"),
        load_default=None,
        allow_none=True,
        help=N_("Empty is now, if there are findings. The time for a re-test runs from here."),
    )
    findings = fields.Lines(FoundIn, N_("Findings"), least=0, most=100, load_default=())
    producer = fields.Code(N_("Producer"), load_default="")


class ResultIn(Shape):
    """What the laboratory found."""

    command = ReportResult

    report_number = fields.Words(N_("Report number"), least=0, most=60, load_default="")
    known_at = fields.Moment(
        N_("Result known at"), load_default=None, allow_none=True, help=N_("Empty is now.")
    )
    findings = fields.Lines(FoundIn, N_("Findings"), most=100, required=True)


class RetestIn(_SampleIn):
    """Another laboratory for what failed."""

    command = AskRetest

    class Meta(Shape.Meta):
        """What people think of first stands first."""

        fields = (
            "laboratory",
            "qualification",
            "method",
            "sampled_at",
            "sampled_by",
            "sampled_grams",
            "sample_number",
            "kind",
            "asked_at",
        )

    sampled_at = fields.Moment(
        N_("Sample handed over at"),
        load_default=None,
        allow_none=True,
        help=N_("Empty is now. The seven working days for the report run from here."),
    )
    kind = fields.Choice(
        InspectionKind,
        N_("Kind of test"),
        labels=INSPECTION_KINDS,
        load_default=InspectionKind.COMMISSIONED,
    )
    asked_at = fields.Moment(N_("Asked for at"), load_default=None, allow_none=True, help=N_("Empty is now."))


class InspectionVoidIn(Shape):
    """Why an inspection is wrong."""

    command = Because

    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class ReportFileIn(Shape):
    """The report as paper or picture."""

    file = Upload(N_("Report"), required=True, help=N_("PDF, JPEG or PNG, 4 MB at most."))


class ReportNameIn(QueryShape):
    """What a report that is sent by a program is called."""

    filename = fields.Words(N_("File name"), most=200, load_default="report")


class FindingOut(FoundIn):
    """A finding with the limit that counted and whether it passed."""

    bound = fields.Choice(Bound, N_("How the limit is meant"), labels=BOUNDS, allow_none=True)
    limit_unit = fields.Choice(AmountUnit, N_("Unit of the limit"), labels=AMOUNT_UNITS, allow_none=True)
    passed = fields.Flag(N_("Passed"))


class InspectionOut(Shape):
    """An inspection."""

    number = fields.Code(N_("Inspection"))
    kind = fields.Choice(InspectionKind, N_("Kind of test"), labels=INSPECTION_KINDS)
    batch = fields.Code(N_("Batch"))
    producer = fields.Code(N_("Producer"))
    result = fields.Choice(InspectionResult, N_("Result"), labels=RESULT.labels)
    final = fields.Choice(InspectionResult, N_("Result after re-test"), labels=RESULT.labels)
    laboratory = fields.Words(N_("Laboratory"))
    qualification = fields.Words(N_("Qualification number"))
    method = fields.Words(N_("Method or standard"))
    sampled_at = fields.Moment(N_("Sample taken at"))
    sampled_by = fields.Words(N_("Sample taken by"))
    sampled_grams = fields.Scaled(units.KG, N_("Sample mass"))
    sample_number = fields.Words(N_("Sample number"))
    report_number = fields.Words(N_("Report number"))
    known_at = fields.Moment(N_("Result known at"), allow_none=True)
    first = fields.Code(N_("Re-test of"), allow_none=True)
    retest = fields.Code(N_("Re-test"), allow_none=True)
    retest_state = fields.Choice(
        RetestState, N_("Where the re-test stands"), labels=RETEST_STATES, allow_none=True
    )
    retest_until = fields.Moment(N_("Re-test until"), allow_none=True)
    asked_at = fields.Moment(N_("Asked for at"), allow_none=True)
    report_until = fields.Moment(N_("Report due"), allow_none=True)
    entered_at = fields.Moment(N_("Entered at"))
    entered_by = fields.Words(N_("Entered by"))
    voided_at = fields.Moment(N_("Voided at"), allow_none=True)
    void_reason = fields.Words(N_("Why it was voided"))


class InspectionDetailOut(InspectionOut):
    """An inspection with what it found."""

    findings = ma.fields.List(ma.fields.Nested(FindingOut))


class InspectionFilterIn(PageIn):
    """Which inspections."""

    command = InspectionFilter

    kind = fields.Choice(InspectionKind, N_("Kind of test"), labels=INSPECTION_KINDS, load_default=None)
    result = fields.Choice(InspectionResult, N_("Result"), labels=RESULT.labels, load_default=None)
    retest = fields.Choice(RetestState, N_("Re-test"), labels=RETEST_STATES, load_default=None)
    voided = fields.Flag(N_("Voided"), load_default=None, allow_none=True)


class InspectionLineIn(Shape):
    """A finding with its inspection; lines of the same sample and laboratory belong together."""

    command = InspectionLine

    batch = fields.Words(N_("Batch"), most=40, required=True)
    producer = fields.Code(N_("Producer"), load_default="")
    sample_number = fields.Words(N_("Sample number"), most=40, required=True)
    kind = fields.Choice(InspectionKind, N_("Kind of test"), labels=INSPECTION_KINDS, required=True)
    laboratory = fields.Words(N_("Laboratory"), most=120, required=True)
    qualification = fields.Words(N_("Qualification number"), least=0, most=60, load_default="")
    method = fields.Words(N_("Method or standard"), least=0, most=120, load_default="")
    sampled_at = fields.Moment(N_("Sample taken at"), required=True)
    sampled_by = fields.Words(N_("Sample taken by"), least=0, most=120, load_default="")
    sampled_grams = fields.Scaled(units.KG, N_("Sample mass"), least=0, most=10**8, load_default=0)
    report_number = fields.Words(N_("Report number"), least=0, most=60, load_default="")
    known_at = fields.Moment(N_("Result known at"), load_default=None, allow_none=True)
    retest_of = fields.Words(N_("Re-test of"), least=0, most=40, load_default="")
    asked_at = fields.Moment(N_("Asked for at"), load_default=None, allow_none=True)
    analyte = fields.Words(N_("Tested for"), least=0, most=80, load_default="")
    reading = fields.Choice(Reading, N_("Reading"), labels=READINGS, load_default=None, allow_none=True)
    amount_micro = fields.Scaled(
        AMOUNT, N_("Amount found"), least=_LEAST, most=_MOST, load_default=None, allow_none=True
    )
    unit = fields.Choice(
        AmountUnit, N_("Amount unit"), labels=AMOUNT_UNITS, load_default=None, allow_none=True
    )
    bound = fields.Choice(
        Bound, N_("How the limit is meant"), labels=BOUNDS, load_default=None, allow_none=True
    )
    limit_micro = fields.Scaled(AMOUNT, N_("Limit"), least=1, most=_MOST, load_default=None, allow_none=True)
    limit_unit = fields.Choice(
        AmountUnit, N_("Unit of the limit"), labels=AMOUNT_UNITS, load_default=None, allow_none=True
    )
    standard = fields.Words(N_("Where the limit stands"), least=0, most=200, load_default="")
    passed = fields.Flag(N_("Passed"), dump_only=True)
    number = fields.Code(N_("Inspection"), dump_only=True)
    result = fields.Choice(InspectionResult, N_("Result"), labels=RESULT.labels, dump_only=True)


class LimitIn(Shape):
    """What goods may hold of something."""

    command = PutLimit

    analyte = fields.Words(N_("Tested for"), most=80, required=True)
    scope = fields.Words(N_("Counts for"), most=80, required=True, help=_SCOPE_HELP)
    bound = fields.Choice(Bound, N_("How the limit is meant"), labels=BOUNDS, required=True)
    limit_micro = fields.Scaled(AMOUNT, N_("Limit"), least=1, most=_MOST, load_default=None, allow_none=True)
    unit = fields.Choice(
        AmountUnit, N_("Unit of the limit"), labels=AMOUNT_UNITS, load_default=None, allow_none=True
    )
    valid_from = fields.Day(N_("Valid from"), required=True)
    valid_to = fields.Day(N_("Valid to"), load_default=None, allow_none=True)
    source = fields.Words(N_("Source"), most=200, required=True)
    note = fields.Words(N_("To be looked up"), least=0, most=200, load_default="")


class LimitFilterIn(PageIn):
    """Which limits."""

    command = LimitFilter


class DayIn(Shape):
    """A day off in the week, or a weekend that is worked."""

    command = PutDay

    day = fields.Day(N_("Calendar day"), required=True)
    is_working = fields.Flag(N_("Worked"), load_default=False)
    name = fields.Words(N_("Name of the day"), least=0, most=60, load_default="")
    source = fields.Words(N_("Source"), most=200, required=True)


class DayFilterIn(PageIn):
    """Which moved days."""

    command = DayFilter

    is_working = fields.Flag(N_("Worked"), load_default=None, allow_none=True)
