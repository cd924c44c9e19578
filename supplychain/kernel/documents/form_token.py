"""One-time tokens of forms: the same form sent twice acts once and answers the same."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from supplychain.kernel.db.base import Base
from supplychain.kernel.db.uow import UnitOfWork


class FormToken(Base):
    """A form that was sent, and where its sender was led."""

    __tablename__ = "kernel_form_token"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    location: Mapped[str] = mapped_column(String(300))
    used_at: Mapped[datetime]


def spent_on(session: Session, token: str) -> str | None:
    """Return where an earlier sending of this form led; None when there was none."""
    return session.scalar(select(FormToken.location).where(FormToken.token == token))


def spend(uow: UnitOfWork, token: str, location: str) -> None:
    """Use a token up in the act's transaction; a second use at the same time raises Conflict."""
    uow.session.add(FormToken(token=token, location=location[:300], used_at=uow.now))
    uow.flush()


def forget(uow: UnitOfWork, before: datetime) -> int:
    """Drop tokens that were used before an instant and return how many: nobody sends so old a form again."""
    dropped = uow.session.execute(
        delete(FormToken).where(FormToken.used_at < before).returning(FormToken.token)
    )
    return len(dropped.all())
