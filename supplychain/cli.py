"""The `supplychain` command: run, database, demo, jobs, addons, spreadsheets, users, tokens.

Each command parses, calls one service or query, and prints; an expected fault is one sentence.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

import click
from rich.console import Console
from rich.table import Table

from supplychain import demo as season
from supplychain import scaffold, serving
from supplychain.app import Runtime, assemble, create_app, install
from supplychain.base.services import user as users
from supplychain.bench import run as benchmarks
from supplychain.bench.measure import FULL, LARGE, QUICK
from supplychain.kernel import loader
from supplychain.kernel.db import backup as backups
from supplychain.kernel.db import migrate
from supplychain.kernel.errors import ConfigurationError, DomainError
from supplychain.kernel.identity import directory
from supplychain.kernel.identity import services as identity
from supplychain.kernel.jobs import queries as job_queries
from supplychain.kernel.jobs import runner, scheduler
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.web import openapi

T = TypeVar("T")

console = Console()


class _Commands(click.Group):
    """The suite's own commands and those that its addons bring."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name; the addons are only asked for what is not our own."""
        return super().get_command(ctx, cmd_name) or _addon_commands().get(cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands; with a wrong setting only our own."""
        own = super().list_commands(ctx)
        try:
            return sorted({*own, *_addon_commands()})
        except click.ClickException:
            return own


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """From Datian to Pudong: catalogue, contracts, cold chain and traceability."""
    context.obj = runtime  # what the commands of addons open when they need it
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _addon_commands() -> dict[str, click.Command]:
    try:
        settings = Settings.from_environment()
        addons_ = loader.load(settings.addons, settings).addons
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    return {command.name: command for addon in addons_ for command in addon.cli if command.name}


def runtime() -> Runtime:
    """Return the runtime of the environment's settings; a wrong setting is one sentence."""
    try:
        return assemble(Settings.from_environment())
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--web/--no-web", default=True, help="Serve pages and API.")
@click.option("--jobs/--no-jobs", default=True, help="Run scheduled jobs.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="That serve pages.")
def run(host: str, port: int, *, web: bool, jobs: bool, processes: int) -> None:
    """Serve the suite, run its jobs, or both in one process."""
    found = runtime()
    if not migrate.is_current(found.settings.url):
        raise click.ClickException("the database is not up to date: run `supplychain db upgrade` first")
    if processes > 1:
        if jobs or not web:
            raise click.ClickException("several processes serve pages only: add --no-jobs")
        _serve_in_processes(host, port, processes)
    _serve(found, host, port, web=web, jobs=jobs)


@main.group()
def db() -> None:
    """Upgrade, check, back up and restore the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema and put in reference data."""
    install(runtime())
    console.print("up to date")


@db.command("check")
def db_check() -> None:
    """Tell how the database differs from the models."""
    differences = migrate.check(runtime().settings.url)
    for line in differences:
        console.print(line)
    console.print("no differences" if not differences else f"{len(differences)} differences")
    sys.exit(1 if differences else 0)


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def db_backup(file: Path) -> None:
    """Back the database up into FILE, while everything runs."""
    _told(lambda: backups.backup(runtime().settings.url, file))
    console.print(f"backed up into {file}")


@db.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def db_restore(file: Path) -> None:
    """Restore FILE into an empty database."""
    _told(lambda: backups.restore(runtime().settings.url, file))
    console.print("restored")


@main.group()
def demo() -> None:
    """Load, serve and find the demo season."""


_data = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True
)
_port = click.option("--port", default=8000, show_default=True)


@demo.command("load")
@_data
@_port
@click.option("--fresh", is_flag=True, help="Forget what was entered and start over.")
def demo_load(data: Path, port: int, *, fresh: bool) -> None:
    """Load the season into the data folder, once."""
    season.prepare(_demo_runtime(data, port, fresh=fresh))


@demo.command("serve")
@_data
@_port
@click.option("--fresh", is_flag=True, help="Forget what was entered and start over.")
def demo_serve(data: Path, port: int, *, fresh: bool) -> None:
    """Load the season once, then serve it with its jobs."""
    found = _demo_runtime(data, port, fresh=fresh)
    season.prepare(found)
    console.print(season.table(found))
    _serve(found, "127.0.0.1", port, web=True, jobs=True)


@demo.command("links")
@_data
@_port
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def demo_links(data: Path, port: int, *, as_json: bool) -> None:
    """Print the address, every sign-in and sample links."""
    if not (data / "supplychain.db").exists():
        raise click.ClickException(f"no season in {data}: run `supplychain demo load` first")
    found = _demo_runtime(data, port, fresh=False)
    if as_json:
        click.echo(json.dumps(season.links(found), ensure_ascii=False, indent=2))
    else:
        console.print(season.table(found))


@main.group()
def jobs() -> None:
    """Scheduled jobs."""


@jobs.command("list")
def jobs_list() -> None:
    """Show every job with its schedule and last run."""
    found = runtime()
    shown = Table("job", "schedule", "next slot", "last", "outcome")
    with found.database.reading() as session:
        for job in job_queries.jobs(session, found.suite):
            last = job.last
            shown.add_row(
                job.name,
                job.schedule,
                f"{job.next_slot_at:%Y-%m-%d %H:%M}Z" if job.next_slot_at else "–",
                f"{last.started_at:%Y-%m-%d %H:%M}Z" if last else "–",
                last.outcome if last else "–",
            )
    console.print(shown)


@jobs.command("run")
@click.argument("name")
def jobs_run(name: str) -> None:
    """Run a job now."""
    found = runtime()
    run_id = _told(lambda: runner.run_now(found.database, found.suite, name, started_by="command line"))
    with found.database.reading() as session:
        result = job_queries.run(session, run_id)
    console.print(
        f"{result.outcome} {dict(result.counts)} {result.error.splitlines()[0] if result.error else ''}"
    )
    sys.exit(1 if result.outcome == "failed" else 0)


@main.group()
def addons() -> None:
    """Installed addons."""


@addons.command("list")
def addons_list() -> None:
    """Show the installed addons, lowest first."""
    shown = Table("addon", "package", "stands on", "tables", "jobs", "spreadsheets")
    for addon in runtime().suite.addons:
        shown.add_row(
            addon.name,
            addon.package,
            ", ".join(addon.depends) or "–",
            str(len(addon.models)),
            str(len(addon.jobs)),
            ", ".join(sheet.kind for sheet in addon.sheets) or "–",
        )
    console.print(shown)


@addons.command("check")
def addons_check() -> None:
    """Load every addon, build the application, and say so when all fits together."""
    found = runtime()
    create_app(found)
    console.print(f"{len(found.suite.addons)} addons fit together")


@addons.command("new")
@click.argument("name")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), show_default="here")
def addons_new(name: str, into: Path) -> None:
    """Write a small working addon NAME to start from."""
    try:
        written = scaffold.write(name, into)
    except scaffold.ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    for path in written:
        console.print(str(path))
    console.print(
        "\nName it in SUPPLYCHAIN_ADDONS, then run `supplychain addons check` and `supplychain db upgrade`."
    )


