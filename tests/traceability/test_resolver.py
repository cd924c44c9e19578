"""The resolver: what people, programs and staff get at the address of a code."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from supplychain.base.gs1 import keys, link
from supplychain.base.models.party import Site
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.base import make_party
from tests.make.traceability import Farm, make_batch, make_farm
from traceability.models.batch import Batch, Certificate
from traceability.models.code import Scan
from traceability.rules.code import ScanKind
from traceability.rules.ledger import Step
from traceability.services import code as codes
from traceability.services import ledger
from traceability.services.ledger import Happening

ANY = {"Accept": "*/*"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ALL = {"Accept": "application/linkset+json"}
VOC = "https://gs1.org/voc/"
HOST = "http://127.0.0.1:8000"


def arranged(db: Database) -> tuple[Farm, Batch, str]:
    """Make a released batch with one code that is activated."""
    with db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        batch = make_batch(uow, farm, released=True)
        serials = codes.make(uow, batch.id, 1)
        codes.activate(uow, batch.id, serials)
    return farm, batch, f"/01/{batch.gtin}/10/{batch.number}/21/{serials[0]}"


def links_of(answer: TestResponse) -> dict[str, list[dict[str, Any]]]:
    """Return the links of each type, of all levels together."""
    found: dict[str, list[dict[str, Any]]] = {}
    for level in answer.get_json(force=True)["linkset"]:
        for kind, targets in level.items():
            if isinstance(targets, list):
                found.setdefault(kind.removeprefix(VOC), []).extend(targets)
    return found


def test_a_browser_reads_the_page_where_a_program_is_led_to_it(client: FlaskClient, db: Database) -> None:
    _, _, path = arranged(db)
    assert client.get(path, headers=BROWSER).status_code == 200
    led = client.get(path + "?utm_source=shelf", headers=ANY)
    assert (led.status_code, led.headers["Location"]) == (307, f"{HOST}{path}?lang=zh&utm_source=shelf")
    assert client.get(led.headers["Location"].removeprefix(HOST), headers=ANY).status_code == 200


@pytest.mark.parametrize(
    "kind", ["gs1:pip", VOC + "pip", "https://ref.gs1.org/voc/pip", "https://www.gs1.org/voc/pip"]
)
def test_a_link_type_is_read_in_every_spelling(client: FlaskClient, db: Database, kind: str) -> None:
    _, batch, path = arranged(db)
    led = client.get(path, query_string={"linkType": kind}, headers=BROWSER)
    assert (led.status_code, led.headers["Location"]) == (307, f"{HOST}/01/{batch.gtin}?lang=zh")


def test_the_readers_language_chooses_among_the_pages(client: FlaskClient, db: Database) -> None:
    _, _, path = arranged(db)
    for kind in ("", "?linkType=gs1:defaultLink", "?linkType=gs1:traceability"):
        led = client.get(path + kind, headers=ANY | {"Accept-Language": "en-GB,en;q=0.9"})
        assert led.headers["Location"].endswith("?lang=en")


def test_a_type_of_which_there_is_nothing_is_not_found(client: FlaskClient, db: Database) -> None:
    _, _, path = arranged(db)
    for kind in ("gs1:recipeInfo", "nonsense", ""):
        assert client.get(path, query_string={"linkType": kind}).status_code == 404


@pytest.mark.parametrize(("query", "headers"), [("", ALL), ("?linkType=linkset", {}), ("?linkType=all", ANY)])
def test_all_links_of_every_level_are_told(
    client: FlaskClient, db: Database, query: str, headers: dict[str, str]
) -> None:
    _, batch, path = arranged(db)
    answer = client.get(path + query, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/linkset+json")
    anchors = [level["anchor"] for level in answer.get_json(force=True)["linkset"]]
    assert anchors == [HOST + path, f"{HOST}{path.split('/21/')[0]}", f"{HOST}/01/{batch.gtin}"]
    found = links_of(answer)
    assert [set(link) for link in found["defaultLink"]] == [{"href", "title"}]
    assert set(found) >= {"defaultLinkMulti", "pip", "traceability", "certificationInfo", "masterData"}
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["Link"]


def test_every_link_that_is_offered_leads_somewhere(client: FlaskClient, db: Database) -> None:
    _, _, path = arranged(db)
    for targets in links_of(client.get(path, headers=ALL)).values():
        for target in targets:
            address, _, fragment = target["href"].removeprefix(HOST).partition("#")
            page = client.get(address)
            assert page.status_code == 200
            assert page.mimetype == target.get("type", "text/html")
            assert f'id="{fragment}"' in page.text or not fragment


def test_several_papers_of_one_batch_are_a_choice(client: FlaskClient, db: Database) -> None:
    _, batch, path = arranged(db)
    papers = client.get(path + "?linkType=gs1:certificationInfo")
    with db.reading() as session:
        numbers = session.scalars(select(Certificate.number).where(Certificate.batch_id == batch.id)).all()
    assert papers.status_code == (300 if len(numbers) > 1 else 307)


def test_an_unknown_lot_or_serial_still_leads_to_its_product(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    for rest in ("/10/NOSUCH", "/21/NOSUCH", f"/10/{batch.number}/21/NOSUCH"):
        answer = client.get(f"/01/{batch.gtin}{rest}", headers=ALL)
        assert answer.status_code == 200
        assert links_of(answer)["pip"]
        assert client.get(f"/01/{batch.gtin}{rest}?linkType=gs1:pip").status_code == 307


def test_what_is_not_ours_is_not_found_and_what_is_wrong_is_refused(
    client: FlaskClient, db: Database
) -> None:
    _, batch, path = arranged(db)
    assert client.get("/01/06901234567892", headers=ALL).status_code == 404
    assert client.get(path + "/foo", headers=ANY).status_code == 400
    assert client.get(f"/01/{batch.gtin}/21/A/10/B", headers=ALL).status_code == 400
    assert client.get(path + "?17=991399").status_code == 400
    assert client.get(path + "/").status_code == 200


def test_a_compressed_link_answers_as_the_plain_one_and_names_it(client: FlaskClient, db: Database) -> None:
    _, _, path = arranged(db)
    short = link.compressed(link.parse(path, clock.today()), "")
    page = client.get(short, headers=BROWSER)
    assert page.status_code == 200
    assert f'<{HOST}{path}>; rel="http://www.w3.org/2002/07/owl#sameAs"' in page.headers["Link"]
    assert "owl#sameAs" not in client.get(path, headers=BROWSER).headers["Link"]
    assert client.get("/favicon.ico").status_code == 404


def test_any_page_may_ask_and_is_told_what_it_may_ask(client: FlaskClient, db: Database) -> None:
    _, _, path = arranged(db)
    options = client.options(path)
    assert options.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    for answer in (options, client.get(path), client.get(path, headers=ANY), client.head(path, headers=ANY)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert 'rel="linkset"; type="application/linkset+json"' in answer.headers["Link"]


def test_the_resolver_describes_itself(client: FlaskClient, db: Database) -> None:
    found = client.get("/.well-known/gs1resolver").get_json()
    assert found["resolverRoot"] == HOST
    assert "01" in found["supportedPrimaryKeys"]
    assert all(kind["prefix"].endswith(":") for kind in found["supportedLinkType"])


def test_a_place_and_a_party_are_told_without_people(client: FlaskClient, db: Database) -> None:
    farm, _, _ = arranged(db)
    gln = keys.make_gln("6901234", 56789)
    with db.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Site).where(Site.id == farm.base.id).values(gln=gln))
        person = make_party(uow, name="张桂香", uscc=None, gln=keys.make_gln("6901234", 56777))
        other = person.gln
    assert farm.base.name in client.get(f"/414/{gln}").text
    page = client.get(f"/417/{other}").text
    assert "张*" in page
    assert "张桂香" not in page
    assert client.get("/417/" + gln).status_code == 404
    assert client.get(f"/414/{gln}", headers=ALL).status_code == 200


def test_a_unit_is_told_as_far_as_the_ledger_knows_it(client: FlaskClient, db: Database) -> None:
    farm, batch, _ = arranged(db)
    sscc = keys.make_sscc("6901234", 1)
    with db.unit_of_work(SYSTEM) as uow:
        packed = Happening(Step.PACK, None, farm.base.id, ((batch.id, 15_000, 1),), parent_sscc=sscc)
        ledger.record_many(uow, [packed])
    page = client.get(f"/00/{sscc}")
    assert (page.status_code, "已包装" in page.text or "装箱" in page.text) == (200, True)
    assert client.get("/00/" + keys.make_sscc("6901234", 2)).status_code == 404
    assert client.get("/00/369012345000000012").status_code in {400, 404}


def test_a_clerk_is_led_to_the_batch_and_may_still_see_what_consumers_see(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm, batch, path = arranged(db)
    clerk = sign_in("coop_clerk", farm.coop)
    led = client.get(path, headers=clerk | BROWSER)
    assert (led.status_code, led.headers["Location"]) == (303, f"/batches/{batch.number}")
    assert client.get(path + "?lang=zh", headers=clerk).status_code == 200
    with db.reading() as session:
        assert session.scalars(select(Scan.kind)).all() == [ScanKind.STAFF]


def test_somebody_who_has_no_sheet_reads_the_page(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    _, _, path = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        stranger = make_party(uow)
    assert client.get(path, headers=sign_in("buyer", stranger)).status_code == 200
