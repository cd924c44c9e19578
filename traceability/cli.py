"""Commands of traceability for integrators: `supplychain trace …`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select

from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.errors import DomainError
from supplychain.kernel.loader import Running
from supplychain.kernel.permissions import SYSTEM
from traceability.models.ledger import Entry
from traceability.papers import code_file
from traceability.queries import batch as batches
from traceability.queries import code_run as code_runs
from traceability.queries import proof
from traceability.queries import recall as recalls
from traceability.rules.event_hash import event_hash, namespaces_of
from traceability.services import check, code_run
from traceability.services import recall as recalling
from traceability.services import seal as sealing
from traceability.services.batch import DOCUMENT as BATCH
from traceability.services.recall import OpenRecall


@click.group()
def trace() -> None:
    """Look at events and proofs, call goods back, make codes."""


@trace.command("hash")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def hash_(file: Path) -> None:
    """Print the CBV hash of each event in an EPCIS document, one a line."""
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
        for event in _events(document):
            click.echo(event_hash(event, namespaces_of(event.get("@context") or document.get("@context"))))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise click.ClickException(f"{file} is no EPCIS 2.0 document in JSON") from error


def _events(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a document, a query document, or a bare event."""
    body = document.get("epcisBody")
    if body is None:
        return [document]
    if "queryResults" in body:
        return list(body["queryResults"]["resultsBody"]["eventList"])
    return list(body["eventList"]) if "eventList" in body else [body["event"]]


@trace.command()
@click.pass_obj
def verify(running: Callable[[], Running]) -> None:
    """Check the whole ledger: chains, seals, holdings, genealogy; name what is broken."""
    with running().database.reading() as session:
        found = list(check.everything(session))
        entries = session.scalars(select(func.count()).select_from(Entry)).one()
    for finding in found:
        click.echo(finding)
    if found:
        raise click.ClickException(f"{len(found)} findings in {entries} entries")
    click.echo(f"{entries} entries: every chain, seal, holding and edge is whole")


@trace.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--party", default="", help="Only the chain of this party, by its code.")
@click.pass_obj
def export(running: Callable[[], Running], file: Path, party: str) -> None:
    """Write chains as lines of JSON, for `verify.py` and whoever checks without us."""
    with running().database.reading() as session, file.open("w", encoding="utf-8") as stream:
        count = 0
        for entry in proof.chain(session, party):
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
            count += 1
    click.echo(f"{count} entries in {file}")


@trace.command()
@click.pass_obj
def seal(running: Callable[[], Running]) -> None:
    """Seal now what the daily job would seal at night."""
    with running().database.unit_of_work(SYSTEM) as uow:
        made = sealing.seal(uow)
        said = None if made is None else (made.number, made.size, made.root)
    click.echo("nothing to seal" if said is None else "seal {}: {} entries, root {}".format(*said))


@trace.command()
@click.argument("start")
@click.argument("clue")
@click.option("--reason", required=True, help="Why; it stands in every letter.")
@click.option("--since", type=click.DateTime(), help="From when, in local time.")
@click.option("--until", type=click.DateTime(), help="Until when, in local time.")
@click.option("--drill", is_flag=True, help="Find and time everything, touch nothing.")
@click.pass_obj
def recall(
    running: Callable[[], Running],
    start: str,
    clue: str,
    reason: str,
    since: datetime | None,
    until: datetime | None,
    *,
    drill: bool,
) -> None:
    """Call goods back, or try it: START is batch, plot, household, vehicle, device, …; CLUE says which."""
    found = running()
    command = OpenRecall(reason, start, clue, _local(since), _local(until), is_drill=drill)
    try:
        with found.database.unit_of_work(SYSTEM) as uow:
            number = recalling.open_(uow, command, found.suite.leads(BATCH)).number
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    with found.database.reading() as session:
        row = recalls.one(session, SYSTEM, number)
        click.echo(f"{row.number}: {row.found_grams / 1000:.3f} kg in {row.places} places, {row.found_ms} ms")
        for place in recalls.places(session, SYSTEM, number):
            kilograms = f"{place.found_grams / 1000:.3f} kg"
            click.echo(f"{place.batch}\t{place.site}\t{place.party}\t{place.bucket}\t{kilograms}")


@trace.group()
def codes() -> None:
    """Make codes for single items, and hand them to the printing house."""


@codes.command("make")
@click.argument("batch")
@click.argument("count", type=int)
@click.option("--note", default="", help="For whom or what they are printed.")
@click.pass_obj
def make_codes(running: Callable[[], Running], batch: str, count: int, note: str) -> None:
    """Make COUNT codes for BATCH, up to a million in one run."""
    database = running().database
    try:
        with database.unit_of_work(SYSTEM) as uow:
            batch_id = batches.mine(uow.session, SYSTEM, batch).id
            run = code_run.plan(uow, batch_id, count, note)
            run_id, number = run.id, run.number
        while count > 0:
            with database.unit_of_work(SYSTEM) as uow:
                count -= len(code_run.make_part(uow, run_id))
            click.echo(f"{number}: {count} left", err=True)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(number)


@codes.command("export")
@click.argument("run")
@click.pass_obj
def export_codes(running: Callable[[], Running], run: str) -> None:
    """Write the codes of RUN as CSV to the standard output, as the printing house takes them."""
    found = running()
    try:
        with found.database.reading() as session:
            row = code_runs.one(session, SYSTEM, run)
            serials = code_runs.serials(session, row.id)
            if not row.is_whole:
                raise click.ClickException(f"{run}: {row.made} of {row.count} codes are made")
            for part in code_file.lines(row.gtin, row.batch, found.settings.base_url, serials):
                click.echo(part, nl=False)
    except DomainError as error:
        raise click.ClickException(str(error)) from error


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=SHANGHAI)
