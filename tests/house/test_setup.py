"""What set-up promises: hashed locks, one sentence when something stands in the way, assets as recorded.

What the demo shows and what the checks find is not tested here.
"""

from __future__ import annotations

import ast
import errno
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev
from requirements import vendor

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PACKAGES = ("supplychain", "catalog", "logistics", "traceability")
PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.-]*)==[^ ;\\]+( ; [^\\]+)?(?P<hashes>( \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)
ELSEWHERE = re.compile(
    r"""(?:\b(?:src|href|action|data|poster|srcset)\s*=\s*["']?|url\(\s*["']?|@import\s+["'])(?:https?:)?//""",
    re.IGNORECASE,
)


def pins(lock: str) -> dict[str, str]:
    """Return each package of a lock with its version and hashes."""
    text = (ROOT / "requirements" / lock).read_text()
    return {found["name"]: found.group() for found in PIN.finditer(text)}


def pages() -> Iterator[Path]:
    """Yield every template, style sheet and script that is our own."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".html", ".css", ".js", ".svg", ".txt"} and "vendor" not in path.parts:
                yield path


def set_up(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "dev.py", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], names: str) -> None:
    english, chinese = done.stderr.strip().splitlines()
    assert done.returncode == 2
    assert not done.stdout
    assert names in english
    assert names in chinese


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_only_hashed_pins_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert PIN.sub("", text) == ""


def test_the_test_lock_holds_every_pin_of_the_run_lock() -> None:
    tested = pins("test.lock")
    differing = {name for name, pin in pins("run.lock").items() if tested.get(name) != pin}
    assert not differing


def test_the_run_lock_holds_every_dependency_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[\[<>=!~ ;]", line)[0] for line in project["dependencies"]}
    assert named <= set(pins("run.lock"))


def test_an_old_python_can_read_the_set_up_file() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_refused_by_name() -> None:
    with pytest.raises(
        dev.Refusal, match=r"Python 3\.11 or later is needed, and /opt/python is 3\.9"
    ) as refused:
        dev.check_python((3, 9), "/opt/python")
    assert "需要 Python 3.11" in refused.value.chinese


def test_a_new_python_is_welcome() -> None:
    dev.check_python((3, 11))
    dev.check_python((4, 0))


def test_a_taken_port_is_answered_with_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_one_sentence(set_up("demo", "--port", port), port)


def test_a_number_that_is_no_port_is_answered_with_one_sentence() -> None:
    assert_one_sentence(set_up("demo", "--port", "70000"), "70000")


def test_a_data_folder_that_cannot_be_is_answered_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as once_free:
        port = str(once_free.getsockname()[1])
    assert_one_sentence(set_up("demo", "--port", port, "--data", str(tmp_path / "file" / "var")), "file")


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(dev.Refusal, match=r"too full: .* MB needed"):
        dev.check_room(tmp_path / "not" / "yet", 10**12)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("OSError: [Errno 13] Permission denied: '/srv/.venv/lib'", "cannot be written to"),
        (
            "NewConnectionError('…: Failed to establish a new connection: Name or service not known')",
            "network",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "not the one that was locked",
        ),
        ("The virtual environment was not created … because ensurepip is not available.", "pip is missing"),
        ("ERROR: something else went wrong\n\n", "something else went wrong"),
    ],
)
def test_what_stops_an_installation_is_put_into_one_sentence(said: str, meant: str) -> None:
    refusal = dev.cause("Installing", said)
    assert meant in str(refusal)
    assert "\n" not in str(refusal)
    assert refusal.code


@pytest.mark.parametrize(
    ("number", "meant"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "cannot be written to"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_refuses_is_put_into_one_sentence(number: int, meant: str) -> None:
    refusal = dev.explain(OSError(number, "Input/output error", "/srv/var"))
    assert meant in str(refusal)
    assert "/srv/var" in str(refusal)


def test_a_skipped_test_is_a_failure_only_when_nothing_may_be_skipped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    need = dev.Need("Mosquitto", "mosquitto", "TEST_SKIP_MOSQUITTO", lambda: False)
    assert dev.summary([dev.absent(need, strict=False)]) == 0
    assert dev.summary([dev.absent(need, strict=True)]) == 1
    assert "SKIPPED: every test that needs Mosquitto" in capsys.readouterr().out


def test_a_failing_step_does_not_hide_the_later_ones(capsys: pytest.CaptureFixture[str]) -> None:
    code = dev.summary(
        [dev.Outcome("mypy", 2.0, 3), dev.Outcome("pytest", 9.0, 0), dev.Outcome("browser", 5.0, 1)]
    )
    shown = capsys.readouterr().out
    assert code == 3
    assert re.search(r"mypy +FAILED.*pytest +ok.*browser +FAILED", shown, re.DOTALL)


def test_vendored_files_are_the_recorded_ones() -> None:
    assert not vendor.differing()


def test_every_vendored_package_comes_with_its_licence() -> None:
    packages = {item.package for item in vendor.recorded()}
    licensed = {item.package for item in vendor.recorded() if item.name.endswith(".LICENSE")}
    assert packages == licensed


def test_vendored_files_ask_for_no_source_map() -> None:
    for path in vendor.TARGET.iterdir():
        assert b"sourceMappingURL" not in path.read_bytes(), path.name


def test_no_page_loads_anything_from_elsewhere() -> None:
    found = [
        str(path.relative_to(ROOT)) for path in pages() if ELSEWHERE.search(path.read_text(encoding="utf-8"))
    ]
    assert not found
