"""Serving pages and API: one process of threads at a desk, several processes for a county.

Which application is served, and what runs beside it, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

import waitress
from flask import Flask
from gunicorn.app.base import BaseApplication

THREADS = 4
"""Threads of each process, where there are several: people keep connections open."""


def in_one_process(app: Flask, host: str, port: int) -> None:
    """Serve until stopped; OSError when the port cannot be used."""
    waitress.serve(app, host=host, port=port, threads=8, ident=None)


def in_processes(make: Callable[[], Flask], host: str, port: int, count: int) -> None:
    """Serve by so many processes until stopped; each makes the application anew, with its own connections."""
    _Processes(make, f"{host}:{port}", count).run()


class _Processes(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn, configured here and nowhere else."""

    def __init__(self, make: Callable[[], Flask], bind: str, count: int) -> None:
        self.make, self.bind, self.count = make, bind, count
        super().__init__()

    def load_config(self) -> None:
        """Say how to serve."""
        chosen = {
            "bind": self.bind,
            "workers": self.count,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 60,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application, in a process of its own."""
        return self.make()
