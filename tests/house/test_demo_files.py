"""The season's files keep pace with the sheets: every header is known, every row has the right shape."""

from __future__ import annotations

from importlib import resources

import pytest

from supplychain.kernel import i18n, loader
from supplychain.kernel.addon import Addon, DemoFile
from supplychain.kernel.settings import ADDONS
from supplychain.kernel.sheets import importing

SUITE = loader.load(ADDONS)
TABLES = [(addon, file) for addon, file in SUITE.demo if file.kind in SUITE.sheets]


@pytest.mark.parametrize(("addon", "file"), TABLES, ids=[file.file for _, file in TABLES])
def test_the_header_of_a_season_file_is_known_and_its_rows_are_readable(addon: Addon, file: DemoFile) -> None:
    i18n.load(("supplychain.kernel", *SUITE.packages))
    content = (resources.files(addon.package) / "demo" / file.file).read_bytes()
    good, bad, ignored = importing.parse(SUITE.sheets[file.kind], file.file, content, shift_days=400)
    assert (list(ignored), [str(row) for row in bad]) == ([], [])
    assert good


def test_every_logger_export_of_the_season_is_named_in_it() -> None:
    folder = resources.files("logistics") / "demo"
    there = {item.name for item in folder.iterdir() if item.name.endswith(".csv")}
    assert there == {file.file for _, file in SUITE.demo if file.kind == "readings"}
