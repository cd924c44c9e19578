"""Label designs by page and API: whose they are, what is refused and where, and what is printed with them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM, Actor
from tests import pictures, readers
from tests.conftest import SignIn, Statements
from tests.make.traceability import Farm, actor_of, make_batch, make_farm
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.models.label import LabelDesign
from traceability.queries import label as designs
from traceability.queries.label import DesignFilter
from traceability.rules.label import LabelOf
from traceability.schemas.label import DesignIn, shipped
from traceability.services import label
from traceability.services.label import NameDesign, PutDesign

ALL = DesignFilter(per_page=200)
URL = "/api/v1/label-designs"


@pytest.fixture
def farm(db: Database) -> Farm:
    """A co-operative with a base and an item."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_farm(uow)


@pytest.fixture
def clerk(farm: Farm, sign_in: SignIn) -> dict[str, str]:
    """Somebody who prints that co-operative's labels."""
    return sign_in("coop_clerk", farm.coop)


@pytest.fixture
def stranger(db: Database, sign_in: SignIn) -> dict[str, str]:
    """Somebody of another co-operative."""
    with db.unit_of_work(SYSTEM) as uow:
        other = make_farm(uow).coop
    return sign_in("coop_manager", other)


def batch_of(db: Database, farm: Farm, **values: Any) -> Batch:
    with db.unit_of_work(SYSTEM) as uow:
        return make_batch(uow, farm, released=True, **values)


def body(name: str = "自用样式", key: str = "roll-100x70", **changes: Any) -> dict[str, Any]:
    """Return a shipped design as a program would send it as its own."""
    from_house = next(wanted for wanted in shipped() if wanted.key == key)
    row = _as_json(from_house)
    return row | {"name": name} | changes


def _as_json(wanted: PutDesign) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(DesignIn().dump(wanted)))
    return found | {"for_boxes": False, "for_items": False}


def made(client: FlaskClient, who: dict[str, str], **changes: Any) -> int:
    answer = client.post(URL, json=body(**changes), headers=who)
    assert answer.status_code == 201, answer.get_json()
    return int(answer.get_json()["id"])


def house(db: Database, key: str = "a4-2x5") -> int:
    with db.reading() as session:
        return session.scalars(select(LabelDesign.id).where(LabelDesign.key == key)).one()


def count(db: Database, party: Party | None) -> int:
    owner = None if party is None else party.id
    with db.reading() as session:
        wanted = select(func.count()).where(LabelDesign.owner_id.is_not_distinct_from(owner))
        return session.scalars(wanted).one()


# -- by program ------------------------------------------------------------------------------------------


def test_a_design_goes_in_comes_out_changes_and_goes(client: FlaskClient, clerk: dict[str, str]) -> None:
    key = made(client, clerk)
    found = client.get(f"{URL}/{key}", headers=clerk).get_json()
    sent = body()
    assert {name: found[name] for name in ("name", "stock", "elements")} == {
        name: sent[name] for name in ("name", "stock", "elements")
    }
    assert not found["is_house"]
    assert "0.495" in "".join(one["text"] for one in found["warnings"])
    changed = client.put(f"{URL}/{key}", json=body("另一个名字", for_items=True), headers=clerk)
    assert (changed.status_code, changed.get_json()["for_items"]) == (200, True)
    assert client.delete(f"{URL}/{key}", headers=clerk).status_code == 204
    assert client.get(f"{URL}/{key}", headers=clerk).status_code == 404


