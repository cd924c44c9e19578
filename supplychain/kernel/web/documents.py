"""Document pages: state, facts, the acts allowed now and why others are not, links, timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from supplychain.kernel.addon import Panel
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import Text, gettext
from supplychain.kernel.permissions import Permission
from supplychain.kernel.state import StateTable
from supplychain.kernel.web import endpoint, wording


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that decides the next act: label (msgid), value, format, unit, and where it leads."""

    label: str
    value: object
    format: str = ""
    unit: str = ""
    url: str = ""
    note: object = ""

    @property
    def shown(self) -> object:
        """Return the value for the reader."""
        if self.format:
            return wording.FORMATS[self.format](self.value)
        return wording.DASH if self.value in (None, "") else self.value


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its verb (msgid), where it posts or leads, who may, and why it is not possible now."""

    verb: str
    url: str
    permission: Permission
    why_not: object = ""
    """A text when the act is not possible now; the button is shown, greyed, with this beside it."""
    posts: bool = True
    """False leads to a page (a form) instead of acting at once."""
    primary: bool = False
    danger: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed paper of the document; None lets everybody print it who may see the document."""

    label: str
    url: str
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What every document page shows."""

    kind: str
    """As in the audit trail: `traceability.batch`."""
    id: int
    number: str
    title: str
    """The kind of document in words (msgid)."""
    list_endpoint: str
    facts: Sequence[Fact]
    subtitle: object = ""
    states: StateTable[Any] | None = None
    state: Any = None
    acts: Sequence[Act] = ()
    papers: Sequence[Paper] = ()
    warning: object = ""
    """What is wrong with it right now, in one sentence."""


def render(document: Document, template: str = "kernel/document.html", **rows: Any) -> str:
    """Return a document's page: the addon's template fills the middle, the rest is the same everywhere."""
    session, actor = endpoint.session(), endpoint.actor()
    return render_template(
        template,
        document=document,
        acts=[act for act in document.acts if actor.may(act.permission)],
        papers=[
            paper for paper in document.papers if paper.permission is None or actor.may(paper.permission)
        ],
        steps=_steps(document),
        links=endpoint.suite().links(session, actor, document.kind, document.id),
        timeline=audit.timeline(session, document.kind, document.id),
        panels=panels(document.kind, document.id),
        seen=audit.seen(session, document.kind, document.id),
        **rows,
    )


def panels(slot: str, subject: Any) -> list[tuple[Panel, Any]]:
    """Return the pieces that addons put into a slot, with their rows; empty ones are left out."""
    session, actor = endpoint.session(), endpoint.actor()
    found = [(panel, panel.rows(session, actor, subject)) for panel in endpoint.suite().panels(slot, actor)]
    return [(panel, rows) for panel, rows in found if rows is not None]


def perform(act: Callable[[UnitOfWork], object], *, done: str, to: str, **values: Any) -> ResponseReturnValue:
    """Do what a button says in a unit of work, tell how it went, lead to the endpoint `to`.

    Nothing is done when somebody else changed the document since the button was shown.
    """
    try:
        with endpoint.unit_of_work() as uow:
            audit.check_seen(uow, request.form.get("_seen", ""))
            act(uow)
    except DomainError as error:
        flash(str(error), "problem")
    else:
        flash(gettext(done), "done")
    return redirect(url_for(to, **values), 303)


def _steps(document: Document) -> list[tuple[Text, str]]:
    """Return the bar of steps: each state of the normal way with past, now, or to come."""
    table = document.states
    if table is None:
        return []
    flow = list(table.flow)
    if document.state not in flow:
        return [*((table.label(state), "open") for state in flow), (table.label(document.state), "now")]
    at = flow.index(document.state)
    return [
        (table.label(state), "now" if index == at else "past" if index < at else "open")
        for index, state in enumerate(flow)
    ]
