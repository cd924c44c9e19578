"""The desk: signing in and out, the home page with what waits today, one's own account and language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from supplychain.base.permissions import HOME
from supplychain.base.queries import notice as notices
from supplychain.base.queries import party as parties
from supplychain.base.schemas import PasswordIn, SignInIn
from supplychain.base.services import notice as notice_services
from supplychain.kernel import clock
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import DEFAULT_LOCALE, LOCALES, N_
from supplychain.kernel.identity import directory
from supplychain.kernel.identity import queries as identities
from supplychain.kernel.identity import services as identity
from supplychain.kernel.schema.base import load
from supplychain.kernel.web import documents, endpoint, problems
from supplychain.kernel.web.forms import FormPage, inputs_of
from supplychain.kernel.web.shell import SignedIn

bp = Blueprint("desk", __name__, template_folder="../templates")

DEMO_PASSWORD = "datian-2026"  # noqa: S105 - of the demo's invented people; no other installation has them


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show what needs this person today."""
    if endpoint.identity() is None:
        return redirect(url_for("desk.sign_in"), 303)
    session, actor, suite = endpoint.session(), endpoint.actor(), endpoint.suite()
    tasks = [
        task for source in suite.task_sources(actor) for task in source.find(session, actor) if task.count
    ]
    figures = [(kpi, kpi.compute(session, actor)) for kpi in suite.kpis(actor)]
    return render_template(
        "base/home.html",
        today=clock.today(),
        hour=clock.now().astimezone(clock.SHANGHAI).hour,
        party=parties.name_of(session, actor.party_id),
        tasks=sorted(tasks, key=lambda task: not task.urgent),
        figures=[(kpi, figure) for kpi, figure in figures if figure is not None],
        notices=notices.unread(session, actor),
        panels=documents.panels("home", None),
    )


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Let somebody in, and lead to where they wanted to go."""
    if endpoint.identity() is not None and request.method == "GET":
        return redirect(_safe(request.args.get("next")), 303)
    if request.method == "GET":
        return _sign_in_page({}, {}, None, 200)
    typed = request.form.to_dict()
    try:
        values = load(SignInIn(), {name: typed.get(name, "") for name in ("username", "password")}, text=True)
        found = identity.sign_in(
            endpoint.web().database, values["username"], values["password"], request.remote_addr or ""
        )
    except DomainError as error:
        return _sign_in_page(typed, problems.messages(error), error, problems.status_of(error))
    known = identities.identity(endpoint.session(), endpoint.suite(), found.user_id)
    if known is None:
        return redirect(url_for("desk.sign_in"), 303)
    cookie.permanent = True
    cookie["locale"] = known.locale
    login_user(SignedIn(known))
    return redirect(_safe(request.args.get("next")), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    logout_user()
    cookie.clear()
    return redirect(url_for("desk.sign_in"), 303)


@bp.get("/language/<to>")
def language(to: str) -> ResponseReturnValue:
    """Change the language of the pages, and remember it for the user."""
    cookie["locale"] = to if to in LOCALES else DEFAULT_LOCALE
    if current_user.is_authenticated:
        with endpoint.unit_of_work() as uow:
            identity.set_locale(uow, cookie["locale"])
    return redirect(_safe(request.args.get("back")), 303)


@bp.route("/account", methods=["GET", "POST"])
@endpoint.permit(HOME)
def account() -> ResponseReturnValue:
    """Show who one is and let the password be changed; every session ends with it."""
    form = FormPage(
        title=N_("My account"),
        shape=PasswordIn,
        act=lambda uow, values: identity.change_own_password(uow, values["old"], values["new"]),
        then=lambda _: url_for("desk.sign_in"),
        verb=N_("Change the password"),
        template="base/account.html",
    )
    found = endpoint.identity()
    grants = directory.grants_of(endpoint.session(), found.user_id) if found else []
    names = {grant.id: parties.name_of(endpoint.session(), grant.party_id) for grant in grants}
    return form.handle(grants=grants, names=names, roles=endpoint.suite().roles)


@bp.post("/account/grant/<int:grant_id>")
@endpoint.permit(HOME)
def switch_grant(grant_id: int) -> ResponseReturnValue:
    """Act in another of one's own roles."""
    found = endpoint.identity()
    known = found and identities.identity(endpoint.session(), endpoint.suite(), found.user_id, grant_id)
    if known:
        login_user(SignedIn(known))
    return redirect(url_for("desk.home"), 303)


@bp.post("/notices/<int:notice_id>/read")
@endpoint.permit(HOME)
def read_notice(notice_id: int) -> ResponseReturnValue:
    """Take a notice off the home page."""
    with endpoint.unit_of_work() as uow:
        notice_services.read(uow, notice_id)
    return redirect(url_for("desk.home"), 303)


def _sign_in_page(
    typed: Mapping[str, str], errors: Mapping[str, Any], problem: DomainError | None, status: int
) -> ResponseReturnValue:
    demo = _demo_users() if endpoint.web().settings.demo else []
    inputs = inputs_of(SignInIn(), typed, errors, {})
    page = render_template(
        "base/sign_in.html", inputs=inputs, problem=problem, demo=demo, demo_password=DEMO_PASSWORD
    )
    return page, status


def _demo_users() -> list[tuple[str, str, str, str]]:
    """Return (username, person, role, party) of every user, for the demo's one-tap sign-ins."""
    session, roles = endpoint.session(), endpoint.suite().roles
    return [
        (user.username, user.display_name, roles[grant.role].title, parties.name_of(session, grant.party_id))
        for user in directory.users(session)
        for grant in user.grants[:1]
        if grant.role in roles and user.is_active
    ]


def _safe(target: str | None) -> str:
    """Return a path of this site; anything that leads elsewhere becomes the home page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target
