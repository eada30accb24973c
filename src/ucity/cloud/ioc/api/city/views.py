"""Services' views as HTTP: ``GET /{sector}/{service}/{view}``, typed by the models that the service declares."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from ucity.blueprint import View
from ucity.cloud.ioc.api.city.parts import PREFIX, Asker, Parts
from ucity.cloud.ioc.share import SharedCity


def views_router(parts: Parts) -> APIRouter:
    """An endpoint for each view of each service."""
    router = APIRouter(prefix=PREFIX)
    for name, service in parts.catalogue.services.items():
        for view in service.views:
            router.add_api_route(
                f"/{name}/{view.name}",
                _endpoint(parts, name, view),
                response_model=view.result,
                summary=view.title["en"],
                description=view.title["ko"],
                operation_id=f"{name}/{view.name}".replace("/", "_"),
                tags=[service.title["en"]],
            )
    return router


def _endpoint(parts: Parts, name: str, view: View) -> Any:
    async def answer(who: Asker, asked: Any) -> Any:
        parts.access.check_read_view(who, f"{name}/{view.name}", view.sharing)
        predicate = parts.access.reads_streams(who, f"view {name}/{view.name}")
        city = SharedCity(parts.pool, predicate, parts.routing, parts.zone, parts.clock)
        return await view.answer(city, asked)

    # FastAPI reads the model, which only the declaration knows, from the annotation.
    answer.__annotations__["asked"] = Annotated[view.request, Query()]
    return answer
