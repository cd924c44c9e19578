"""Serving pages and API: one process of threads at a desk, several processes for a county.

Which application is served, and what runs beside it, is decided elsewhere.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import waitress
from flask import Flask

THREADS = 4
"""Threads of each process, where there are several: people keep connections open."""


def in_one_process(app: Flask, host: str, port: int) -> None:
    """Serve until stopped; OSError when the port cannot be used."""
    waitress.serve(app, host=host, port=port, threads=8, ident=None)


def in_processes(factory: str, host: str, port: int, count: int) -> NoReturn:
    """Become a gunicorn of so many processes; `factory` is the call that makes the application in each.

    Where there is no fork (Windows) there is no gunicorn: OSError.
    """
    if not hasattr(os, "fork"):
        raise OSError("this system cannot serve by several processes")
    options = {
        "bind": f"{host}:{port}",
        "workers": count,
        "worker-class": "gthread",
        "threads": THREADS,
        "timeout": 60,
        "log-level": "warning",
    }
    given = [f"--{name}={value}" for name, value in options.items()]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--no-control-socket", *given, factory])  # noqa: S606 - our own interpreter
