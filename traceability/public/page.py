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
from markupsafe import Markup

from supplychain.kernel import clock, i18n
from supplychain.kernel.permissions import NOBODY
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.endpoint import Web
from traceability.public import frame, recorder
from traceability.public.recorder import Recorder
from traceability.public.whole import Page, Seen, said
from traceability.queries import consumer
from traceability.queries import recall as recalls
from traceability.queries.consumer import Story
from traceability.queries.look import Found
from traceability.queries.scan import UNSEEN, Looks
from traceability.rules.code import ScanKind, visitor_of
from traceability.rules.look import Sighting, Verdict, verdict_of
from traceability.services.scan import Look


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
    finding = _counted(found, has_lot=has_lot, has_serial=has_serial)
    web = endpoint.web()
    body = web.kept.piece(_body_key(found), partial(_drawn, found, clock.today()))
    page = Page(request.path, found, finding, body)
    return frame.answer_marked(page.mark(), partial(page.written, web.kept, current_app.jinja_env))


def kept_body(web: Web, found: Found) -> Markup | None:
    """Return what the page says whoever looks and however often, if it was told lately."""
    found_body: Markup | None = web.kept.get(_body_key(found))
    return found_body


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
    if found.lot is None:
        if not has_lot and not has_serial:
            return None
        return said(Verdict.NOT_ISSUED if has_serial else Verdict.UNKNOWN_BATCH, UNSEEN)
    return seen(found, count(found), has_serial=has_serial)


def seen(found: Found, looks: Looks, *, has_serial: bool) -> Seen:
    """Return what a look at a known batch comes to."""
    lot, code = found.lot, found.code
    if lot is None:
        return said(Verdict.UNKNOWN_BATCH, UNSEEN)
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
    return said(verdict_of(sighting), looks)


def visitor() -> str:
    """Return who looks, as a name for today."""
    secret, address = str(current_app.secret_key), request.remote_addr or ""
    return visitor_of(secret, clock.today(), address, request.user_agent.string)


def count(found: Found) -> Looks:
    """Count this look at a batch or an item, unless nobody reads it; return what consumers' looks come to."""
    if request.method == "HEAD" or not is_read(request.headers.get("Sec-Purpose", "")):
        return found.looks
    kind = ScanKind.CONSUMER if endpoint.identity() is None else ScanKind.STAFF
    endpoint.close_session()
    return counted(recorder.of(current_app), found, kind, visitor())


def is_read(purpose: str) -> bool:
    """Tell whether somebody reads what is asked for; a browser that prefetches says its purpose."""
    return "prefetch" not in purpose


def counted(records: Recorder, found: Found, kind: ScanKind, who: str) -> Looks:
    """Count a look at a batch or an item that was found for this visitor; return the consumers' looks.

    What the database told of them was read before; whoever is not on record yet is added.
    """
    if found.lot is None:
        return found.looks
    look = Look(found.lot.id, found.code.id if found.code else None, kind, who)
    is_new = kind is ScanKind.CONSUMER and not found.is_counted
    beyond = records.count(look, is_new=is_new)
    return Looks(found.looks.count + beyond.count, found.looks.first_at or beyond.first_at)


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
