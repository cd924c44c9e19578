"""The staircase of addons is held by a machine: an import upwards is found and named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("supplychain", "catalog", "traceability", "logistics")


@pytest.mark.slow
def test_an_import_up_the_staircase_is_found(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_only_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    service = tmp_path / "traceability" / "services" / "hold.py"
    service.write_text(
        f"{service.read_text('utf-8')}\nfrom logistics.services import receipt\n", encoding="utf-8"
    )
    report = _linted(tmp_path)
    assert report.returncode == 1, report.stdout + report.stderr
    verdicts = {line.strip() for line in report.stdout.splitlines()}
    assert "The staircase: calls go down, neighbours never meet BROKEN" in verdicts
    assert "traceability is not allowed to import logistics:" in verdicts
    assert any("traceability.services.hold -> logistics.services.receipt" in line for line in verdicts)


def _only_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not (Path(folder, name).is_dir() or name.endswith(".py"))]


def _linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
