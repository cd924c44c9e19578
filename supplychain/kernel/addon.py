"""The addon contract: everything an addon gives to the suite, in one frozen manifest.

Declarations only; installing them is the loader's work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import click
from flask import Blueprint, Flask
from sqlalchemy import SQLColumnExpression
from sqlalchemy.orm import Session

from supplychain.kernel.db.base import Base
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.events import Subscription
from supplychain.kernel.leads import Lead
from supplychain.kernel.permissions import Actor, Grant, Permission, Role
from supplychain.kernel.settings import Settings
from supplychain.kernel.sheets.sheet import FileKind, Sheet


class NavGroup(StrEnum):
    """The groups of the menu, the way of the goods first, then what it stands on. No addon adds one."""

    TRADE = "trade"
    TRACE = "trace"
    TRANSPORT = "transport"
    ACCOUNTS = "accounts"
    GOODS = "goods"
    RECORDS = "records"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the menu; shown to those who hold the permission. `label` is a msgid.

    `order` counts inside the group.
    """

    group: NavGroup
    label: str
    endpoint: str
    icon: str
    permission: Permission
    order: int = 50


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a run of a job did, in numbers that the operator understands."""

    counts: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[str] = ()
    """Keys and reasons of records that failed while the rest went on."""


@dataclass(frozen=True, slots=True)
class Job:
    """Scheduled work. `schedule` is a crontab line in Asia/Shanghai with names for weekdays.

    `run(database)` opens its own units of work, one per record or batch of records, and must be safe
    to repeat: after a crash the same slot is run again.
    """

    name: str
    title: str
    schedule: str
    run: Callable[[Database], JobResult]


@dataclass(frozen=True, slots=True)
class ConfiguredJob:
    """Scheduled work that needs the settings of the running suite; otherwise like a Job.

    Jobs are given their settings, they never read the environment: one process may hold several suites.
    """

    name: str
    title: str
    schedule: str
    run: Callable[[Database, Settings], JobResult]

    def under(self, settings: Settings) -> Job:
        """Return the job as it runs under these settings."""
        return Job(self.name, self.title, self.schedule, lambda database: self.run(database, settings))


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document as the audit trail knows it, and what people call it and one of it."""

    kind: str
    """As in the trail: `traceability.batch`."""
    title: str
    """What people call the kind (msgid)."""
    called: tuple[SQLColumnExpression[int], SQLColumnExpression[str]] | None = None
    """The columns of a key and of what people call the document with this key."""
    endpoint: str = ""
    """The page that shows one; empty when there is none."""
    argument: str = "number"
    """What that page calls the number."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another record: its kind (msgid), what it is called, where it is, its state in words."""

    kind: str
    label: str
    endpoint: str
    values: Mapping[str, Any]
    note: object = ""


@dataclass(frozen=True, slots=True)
class RecordLinks:
    """What an addon above knows of a document below: links shown on that document's page."""

    document: str
    """The kind of document, as in the audit trail: `traceability.batch`."""
    find: Callable[[Session, Actor, int], Sequence[Link]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of a page that belongs to another addon: a template and the rows that it shows.

    Slots: `home` (subject None), `trace.chapters` (subject the scanned thing), `<document kind>` (subject
    its id).
    `rows` returns the template's context, or None to show nothing.
    """

    slot: str
    template: str
    rows: Callable[[Session, Actor, Any], Mapping[str, Any] | None]
    permission: Permission | None = None
    order: int = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A number for the board: its text with unit, and what it means; `trend` runs oldest first."""

    value: str
    unit: str = ""
    note: object = ""
    trend: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure that an addon puts on the home board. `label` is a msgid."""

    name: str
    label: str
    permission: Permission
    compute: Callable[[Session, Actor], Figure | None]
    order: int = 50


@dataclass(frozen=True, slots=True)
class Task:
    """What waits for somebody: how many, how old the oldest is, where to go."""

    label: object
    count: int
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class TaskSource:
    """An addon's answer to "what waits for me today"."""

    permission: Permission
    find: Callable[[Session, Actor], Sequence[Task]]


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file of the demo season in the addon's `demo/` folder, loaded through the importer of its kind.

    `stage` orders the files across addons: the season is told in the order in which it happened.
    """

    kind: str
    file: str
    stage: int


@dataclass(frozen=True, slots=True)
class Addon:
    """The manifest of one addon. Importing it has no side effect; the loader does the rest."""

    name: str
    title: str
    summary: str
    package: str
    """The dotted name of the package: where templates, translations, static files and demo data are."""
    depends: tuple[str, ...] = ()
    models: tuple[type[Base], ...] = ()
    permissions: tuple[Permission, ...] = ()
    roles: tuple[Role, ...] = ()
    grants: tuple[Grant, ...] = ()
    pages: tuple[Blueprint, ...] = ()
    doors: tuple[Callable[[Flask, Callable[..., Any]], Callable[..., Any]], ...] = ()
    """Each is given the application and what it would call (WSGI), and answers a beaten path or calls on."""
    apis: tuple[Blueprint, ...] = ()
    nav: tuple[NavItem, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    files: tuple[FileKind, ...] = ()
    jobs: tuple[Job | ConfiguredJob, ...] = ()
    cli: tuple[click.Command, ...] = ()
    subscribers: tuple[Subscription, ...] = ()
    record_links: tuple[RecordLinks, ...] = ()
    documents: tuple[DocumentKind, ...] = ()
    leads: tuple[Lead, ...] = ()
    panels: tuple[Panel, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    tasks: tuple[TaskSource, ...] = ()
    demo: tuple[DemoFile, ...] = ()
    install: Callable[[UnitOfWork], None] | None = None
    """Reference data that must exist before anything works; safe to repeat, never overwrites."""
