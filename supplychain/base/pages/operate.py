"""The operator's room: users and tokens, jobs and their runs, the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import audit as trail
from supplychain.base.queries import party as parties
from supplychain.base.schemas import AuditFilterIn, TokenIn, UserIn
from supplychain.base.services import user as users
from supplychain.kernel.addon import DocumentKind
from supplychain.kernel.db.paging import Page
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.identity import directory
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.permissions import AUDIT_READ, JOB_OPERATE, USER_MANAGE
from supplychain.kernel.jobs import queries as jobs
from supplychain.kernel.jobs import runner
from supplychain.kernel.jobs.models import RUN_OUTCOMES
from supplychain.kernel.permissions import SYSTEM, Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Column, ListPage

bp = Blueprint("operate", __name__, template_folder="../templates")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the trail in the words of people."""

    at: datetime
    text: object
    actor_name: str
    kind: str
    number: str
    url: str


def _trail(session: Session, actor: Actor, wanted: trail.AuditFilter) -> Page[_Line]:
    found, kinds = trail.page(session, actor, wanted), endpoint.suite().documents
    columns = {name: kind.called for name, kind in kinds.items() if kind.called is not None}
    numbers = trail.numbers(session, found.rows, columns)
    lines = [
        _line(row, kinds.get(row.document), numbers.get((row.document, row.document_id), ""))
        for row in found.rows
    ]
    return Page(lines, found.total, found.page, found.per_page, found.totals)


def _line(row: trail.AuditRow, kind: DocumentKind | None, number: str) -> _Line:
    who = gettext(N_("the suite")) if row.actor_name == SYSTEM.name else row.actor_name
    if kind is None:
        return _Line(row.at, row.text, who, row.document, number, "")
    shown_at: dict[str, Any] = {kind.argument: number}
    url = url_for(kind.endpoint, **shown_at) if kind.endpoint and number else ""
    return _Line(row.at, row.text, who, gettext(kind.title), number, url)


def _kinds() -> list[tuple[str, str]]:
    return [(name, gettext(kind.title)) for name, kind in endpoint.suite().documents.items()]


AUDIT = ListPage(
    title=N_("Audit trail"),
    filter=AuditFilterIn,
    query=_trail,
    columns=(
        Column("text", N_("What was done"), lead=True),
        Column("actor_name", N_("Who")),
        Column("kind", N_("Document")),
        Column("number", N_("Document number")),
        Column("at", N_("When"), "moment", sort="at"),
    ),
    empty=N_("Every act leaves a line here. Nothing has been done yet."),
    row_url=lambda line: line.url,
    search=N_("Who"),
    options={"document": lambda session, actor: _kinds()},
)

ADD_USER = FormPage(
    title=N_("Add a user"),
    shape=UserIn,
    act=lambda uow, command: (users.put(uow, command), command)[1],
    then=lambda command: url_for("operate.user_list"),
    verb=N_("Add user"),
    options={
        "role": lambda session, actor: [
            (role.name, gettext(role.title)) for role in endpoint.suite().roles.values()
        ],
        "party": lambda session, actor: parties.choices(session),
        "locale": lambda session, actor: [("zh_Hans_CN", "中文"), ("en", "English")],
    },
)


@bp.get("/users")
@endpoint.permit(USER_MANAGE)
def user_list() -> ResponseReturnValue:
    """List users, their roles and their tokens."""
    session = endpoint.session()
    found = directory.users(session)
    return render_template(
        "base/users.html",
        users=found,
        names=_party_names(session, found),
        roles=endpoint.suite().roles,
        tokens=directory.tokens(session),
    )


@bp.route("/users/new", methods=["GET", "POST"])
@endpoint.permit(USER_MANAGE)
def user_new() -> ResponseReturnValue:
    """Add a user."""
    return ADD_USER.handle()


@bp.post("/users/<int:user_id>/<any(stop, admit):verb>")
@endpoint.permit(USER_MANAGE)
def user_active(user_id: int, verb: str) -> ResponseReturnValue:
    """Stop a user, or let them in again."""
    return documents.perform(
        lambda uow: identity.set_active(uow, user_id, is_active=verb == "admit"),
        done=N_("Done."),
        to="operate.user_list",
    )


