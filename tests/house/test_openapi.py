"""The API keeps to its own document: whatever is sent, the answer is one that the document knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance

from supplychain.app import Runtime, create_app
from supplychain.kernel.db.uow import Database
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings

DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def api(db: Database, suite: Suite, tmp_path: Path) -> Flask:
    """The suite with one operator, whose token stands in the application's configuration."""
    with db.unit_of_work(SYSTEM) as uow:
        user = identity.add(uow, AddUser("robot", "Robot", "a long password", "operator"))
        _, token = identity.issue_token(uow, user.id, "robot")
    app = create_app(Runtime(Settings(data_dir=tmp_path, secret_key="of the robot"), suite, db))
    app.config["ROBOT"] = {"Authorization": f"Bearer {token}"}
    return app


def test_the_document_is_valid_openapi(api: Flask) -> None:
    validate(api.test_client().get(DOCUMENT).get_json())


def test_every_resource_asks_who_is_there(api: Flask) -> None:
    client = api.test_client()
    for path, operations in client.get(DOCUMENT).get_json()["paths"].items():
        for method in operations:
            if method in {"get", "post", "put", "delete"}:
                answer = client.open(path.replace("{", "").replace("}", ""), method=method.upper())
                assert answer.status_code in {401, 404}, (method, path)


def test_no_input_breaks_the_api(api: Flask) -> None:
    """Operation by operation; the same inputs each time, few of each."""
    for found in schemathesis.openapi.from_wsgi(DOCUMENT, api).get_all_operations():
        assert isinstance(found, Ok)
        _try(found.ok(), api.config["ROBOT"])


def _try(operation: Any, robot: dict[str, str]) -> None:
    @settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def holds(case: Case[Any]) -> None:
        answer = case.call(headers=robot)
        case.validate_response(answer, checks=[not_a_server_error, content_type_conformance])

    holds()
