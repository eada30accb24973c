"""``/places``: what a name means, and what is at a point."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ucity.blueprint import Text
from ucity.blueprint.journeys import Position
from ucity.cloud.ioc.api.city.parts import PREFIX, Parts
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.routing.places import Found, around, find
from ucity.errors import BadInput

Kind = Literal["station", "stop", "district", "neighbourhood", "place"]
_Point = Annotated[
    str, Query(max_length=60, description="Longitude,latitude in degrees (WGS 84).", examples=["127.0,37.5"])
]
_Language = Annotated[
    str | None, Query(max_length=35, description="Language of `label` (BCP 47); the city's first one unless given.")
]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class PlaceFound(_Model):
    """A place that one may want to go to, or be at."""

    id: str = Field(description="Of a station or stop `<feed>:<stop>`, as timetables and boards name it.")
    kind: Kind
    label: str = Field(description="Its name in the language asked for, or in another where it has none in that.")
    names: dict[str, str] = Field(description="By language (BCP 47).")
    lon: float = Field(description="Degrees (WGS 84).")
    lat: float = Field(description="Degrees (WGS 84).")
    district: str | None = Field(description="Identifier of the district that it lies in.")
    district_label: str | None = Field(description="The district's name.")
    code: str = Field(description="What stands on the sign of a stop; empty where there is nothing.")
    metres: float | None = Field(description="From where it was asked, as the crow flies.")


class PlacesFound(_Model):
    """Places, the likeliest first."""

    places: list[PlaceFound]


class PlaceAt(_Model):
    """What is known of a point on the ground."""

    label: str = Field(description="What one would call it: the nearest place, else the district, else empty.")
    nearest: PlaceFound | None = Field(description="The nearest place within three kilometres.")
    stops: list[PlaceFound] = Field(description="Stations and stops around, the nearest first.")
    district: str | None = Field(description="Identifier of the district that it lies in.")
    district_label: str | None


class Naming:
    """Tells places in a language. ``districts``: their names by identifier; ``locate``: which one holds a point;
    ``languages``: the city's, the first one to begin with."""

    def __init__(self, districts: Mapping[str, Text], locate: Locate, languages: Sequence[str]) -> None:
        self._districts, self._locate, self._languages = districts, locate, languages

    def at(self, point: Position) -> str | None:
        """The district that holds the point."""
        return self._locate([point.lon], [point.lat])[0]

    def label(self, names: Text, language: str | None) -> str:
        """The name in this language, else in the city's first, else in any."""
        for each in (language and language.split("-")[0].lower(), *self._languages):
            if each and each in names:
                return names[each]
        return next(iter(names.values()), "")

    def district(self, id_: str | None, language: str | None) -> str | None:
        """The name of a district; None for none."""
        names = self._districts.get(id_ or "")
        return self.label(names, language) if names else None

    def told(self, found: Found, language: str | None) -> PlaceFound:
        """The place, as the API tells it."""
        return PlaceFound(
            id=found.id,
            kind=found.kind,  # type: ignore[arg-type]  # one of KINDS, which the gatherers see to
            label=self.label(found.names, language),
            names=dict(found.names),
            lon=found.position.lon,
            lat=found.position.lat,
            district=found.district,
            district_label=self.district(found.district, language),
            code=found.code,
            metres=None if found.metres is None else round(found.metres, 1),
        )


def places_router(parts: Parts, naming: Naming) -> APIRouter:
    """Search by name, and by position."""
    router = APIRouter(prefix=PREFIX, tags=["places"])

    @router.get("/places", response_model=PlacesFound)
    async def places(
        q: Annotated[
            str,
            Query(
                max_length=200,
                description="A name or the beginning of one, in Hangul, its first "
                "consonants or Latin letters; slips are forgiven.",
                examples=["시청", "ㅅㅊ"],
            ),
        ],
        near: Annotated[_Point | None, Query()] = None,
        lang: _Language = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> PlacesFound:
        """Stations, stops, districts and other places that a text may mean: the best match first, then the nearest."""
        found = await find(parts.pool, q, near=None if near is None else position("near", near), limit=limit)
        return PlacesFound(places=[naming.told(each, lang) for each in found])

    @router.get("/places/at", response_model=PlaceAt)
    async def at(point: _Point, lang: _Language = None) -> PlaceAt:
        """What is at a point: the nearest place, the stops around it, the district."""
        here = position("point", point)
        nearest = await around(parts.pool, here)
        stops = await around(parts.pool, here, kinds=("station", "stop"))
        return _at(naming, naming.at(here), nearest, stops, lang)

    return router


def _at(naming: Naming, district: str | None, nearest: list[Found], stops: list[Found], lang: str | None) -> PlaceAt:
    first = naming.told(nearest[0], lang) if nearest else None
    in_district = naming.district(district, lang)
    return PlaceAt(
        label=first.label if first else in_district or "",
        nearest=first,
        stops=[naming.told(each, lang) for each in stops],
        district=district,
        district_label=in_district,
    )


def position(name: str, told: str) -> Position:
    """The point that a parameter tells as longitude,latitude. Raises BadInput that names it."""
    try:
        lon, lat = (float(part) for part in told.split(","))
    except ValueError:
        raise BadInput(_no_position(name)) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput(_no_position(name))
    return Position(lon, lat)


def _no_position(name: str) -> Text:
    return {
        "ko": f"{name}: 경도,위도(WGS 84, 도)로, 경도를 먼저 적어 주세요. 예: 127.0,37.5",
        "en": f"{name}: give longitude,latitude in degrees (WGS 84), the longitude first, like 127.0,37.5.",
    }
