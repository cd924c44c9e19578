"""The consumer page against a bare route that answers as many bytes, both by the server of production."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, cycle, islice

from sqlalchemy import select

from supplychain.app import Runtime
from supplychain.bench.measure import Measure, Size, measure, turns
from supplychain.bench.phones import ask, request, serving
from supplychain.kernel.permissions import SYSTEM
from traceability.models.batch import Batch
from traceability.rules.batch import BatchState
from traceability.services import code

BATCHES = 20
CODES = 1_000
"""So many codes of so many batches, beside the one that everybody scans."""
MANY = 10
"""So many visitors come first to the one code: after them the page says that they are many, and stays so."""
_STRIDE = 617
"""Leads through all codes, from one batch to another."""

Requests = Iterator[bytes]


def measures(runtime: Runtime, size: Size) -> Iterator[Measure]:
    """Compare the consumer page with a bare route; whoever asks shares the cores with who answers."""
    hot, *many = _paths(runtime, 1 + 2 * CODES)
    new, known = many[:CODES], many[CODES:]
    numbers = count()
    with serving("bare", runtime) as bare, serving("suite", runtime) as suite:
        ask(suite, islice(_strangers([hot], numbers), MANY))
        asked: dict[str, tuple[int, Requests]] = {
            "one code, a new visitor each time": (200, _strangers([hot], numbers)),
            "one code, the same visitor again": (200, cycle([request(hot, "User-Agent: phone")])),
            "one code, again with its validator: 304": (304, _again(suite, [hot])),
            "one code, prefetched: nothing written": (200, cycle([request(hot, "Sec-Purpose: prefetch")])),
            f"{CODES:,} codes, a new visitor each time": (200, _strangers(new, numbers)),
            f"{CODES:,} codes, again with their validators: 304": (304, _again(suite, known)),
        }
        floor, *found = turns(
            [
                _act(bare, 200, cycle([request(hot)]), size),
                *(_act(suite, status, requests, size) for status, requests in asked.values()),
            ]
        )
    for what, ours in zip(asked, found, strict=True):
        yield measure(f"consumer page, {what}", "requests", size.requests, ours, "bare Flask route", floor)


def _act(port: int, status: int, requests: Requests, size: Size) -> Callable[[], object]:
    return lambda: ask(port, islice(requests, size.requests), status)


def _strangers(paths: Sequence[str], numbers: Iterator[int]) -> Requests:
    """Yield looks of somebody else each time, at one code after the other."""
    for path, number in zip(cycle(paths), numbers, strict=False):
        yield request(path, f"User-Agent: phone {number}")


def _again(port: int, paths: Sequence[str]) -> Requests:
    """Look at each code; return looks of the same visitor, who has these pages."""
    asked = [request(path, "User-Agent: phone") for path in paths]
    ask(port, asked)
    marks = [ask(port, [one])[0] for one in asked]
    return cycle(
        [
            request(path, "User-Agent: phone", f"If-None-Match: {_mark(head)}")
            for path, head in zip(paths, marks, strict=True)
        ]
    )


def _mark(head: bytes) -> str:
    return head.decode().split("ETag: ")[1].split("\r\n")[0]


def _paths(runtime: Runtime, number: int) -> list[str]:
    """Make and activate codes of several batches; return where they lead, from one batch to another."""
    with runtime.database.unit_of_work(SYSTEM) as uow:
        released = select(Batch).where(Batch.state == BatchState.RELEASED).order_by(Batch.id).limit(BATCHES)
        batches = uow.session.scalars(released).all()
        serials = {}
        for batch in batches:
            made = code.make(uow, batch.id, number // len(batches) + 1)
            code.activate(uow, batch.id, made)
            serials[batch.id] = made
        found = [
            f"/01/{batch.gtin}/10/{batch.number}/21/{serial}"
            for batch in batches
            for serial in serials[batch.id]
        ]
    return [found[at * _STRIDE % len(found)] for at in range(number)]
