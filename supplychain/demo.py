"""The demo season: loaded through the importers that users have, shifted to today, served with its jobs.

What happens in the season stands in the addons' `demo/` folders, not here.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from logistics.models.shipment import Shipment
from logistics.models.telemetry import Excursion
from supplychain.app import Runtime, install
from supplychain.base.models.party import Party
from supplychain.base.pages.desk import DEMO_PASSWORD
from supplychain.contracts.models.settlement import Settlement
from supplychain.kernel import clock
from supplychain.kernel.addon import Addon, DemoFile
from supplychain.kernel.identity import directory
from supplychain.kernel.jobs import runner
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from supplychain.kernel.sheets import importing
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.models.code import Code

ANCHOR = date(2026, 11, 23)
"""The day on which the season's files were written; every date in them moves by the days since."""

READING = re.compile(rb"^\d+,(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),.*\n?", re.MULTILINE)
"""A line of a logger's export, in whatever encoding, with its instant in Shanghai."""

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Season:
    """How the season becomes now: the days that every date moves, and until when loggers have measured."""

    shift_days: int
    until: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person of the season that somebody can sign in as."""

    role: str
    username: str
    person: str
    party: str


def settings_for(data: Path, port: int) -> Settings:
    """Return the demo's settings: one folder, one port, sign-ins shown, webhooks to this machine."""
    hosts = ("127.0.0.1", "localhost")
    return Settings(data_dir=data, base_url=f"http://127.0.0.1:{port}", demo=True, webhook_hosts=hosts)


def clear(data: Path) -> None:
    """Forget the season and everything entered since."""
    for path in data.glob("supplychain.db*"):
        path.unlink()
    (data / "season.json").unlink(missing_ok=True)


def load(runtime: Runtime) -> bool:
    """Load the season once; False when it is there already. A broken-off load is taken up again."""
    marker = runtime.settings.data_dir / "season.json"
    state = json.loads(marker.read_text()) if marker.exists() else {}
    if state.get("done"):
        return False
    season = Season(state.get("shift_days", (clock.today() - ANCHOR).days), clock.now())
    _write(marker, {"shift_days": season.shift_days})
    files = runtime.suite.demo
    if not console.is_terminal:
        console.print(f"Loading the season: {len(files)} files …")
    with _progress() as bar:
        task = bar.add_task("", total=len(files) + 1)
        for addon, file in files:
            bar.update(task, description=file.file)
            load_file(runtime, addon, file, season)
            bar.advance(task)
        bar.update(task, description="jobs")
        runner.register(runtime.database, runtime.suite)
        for name in runtime.suite.jobs:
            runner.run_now(runtime.database, runtime.suite, name, started_by=SYSTEM.name)
        bar.advance(task)
    _write(marker, {"shift_days": season.shift_days, "done": True})
    return True


def load_file(runtime: Runtime, addon: Addon, file: DemoFile, season: Season) -> dict[Outcome, int]:
    """Load one file of the season as SYSTEM; a bad row ends it with the row's number and reason."""
    content = (resources.files(addon.package) / "demo" / file.file).read_bytes()
    if file.kind in runtime.suite.files:
        take, measured = runtime.suite.files[file.kind].take, until_now(content, season)
        with runtime.database.unit_of_work(SYSTEM) as uow:
            return {Outcome.CREATED: take(uow, file.file, measured, season.shift_days)}
    sheet = runtime.suite.sheets[file.kind]
    report = importing.run(
        runtime.database, sheet, SYSTEM, file.file, content, apply=True, shift_days=season.shift_days
    )
    if report.bad:
        first = report.bad[0]
        reasons = "; ".join(f"{label} {reason}".strip() for label, reason in first.reasons)
        raise click.ClickException(f"{addon.name}/demo/{file.file}, row {first.number}: {reasons}")
    return dict(report.counts)


def until_now(content: bytes, season: Season) -> bytes:
    """Leave out what a logger has not measured yet: the file of the trip under way goes on until tonight."""
    moment = (season.until - timedelta(days=season.shift_days)).astimezone(clock.SHANGHAI)
    last = f"{moment:%Y-%m-%d %H:%M:%S}".encode()
    return READING.sub(lambda line: line[0] if line[1] <= last else b"", content)


def prepare(runtime: Runtime) -> None:
    """Migrate and load; a full disk or a folder that cannot be written is one sentence."""
    try:
        install(runtime)
        load(runtime)
    except (OSError, sqlite3.OperationalError) as error:
        raise click.ClickException(
            f"The data folder {runtime.settings.data_dir} cannot be used: {error}"
        ) from error


def links(runtime: Runtime) -> dict[str, Any]:
    """Return the address, every sign-in and sample pages, for people and scripts."""
    base = runtime.settings.base_url
    with runtime.database.reading() as session:
        return {
            "address": base,
            "password": DEMO_PASSWORD,
            "sign_ins": [
                {"role": item.role, "username": item.username, "person": item.person, "party": item.party}
                for item in sign_ins(session)
            ],
            "api_document": f"{base}/api/v1/openapi.json",
            **{name: f"{base}{path}" for name, path in _samples(session)},
        }


def sign_ins(session: Session) -> list[SignIn]:
    """Return every person of the season, in the order of their roles."""
    names = dict(session.execute(select(Party.id, Party.short_name)).all())
    found = [
        SignIn(grant.role, user.username, user.display_name, names.get(grant.party_id or 0, ""))
        for user in directory.users(session)
        for grant in user.grants
    ]
    return sorted(found, key=lambda item: (item.role, item.username))


def table(runtime: Runtime) -> Table:
    """Return what a newcomer needs to begin: address, one sign-in per role, links, what to try first."""
    found = links(runtime)
    shown = Table(title="大田直供 · Datian Direct", show_header=False, title_justify="left", padding=(0, 1))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    shown.add_row("地址 address", found["address"])
    shown.add_row("密码 password", found["password"])
    seen: set[str] = set()
    for item in found["sign_ins"]:
        if item["role"] not in seen:
            seen.add(item["role"])
            shown.add_row(item["role"], f"{item['username']}   {item['person']} {item['party']}")
    for name in ("consumer_page", "batch", "trip", "settlement", "api_document"):
        if name in found:
            shown.add_row(name.replace("_", " "), found[name])
    shown.add_row(
        "先试 try first", "coop_clerk：登记批次 register a batch → buyer：下要货单 call off → 扫码 scan"
    )
    return shown


def _samples(session: Session) -> Iterator[tuple[str, str]]:
    code = session.execute(
        select(Code.gtin, Batch.number, Code.serial)
        .join(Batch, Batch.id == Code.batch_id)
        .order_by(Code.id)
        .limit(1)
    ).one_or_none()
    if code is not None:
        yield "consumer_page", f"/01/{code[0]}/10/{code[1]}/21/{code[2]}"
        yield "batch", f"/batches/{code[1]}"
    trip = session.scalar(
        select(Shipment.number)
        .outerjoin(Excursion, Excursion.shipment_id == Shipment.id)
        .order_by(Excursion.degree_minutes.desc().nulls_last(), Shipment.id)
        .limit(1)
    )
    if trip is not None:
        yield "trip", f"/shipments/{trip}"
    settlement = session.scalar(select(Settlement.number).order_by(Settlement.total_fen.desc()).limit(1))
    if settlement is not None:
        yield "settlement", f"/settlements/{settlement}"


def _write(path: Path, state: dict[str, Any]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(state))
    draft.replace(path)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=not console.is_terminal or shutil.get_terminal_size().columns < 60,
    )
