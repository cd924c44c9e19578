"""A tiny addon that uses every kind of page, and people who may use it: what the web layer is tested with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from sqlalchemy import func, select

from supplychain.base.permissions import HOME
from supplychain.kernel import units
from supplychain.kernel.addon import Addon
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.errors import Refused, TooMany
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.models import User, UserGrant
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM, Grant, Permission
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.settings import Settings
from supplychain.kernel.web import documents, endpoint, shell
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.openapi import Blueprint as ApiBlueprint

PICK = Permission("orchard.pick", "Pick")
PASSWORD = "a long enough password"


class BasketIn(Shape):
    """A line: one basket."""

    variety = fields.Code("Variety", required=True)
    boxes = fields.Count("Boxes", least=1, required=True)


class PickIn(Shape):
    """What was picked."""

    name = fields.Words("Name", required=True, most=20)
    grams = fields.Scaled(units.KG, "Net mass", least=1, required=True)
    at = fields.Moment("Time", load_default=None)
    is_ripe = fields.Flag("Ripe", load_default=True)
    baskets = fields.Lines(BasketIn, "Baskets", load_default=list, least=0)


@dataclass(frozen=True, slots=True)
class Picked:
    """What a program gets back."""

    name: str
    grams: int


class PickOut(Shape):
    """What was picked, going out."""

    name = fields.Words("Name")
    grams = fields.Scaled(units.KG, "Net mass")


def pick(uow: UnitOfWork, values: dict[str, object]) -> dict[str, object]:
    """Write down a picking; nobody picks rotten fruit."""
    if values["name"] == "rotten":
        raise Refused("Rotten fruit stays on the ground.")
    audit.record(uow, "orchard.tree", 1, "Picked %(name)s", name=values["name"], is_ripe=values["is_ripe"])
    return values


def picked(uow: UnitOfWork) -> int:
    """Return how many pickings were written down."""
    counted = select(func.count()).where(AuditEntry.document == "orchard.tree")
    return uow.session.scalar(counted) or 0


bp = Blueprint("orchard", __name__)
FORM = FormPage(
    title="Pick fruit",
    shape=PickIn,
    act=pick,
    then=lambda values: f"/orchard/tree?picked={values['name']}",
    verb="Pick",
    about=("orchard.tree", 1),
    defaults=lambda session, actor: {"grams": 12_500, "is_ripe": True},
    options={"baskets.variety": lambda session, actor: [("red", "Red"), ("green", "Green")]},
)


@bp.route("/orchard/pick", methods=["GET", "POST"])
@endpoint.permit(PICK)
def pick_page() -> ResponseReturnValue:
    """Pick by form."""
    return FORM.handle()


@bp.get("/orchard/tree")
@endpoint.permit(PICK)
def tree() -> str:
    """Show the one tree."""
    found = Document(
        kind="orchard.tree",
        id=1,
        number="TREE-1",
        title="Trees",
        list_endpoint="orchard.tree",
        facts=(Fact("Net mass", 1_234_500, "kg", "kg"), Fact("Height", None, "count", "m")),
        acts=(
            Act("Pick one", "/orchard/tree/pick", PICK, primary=True),
            Act("Fell", "/orchard/tree/fell", PICK, why_not="It still bears fruit."),
            Act("Sell", "/orchard/tree/sell", Permission("orchard.sell", "Sell")),
        ),
    )
    return documents.render(found)


@bp.post("/orchard/tree/<name>")
@endpoint.permit(PICK)
def act(name: str) -> ResponseReturnValue:
    """Pick by button."""
    values: dict[str, object] = {"name": name, "is_ripe": True}
    return documents.perform(lambda uow: pick(uow, values), done="Picked", to="orchard.tree")


@bp.get("/orchard/broken")
def broken() -> str:
    """Fail in a way that nobody foresaw."""
    raise RuntimeError("the ladder's serial number is 42")


@bp.get("/orchard/busy")
def busy() -> str:
    """Refuse for a while."""
    raise TooMany("Come back later.", retry_after=60)


blp = ApiBlueprint("orchard_api", __name__, url_prefix="/api/v1/pickings")


@blp.route("")
class Pickings(MethodView):
    """Pickings, for programs."""

    @endpoint.permit(PICK)
    @blp.arguments(PickIn)
    @blp.response(201, PickOut)
    def post(self, values: dict[str, object]) -> dict[str, object]:
        """Write down a picking."""
        with endpoint.unit_of_work() as uow:
            return pick(uow, values)


ORCHARD = Addon(
    name="orchard",
    title="Orchard",
    summary="Fruit.",
    package="tests.make",
    permissions=(PICK,),
    grants=(Grant("coop_clerk", (PICK, HOME)), Grant("operator", (PICK,))),
    pages=(bp,),
    apis=(blp,),
)


def make_app(suite: Suite, database: Database, folder: Path, **settings: object) -> Flask:
    """Return the delivered suite with the orchard on top."""
    app = Flask("orchard", static_folder=None)
    given: dict[str, object] = {"data_dir": folder, "secret_key": "of the tests alone, not of anybody's"}
    made = Settings(**(given | settings))  # type: ignore[arg-type]  # names and types are the settings' own
    shell.install(app, made, Suite((*suite.addons, ORCHARD)), database)
    app.testing = True
    return app


def make_user(database: Database, username: str = "lin", role: str = "operator") -> int:
    """Add a user who may sign in with PASSWORD."""
    with database.unit_of_work(SYSTEM) as uow:
        return identity.add(uow, identity.AddUser(username, username.title(), PASSWORD, role, locale="en")).id


def make_token(database: Database, user_id: int, *scopes: str) -> dict[str, str]:
    """Return the headers of a program that acts as a user."""
    with database.unit_of_work(SYSTEM) as uow:
        _, text = identity.issue_token(uow, user_id, "tests", scopes)
    return {"Authorization": f"Bearer {text}"}


def signed_in(app: Flask, database: Database, user_id: int) -> FlaskClient:
    """Return a browser in which a user has signed in."""
    client = app.test_client()
    with database.reading() as session:
        user = session.get_one(User, user_id)
        grant = session.scalars(select(UserGrant.id).where(UserGrant.user_id == user_id)).first()
        key = f"{user.id}:{user.session_epoch}:{grant}"
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": key, "_fresh": True, "locale": "en"})
    return client


def hidden(page: str, name: str) -> str:
    """Return a hidden field's value."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Open a page with a form and return what its first form sends unseen."""
    return tokens(client.get(path).text)


def tokens(page: str) -> dict[str, str]:
    """Return what the forms of a page send unseen."""
    return dict(re.findall(r'name="(csrf_token|_form|_seen)" value="([^"]*)"', page))
