"""The manifest of the addon base."""

from __future__ import annotations

from supplychain.base.models.attachment import Attachment
from supplychain.base.models.notice import Notice
from supplychain.base.models.party import Division, Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.addon import Addon
from supplychain.kernel.i18n import N_

ADDON = Addon(
    name="base",
    title=N_("Base"),
    summary="",
    package="supplychain.base",
    depends=(),
    models=(Attachment, Notice, Division, Party, Site, TradeItem),
)
