"""Forms and document pages: nothing typed is lost, sent twice acts once, a button says why it cannot."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import form_token
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.make.orchard import form_of, make_app, make_user, picked, signed_in, tokens

FORM = "/orchard/pick"


@pytest.fixture
def app(suite: Suite, db: Database, tmp_path: Path) -> Flask:
    return make_app(suite, db, tmp_path)


@pytest.fixture
def clerk(app: Flask, db: Database) -> FlaskClient:
    return signed_in(app, db, make_user(db))


def test_a_form_opens_with_what_was_used_last(clerk: FlaskClient) -> None:
    page = clerk.get(FORM).text
    assert re.search(r'name="grams"[^>]*inputmode="decimal"[^>]*value="12.5"', page)
    assert re.search(r'name="is_ripe" value="true" checked', page)
    assert 'type="datetime-local"' in page


def test_an_address_may_fill_a_form_in(clerk: FlaskClient) -> None:
    assert 'value="cherry"' in clerk.get(f"{FORM}?name=cherry").text


def test_a_wrong_field_is_named_and_nothing_typed_is_lost(clerk: FlaskClient, uow: UnitOfWork) -> None:
    typed = form_of(clerk, FORM) | {"name": "apple", "grams": "a lot", "at": "2026-11-20T08:30"}
    answer = clerk.post(FORM, data=typed)
    assert answer.status_code == 422
    assert "Not a number." in answer.text
    for kept in ("apple", "a lot", "2026-11-20T08:30"):
        assert f'value="{kept}"' in answer.text
    assert picked(uow) == 0


def test_what_the_trade_refuses_is_said_above_the_form(clerk: FlaskClient) -> None:
    answer = clerk.post(FORM, data=form_of(clerk, FORM) | {"name": "rotten", "grams": "1"})
    assert answer.status_code == 409
    assert "Rotten fruit stays on the ground." in answer.text
    assert 'value="rotten"' in answer.text


def test_the_same_form_sent_twice_acts_once(clerk: FlaskClient, uow: UnitOfWork) -> None:
    typed = form_of(clerk, FORM) | {"name": "apple", "grams": "1"}
    first, second = clerk.post(FORM, data=typed), clerk.post(FORM, data=typed)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location == "/orchard/tree?picked=apple"
    assert picked(uow) == 1


def test_two_forms_with_the_same_values_are_two_acts(clerk: FlaskClient, uow: UnitOfWork) -> None:
    for _ in range(2):
        clerk.post(FORM, data=form_of(clerk, FORM) | {"name": "apple", "grams": "1"})
    assert picked(uow) == 2


def test_a_form_that_was_refused_may_be_sent_again(clerk: FlaskClient, uow: UnitOfWork) -> None:
    tokens = form_of(clerk, FORM)
    assert clerk.post(FORM, data=tokens | {"name": "rotten", "grams": "1"}).status_code == 409
    assert clerk.post(FORM, data=tokens | {"name": "apple", "grams": "1"}).status_code == 303
    assert picked(uow) == 1


def test_a_form_that_races_its_twin_acts_once(suite: Suite, real_db: Database, tmp_path: Path) -> None:
    app = make_app(suite, real_db, tmp_path)
    browsers = [signed_in(app, real_db, user) for user in [make_user(real_db, "racer")] * 4]
    typed = form_of(browsers[0], FORM) | {"name": "apple", "grams": "1"}
    cookie = browsers[0].get_cookie("session")
    assert cookie is not None
    start, locations = Barrier(len(browsers)), []

    def send(browser: FlaskClient) -> None:
        browser.set_cookie("session", cookie.value)
        start.wait()
        locations.append(browser.post(FORM, data=typed).location)

    threads = [Thread(target=send, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert locations == ["/orchard/tree?picked=apple"] * 4
    with real_db.unit_of_work(SYSTEM) as uow:
        assert picked(uow) == 1


def test_used_forms_are_forgotten_in_the_end(clerk: FlaskClient, uow: UnitOfWork) -> None:
    clerk.post(FORM, data=form_of(clerk, FORM) | {"name": "apple", "grams": "1"})
    assert form_token.forget(uow, uow.now) == 0
    assert form_token.forget(uow, uow.now + timedelta(seconds=1)) == 1


def test_a_box_can_be_unticked(clerk: FlaskClient, uow: UnitOfWork) -> None:
    clerk.post(FORM, data=form_of(clerk, FORM) | {"name": "plum", "grams": "1", "is_ripe": "false"})
    (detail,) = uow.session.scalars(select(AuditEntry.detail).where(AuditEntry.document == "orchard.tree"))
    assert detail["is_ripe"] is False
    page = clerk.get(FORM).text
    box, hidden = page.index('name="is_ripe" value="true"'), page.index('name="is_ripe" value="false"')
    assert box < hidden, "the first of two values counts: the box must stand before its fallback"


def test_a_line_is_added_without_a_script(clerk: FlaskClient, uow: UnitOfWork) -> None:
    typed = form_of(clerk, FORM) | {"name": "apple", "baskets.0.variety": "red", "_add": "baskets"}
    once = clerk.post(FORM, data=typed).text
    assert 'name="baskets.1.boxes"' in once
    assert '<option value="red" selected>' in once
    twice = clerk.post(FORM, data=typed | {"baskets.1.variety": ""}).text
    assert 'name="baskets.2.boxes"' in twice
    assert picked(uow) == 0


def test_empty_lines_are_dropped_and_errors_stay_at_their_line(clerk: FlaskClient) -> None:
    lines = {"baskets.0.variety": "", "baskets.1.variety": "red", "baskets.1.boxes": "none"}
    answer = clerk.post(FORM, data=form_of(clerk, FORM) | {"name": "a", "grams": "1"} | lines)
    assert answer.status_code == 422
    assert 'name="baskets.1.boxes"' not in answer.text
    line = answer.text[answer.text.index('name="baskets.0.boxes"') :]
    assert line.index('value="none"') < line.index("Not a whole number.") < line.index("</tr>")


def test_enter_sends_the_form_instead_of_adding_a_line(clerk: FlaskClient) -> None:
    page = clerk.get(FORM).text
    first = re.search(r'<form[^>]*data-guard.*?<button([^>]*type="submit"[^>]*)>', page, re.DOTALL)
    assert first
    assert "_add" not in first[1]


def test_what_was_typed_is_never_markup(clerk: FlaskClient) -> None:
    typed = form_of(clerk, FORM) | {"name": '"><script>alert(1)</script>', "grams": "1"}
    assert "<script>alert" not in clerk.post(FORM, data=typed).text


def test_a_document_shows_its_facts_and_the_acts_of_this_reader(clerk: FlaskClient) -> None:
    page = clerk.get("/orchard/tree").text
    assert "1,234.5" in page
    assert "Pick one" in page
    assert re.search(r"<button[^>]*disabled>Fell</button><small[^>]*>It still bears fruit\.", page)
    assert "Sell" not in page


def test_a_button_acts_and_tells_how_it_went(clerk: FlaskClient, uow: UnitOfWork) -> None:
    csrf = {"csrf_token": form_of(clerk, FORM)["csrf_token"]}
    assert clerk.post("/orchard/tree/apple", data=csrf).location == "/orchard/tree"
    page = clerk.get("/orchard/tree").text
    assert "notice-done" in page
    assert "Picked apple" in page, "the timeline tells it too"
    clerk.post("/orchard/tree/rotten", data=csrf)
    assert "Rotten fruit stays on the ground." in clerk.get("/orchard/tree").text
    assert picked(uow) == 1


@pytest.fixture
def colleague(app: Flask, db: Database) -> FlaskClient:
    """Somebody else who may pick."""
    return signed_in(app, db, make_user(db, "colleague"))


def test_a_form_is_stale_when_somebody_else_acted_and_may_be_sent_again_as_it_stands(
    clerk: FlaskClient, colleague: FlaskClient, uow: UnitOfWork
) -> None:
    opened = form_of(clerk, FORM) | {"name": "apple", "grams": "7"}
    colleague.post(FORM, data=form_of(colleague, FORM) | {"name": "plum", "grams": "1"})
    refused = clerk.post(FORM, data=opened)
    assert refused.status_code == 409
    assert "Someone else has changed this meanwhile." in refused.text
    assert 'value="7"' in refused.text
    assert picked(uow) == 1
    assert clerk.post(FORM, data=tokens(refused.text) | {"name": "apple", "grams": "7"}).status_code == 303
    assert picked(uow) == 2


def test_a_button_is_stale_when_somebody_else_acted_and_never_through_ones_own_acts(
    clerk: FlaskClient, colleague: FlaskClient, uow: UnitOfWork
) -> None:
    shown = form_of(clerk, "/orchard/tree")
    for _ in range(2):
        clerk.post("/orchard/tree/pick", data=shown)
    assert picked(uow) == 2
    colleague.post("/orchard/tree/pick", data=form_of(colleague, "/orchard/tree"))
    led = clerk.post("/orchard/tree/pick", data=shown, follow_redirects=True)
    assert "Someone else has changed this meanwhile." in led.text
    assert picked(uow) == 3


def test_who_may_not_pick_sees_no_form(app: Flask, db: Database) -> None:
    officer = signed_in(app, db, make_user(db, "wang", "officer"))
    assert officer.get(FORM).status_code == 403
