"""The API does what its OpenAPI document says, and nothing that is sent to it is its fault."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ucity.cloud.ioc.api.ngsi.app import RESOURCES
from ucity.cloud.ioc.api.ngsi.openapi import OPERATIONS, document

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
API = schemathesis.openapi.from_dict(document(RESOURCES))
FOUND = [found.ok() for found in API.get_all_operations() if isinstance(found, Ok)]


def test_every_handler_is_described() -> None:
    assert {each for _, methods in RESOURCES for each in methods.values()} == OPERATIONS.keys()
    assert len(FOUND) == len(OPERATIONS)


async def test_the_document_is_served(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/openapi.json")).json() == document(RESOURCES)


@pytest.mark.parametrize("operation", FOUND, ids=lambda each: f"{each.method} {each.path}")
async def test_whatever_is_asked_the_answer_is_one_that_is_described(api: httpx.AsyncClient, operation: Any) -> None:
    cases: list[Case[Any]] = []

    @given(case=operation.as_strategy())
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def draw(case: Case[Any]) -> None:
        cases.append(case)

    draw()
    for case in cases:
        sent = case.as_transport_kwargs(base_url="http://city")
        sent.pop("cookies", None)
        request = httpx.Request(
            sent["method"],
            sent["url"],
            params=sent.get("params") or None,
            headers={**dict(sent.get("headers") or {})},
            json=sent.get("json"),
        )
        answer = await api.send(request)
        assert answer.status_code < 500 or answer.status_code == 504, f"{request.url} {answer.text}"
        for check in CHECKS:
            case.validate_response(schemathesis.Response.from_httpx(answer, verify=False), checks=[check])
