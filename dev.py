"""Sets the project up and runs it: `demo` shows a season, `test` runs every check. Standard library only.

What the demo loads and what the checks are set to is not here (supplychain.cli, pyproject.toml).
The file parses and runs on Python 3.6, so that an old Python is answered with a sentence, not a traceback.
"""
# ruff: noqa: UP006, UP035, UP045 - Python 3.6 knows no other way to write these types

import argparse
import ctypes.util
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

OLDEST = (3, 11)
OLDEST_PIP = (22, 3)  # the first that installs into another interpreter's environment
OLDEST_POSTGRESQL = 15
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = str(BIN / ("python" + SUFFIX))
LOCKS = {"run": ["run.lock", "build.lock"], "test": ["test.lock", "build.lock"]}
COVERS = {"run": ["run"], "test": ["test", "run"]}  # test.lock holds every pin of run.lock
ROOM = {"run": 350, "test": 800}
"""Free megabytes that installing each lock takes, with some to spare."""
DEMO_ROOM = 150
"""Free megabytes that a season and its papers take, with some to spare."""
MEGABYTE = 1024 * 1024
QUIET_SECONDS = 15
"""How often a running step shows a sign of life where no terminal redraws its line."""


class Refusal(Exception):
    """One sentence for the person at the keyboard, in English and in Chinese."""

    def __init__(self, english: str, chinese: str, code: int = 2) -> None:
        """Keep both sentences and the exit code."""
        super().__init__(english)
        self.chinese = chinese
        self.code = code


class Need(NamedTuple):
    """Something outside Python that some tests need."""

    name: str
    package: str  # Debian's
    variable: str  # tells the tests to do without, and why
    found: Callable[[], bool]


class Step(NamedTuple):
    """One line of the check list: its name and the commands behind it."""

    name: str
    commands: List[List[str]]


class Outcome(NamedTuple):
    """How one step ended."""

    name: str
    seconds: float
    code: int
    note: str = ""


# -- what can be refused before anything is touched ------------------------------------------------------


def check_python(version: Tuple[int, int], executable: str = sys.executable) -> None:
    """Refuse a Python that is too old, naming a newer one when it is installed."""
    if version >= OLDEST:
        return
    names = ("python3.14", "python3.13", "python3.12", "python3.11")
    newer = next((name for name in names if said_by([name, "--version"]).startswith("Python 3")), "")
    wanted, found = "{}.{}".format(*OLDEST), "{}.{}".format(*version)
    raise Refusal(
        f"Python {wanted} or later is needed, and {executable} is {found}"
        + (f"; run it with {newer}." if newer else "."),
        f"需要 Python {wanted} 或更新的版本，而 {executable} 是 {found}"
        + (f"；请改用 {newer} 运行。" if newer else "。"),
    )


