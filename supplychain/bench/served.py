"""What a benchmark asks, made in the processes that serve it: run as a module with WHAT, DATA and PORT."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from flask import Flask

from supplychain import demo, serving
from supplychain.app import assemble, create_app

PAGE_BYTES = 15_000
"""As many as the consumer page has."""
URL = "BENCH_DATABASE_URL"


def suite(data: str, port: int) -> Flask:
    """Return the suite on the season in a folder, or in the database that the environment names."""
    settings = replace(demo.settings_for(Path(data), port), database_url=os.environ.get(URL, ""))
    return create_app(assemble(settings))


def bare() -> Flask:
    """Return Flask with one route that answers any address with as many bytes as the page has."""
    app, page = Flask("bare"), b"x" * PAGE_BYTES
    app.add_url_rule("/<path:rest>", "page", lambda rest: page)
    return app


def main(what: str, data: str, port: str) -> NoReturn:
    """Serve the one or the other by as many processes as there are cores."""
    call = {"suite": f"suite({data!r}, {int(port)})", "bare": "bare()"}[what]
    serving.in_processes(f"supplychain.bench.served:{call}", "127.0.0.1", int(port), os.cpu_count() or 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
