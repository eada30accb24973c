"""The city's own API, ``/api/v1``, as a FastAPI application; its OpenAPI is where the pages' types come from."""

from threading import Lock
from typing import Any

from fastapi import Depends, FastAPI

from ucity import __version__
from ucity.cloud.ioc.api.city.about import About, about_router
from ucity.cloud.ioc.api.city.events import events_router
from ucity.cloud.ioc.api.city.feeds import feeds_router
from ucity.cloud.ioc.api.city.gtfs import gtfs_router
from ucity.cloud.ioc.api.city.journeys import journeys_router
from ucity.cloud.ioc.api.city.live import live_router
from ucity.cloud.ioc.api.city.parameters import refuse_unknown
from ucity.cloud.ioc.api.city.parts import PREFIX, Parts
from ucity.cloud.ioc.api.city.places import Naming, places_router
from ucity.cloud.ioc.api.city.quarantine import quarantine_router
from ucity.cloud.ioc.api.city.readings import readings_router
from ucity.cloud.ioc.api.city.status import status_router
from ucity.cloud.ioc.api.city.streams import streams_router
from ucity.cloud.ioc.api.city.views import views_router
from ucity.network.http import HANDLERS

__all__ = ["PREFIX", "About", "Naming", "Parts", "city_api"]

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Where single fields are wrong: how to mend each, as `Accept-Language` prefers.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["field", "detail"],
            },
        },
        "requestId": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "requestId"],
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/problem+json": {"schema": _PROBLEM}}}
    for status, text in {"4XX": "What is wrong with the request.", "422": "The request does not fit."}.items()
}
_SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `uck_...`, from `ucity keys make`."},
    "device": {"type": "http", "scheme": "basic", "description": "A device's name and password."},
}
_ROUTERS = (
    streams_router,
    readings_router,
    events_router,
    live_router,
    journeys_router,
    feeds_router,
    gtfs_router,
    quarantine_router,
    status_router,
    views_router,
)


def city_api(parts: Parts, about: About, naming: Naming) -> FastAPI:
    """The application, with its documents at ``/api/v1/openapi.json``."""
    api = FastAPI(
        title="ucity",
        summary="An open cloud for a whole city.",
        version=__version__,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        exception_handlers=dict(HANDLERS),
        responses=_ERRORS,
        dependencies=[Depends(refuse_unknown)],
    )
    api.include_router(about_router(about))
    api.include_router(places_router(parts, naming))
    for each in _ROUTERS:
        api.include_router(each(parts))
    _describe_security(api)
    return api


def _describe_security(api: FastAPI) -> None:
    plain, one_at_a_time = api.openapi, Lock()

    def described() -> dict[str, Any]:
        # The first requests come in several threads, and making the document is nothing for two at once.
        with one_at_a_time:
            schema = plain()
            schema.setdefault("components", {})["securitySchemes"] = _SECURITY
            schema["security"] = [{}, *({name: []} for name in _SECURITY)]
        return schema

    api.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents
