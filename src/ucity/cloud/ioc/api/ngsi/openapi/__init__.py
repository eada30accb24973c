"""The OpenAPI document of the NGSI-LD API, made of what the handlers take: addresses, parameters, bodies, answers.

What it cannot say: what goes together among parameters, the languages of ``q`` and its like, and that rings are closed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.media import JSON, LD_JSON, MERGE_PATCH
from ucity.cloud.ioc.api.ngsi.openapi import answers, entities
from ucity.cloud.ioc.api.ngsi.openapi.operations import OPERATIONS, Body, Operation
from ucity.cloud.ioc.api.ngsi.openapi.parameters import (
    PREFER,
    REQUEST_HEADERS,
    header_parameters,
    path_parameter,
    query_parameters,
)
from ucity.cloud.ioc.api.ngsi.openapi.texts import Schema, ref

Resources = Iterable[tuple[str, Mapping[str, Callable[..., Any]]]]


def document(resources: Resources, *, is_open: bool = False) -> dict[str, Any]:
    """The document of these addresses and what answers to each method there. ``is_open``: nobody needs a key."""
    paths: dict[str, Any] = {}
    for address, methods in resources:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", address)
        if path.endswith("/"):
            continue
        paths[path] = {
            "parameters": [path_parameter(path, name) for name in re.findall(r"\{(\w+)\}", path)],
            **{
                method.lower(): _operation(method, path, OPERATIONS[each], is_open=is_open)
                for method, each in methods.items()
            },
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "NGSI-LD of this city", "version": "1.9.1"},
        "servers": [{"url": "/ngsi-ld/v1"}],
        "paths": paths,
        "components": {
            "schemas": {**entities.SCHEMAS, **answers.SCHEMAS, **_bodies()},
            "responses": {_problem(status): each.described() for status, each in answers.PROBLEMS.items()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(method: str, path: str, operation: Operation, *, is_open: bool) -> dict[str, Any]:
    headers = {**REQUEST_HEADERS, **(PREFER if 203 in operation.answers else {})}
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_"),
        "summary": operation.summary,
        "parameters": [*query_parameters(operation.accepted, operation.own), *header_parameters(headers)],
        "responses": {
            **{str(status): answer.described() for status, answer in operation.answers.items()},
            **{
                str(status): {"$ref": f"#/components/responses/{_problem(status)}"}
                for status in answers.PROBLEMS
                if operation.body is not None or status not in answers.OF_BODIES
            },
        },
        "security": [{"key": []}, *([{}] if is_open or operation.is_public else [])],
    }
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": _content(method, operation.body)}
    return found


def _content(method: str, body: Body) -> dict[str, Any]:
    kinds = {JSON: body.name, LD_JSON: _ld(body), **({MERGE_PATCH: body.name} if method == "PATCH" else {})}
    return {kind: {"schema": ref(name)} for kind, name in kinds.items()}


def _bodies() -> dict[str, Schema]:
    said = [each.body for each in OPERATIONS.values() if each.body is not None]
    return {each.name: each.json for each in said} | {_ld(each): each.ld for each in said}


def _ld(body: Body) -> str:
    return f"{body.name}LD"


def _problem(status: int) -> str:
    return f"Problem{status}"
