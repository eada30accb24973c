"""``/city``: what the city is called, where it lies, and what its map is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from ucity.cloud.ioc.api.city.parts import PREFIX
from ucity.network.http.documents import Document

_GEOJSON = "application/geo+json"
_AREAS: dict[int | str, dict[str, Any]] = {
    200: {"description": "GeoJSON FeatureCollection (RFC 7946).", "content": {_GEOJSON: {"schema": {"type": "object"}}}}
}


class CityInfo(BaseModel):
    """What a city says of itself."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    name: dict[str, str] = Field(description="By language (BCP 47).")
    languages: list[str] = Field(description="Of its pages; the first is the one to begin with.")
    time_zone: str = Field(description="IANA time zone of its days.")
    area: tuple[float, float, float, float] = Field(description="West, south, east, north in degrees (WGS 84).")
    centre: tuple[float, float] = Field(description="Longitude and latitude of its middle, in degrees (WGS 84).")
    zoom: float = Field(description="Zoom at which a map shows the whole area (Web Mercator, world 512 px at 0).")
    simulated: bool = Field(description="Its data are made up; whatever shows them has to say so.")
    attribution: list[dict[str, str]] = Field(description="Whom to thank for maps and data, each by language.")
    approximate_districts: bool = Field(description="The borders of its districts are not the official ones.")


@dataclass(frozen=True)
class About:
    """The documents that ``/city`` serves."""

    city: Document
    districts: Document
    coast: Document

    @classmethod
    def of(cls, profile: Mapping[str, Any], districts: Mapping[str, Any], coast: Mapping[str, Any]) -> "About":
        """From the profile as plain values, and two GeoJSON FeatureCollections."""
        info = CityInfo(**profile, approximate_districts=bool(districts.get("approximate")))
        return cls(
            Document.of(info.model_dump_json(by_alias=True).encode(), "application/json"),
            Document.of(msgspec.json.encode(districts), _GEOJSON),
            Document.of(msgspec.json.encode(coast), _GEOJSON),
        )


def about_router(about: About) -> APIRouter:
    """The endpoints about the city itself."""
    router = APIRouter(prefix=PREFIX, tags=["city"])

    @router.get("/city", response_model=CityInfo)
    async def city(request: Request) -> Response:
        """The city's name, place, languages and time zone."""
        return about.city.answer(request)

    @router.get("/city/districts", responses=_AREAS)
    async def districts(request: Request) -> Response:
        """Outlines of its districts, simplified for maps; `properties.id` and `properties.name` by language."""
        return about.districts.answer(request)

    @router.get("/city/coast", responses=_AREAS)
    async def coast(request: Request) -> Response:
        """The land in and around the city. Without features, it has told none."""
        return about.coast.answer(request)

    return router
