"""A served demo season and a Chromium that looks at it, on a desk and on a phone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 240
"""Half seconds until the season must be served."""
SIZES = {"desk": (1280, 900), "phone": (360, 780)}


@dataclass(frozen=True)
class Season:
    """The address of a served season, and what `demo links --json` says of it."""

    address: str
    links: dict[str, Any]

    def path(self, name: str) -> str:
        """Return a sample link's path."""
        return str(self.links[name]).removeprefix(self.address)

    def username(self, role: str) -> str:
        """Return the first person of the season in a role."""
        return next(str(item["username"]) for item in self.links["sign_ins"] if item["role"] == role)


@pytest.fixture(scope="session")
def still_clock() -> None:
    """Nothing to hold still here: the season runs in a process of its own, by the real clock."""


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """Serve the season on a free port until the session ends."""
    data = tmp_path_factory.mktemp("season")
    port = _free_port()
    where = ["--data", str(data), "--port", str(port)]
    command = [str(Path(sys.executable).with_name("supplychain")), "demo"]
    log = (data / "serve.log").open("w")
    server = subprocess.Popen([*command, "serve", *where], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(server, address, data)
        said = subprocess.run(
            [*command, "links", "--json", *where], check=True, capture_output=True, text=True
        )
        yield Season(address, json.loads(said.stdout))
    finally:
        server.terminate()
        server.wait(30)
        log.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the session."""
    flags = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(params=list(SIZES))
def open_as(
    request: pytest.FixtureRequest, chromium: Browser, season: Season
) -> Iterator[Callable[[str | None], Page]]:
    """Return a way to open the suite as somebody; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    width, height = SIZES[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", base_url=season.address
    )

    def open_page(role: str | None) -> Page:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if role is not None:
            page.goto("/sign-in")
            page.fill("form.form [name=username]", season.username(role))
            page.fill("form.form [name=password]", str(season.links["password"]))
            page.click("form.form button[type=submit]")
            page.wait_for_url("**/")
        return page

    yield open_page
    context.close()
    assert complaints == []


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """Return a way to keep a picture of a page, in the ignored folder `screenshots/`."""
    folder = Path(request.config.rootpath) / "screenshots"
    folder.mkdir(exist_ok=True)

    def keep(page: Page) -> None:
        name = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait(server: subprocess.Popen[bytes], address: str, data: Path) -> None:
    pause = Event()
    for _ in range(PATIENCE):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/sign-in", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            pause.wait(0.5)
    pytest.fail(f"the season is not served: {(data / 'serve.log').read_text()[-2000:]}")
