"""What may be done with the suite itself; base's manifest lists these and grants them."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

SEE_ALL = Permission("kernel.see_all", N_("See every party's records"))
USER_MANAGE = Permission("kernel.user.manage", N_("Manage users and tokens"))
JOB_OPERATE = Permission("kernel.job.operate", N_("Run and pause jobs"))
AUDIT_READ = Permission("kernel.audit.read", N_("Read the audit trail"))

ALL = (SEE_ALL, USER_MANAGE, JOB_OPERATE, AUDIT_READ)

OPERATOR = "operator"
"""The role that runs the installation; base grants it everything. One who holds it must always be left."""
