"""Every table of the kernel, so that the schema is complete wherever a database is opened."""

from __future__ import annotations

from supplychain.kernel.documents.form_token import FormToken
from supplychain.kernel.documents.models import AuditEntry, Sequence
from supplychain.kernel.identity.models import SignInFailure, Token, User, UserGrant
from supplychain.kernel.jobs.models import JobRun, JobState
from supplychain.kernel.outbox.models import Message
from supplychain.kernel.sheets.models import ImportDraft

TABLES = (
    AuditEntry,
    FormToken,
    ImportDraft,
    JobRun,
    JobState,
    Message,
    Sequence,
    SignInFailure,
    Token,
    User,
    UserGrant,
)
