"""Shapes of visits; for forms, JSON and spreadsheets alike."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from tests.example_addon.queries.visit import VisitFilter
from tests.example_addon.rules import VISIT, VisitState
from tests.example_addon.services.visit import PlanVisit


class VisitIn(Shape):
    """A visit that is planned."""

    command = PlanVisit

    site = fields.Code(N_("Place code"), required=True)
    visitor = fields.Words(N_("Visitor"), most=60, required=True)
    visit_on = fields.Day(N_("Visit on"), required=True)
    people = fields.Count(N_("Visitors"), least=1, most=500, load_default=1)
    note = fields.Words(N_("Note"), least=0, most=200, load_default="")


class VisitOut(VisitIn):
    """A visit with its place's name and where it stands."""

    id = fields.Count(N_("Visit number"), dump_only=True)
    site_name = fields.Words(N_("Place name"), dump_only=True)
    state = fields.Choice(VisitState, N_("State"), labels=VISIT.labels, dump_only=True)


class VisitFilterIn(PageIn):
    """Which visits to list."""

    command = VisitFilter
    state = fields.Choice(VisitState, N_("State"), labels=VISIT.labels, load_default=None)
