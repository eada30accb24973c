"""``/streams``: the catalogue of everything that the city measures."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ucity.blueprint import UNITS, Declared, Kind, Measure, Sharing
from ucity.cloud.ioc.api.city.parts import PREFIX, Parts, ServiceName, StreamName


class MeasureInfo(BaseModel):
    """One quantity that a reading carries."""

    key: str
    title: dict[str, str] = Field(description="By language (BCP 47).")
    kind: Kind
    unit: str | None = Field(description="UCUM code; null for text.")
    symbol: str | None = Field(description="The unit as people write it.")
    lowest: float | None
    highest: float | None
    options: list[str] = Field(description="The only texts allowed; empty for any.")


class StreamInfo(BaseModel):
    """Readings of one kind, about things of one type."""

    path: str = Field(description="`service/stream`, as in the addresses of its readings.")
    service: str = Field(description="`sector/service`.")
    title: dict[str, str] = Field(description="By language (BCP 47).")
    entity_type: str = Field(serialization_alias="entityType", description="NGSI-LD type of the things.")
    measures: list[MeasureInfo]
    labels: list[str]
    moves: bool
    derived: bool = Field(description="Computed by a rule; nobody sends it.")
    sharing: Sharing = Field(description="`open`: anyone may read it without a key.")
    every: float | None = Field(description="Seconds between two readings of a thing, as expected.")
    keep: float | None = Field(description="Seconds for which readings are kept; null for ever.")


class StreamList(BaseModel):
    """The catalogue."""

    streams: list[StreamInfo]


def streams_router(parts: Parts) -> APIRouter:
    """The catalogue's endpoints."""
    router = APIRouter(prefix=PREFIX, tags=["streams"])

    @router.get("/streams")
    async def streams() -> StreamList:
        """Everything that the city measures, with units and sharing."""
        found = sorted(parts.catalogue.streams.values(), key=lambda each: each.path)
        return StreamList(streams=[_stream(each) for each in found])

    @router.get("/streams/{service}/{stream}")
    async def stream(service: ServiceName, stream: StreamName) -> StreamInfo:
        """One stream of the catalogue."""
        return _stream(parts.declared(service, stream))

    return router


def _stream(declared: Declared) -> StreamInfo:
    stream = declared.stream
    return StreamInfo(
        path=declared.path,
        service=declared.service,
        title=dict(stream.title),
        entity_type=stream.entity_type,
        measures=[_measure(measure) for measure in stream.measures],
        labels=list(stream.labels),
        moves=stream.moves,
        derived=stream.derived,
        sharing=stream.sharing,
        every=stream.every.total_seconds() if stream.every else None,
        keep=stream.keep.total_seconds() if stream.keep else None,
    )


def _measure(measure: Measure) -> MeasureInfo:
    lowest, highest = measure.valid or (None, None)
    return MeasureInfo(
        key=measure.key,
        title=dict(measure.title),
        kind=measure.kind,
        unit=measure.unit,
        symbol=UNITS[measure.unit].symbol if measure.unit else None,
        lowest=lowest,
        highest=highest,
        options=list(measure.options),
    )