@bp.post("/grants/<int:grant_id>/withdraw")
@endpoint.permit(USER_MANAGE)
def grant_withdraw(grant_id: int) -> ResponseReturnValue:
    """Take a role away from a user."""
    return documents.perform(
        lambda uow: identity.withdraw(uow, grant_id), done=N_("Withdrawn."), to="operate.user_list"
    )


@bp.route("/tokens/new", methods=["GET", "POST"])
@endpoint.permit(USER_MANAGE)
def token_new() -> ResponseReturnValue:
    """Make a token for another system; its text is shown once."""
    form = FormPage(
        title=N_("Make a token"),
        shape=TokenIn,
        act=_issue,
        then=lambda text: url_for("operate.user_list"),
        verb=N_("Make token"),
        intro=N_("The token may do what this role may do. Its text is shown once, right afterwards."),
        options={"grant": _grants},
    )
    return form.handle()


@bp.post("/tokens/<int:token_id>/revoke")
@endpoint.permit(USER_MANAGE)
def token_revoke(token_id: int) -> ResponseReturnValue:
    """End a token."""
    return documents.perform(
        lambda uow: identity.revoke_token(uow, token_id), done=N_("Revoked."), to="operate.user_list"
    )


@bp.get("/jobs")
@endpoint.permit(JOB_OPERATE)
def job_list() -> ResponseReturnValue:
    """Show every job: when it runs next and how it went last."""
    found = jobs.jobs(endpoint.session(), endpoint.suite())
    return render_template("base/jobs.html", jobs=found, outcomes=RUN_OUTCOMES)


@bp.get("/jobs/<name>")
@endpoint.permit(JOB_OPERATE)
def job(name: str) -> ResponseReturnValue:
    """Show the runs of a job, failures in full."""
    runs = jobs.runs(endpoint.session(), name)
    declared = endpoint.suite().jobs.get(name)
    if declared is None and not runs:
        raise NotFound(N_("There is no job %(name)s."), name=name)
    return render_template("base/job.html", name=name, job=declared, runs=runs, outcomes=RUN_OUTCOMES)


@bp.post("/jobs/<name>/run")
@endpoint.permit(JOB_OPERATE)
def job_run(name: str) -> ResponseReturnValue:
    """Run a job now."""
    who, web = endpoint.actor().name, endpoint.web()
    endpoint.close_session()
    run_id = runner.run_now(web.database, web.suite, name, started_by=who)
    outcome = jobs.run(endpoint.session(), run_id).outcome
    flash(gettext(RUN_OUTCOMES[outcome]), "problem" if outcome == "failed" else "done")
    return redirect(url_for("operate.job", name=name), 303)


@bp.post("/jobs/<name>/<any(pause, resume):verb>")
@endpoint.permit(JOB_OPERATE)
def job_pause(name: str, verb: str) -> ResponseReturnValue:
    """Pause a job's schedule or resume it."""
    return documents.perform(
        lambda uow: runner.pause(uow, name, is_paused=verb == "pause"),
        done=N_("Done."),
        to="operate.job_list",
    )


@bp.get("/audit")
@endpoint.permit(AUDIT_READ)
def audit() -> str:
    """Show who did what."""
    return AUDIT.render()


def _issue(uow: UnitOfWork, values: dict[str, str]) -> str:
    grant_id = int(values["grant"])
    user_id = directory.holder_of(uow.session, grant_id)
    if user_id is None:
        raise Invalid.at("grant", N_("This role has been withdrawn already."))
    _, text = identity.issue_token(uow, user_id, values["name"], grant_id=grant_id)
    uow.after_commit(lambda: flash(gettext(N_("Token: %(text)s – copy it now."), text=text), "done"))
    return text


def _grants(session: Session, _actor: object) -> list[tuple[str, str]]:
    """Return every role that a token may act in, told by person, role and party."""
    found = [user for user in directory.users(session) if user.is_active]
    names = _party_names(session, found)
    return [
        (str(grant.id), f"{user.display_name} ({user.username}) · {_acting(grant, names)}")
        for user in found
        for grant in user.grants
    ]


def _acting(grant: directory.GrantRow, names: Mapping[int, str]) -> str:
    role = endpoint.suite().roles.get(grant.role)
    title = gettext(role.title) if role else grant.role
    return title if grant.party_id is None else f"{title} · {names.get(grant.party_id, '')}"


def _party_names(session: Session, users: Iterable[directory.UserRow]) -> Mapping[int, str]:
    return parties.names(
        session, {grant.party_id for user in users for grant in user.grants if grant.party_id}
    )
