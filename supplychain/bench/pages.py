"""The consumer page against a bare route that answers as many bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from flask import Flask
from sqlalchemy import select
from werkzeug.test import EnvironBuilder

from supplychain.app import Runtime, create_app
from supplychain.bench.measure import Measure, Size, measure, repeat, turns
from traceability.models.batch import Batch
from traceability.models.code import Code


def measures(runtime: Runtime, size: Size) -> Iterator[Measure]:
    """Compare the consumer page with a bare route that answers as many bytes."""
    app = create_app(runtime)
    path = _consumer_path(runtime)
    phone = {"User-Agent": "bench", "Accept-Language": "zh-CN"}
    page = _ask(app, path, phone)
    bare = Flask("bare")
    bare.add_url_rule(path, "bare", lambda: page)
    visitors = (phone | {"User-Agent": f"phone {number}"} for number in count())
    acts: dict[str, Callable[[], object]] = {
        "consumer page, a new visitor each time": lambda: _ask(app, path, next(visitors)),
        "consumer page, the same visitor again": partial(_ask, app, path, phone),
        "consumer page, prefetched: nothing written": partial(
            _ask, app, path, phone | {"Sec-Purpose": "prefetch"}
        ),
    }
    done: list[Callable[[], object]] = [partial(_ask, bare, path, phone), *acts.values()]
    floor, *found = turns([partial(repeat, act, size.requests) for act in done])
    for what, ours in zip(acts, found, strict=True):
        yield measure(what, "requests", size.requests, ours, "bare Flask route", floor)


def _ask(app: Flask, path: str, headers: dict[str, str]) -> bytes:
    """Call the application as a server does; return the body."""

    def start(_status: str, _sent: object, _error: object = None) -> Callable[[bytes], object]:
        return lambda _: None

    body = app.wsgi_app(EnvironBuilder(path=path, headers=list(headers.items())).get_environ(), start)
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return content


def _consumer_path(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        gtin, number, serial = session.execute(
            select(Code.gtin, Batch.number, Code.serial)
            .join(Batch, Batch.id == Code.batch_id)
            .order_by(Code.id)
            .limit(1)
        ).one()
    return f"/01/{gtin}/10/{number}/21/{serial}"
