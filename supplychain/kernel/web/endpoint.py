"""What an entrance may ask of the request: who acts, the database, the suite, and permission.

One reading session and one actor per request; writing happens in a unit of work of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Unauthenticated
from supplychain.kernel.i18n import N_
from supplychain.kernel.identity.queries import Identity
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import NOBODY, Actor, Permission
from supplychain.kernel.settings import Settings
from supplychain.kernel.web.kept import Kept

P = ParamSpec("P")
R = TypeVar("R")

EXTENSION = "supplychain"
MACHINE_PATHS = ("/api/", "/epcis")


@dataclass(frozen=True, slots=True)
class Web:
    """What the application was made from."""

    settings: Settings
    suite: Suite
    database: Database
    kept: Kept = field(init=False, default_factory=Kept)


def web() -> Web:
    """Return what this application was made from."""
    return cast(Web, current_app.extensions[EXTENSION])


def suite() -> Suite:
    """Return the installed addons."""
    return web().suite


def identity() -> Identity | None:
    """Return who is signed in, or None."""
    return current_user.identity if current_user.is_authenticated else None


def actor() -> Actor:
    """Return who acts in this request; NOBODY when nobody is signed in."""
    found = identity()
    return found.actor if found else NOBODY


def session() -> Session:
    """Return this request's reading session; nothing it changes is kept."""
    if "reading" not in g:
        g.reading_stack = ExitStack()
        g.reading = g.reading_stack.enter_context(web().database.reading())
    return cast(Session, g.reading)


def close_session(_error: BaseException | None = None) -> None:
    """Close the reading session when the request ends, or before something long."""
    stack = g.pop("reading_stack", None)
    g.pop("reading", None)
    if stack is not None:
        stack.close()


def unit_of_work(*, durable: bool = True) -> AbstractContextManager[UnitOfWork]:
    """Open a unit of work of the request's actor; what was read before is read anew afterwards."""
    who = actor()
    close_session()
    return web().database.unit_of_work(who, durable=durable)


def is_machine() -> bool:
    """Tell whether the client is a program: an API path, or one that asks for JSON."""
    if request.path.startswith(MACHINE_PATHS):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def permit(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R | ResponseReturnValue]]:
    """Let only those through who hold the permission; people who are not signed in are asked to."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
            if identity() is None:
                return ask_to_sign_in()
            actor().require(permission)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the conformance test
        return guarded

    return decorate


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead a person to the sign-in page and back here; raise Unauthenticated for a program."""
    if is_machine():
        raise Unauthenticated(N_("Sign in, or send a token."))
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    location = url_for("desk.sign_in", next=target)
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": location})
    return redirect(location, 303)


def query_text(name: str, default: str = "") -> str:
    """Return one value of the query string, cut to a sane length."""
    return request.args.get(name, default)[:200]


def answer(document: Any) -> ResponseReturnValue:
    """Return JSON for a program."""
    return current_app.json.response(document)
