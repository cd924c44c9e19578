"""The consumer page: what a code names, what is wrong with it, its story; one look counted.

Which page an address means is `resolver`'s business.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import Response, current_app, request
from jinja2 import Environment
from markupsafe import Markup

from supplychain.kernel import clock, i18n
from supplychain.kernel.permissions import NOBODY
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.endpoint import Web
from traceability.public import frame
from traceability.queries import consumer
from traceability.queries import recall as recalls
from traceability.queries.consumer import Story
from traceability.queries.look import Found
from traceability.queries.scan import UNSEEN, Looks
from traceability.rules.code import ScanKind, visitor_of
from traceability.rules.look import TONES, VERDICTS, Sighting, Tone, Verdict, verdict_of
from traceability.services import scan
from traceability.services.scan import Look


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


def show(found: Found, *, has_lot: bool, has_serial: bool) -> Response:
    """Show what a code names and count the look."""
    said = _counted(found, has_lot=has_lot, has_serial=has_serial)
    web = endpoint.web()
    body = web.kept.piece(_body_key(found), partial(_drawn, found, clock.today()))
    return frame.answer(kept_page(web, current_app.jinja_env, request.path, found, said, body))


def kept_body(web: Web, found: Found) -> Markup | None:
    """Return what the page says whoever looks and however often, if it was told lately."""
    return web.kept.get(_body_key(found))


def kept_page(
    web: Web, jinja: Environment, path: str, found: Found, said: Seen | None, body: Markup
) -> Markup:
    """Return the whole page; the same page twice is written once."""
    key = ("trace.page", path, i18n.locale(), said, body)
    return web.kept.piece(key, partial(_page, jinja, path, found, said, body))


def _page(jinja: Environment, path: str, found: Found, said: Seen | None, body: Markup) -> Markup:
    page = frame.rendered(jinja, path, "traceability/consumer.html", found=found, seen=said, body=body)
    return Markup(page)  # noqa: S704 - the template escapes


def _body_key(found: Found) -> tuple[Hashable, ...]:
    return ("trace.body", found.gtin, found.lot, found.stamp, clock.today(), i18n.locale())


def _drawn(found: Found, today: date) -> Markup:
    if found.lot is None:
        return _rendered(goods=consumer.goods(endpoint.session(), found.gtin), story=None)
    batch_id = found.lot.id
    goods, story = consumer.of_batch(endpoint.session(), batch_id)
    return _rendered(
        goods=goods,
        story=story,
        recall=recalls.of_batch(endpoint.session(), batch_id) if found.lot.is_recalled else None,
        origins=consumer.origins(endpoint.session(), batch_id),
        drawn=Drawn.of(story, today),
        legs=consumer.legs(endpoint.session(), batch_id),
        chapters=_chapters(found),
        papers=consumer.papers(endpoint.session(), batch_id),
    )


def _rendered(**rows: Any) -> Markup:
    template = current_app.jinja_env.get_template("traceability/consumer_body.html")
    return Markup(template.render(locale=i18n.locale(), **rows))  # noqa: S704 - the template escapes


def _counted(found: Found, *, has_lot: bool, has_serial: bool) -> Seen | None:
    """Count the look and return what it comes to; None for the page of a product."""
    lot, code = found.lot, found.code
    if lot is None:
        if not has_lot and not has_serial:
            return None
        return _said(Verdict.NOT_ISSUED if has_serial else Verdict.UNKNOWN_BATCH, UNSEEN)
    return seen(found, count(lot.id, code.id if code else None) or found.looks, has_serial=has_serial)


def seen(found: Found, looks: Looks, *, has_serial: bool) -> Seen:
    """Return what a look at a known batch comes to."""
    lot, code = found.lot, found.code
    if lot is None:
        return _said(Verdict.UNKNOWN_BATCH, UNSEEN)
    sighting = Sighting(
        lot.state,
        lot.is_held,
        lot.best_before_on < clock.today(),
        has_serial,
        code.state if code else None,
        looks.count,
        lot.is_on_road,
        lot.is_recalled,
    )
    return _said(verdict_of(sighting), looks)


def _said(verdict: Verdict, looks: Looks) -> Seen:
    finding, advice = VERDICTS[verdict]
    return Seen(verdict, TONES[verdict], finding, advice, looks.count, looks.first_at)


def count(batch_id: int, code_id: int | None) -> Looks | None:
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
