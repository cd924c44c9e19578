"""The page that anyone gets who scans a code: no sign-in, no script, one look counted.

A GS1 Digital Link is the address. Staff pages and the API live elsewhere.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request
from markupsafe import Markup

from supplychain.base.gs1 import link
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel import clock, i18n
from supplychain.kernel.i18n import DEFAULT_LOCALE
from supplychain.kernel.permissions import NOBODY
from supplychain.kernel.web import endpoint
from traceability.queries import consumer
from traceability.queries import look as looking
from traceability.queries.consumer import Story
from traceability.queries.look import Found
from traceability.queries.scan import UNSEEN, Looks
from traceability.rules.certificate import CERTIFICATE_KINDS
from traceability.rules.code import ScanKind, visitor_of
from traceability.rules.look import TONES, VERDICTS, Sighting, Tone, Verdict, verdict_of
from traceability.services import scan
from traceability.services.scan import Look

bp = Blueprint("trace", __name__, template_folder="templates")

_STYLE = (Path(__file__).parent / "templates" / "traceability" / "consumer.css").read_text("utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LANGUAGES = {"zh": DEFAULT_LOCALE, DEFAULT_LOCALE: DEFAULT_LOCALE, "en": "en"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the strip at the top says: the finding, how often the code was seen, when first."""

    verdict: Verdict
    tone: Tone
    finding: str
    advice: str
    looks: int
    first_at: Any


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the two small pictures need: days of freshness, and where the base lies on the slope."""

    life_days: int
    used_days: int
    left_days: int
    fresh_percent: int
    spot_x: int
    spot_y: int
    label_x: int
    label_y: int
    label_anchor: str

    @classmethod
    def of(cls, story: Story, today: date) -> Drawn:
        """Return the measures; the slope runs from the sea to 1600 m, higher than any base in Datian."""
        life = (story.best_before_on - story.harvested_on).days
        used = min(max((today - story.harvested_on).days, 0), life)
        height = min(max(story.altitude_m or 0, 100), 1540)
        x, y = 8 + 284 * height // 1600, 80 - 72 * height // 1600
        is_high = height > 300
        return cls(
            life,
            used,
            (story.best_before_on - today).days,
            100 * (life - used) // max(life, 1),
            x,
            y,
            x - 10 if is_high else x + 12,
            y - 8 if is_high else y - 4,
            "end" if is_high else "start",
        )


@bp.get("/01/<path:rest>")
def look(rest: str) -> Response:
    """Show what a code names and count the look."""
    with i18n.using(_language()):
        try:
            gtin, lot, serial = _key(request.path)
        except Gs1Error:
            return _answer("traceability/consumer_problem.html", 400, is_known=False)
        with endpoint.web().database.glance() as connection:
            found = looking.find(connection, gtin, lot, serial)
        if found is None:
            return _answer("traceability/consumer_problem.html", 404, is_known=True)
        seen = _seen(found, has_lot=lot is not None, has_serial=serial is not None)
        return _answer("traceability/consumer.html", 200, found=found, seen=seen, body=_body(found))


def _body(found: Found) -> Markup:
    """Return what the page says whoever looks and however often."""
    today = clock.today()
    key = ("trace.body", found.gtin, found.lot, found.stamp, today, i18n.locale())
    return endpoint.web().kept.piece(key, partial(_drawn, found, today))


def _drawn(found: Found, today: date) -> Markup:
    if found.lot is None:
        return _rendered(goods=consumer.goods(endpoint.session(), found.gtin), story=None)
    batch_id = found.lot.id
    goods, story = consumer.of_batch(endpoint.session(), batch_id)
    return _rendered(
        goods=goods,
        story=story,
        drawn=Drawn.of(story, today),
        legs=consumer.legs(endpoint.session(), batch_id),
        chapters=_chapters(found),
        papers=consumer.papers(endpoint.session(), batch_id),
        kinds=CERTIFICATE_KINDS,
    )


def _rendered(**rows: Any) -> Markup:
    template = current_app.jinja_env.get_template("traceability/consumer_body.html")
    return Markup(template.render(locale=i18n.locale(), **rows))  # noqa: S704 - the template escapes


def _key(path: str) -> tuple[str, str | None, str | None]:
    """Return GTIN, lot and serial of a Digital Link; Gs1Error for a wrong check digit or order."""
    found = link.parse(quote(path), clock.today())
    if found.key[0] != "01":
        raise Gs1Error("no-key", path)
    return found.key[1], found.get("10"), found.get("21")


def _seen(found: Found, *, has_lot: bool, has_serial: bool) -> Seen | None:
    """Count the look and return what it comes to; None for the page of a product."""
    lot, code = found.lot, found.code
    if lot is None:
        if not has_lot and not has_serial:
            return None
        return _said(Verdict.NOT_ISSUED if has_serial else Verdict.UNKNOWN_BATCH, UNSEEN)
    looks = _count(lot.id, code.id if code else None) or found.looks
    sighting = Sighting(
        lot.state,
        lot.is_held,
        lot.best_before_on < clock.today(),
        has_serial,
        code.state if code else None,
        looks.count,
    )
    return _said(verdict_of(sighting), looks)


def _said(verdict: Verdict, looks: Looks) -> Seen:
    finding, advice = VERDICTS[verdict]
    return Seen(verdict, TONES[verdict], finding, advice, looks.count, looks.first_at)


def _count(batch_id: int, code_id: int | None) -> Looks | None:
    """Count this look; return the new total if it is a consumer's first of the day."""
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return None
    kind = ScanKind.CONSUMER if endpoint.identity() is None else ScanKind.STAFF
    visitor = visitor_of(
        str(current_app.secret_key), clock.today(), request.remote_addr or "", request.user_agent.string
    )
    with endpoint.unit_of_work(durable=False) as uow:
        return scan.count(uow, Look(batch_id, code_id, kind, visitor))


def _chapters(found: Found) -> list[tuple[str, Any]]:
    """Return the templates and rows that other addons add; the same for everybody."""
    subject = found.scanned
    if subject is None:
        return []
    told = [
        (panel.template, panel.rows(endpoint.session(), NOBODY, subject))
        for panel in endpoint.suite().panels("trace.chapters", NOBODY)
    ]
    return [(template, rows) for template, rows in told if rows is not None]


def _language() -> str:
    chosen = _LANGUAGES.get(request.args.get("lang", ""))
    if chosen is not None:
        return chosen
    return "en" if request.accept_languages.best_match(["zh", "en"]) == "en" else DEFAULT_LOCALE


def _answer(template: str, status: int, **rows: Any) -> Response:
    """Return the page with a validator: whoever has this very page gets 304."""
    page = current_app.jinja_env.get_template(template).render(
        style=Markup(_STYLE),  # noqa: S704 - our own file
        locale=i18n.locale(),
        here=request.path,
        **rows,
    )
    response = Response(page, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Language"] = "en" if i18n.locale() == "en" else "zh-CN"
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-cache"
    if status == 200:
        response.set_etag(sha256(response.data).hexdigest()[:32])
        if request.if_none_match:
            response.make_conditional(request)
    return response