def test_the_list_has_the_own_ones_first_and_then_the_houses(
    client: FlaskClient, clerk: dict[str, str], stranger: dict[str, str]
) -> None:
    made(client, clerk, name="甲")
    made(client, stranger, name="乙")
    found = client.get(f"{URL}?per_page=200", headers=clerk).get_json()["rows"]
    assert found[0]["name"] == "甲"
    assert all(row["is_house"] for row in found[1:])
    assert len(found) == 1 + len(shipped())
    own = client.get(f"{URL}?own=true", headers=clerk).get_json()
    assert [row["name"] for row in own["rows"]] == ["甲"]


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_somebody_elses_design_is_not_found(
    client: FlaskClient, clerk: dict[str, str], stranger: dict[str, str], method: str
) -> None:
    key = made(client, clerk)
    sent = {"json": body()} if method == "put" else {}
    assert getattr(client, method)(f"{URL}/{key}", headers=stranger, **sent).status_code == 404
    assert client.get(f"/label-designs/{key}", headers=stranger).status_code == 404
    assert client.get(f"/label-designs/{key}.json", headers=stranger).status_code == 404
    assert client.get(f"/label-designs/{key}/calibration.pdf", headers=stranger).status_code == 404


def test_the_houses_designs_are_for_everybody_and_changed_by_the_operator_alone(
    client: FlaskClient, db: Database, clerk: dict[str, str], sign_in: SignIn
) -> None:
    key = house(db)
    assert client.get(f"{URL}/{key}", headers=clerk).status_code == 200
    sent = body("改公用", "a4-2x5")
    assert client.put(f"{URL}/{key}", json=sent, headers=clerk).status_code == 404
    assert client.delete(f"{URL}/{key}", headers=clerk).status_code == 404
    operator = sign_in("operator", None)
    assert client.put(f"{URL}/{key}", json=sent, headers=operator).status_code == 200
    assert client.delete(f"{URL}/{key}", headers=operator).status_code == 409


@pytest.mark.parametrize("role", ["buyer", "officer", "carrier"])
def test_who_prints_no_labels_sees_no_designs(
    client: FlaskClient, farm: Farm, sign_in: SignIn, role: str
) -> None:
    who = sign_in(role, None if role == "officer" else farm.coop)
    assert client.get(URL, headers=who).status_code == 403
    assert client.post(URL, json=body(), headers=who).status_code == 403
    assert client.get(URL).status_code == 401


def _element(**changes: Any) -> dict[str, Any]:
    base = {"kind": "text", "x": "3", "y": "3", "width": "30", "height": "5", "field": "lot"}
    return base | changes


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"elements": "many"}, "elements", ""),
        ({"elements": [None]}, "elements.0.kind", ""),
        ({"elements": [_element(kind="picture")]}, "elements.0.kind", "facts"),
        ({"elements": [_element(kind=["text"])]}, "elements.0.kind", ""),
        ({"elements": [_element(x=3)]}, "elements.0.x", ""),
        ({"elements": [_element(x="-3")]}, "elements.0.x", "不能少于"),
        ({"elements": [_element(x="3.00001")]}, "elements.0.x", "mm"),
        ({"elements": [_element(x="NaN")]}, "elements.0.x", ""),
        ({"elements": [_element(colour="red")]}, "elements.0.colour", ""),
        ({"elements": [_element(), _element(x="90")]}, "elements.1.x", "超出标签 20 毫米"),
        ({"elements": [_element(field="price")]}, "elements.0.field", "price"),
        ({"elements": [_element()] * 41}, "elements", "40"),
        ({"elements": [_element()] * 20_000}, "elements", "40"),
        ({"elements": [_element(kind="facts", facts=[])]}, "elements.0.facts", ""),
        ({"elements": [_element(kind="line", width="0")]}, "elements.0.width", ""),
        ({"name": ""}, "name", ""),
        ({"name": "名" * 61}, "name", "60"),
        ({"stock": None}, "stock", ""),
        ({"stock": {"kind": "roll"}}, "stock.label_width", ""),
        ({"colour": "red"}, "colour", ""),
    ],
)
def test_a_wrong_design_is_refused_at_its_place(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str], changes: Any, path: str, says: str
) -> None:
    answer = client.post(URL, json=body() | changes, headers=clerk)
    assert answer.status_code == 422
    errors = answer.get_json()["errors"]
    assert path in errors or any(name.startswith(path) for name in errors), errors
    assert says in json.dumps(errors, ensure_ascii=False)
    assert count(db, farm.coop) == 0


