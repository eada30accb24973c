"""The API is described as a whole; ``tests/end_to_end/test_ngsi_ld_described.py`` holds it to what is said there."""

import httpx
import pytest
import schemathesis
from schemathesis.core.result import Ok

from ucity.cloud.ioc.api.ngsi.app import RESOURCES
from ucity.cloud.ioc.api.ngsi.openapi import document
from ucity.cloud.ioc.api.ngsi.openapi.operations import OPERATIONS


def test_every_handler_is_described() -> None:
    found = schemathesis.openapi.from_dict(document(RESOURCES)).get_all_operations()
    assert {each for _, methods in RESOURCES for each in methods.values()} == OPERATIONS.keys()
    assert len([each for each in found if isinstance(each, Ok)]) == len(OPERATIONS)


async def test_the_document_is_served(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/openapi.json")).json() == document(RESOURCES)


@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_said_to_need_a_key_needs_one(*, is_open: bool) -> None:
    """Anyone may ask for what is open, and may do everything where the city is open to all."""
    said = document(RESOURCES, is_open=is_open)["paths"]
    assert {} in said["/entities"]["get"]["security"]
    assert ({} in said["/entities"]["post"]["security"]) is is_open
    assert ({} in said["/subscriptions"]["get"]["security"]) is is_open