@main.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Look only.")
@click.option("--good-rows-only", is_flag=True, help="Take in the good rows although others are bad.")
def import_(kind: str, file: Path, *, dry_run: bool, good_rows_only: bool) -> None:
    """Take in a spreadsheet of KIND; all rows or none unless told otherwise."""
    found = runtime()
    if kind in found.suite.files:
        with found.database.unit_of_work(SYSTEM) as uow:
            new = _told(lambda: found.suite.files[kind].take(uow, file.name, file.read_bytes(), 0))
        console.print(f"taken in: {new} new")
        return
    sheet = found.suite.sheets.get(kind)
    if sheet is None:
        known = ", ".join(sorted((*found.suite.sheets, *found.suite.files)))
        raise click.ClickException(f"no import {kind}; known are {known}")
    report = _told(
        lambda: importing.run(
            found.database,
            sheet,
            SYSTEM,
            file.name,
            file.read_bytes(),
            apply=not dry_run,
            good_rows_only=good_rows_only,
        )
    )
    for row in report.bad:
        for label, reason in row.reasons:
            console.print(f"row {row.number}: {label} {reason}")
    counts = ", ".join(f"{outcome.value} {number}" for outcome, number in report.counts.items())
    console.print(
        f"{'taken in' if report.applied else 'nothing changed'}: {counts or 'no rows'}, bad {len(report.bad)}"
    )
    sys.exit(1 if report.bad and not good_rows_only else 0)