def test_the_same_name_twice_is_refused_but_not_somebody_elses(
    client: FlaskClient, clerk: dict[str, str], stranger: dict[str, str]
) -> None:
    made(client, clerk)
    again = client.post(URL, json=body(), headers=clerk)
    assert (again.status_code, list(again.get_json()["errors"])) == (422, ["name"])
    made(client, stranger)


def test_a_party_keeps_two_hundred_designs_at_most(db: Database, farm: Farm) -> None:
    wanted = shipped()[0]
    with db.unit_of_work(farm.clerk) as uow:
        row = label.add(uow, PutDesign("0", wanted.stock, ()))
        for number in range(1, label.MOST):
            values = {"document": row.document, "changed_at": uow.now, "changed_by": "x"}
            uow.session.add(LabelDesign(owner_id=farm.coop.id, name=str(number), **values))
        uow.flush()
        with pytest.raises(Refused):
            label.add(uow, PutDesign("more", wanted.stock, ()))


# -- printing --------------------------------------------------------------------------------------------


def test_labels_come_in_every_form(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    batch = batch_of(db, farm, boxes=3)
    url = f"/api/v1/batches/{batch.number}/labels"
    key = made(client, clerk)
    printed = client.get(url, headers=clerk)
    assert (printed.mimetype, printed.data[:5]) == ("application/pdf", b"%PDF-")
    sent = client.get(f"{url}?format=zpl&design={key}", headers=clerk)
    ((image, copies),) = pictures.of_zpl(sent.text)
    assert copies == 3
    read = {one.symbology: one.data for one in readers.bars(image)}
    assert read["]Q1"].endswith(f"/01/{batch.gtin}/10/{batch.number}".encode())
    assert read["]C1"] == f"01{batch.gtin}15{batch.best_before_on:%y%m%d}10{batch.number}".encode()
    zipped = ZipFile(BytesIO(client.get(f"{url}?format=png&dots=24&design={key}", headers=clerk).data))
    assert zipped.namelist() == ["0001.png", "0002.png", "0003.png"]
    picture = Image.open(BytesIO(zipped.read("0001.png")))
    assert picture.size == (2400, 1680)
    assert round(picture.info["dpi"][0]) == 610
    drawn = ZipFile(BytesIO(client.get(f"{url}?format=svg", headers=clerk).data))
    assert drawn.read("0003.svg").startswith(b"<svg")


def test_one_label_is_one_picture(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    url = f"/api/v1/batches/{batch_of(db, farm, boxes=1).number}/labels"
    assert client.get(f"{url}?format=png", headers=clerk).mimetype == "image/png"
    assert client.get(f"{url}?format=svg", headers=clerk).mimetype == "image/svg+xml"


def test_item_labels_carry_the_serials_that_are_not_void(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    batch = batch_of(db, farm)
    url = f"/api/v1/batches/{batch.number}/labels?of=items&format=zpl&design={house(db, 'roll-50x30')}"
    assert client.get(url, headers=clerk).status_code == 409
    client.post(f"/api/v1/batches/{batch.number}/codes", json={"count": 3}, headers=clerk)
    with db.reading() as session:
        serials = set(session.scalars(select(Code.serial).where(Code.gtin == batch.gtin)))
    images = [image for image, _ in pictures.of_zpl(client.get(url, headers=clerk).text)]
    links = {read.data.decode().split("/21/")[1] for image in images for read in readers.bars(image)}
    assert len(serials) == 3
    assert links == serials


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=zpl", 409),
        ("format=gif", 422),
        ("part=2", 404),
        ("part=0", 422),
        ("design=99999999", 404),
        ("design=99999999999999999999", 422),
        ("design=a", 422),
        ("skip=-1", 422),
        ("colour=red", 422),
        ("of=cats", 422),
    ],
)
def test_wrong_wishes_are_answered(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str], query: str, status: int
) -> None:
    batch = batch_of(db, farm)
    answer = client.get(f"/api/v1/batches/{batch.number}/labels?{query}", headers=clerk)
    assert answer.status_code == status


