"""Commands of traceability for integrators: `supplychain trace …`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from traceability.rules.event_hash import event_hash, namespaces_of


@click.group()
def trace() -> None:
    """Look at events and proofs."""


@trace.command("hash")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def hash_(file: Path) -> None:
    """Print the CBV hash of each event in an EPCIS document, one a line."""
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
        for event in _events(document):
            click.echo(event_hash(event, namespaces_of(event.get("@context") or document.get("@context"))))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise click.ClickException(f"{file} is no EPCIS 2.0 document in JSON") from error


def _events(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of a document, a query document, or a bare event."""
    body = document.get("epcisBody")
    if body is None:
        return [document]
    if "queryResults" in body:
        return list(body["queryResults"]["resultsBody"]["eventList"])
    return list(body["eventList"]) if "eventList" in body else [body["event"]]
