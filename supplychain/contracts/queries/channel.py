"""Reading channels. They are for everybody who is signed in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from supplychain.contracts.models.contract import Channel
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_, locale


def by_code(session: Session, code: str, *, field: str = "") -> Channel:
    """Return a channel by its code; NotFound, or Invalid at `field` when the code came from a form."""
    channel = session.scalar(select(Channel).where(Channel.code == code))
    if channel is not None:
        return channel
    if field:
        raise Invalid.at(field, N_("There is no channel %(code)s."), code=code)
    raise NotFound(N_("There is no channel %(code)s."), code=code)


def every(session: Session) -> Sequence[Channel]:
    """Return all channels, as the plan names them."""
    return session.scalars(select(Channel).order_by(Channel.id)).all()


def choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name in the reader's language), for a form."""
    return [(channel.code, name_of(channel)) for channel in every(session)]


def name_of(channel: Channel) -> str:
    """Return a channel's name in the reader's language."""
    return channel.name_zh if locale().startswith("zh") else channel.name_en


def named(session: Session, text: str) -> Channel:
    """Return the channel that a spreadsheet means: its code, or its name in any language; else Invalid."""
    wanted = text.strip().lower()
    for channel in every(session):
        names = {channel.code, channel.name_en.lower(), channel.name_zh, channel.name_zh.removesuffix("对接")}
        if wanted in names:
            return channel
    raise Invalid.at("channel", N_("There is no channel %(code)s."), code=text[:40])