def test_labels_of_somebody_elses_batch_or_with_their_design_are_not_found(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str], stranger: dict[str, str]
) -> None:
    batch, key = batch_of(db, farm), made(client, stranger)
    url = f"/api/v1/batches/{batch.number}/labels"
    assert client.get(url, headers=stranger).status_code == 404
    assert client.get(f"{url}?design={key}", headers=clerk).status_code == 404
    assert client.get(f"/batches/{batch.number}/labels", headers=stranger).status_code == 404
    assert client.get(f"/batches/{batch.number}/labels/file", headers=stranger).status_code == 404


def test_a_gtin_of_fourteen_digits_is_refused_as_ean_13_with_a_way_out(
    client: FlaskClient, db: Database, clerk: dict[str, str], farm: Farm
) -> None:
    batch = batch_of(db, farm, gtin="16901234567899"[:13] + "9")
    key = house(db, "roll-60x40")
    answer = client.get(f"/api/v1/batches/{batch.number}/labels?design={key}", headers=clerk)
    assert answer.status_code == 409
    assert "换一种码" in answer.get_json()["detail"]


def test_what_was_chosen_last_is_chosen_again(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    batch, key = batch_of(db, farm), house(db, "roll-100x70")
    url = f"/batches/{batch.number}/labels"
    assert "A4 整张，10 枚" in client.get(url, headers=clerk).text
    sent = client.get(f"{url}/file?of=boxes&format=zpl&design={key}&part=1&skip=0&dots=0", headers=clerk)
    assert sent.headers["Content-Disposition"] == f"attachment; filename={batch.number}-boxes-1.zpl"
    page = client.get(url, headers=clerk).text
    assert f'<option value="{key}" selected>' in page
    assert '<option value="zpl" selected>' in page
    printed = client.get(f"/batches/{batch.number}/labels.pdf", headers=clerk)
    assert printed.data[:5] == b"%PDF-"


def test_a_choice_that_is_gone_is_forgotten(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    batch, key = batch_of(db, farm), made(client, clerk)
    client.get(f"/batches/{batch.number}/labels/file?design={key}", headers=clerk)
    client.delete(f"{URL}/{key}", headers=clerk)
    assert client.get(f"/batches/{batch.number}/labels", headers=clerk).status_code == 200


def test_the_first_choice_is_the_own_one_then_the_houses(db: Database, farm: Farm) -> None:
    wanted = next(one for one in shipped() if one.key == "roll-50x30")
    with db.unit_of_work(farm.clerk) as uow:
        assert designs.chosen(uow.session, farm.clerk, LabelOf.ITEMS).key == "a4-2x5"
        first = label.add(uow, PutDesign("甲", wanted.stock, wanted.elements, for_items=True))
        assert designs.chosen(uow.session, farm.clerk, LabelOf.ITEMS).id == first.id
        assert designs.chosen(uow.session, farm.clerk, LabelOf.BOXES).key == "a4-2x5"
        second = label.add(uow, PutDesign("乙", wanted.stock, wanted.elements, for_items=True))
        uow.session.expire_all()
        assert designs.chosen(uow.session, farm.clerk, LabelOf.ITEMS).id == second.id
        assert not first.for_items


# -- by page ---------------------------------------------------------------------------------------------


def test_a_clerk_copies_a_design_and_changes_it_piece_by_piece(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    key = house(db)
    assert "复制这个样式" in client.get(f"/label-designs/{key}", headers=clerk).text
    sent = client.post(f"/label-designs/{key}/copy", data={"name": "自用"}, headers=clerk)
    own = sent.headers["Location"]
    page = client.get(own, headers=clerk).text
    for words in ("自用", "<svg", "纸张和打印机", "高山甘蓝"):
        assert words in page
    text = {"x": "3.2", "y": "1.4", "width": "60", "height": "8.4", "field": "product_name", "bold": "true"}
    letters = {"largest": "20", "smallest": "7", "align": "left", "lines": "1", "caption": "false"}
    assert client.post(f"{own}/elements/0", data=text | letters, headers=clerk).status_code == 303
    assert client.post(f"{own}/elements/1/drop", headers=clerk).status_code == 303
    line = {"x": "3", "y": "56.4", "width": "90", "height": "0.2"}
    assert client.post(f"{own}/elements/new?kind=line", data=line, headers=clerk).status_code == 303
    renamed = {"name": "箱标", "for_boxes": "true", "for_items": "false"}
    assert client.post(f"{own}/name", data=renamed, headers=clerk).status_code == 303
    found = client.get(f"{URL}/{own.rsplit('/', 1)[1]}", headers=clerk).get_json()
    assert (found["name"], found["for_boxes"]) == ("箱标", True)
    assert found["elements"][0]["largest"] == "20.0"
    assert found["elements"][-1]["kind"] == "line"
    assert len(found["elements"]) == 12
    with db.reading() as session:
        acts = session.scalars(
            select(AuditEntry.act).where(
                AuditEntry.document == label.DOCUMENT, AuditEntry.user_id.is_not(None)
            )
        ).all()
    assert acts == ["Design made", *["Design changed"] * 4]


def test_a_fault_stands_at_its_field_and_what_was_typed_stays(
    client: FlaskClient, clerk: dict[str, str]
) -> None:
    own = f"/label-designs/{made(client, clerk)}"
    typed = {"x": "95", "y": "1", "width": "60", "height": "8", "field": "lot", "lines": "1"}
    sent = client.post(f"{own}/elements/0", data=typed, headers=clerk)
    assert sent.status_code == 422
    assert "超出标签 55 毫米" in sent.text
    assert 'value="95"' in sent.text
    stock = {"kind": "roll", "page_width": "90", "page_height": "70", "label_width": "90"}
    sent = client.post(f"{own}/stock", data=stock | {"label_height": "70", "dots": "8"}, headers=clerk)
    assert sent.status_code == 422
    assert "第 9 个元素（条码或二维码）" in sent.text


def test_the_preview_shows_what_is_typed_and_keeps_nothing(
    client: FlaskClient, clerk: dict[str, str]
) -> None:
    key = made(client, clerk)
    typed = {"x": "3", "y": "1", "width": "60", "height": "8", "literal": "新茶上市", "lines": "1"}
    url = f"/label-designs/{key}/preview?kind=text&place=0"
    shown = client.post(url, data=typed, headers=clerk).text
    assert "新茶上市" in shown
    assert "stroke-dasharray" in shown
    assert "超出" in client.post(url, data=typed | {"x": "99"}, headers=clerk).text
    assert "新茶上市" not in client.get(f"/label-designs/{key}", headers=clerk).text
    for wrong in (
        f"/label-designs/{key}/preview?kind=cat",
        f"/label-designs/{key}/preview?kind=text&place=77",
    ):
        assert client.post(wrong, data=typed, headers=clerk).status_code == 404


@pytest.mark.parametrize("kind", ["text", "facts", "line", "box", "symbol"])
def test_there_is_a_form_for_every_kind_of_element(
    client: FlaskClient, clerk: dict[str, str], kind: str
) -> None:
    key = made(client, clerk)
    for language in ("zh", "en"):
        page = client.get(
            f"/label-designs/{key}/elements/new?kind={kind}", headers=clerk | {"Accept-Language": language}
        )
        assert page.status_code == 200
    assert client.get(f"/label-designs/{key}/elements/new?kind=cat", headers=clerk).status_code == 404
    assert client.get(f"/label-designs/{key}/elements/40", headers=clerk).status_code == 404
    assert client.post(f"/label-designs/{key}/elements/40/drop", headers=clerk).status_code in {303, 404}


def test_a_saved_design_is_loaded_again(
    client: FlaskClient, clerk: dict[str, str], stranger: dict[str, str]
) -> None:
    key = made(client, clerk)
    saved = client.get(f"/label-designs/{key}.json", headers=clerk)
    sent = client.post("/label-designs/load", data={"document": saved.text}, headers=stranger)
    assert sent.status_code == 303
    for wrong in ("{", "[]", "null", '"text"', "{}", "[" * 5_000):
        assert (
            client.post("/label-designs/load", data={"document": wrong}, headers=stranger).status_code == 422
        )


def test_a_preview_says_what_an_own_batch_says(
    client: FlaskClient, db: Database, farm: Farm, clerk: dict[str, str], stranger: dict[str, str]
) -> None:
    batch, key = batch_of(db, farm), house(db)
    assert batch.number in client.get(f"/label-designs/{key}?batch={batch.number}", headers=clerk).text
    other = client.get(f"/label-designs/{key}?batch={batch.number}", headers=stranger)
    assert other.status_code == 404


def test_a_calibration_page_is_as_large_as_the_stock(
    client: FlaskClient, db: Database, clerk: dict[str, str]
) -> None:
    assert client.get(f"/label-designs/{house(db)}/calibration.pdf", headers=clerk).data[:5] == b"%PDF-"
    assert client.get(f"/label-designs/{house(db)}/calibration.zpl", headers=clerk).status_code == 409
    sent = client.get(f"/label-designs/{house(db, 'roll-50x30')}/calibration.zpl", headers=clerk)
    ((image, _),) = pictures.of_zpl(sent.text)
    assert image.size == (600, 360)


def test_a_form_sent_after_somebody_else_changed_the_design_does_nothing(
    client: FlaskClient, farm: Farm, clerk: dict[str, str], sign_in: SignIn
) -> None:
    own = f"/label-designs/{made(client, clerk)}"
    page = client.get(f"{own}/name", headers=clerk).text
    seen = page.split('name="_seen" value="')[1].split('"')[0]
    colleague = sign_in("coop_manager", farm.coop)
    assert client.post(f"{own}/name", data={"name": "同事"}, headers=colleague).status_code == 303
    sent = client.post(f"{own}/name", data={"name": "我的", "_seen": seen}, headers=clerk)
    assert sent.status_code == 409


def test_the_list_takes_as_many_statements_for_one_as_for_twenty(
    db: Database, farm: Farm, statements: Statements
) -> None:
    def asked() -> int:
        before = len(statements)
        with db.reading() as session:
            assert designs.page(session, farm.clerk, DesignFilter()).rows
        return len(statements) - before

    first = asked()
    with db.unit_of_work(farm.clerk) as uow:
        for number in range(20):
            label.add(uow, PutDesign(str(number), shipped()[0].stock, ()))
    assert asked() == first == 2


def test_shipped_designs_are_put_in_once_and_stay_as_they_were_changed(db: Database) -> None:
    before = count(db, None)
    with db.unit_of_work(SYSTEM) as uow:
        label.name(uow, house(db), NameDesign("改过"))
        label.install(uow, shipped())
    assert count(db, None) == before == len(shipped())
    with db.reading() as session:
        assert designs.one(session, SYSTEM, house(db)).name == "改过"


def test_services_refuse_what_is_not_ones_own(db: Database, farm: Farm) -> None:
    other: Actor = actor_of(farm.coop)
    key = house(db)
    with db.unit_of_work(other) as uow:
        for act in (
            lambda: label.remove(uow, key),
            lambda: label.change_stock(uow, key, shipped()[0].stock),
            lambda: label.drop_element(uow, key, 0),
            lambda: label.name(uow, key, NameDesign("x")),
        ):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(Invalid):
            label.add(uow, PutDesign("x", shipped()[0].stock, shipped()[4].elements))


def test_two_of_one_name_at_once_are_one(db: Database, farm: Farm) -> None:
    def twins() -> None:
        with db.unit_of_work(farm.clerk) as uow:
            document = label.add(uow, PutDesign("甲", shipped()[0].stock, ())).document
            twin = {"name": "甲", "document": document, "changed_at": uow.now, "changed_by": "x"}
            uow.session.add(LabelDesign(owner_id=farm.coop.id, **twin))

    with pytest.raises(Conflict):
        twins()
