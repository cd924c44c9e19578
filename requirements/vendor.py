"""Fetches the browser assets named in vendor.toml and writes them where the pages load them from.

Not run by set-up or tests: the files are committed. Run it after changing vendor.toml; it needs npm.

    python requirements/vendor.py            fetch, compare with the recorded sha256, write
    python requirements/vendor.py --check    compare the committed files only, no network
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "supplychain" / "kernel" / "web" / "static" / "vendor"
SOURCE_MAP = re.compile(rb"\s*(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
BOUNDING_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')
MIT = (HERE / "mit.txt").read_text(encoding="utf-8")


class VendorError(Exception):
    """A file is missing from a package or is not the one that was recorded."""


@dataclass(frozen=True, slots=True)
class Vendored:
    """One file under static/vendor: where it comes from and what it must be."""

    package: str
    version: str
    licence: str
    name: str
    sha256: str
    source: str = ""
    """Path inside the package; empty for what is made from `icons` or from `copyright`."""
    icons: tuple[str, ...] = ()
    """Outline icons to join into one sprite."""
    copyright: str = ""
    """The holder's line over the MIT text, where a package forgets to ship its licence."""


def recorded(path: Path = HERE / "vendor.toml") -> Iterator[Vendored]:
    """Yield every file that vendor.toml records."""
    for package in tomllib.loads(path.read_text(encoding="utf-8"))["package"]:
        for file in package["file"]:
            known = {"package": package["name"], "version": package["version"], "licence": package["licence"]}
            yield Vendored(**known, **{**file, "icons": tuple(file.get("icons", ()))})


def differing(target: Path = TARGET) -> list[str]:
    """Name the committed files that are missing, changed, or recorded nowhere."""
    expected = {item.name: item.sha256 for item in recorded()}
    present = {path.name: digest(path.read_bytes()) for path in target.iterdir()} if target.is_dir() else {}
    return sorted(name for name in expected | present if expected.get(name) != present.get(name))


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def build(item: Vendored, package: dict[str, bytes]) -> bytes:
    """Make one file from its package's members: copied without its source map, a sprite, or a licence."""
    if item.icons:
        return sprite(item, package)
    if item.copyright:
        return f"MIT License\n\n{item.copyright}\n\n{MIT}".encode()
    if item.source not in package:
        raise VendorError(f"{item.package}@{item.version} holds no {item.source}")
    return SOURCE_MAP.sub(b"", package[item.source]).replace(b"\r\n", b"\n").rstrip() + b"\n"


def sprite(item: Vendored, package: dict[str, bytes]) -> bytes:
    """Join outline icons into one file of symbols; `<use href="icons.svg#NAME">` draws one."""
    symbols = "".join(_symbol(name, package[f"icons/outline/{name}.svg"].decode()) for name in item.icons)
    origin = f"<!-- {item.package} {item.version}, {item.licence} -->"
    return f'{origin}\n<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'.encode()


def _symbol(name: str, svg: str) -> str:
    drawing = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    shapes = " ".join(BOUNDING_BOX.sub("", drawing).split())
    pen = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {pen}>{shapes}</symbol>\n'


def fetch(package: str, version: str) -> dict[str, bytes]:
    """Return the members of one npm package, keyed by their path inside it."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        return dict(_members(archive))


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is not None:
                yield member.name.partition("/")[2], stream.read()


def write(target: Path = TARGET) -> list[str]:
    """Fetch and write everything; name the files whose content is not the recorded one."""
    target.mkdir(parents=True, exist_ok=True)
    packages: dict[tuple[str, str], dict[str, bytes]] = {}
    surprises = []
    for item in recorded():
        key = (item.package, item.version)
        packages[key] = packages.get(key) or fetch(*key)
        content = build(item, packages[key])
        if digest(content) != item.sha256:
            surprises.append(f'{item.name}: sha256 = "{digest(content)}"')
            continue
        (target / item.name).write_bytes(content)
    return surprises


def main() -> int:
    """Write or check; print what differs from vendor.toml."""
    problems = differing() if "--check" in sys.argv[1:] else write()
    for problem in problems:
        print(f"not as recorded in vendor.toml: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