@main.command("export")
@click.argument("kind")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(kind: str, file: Path) -> None:
    """Write the list of KIND into FILE, xlsx or csv by its ending."""
    found = runtime()
    sheet = found.suite.sheets.get(kind)
    if sheet is None or sheet.rows is None:
        raise click.ClickException(f"no list {kind} to export")
    with found.database.reading() as session:
        rows = sheet.rows(session, SYSTEM, {})
        content = writer.csv_text(sheet, rows) if file.suffix == ".csv" else writer.xlsx(sheet, rows)
    file.write_bytes(content)
    console.print(f"written {file}")


@main.command("openapi")
def openapi_document() -> None:
    """Print the OpenAPI document."""
    app = create_app(runtime())
    with app.app_context():
        click.echo(json.dumps(openapi.document(), ensure_ascii=False, indent=2))


@main.command()
@click.option("--quick", is_flag=True, help="Do less of everything.")
@click.option("--large", is_flag=True, help="Also on a ledger of a million edges; takes some minutes.")
@click.option(
    "--url", default="", help="An empty database instead of a scratch SQLite file; it is left filled."
)
def bench(url: str, *, quick: bool, large: bool) -> None:
    """Measure how fast the suite is against the same work done bare, on a scratch database."""
    size = QUICK if quick else FULL
    try:
        console.print(benchmarks.run(replace(size, hourglasses=LARGE) if large else size, url))
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


@main.group()
def user() -> None:
    """Users."""


@user.command("add")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="The person's name.")
@click.option("--role", required=True)
@click.option("--party", help="Code of the party that the user acts for.")
@click.password_option()
def user_add(username: str, display_name: str, role: str, party: str | None, password: str) -> None:
    """Add a user with one role."""
    found = runtime()
    if role not in found.suite.roles:
        raise click.ClickException(f"no role {role}; known are {', '.join(found.suite.roles)}")
    with found.database.unit_of_work(SYSTEM) as uow:
        outcome = _told(lambda: users.put(uow, users.PutUser(username, display_name, role, password, party)))
    console.print(outcome.value)


@main.group()
def token() -> None:
    """Tokens for other systems."""


@token.command("add")
@click.argument("username")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, help="A permission; none means all that the user may do.")
@click.option("--role", help="The role it acts in, of a user who has several.")
def token_add(username: str, name: str, scopes: tuple[str, ...], role: str | None) -> None:
    """Make a token for a user and print it, once."""
    found = runtime()
    unknown = set(scopes) - set(found.suite.permissions)
    if unknown:
        raise click.ClickException(f"no permission {', '.join(sorted(unknown))}")
    with found.database.unit_of_work(SYSTEM) as uow:
        user_id = directory.user_id_of(uow.session, username)
        if user_id is None:
            raise click.ClickException(f"no user {username}")
        grants = [grant.id for grant in directory.grants_of(uow.session, user_id) if grant.role == role]
        if role and len(grants) != 1:
            raise click.ClickException(f"{username} has the role {role} {len(grants)} times")
        grant_id = grants[0] if grants else None
        _, text = _told(lambda: identity.issue_token(uow, user_id, name, scopes, grant_id=grant_id))
    click.echo(text)


def _told(act: Callable[[], T]) -> T:
    """Do something; what the trade or the database refuses is one sentence."""
    try:
        return act()
    except (DomainError, backups.BackupError) as error:
        raise click.ClickException(str(error)) from error


def _demo_runtime(data: Path, port: int, *, fresh: bool) -> Runtime:
    if fresh:
        season.clear(data)
    try:
        return assemble(season.settings_for(data, port))
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"The data folder {data} cannot be used: {error}") from error


def _serve_in_processes(host: str, port: int, count: int) -> NoReturn:
    try:
        serving.in_processes("supplychain.app:application()", host, port, count)
    except OSError as error:
        raise click.ClickException(str(error)) from error


def _serve(found: Runtime, host: str, port: int, *, web: bool, jobs: bool) -> None:
    signal.signal(signal.SIGTERM, _stop)
    ticker = scheduler.start(found.database, found.suite) if jobs else None
    try:
        if web:
            serving.in_one_process(create_app(found), host, port)
        else:
            signal.pause()
    except (KeyboardInterrupt, SystemExit):
        console.print("stopping")
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error}") from error
    finally:
        if ticker is not None:
            ticker.shutdown(wait=True)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
