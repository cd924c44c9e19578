"""The papers that goods need, how long they count, and what they promise; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from supplychain.kernel.i18n import N_


class CertificateKind(StrEnum):
    """A paper that goods need."""

    COC = "coc"
    QUARANTINE_A = "quarantine_a"
    MEAT_QUALITY = "meat_quality"
    ASF_REPORT = "asf_report"
    FACTORY_TEST = "factory_test"
    FOOD_LICENCE = "food_licence"


CERTIFICATE_KINDS = {
    CertificateKind.COC: N_("Conformity promise certificate"),
    CertificateKind.QUARANTINE_A: N_("Animal product quarantine certificate (A)"),
    CertificateKind.MEAT_QUALITY: N_("Meat quality inspection certificate"),
    CertificateKind.ASF_REPORT: N_("African swine fever test report"),
    CertificateKind.FACTORY_TEST: N_("Factory inspection report"),
    CertificateKind.FOOD_LICENCE: N_("Food production licence (SC)"),
}


REQUIRED_PAPERS: Mapping[str, frozenset[CertificateKind]] = {
    "vegetable": frozenset({CertificateKind.COC}),
    "egg": frozenset({CertificateKind.COC}),
    "pork": frozenset(
        {CertificateKind.QUARANTINE_A, CertificateKind.MEAT_QUALITY, CertificateKind.ASF_REPORT}
    ),
    "rabbit": frozenset({CertificateKind.QUARANTINE_A, CertificateKind.MEAT_QUALITY}),
    "tea": frozenset({CertificateKind.FACTORY_TEST}),
}
"""Papers that a batch of each product family needs before it is sold.

农产品质量安全法 39 and 令2025-4 (COC for vegetables, eggs), 动物防疫法 49 and 生猪屠宰管理条例 15–17 (meat),
食品安全法 52 (factory test of made tea).
"""


COC_FAMILIES = frozenset(
    family for family, papers in REQUIRED_PAPERS.items() if CertificateKind.COC in papers
)
"""Families that the conformity promise covers (令2025-4 art. 3: neither made tea nor meat)."""


MAX_VALID_DAYS: Mapping[CertificateKind, int] = {CertificateKind.QUARANTINE_A: 7}
"""How long a paper can count from its day of issue (产品A ≤ 7 days, 动物检疫管理办法 practice)."""


NOTICE_DAYS = (7, 1)
"""So many days before a paper ends its party is told."""


PARTY_PAPERS = frozenset({CertificateKind.FOOD_LICENCE})
"""Papers about a party as a whole; all others are about one batch."""


class CocBasis(StrEnum):
    """What the promise of a conformity certificate rests on: the three boxes of the form (令2025-4)."""

    CONTROL = "control"
    OWN_TEST = "own_test"
    COMMISSIONED_TEST = "commissioned_test"


COC_BASES = {
    CocBasis.CONTROL: N_("Quality and safety control meets the requirements"),
    CocBasis.OWN_TEST: N_("Own test passed"),
    CocBasis.COMMISSIONED_TEST: N_("Commissioned test passed"),
}


COC_PROMISE = N_(
    "No banned pesticide, veterinary drug or other compound was used; residues of permitted pesticides and "
    "veterinary drugs are within the limits."
)
"""The producer's promise; its Chinese is the fixed text of 令2025-4, form 1."""


def missing_papers(family: str, valid: Collection[CertificateKind]) -> list[CertificateKind]:
    """Return the papers that a batch of a family still needs, in the order of the list above."""
    needed = REQUIRED_PAPERS.get(family, frozenset()) - frozenset(valid)
    return [kind for kind in CertificateKind if kind in needed]