def check_port(port: int) -> None:
    """Refuse a port that cannot be listened on."""
    if not 0 < port < 65536:
        raise Refusal(
            f"{port} is no port; choose one from 1 to 65535.", f"{port} 不是端口，请在 1 到 65535 之间选。"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # or the last run's closing connections would look like a server
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except PermissionError:
            raise Refusal(
                f"Port {port} is for the administrator only; choose another with --port.",
                f"端口 {port} 只有管理员能用，请用 --port 换一个。",
            ) from None
        except OSError:
            raise Refusal(
                f"Port {port} is taken, perhaps by a demo that is running; choose another with --port.",
                f"端口 {port} 已被占用（可能演示已经在运行），请用 --port 换一个。",
            ) from None


def check_room(folder: Path, megabytes: int) -> None:
    """Refuse a folder that cannot be written to, or whose disk is too full for what is to come."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(str(there), os.W_OK | os.X_OK):
        raise Refusal(f"{there} cannot be written to.", f"无法写入 {there}。")
    free = shutil.disk_usage(str(there)).free // MEGABYTE
    if free < megabytes:
        raise Refusal(
            f"The disk of {there} is too full: {free} MB free, {megabytes} MB needed.",
            f"{there} 所在磁盘空间不足：剩余 {free} MB，需要 {megabytes} MB。",
        )


# -- set-up ----------------------------------------------------------------------------------------------


def ensure(kind: str) -> None:
    """Make `.venv` hold one lock and the project; does nothing when it already does."""
    if stamp(kind).exists() and stamp(kind).read_text() == fingerprint(kind) and works():
        return
    check_room(ROOT, ROOM[kind])
    pip = pip_command()
    for covered in LOCKS:
        if stamp(covered).exists():
            stamp(covered).unlink()
    if not works():
        make_environment(pip)
    requirements = [word for lock in LOCKS[kind] for word in ("-r", str(ROOT / "requirements" / lock))]
    command = [*pip, "install", "--progress-bar", "off", "--retries", "2"]
    quietly("Installing the locked packages", [*command, "--require-hashes", *requirements])
    quietly("Installing the project", [*command, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    for covered in COVERS[kind]:
        stamp(covered).write_text(fingerprint(covered))


def stamp(kind: str) -> Path:
    """Where it is written down that one lock is installed."""
    return VENV / (kind + ".stamp")


def fingerprint(kind: str) -> str:
    """Return a digest of all that an installation depends on; the place counts, for scripts name it."""
    content = hashlib.sha256(str(ROOT).encode())
    for path in [ROOT / "pyproject.toml", *(ROOT / "requirements" / lock for lock in LOCKS[kind])]:
        content.update(path.read_bytes())
    return content.hexdigest()


def works() -> bool:
    """Say whether `.venv` has a Python that starts, is new enough, and was not moved here from elsewhere."""
    probe = f"import sys; sys.exit(sys.version_info < {OLDEST} or sys.prefix != {str(VENV)!r})"
    home = VENV / "home.stamp"
    if home.exists() and home.read_text() != str(VENV):
        return False
    try:
        return subprocess.call([PYTHON, "-c", probe], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment(pip: List[str]) -> None:
    """Make an empty `.venv`, with a pip of its own only when there is no other."""
    bare = ["--without-pip"] if pip[0] != PYTHON else []
    quietly("Making .venv", [sys.executable, "-m", "venv", "--clear", *bare, str(VENV)])
    (VENV / "home.stamp").write_text(str(VENV))


def pip_command() -> List[str]:
    """Return how to call a pip that installs into `.venv`: this Python's, or one that venv brings along."""
    if importlib.util.find_spec("venv") is None:
        raise Refusal(
            f"{sys.executable} lacks venv; install all of Python (Debian: apt-get install python3).",
            f"{sys.executable} 缺少 venv 模块，请安装完整的 Python（Debian：apt-get install python3）。",
        )
    version = re.match(r"pip (\d+)\.(\d+)", said_by([sys.executable, "-m", "pip", "--version"]))
    if version and (int(version.group(1)), int(version.group(2))) >= OLDEST_PIP:
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    if importlib.util.find_spec("ensurepip") is not None:
        return [PYTHON, "-m", "pip"]
    wanted = "{}.{}".format(*OLDEST_PIP)
    raise Refusal(
        f"pip is missing or older than {wanted}; install it first (Debian: apt-get install python3-pip).",
        f"没有 pip，或 pip 早于 {wanted}，请先安装（Debian：apt-get install python3-pip）。",
    )


def said_by(command: List[str]) -> str:
    """Return all that a short command says, nothing when it cannot be run."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except OSError:
        return ""
    return done.stdout.decode("utf-8", "replace")


def quietly(title: str, command: List[str]) -> None:
    """Run a set-up command behind one line of progress; Refusal says why it failed."""
    with tempfile.TemporaryFile() as output:
        code = watch(title, command, output)
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    if code:
        raise cause(title, said)


def watch(title: str, command: List[str], output: Any) -> int:
    """Run a command to its end, showing the seconds it has taken; it is ended when we are."""
    started = time.monotonic()
    process = begin(command, env=clean_environment(), stdout=output, stderr=output)
    try:
        due, pause = (0.0, 0.5) if sys.stdout.isatty() else (1.0, QUIET_SECONDS)
        while process.poll() is None:
            elapsed = time.monotonic() - started
            if elapsed >= due:
                progress(f"  {title} … {elapsed:.0f} s")
                due = elapsed + pause
            time.sleep(0.05)
    finally:
        finish(process)
    end = "\n" if sys.stdout.isatty() else ""
    progress(
        f"  {title} {'failed' if process.returncode else 'done'}, {time.monotonic() - started:.0f} s{end}"
    )
    return process.returncode


def progress(line: str) -> None:
    """Redraw the running line on a terminal; write a new one anywhere else."""
    if not sys.stdout.isatty():
        say(line)
        return
    sys.stdout.write("\r\x1b[K" + encodable(line))
    sys.stdout.flush()


def begin(command: List[str], **options: Any) -> "subprocess.Popen[Any]":
    """Start a command in a group of its own, so that `finish` reaches its children too."""
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)


def finish(process: "subprocess.Popen[Any]") -> None:
    """Interrupt a command that still runs, as Ctrl-C would, and end it when it does not listen."""
    if process.poll() is not None:
        return
    interrupt(process, "SIGINT")
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        interrupt(process, "SIGKILL")
        process.wait()


def interrupt(process: "subprocess.Popen[Any]", name: str) -> None:
    """Send a signal to a command and its children; Windows knows only the end of the command."""
    if os.name == "nt":
        process.terminate()
    else:
        os.killpg(process.pid, getattr(signal, name))


SIGNS = (
    (
        "ensurepip is (not available|disabled)",
        "pip is missing; install it first (Debian: apt-get install python3-pip)",
        "没有 pip，请先安装（Debian：apt-get install python3-pip）",
    ),
    (
        "No space left on device|Disk quota exceeded",
        "the disk is full; make room and run the same command again",
        "磁盘已满，请腾出空间后重新运行",
    ),
    (
        "Permission denied|Read-only file system",
        f"{VENV} cannot be written to",
        f"无法写入 {VENV}",
    ),
    (
        "do not match the hashes",
        "a downloaded package is not the one that was locked; nothing of it was installed",
        "下载的软件包与锁定的校验值不符，未安装",
    ),
    (
        "NewConnectionError|name resolution|Max retries|timed out|Connection (refused|reset)|No matching",
        "the package index cannot be reached or lacks a locked package; check the network and try again",
        "连不上软件包索引，或其中缺少锁定的软件包；请检查网络后重新运行",
    ),
)
"""What a failing pip says, and what that means to a person."""


def cause(title: str, said: str) -> Refusal:
    """Put into one sentence why a set-up command failed."""
    for pattern, english, chinese in SIGNS:
        if re.search(pattern, said, re.IGNORECASE):
            return Refusal(f"{title} failed: {english}.", f"安装失败：{chinese}。")
    last = ([line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"])[-1]
    return Refusal(f"{title} failed: {last}", f"安装失败：{last}")


def clean_environment() -> Dict[str, str]:
    """Return the environment without what would lead pip or Python astray."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "PYTHONHOME", "PIP_REQUIRE_VIRTUALENV"}
    }
    return {
        **kept,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_USER": "0",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


# -- demo ------------------------------------------------------------------------------------------------


def demo(options: argparse.Namespace) -> int:
    """Set up, then become the server that shows the season."""
    data = Path(options.data).absolute()
    check_port(options.port)
    check_room(data, DEMO_ROOM)
    ensure("run")
    program = str(BIN / ("supplychain" + SUFFIX))
    command = [program, "demo", "serve", "--port", str(options.port), "--data", str(data)]
    command += ["--fresh"] if options.fresh else []
    os.chdir(str(ROOT))
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(program, command)  # noqa: S606 - no shell is wanted
    return subprocess.call(command)


# -- test ------------------------------------------------------------------------------------------------


def test(options: argparse.Namespace) -> int:
    """Set up, run every check whatever the earlier ones said, and show how each ended."""
    ensure("test")
    missing = provide([need for need in NEEDS if not need.found()])
    with tempfile.TemporaryDirectory(prefix="check-") as folder:
        environment = checking_environment(missing, folder)
        outcomes = [absent(need, strict=options.strict) for need in missing]
        for step in steps(options.pytest, missing):
            outcomes += [run(step, environment, Path(folder), strict=options.strict)]
    return summary(outcomes)


def steps(pytest: List[str], missing: List[Need]) -> List[Step]:
    """Return the check list; arguments for pytest that name tests replace the usual two runs by one."""
    module = [PYTHON, "-m"]
    checks = [
        Step("ruff check", [[*module, "ruff", "check"]]),
        Step("ruff format", [[*module, "ruff", "format", "--check"]]),
        Step("mypy", [[*module, "mypy"], [*module, "mypy", "dev.py", "requirements/vendor.py"]]),
        Step("import-linter", [[str(BIN / ("lint-imports" + SUFFIX))]]),
    ]
    if any((ROOT / word.split("::")[0]).exists() for word in pytest):
        return [*checks, Step("pytest", [[*module, "pytest", *pytest]])]
    checks.append(Step("pytest", [[*module, "pytest", "-n", "2", "--ignore=tests/browser", *pytest]]))
    if not any(need.variable == "TEST_SKIP_BROWSER" for need in missing):
        checks.append(Step("browser", [[*module, "pytest", "-n", "0", "tests/browser", *pytest]]))
    return checks


def run(step: Step, environment: Dict[str, str], folder: Path, *, strict: bool) -> Outcome:
    """Run one step in the open; a skipped test fails it when nothing may be skipped."""
    say(f"\n== {step.name} " + "=" * (76 - len(step.name)))
    started, code, report = time.monotonic(), 0, folder / (step.name + ".xml")
    for command in step.commands:
        listed = [f"--junitxml={report}"] if "pytest" in command else []
        code = code or attend([*command, *listed], environment)
    seconds = time.monotonic() - started
    skipped = re.findall(r'<skipped type="pytest\.skip" message="([^"]*)"', text_of(report))
    for reason in sorted(set(skipped)):
        say(f"skipped {skipped.count(reason)}: {reason}")
    note = f"{len(skipped)} skipped" if skipped else ""
    return Outcome(step.name, seconds, code or int(strict and bool(skipped)), note)


def attend(command: List[str], environment: Dict[str, str]) -> int:
    """Run a command that speaks for itself; it is ended when we are."""
    process = begin(command, cwd=str(ROOT), env=environment)
    try:
        return process.wait()
    finally:
        finish(process)


def text_of(report: Path) -> str:
    """Return what a step wrote, if it came to that."""
    return report.read_text(encoding="utf-8") if report.exists() else ""


def checking_environment(missing: List[Need], folder: str) -> Dict[str, str]:
    """Return the environment of the checks: no installation's settings, and a home that can be written to."""
    kept = {name: value for name, value in clean_environment().items() if not name.startswith("SUPPLYCHAIN_")}
    kept["PATH"] = str(BIN) + os.pathsep + kept.get("PATH", os.defpath)
    if not os.access(kept.get("HOME", ""), os.W_OK):
        kept["HOME"] = folder
    return {**kept, **{need.variable: f"{need.name} is not installed" for need in missing}}


def absent(need: Need, *, strict: bool) -> Outcome:
    """Say in one loud line what is skipped and why."""
    why = f"it is not installed and only root on Debian installs it here (apt-get install {need.package})"
    say(f"\n!!! SKIPPED: every test that needs {need.name}, because {why} !!!")
    return Outcome(need.name, 0.0, int(strict), "not installed, its tests skipped")


def provide(missing: List[Need]) -> List[Need]:
    """Install by apt what is missing, where we may; return what is still missing."""
    if not missing or os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return missing
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    packages = [need.package for need in missing]
    try:
        quietly("Reading the list of Debian's packages", ["apt-get", "update", "-q"])
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends"]
        install += ["-o", "DPkg::Lock::Timeout=60"]
        quietly("Installing " + ", ".join(packages), [*install, *packages])
    except Refusal as refusal:
        say(f"!!! {refusal}")
    return [need for need in missing if not need.found()]


def summary(outcomes: List[Outcome]) -> int:
    """Print how each step ended; return the first failure's exit code."""
    say("\n" + "-" * 80)
    for outcome in outcomes:
        verdict = "FAILED" if outcome.code else ("SKIPPED" if outcome.seconds == 0 else "ok")
        say(f"{outcome.name:<16} {verdict:<8} {outcome.seconds:7.1f} s  {outcome.note}".rstrip())
    failed = [outcome.code for outcome in outcomes if outcome.code]
    seconds = sum(outcome.seconds for outcome in outcomes)
    say(f"{'together':<16} {'FAILED' if failed else 'ok':<8} {seconds:7.1f} s")
    return failed[0] if failed else 0


def has_postgresql() -> bool:
    """Say whether tests/postgres.py will find a server to start, or was given one."""
    if os.environ.get("TEST_DATABASE_URL"):
        return True
    commands = [str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return any(
        major(command) >= OLDEST_POSTGRESQL for command in [*commands, shutil.which("initdb")] if command
    )


def major(command: str) -> int:
    """Return the first number in what a command says of its version."""
    number = re.search(r"\d+", said_by([command, "--version"]))
    return int(number.group()) if number else 0


def has_chinese_font() -> bool:
    """Say whether a browser has a font to draw Chinese with."""
    if sys.platform in {"darwin", "win32"}:
        return True
    lister = shutil.which("fc-list")
    return bool(lister and said_by([lister, ":lang=zh-cn"]).strip())


def has(*commands: str) -> Callable[[], bool]:
    """Return a test for any of these commands, in the administrator's folders too."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return lambda: any(shutil.which(command, path=path) for command in commands)


def has_library(name: str) -> Callable[[], bool]:
    """Return a test for a shared library."""
    return lambda: ctypes.util.find_library(name) is not None


NEEDS = [
    Need("PostgreSQL", "postgresql", "TEST_SKIP_POSTGRESQL", has_postgresql),
    Need("Chromium", "chromium", "TEST_SKIP_BROWSER", has("chromium", "chromium-browser", "google-chrome")),
    Need("a Chinese font", "fonts-noto-cjk", "TEST_SKIP_FONT", has_chinese_font),
    Need("Mosquitto", "mosquitto", "TEST_SKIP_MOSQUITTO", has("mosquitto")),
    Need("zbar, a second reader of codes", "libzbar0", "TEST_SKIP_READERS", has_library("zbar")),
    Need("libdmtx, a second reader of codes", "libdmtx0b", "TEST_SKIP_READERS", has_library("dmtx")),
]


# -- the command -----------------------------------------------------------------------------------------


def encodable(text: str) -> str:
    """Return the text with a question mark for what the terminal cannot show."""
    encoding = sys.stdout.encoding or "ascii"
    return text.encode(encoding, "replace").decode(encoding)


def say(line: str) -> None:
    """Print a line now."""
    print(encodable(line), flush=True)


def arguments(words: List[str]) -> argparse.Namespace:
    """Read the command line; what follows `--` is pytest's."""
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(prog="dev.py", description="Set the project up and run it.")
    commands = parser.add_subparsers(dest="command", metavar="demo|test")
    show = commands.add_parser("demo", help="load a season and show it in the browser")
    show.add_argument("--port", type=int, default=8000, help="where to listen on this machine (8000)")
    show.add_argument("--data", default=str(ROOT / "var"), help="folder that keeps what is entered (var)")
    show.add_argument("--fresh", action="store_true", help="forget what was entered and start over")
    show.set_defaults(act=demo)
    check = commands.add_parser("test", help="run every check", epilog="What follows -- is handed to pytest.")
    check.add_argument("--strict", action="store_true", help="let every skipped test fail")
    check.set_defaults(act=test, pytest=words[cut + 1 :])
    options = parser.parse_args(words[:cut])
    if options.command is None:
        parser.error("say what to do: demo or test")
    return options


def explain(error: OSError) -> Refusal:
    """Put into one sentence what the operating system refused."""
    where = error.filename or ROOT
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Refusal(f"The disk is full (at {where}).", f"磁盘已满（{where}）。")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Refusal(f"{where} cannot be written to.", f"无法写入 {where}。")
    return Refusal(f"{error.strerror or error} ({where}).", f"出错：{error.strerror or error}（{where}）。")


def stopped(number: int, frame: Optional[Any]) -> None:
    """Leave in order when told to by a signal, so that no child stays behind."""
    del frame
    raise Refusal("Stopped.", "已停止。", 128 + number)


def main(words: List[str]) -> int:
    """Do what is asked; whatever stands in the way is one sentence and an exit code."""
    try:
        check_python(sys.version_info[:2])
        options = arguments(words)
        signal.signal(signal.SIGTERM, stopped)
        code: int = options.act(options)
    except KeyboardInterrupt:
        refusal = Refusal("Stopped.", "已停止。", 130)
    except Refusal as error:
        refusal = error
    except OSError as error:
        refusal = explain(error)
    else:
        return code
    sys.stdout.flush()
    print("\n".join(["", encodable(str(refusal)), encodable(refusal.chinese)]), file=sys.stderr)
    return refusal.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
