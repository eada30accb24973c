"""What is asked and answered at ``/journeys``, as the API shows it."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ucity.blueprint import TRANSIT, JourneyQuery, Mode, Position, Text
from ucity.blueprint.figures import Standing
from ucity.blueprint.journeys import Passage
from ucity.errors import Unfit

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EVERY_DAY = TRANSIT | {Mode.WALK}
_ALL_MODES = ", ".join(sorted(Mode))
_POSITION: Text = {
    "ko": "경도,위도(WGS 84, 도)로, 경도를 먼저 적어 주세요. 예: 127.0,37.5",
    "en": "Give LON,LAT in degrees (WGS 84), longitude first, like 127.0,37.5.",
}
_MODES: Text = {
    "ko": f"다음 가운데 하나 이상을 쉼표로 나누어 적어 주세요: {_ALL_MODES}",
    "en": f"Give one or more of {_ALL_MODES}, separated by commas.",
}
_IN_REACH: Text = {"ko": "2000년에서 2100년 사이로 적어 주세요.", "en": "Give a time between 2000 and 2100."}
_NOT_BOTH: Text = {
    "ko": "depart와 arrive 가운데 하나만 적어 주세요.",
    "en": "Give depart or arrive, not both.",
}


class Model(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True, frozen=True)


def _is_position(text: str) -> str:
    """Check that a text is LON,LAT."""
    to_position(text)
    return text


def to_position(text: str) -> Position:
    """From LON,LAT; raises Unfit."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise Unfit(_POSITION) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Unfit(_POSITION)
    return Position(lon, lat)


def _names_modes(text: str) -> str:
    """Check that a text names modes."""
    to_modes(text)
    return text


def to_modes(text: str) -> frozenset[Mode]:
    """From names separated by commas; raises Unfit."""
    try:
        found = frozenset(Mode(part.strip()) for part in text.split(","))
    except ValueError:
        raise Unfit(_MODES) from None
    return found


def _in_reach(time: datetime) -> datetime:
    if not _EARLIEST <= time < _LATEST:
        raise Unfit(_IN_REACH)
    return time


Point = Annotated[str, Field(max_length=80, examples=["127.0,37.5"]), AfterValidator(_is_position)]
Time = Annotated[AwareDatetime, AfterValidator(_in_reach)]


class JourneysRequest(BaseModel):
    """Which way is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: Point = Field(alias="from", description="Where from: LON,LAT in degrees (WGS 84).")
    to: Point = Field(description="Where to: LON,LAT in degrees (WGS 84).")
    depart: Time | None = Field(None, description="Leave then or later (RFC 3339). Without `arrive` too: now.")
    arrive: Time | None = Field(None, description="Be there by then (RFC 3339).")
    modes: Annotated[str, Field(max_length=200), AfterValidator(_names_modes)] = Field(
        ",".join(sorted(_EVERY_DAY)),
        description=f"What may be used, separated by commas: {_ALL_MODES}.",
    )
    wheelchair: bool = Field(False, description="Only ways that can be taken in a wheelchair.")
    few_steps: bool = Field(False, description="Avoid stairs, by a detour of up to ten times their length.")
    window: int = Field(
        30, ge=0, le=180, description="Minutes after `depart` (before `arrive`) within which to set out."
    )
    walking_speed: float = Field(1.25, ge=0.3, le=3, description="Metres a second on level ground.")
    longest_walk: int = Field(20, ge=0, le=120, description="Minutes on foot to, from or between stops at most.")
    most_transfers: int = Field(5, ge=0, le=10, description="Changes at most.")
    most: int = Field(
        12, ge=1, le=30, description="Journeys at most: the best in each respect, then the soonest there."
    )
    car_occupancy: float = Field(1, ge=1, le=9, description="People in the car that is compared with.")
    compare: bool = Field(True, description="Tell of the same way by car, taxi and bicycle.")

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.depart and self.arrive:
            raise Unfit(_NOT_BOTH)
        return self

    def query(self, now: datetime) -> JourneyQuery:
        """As routing asks it."""
        return JourneyQuery(
            origin=to_position(self.from_),
            destination=to_position(self.to),
            at=(self.arrive or self.depart or now).astimezone(UTC),
            arrive_by=self.arrive is not None,
            modes=to_modes(self.modes),
            window=timedelta(minutes=self.window),
            wheelchair=self.wheelchair,
            few_steps=self.few_steps,
            walking_speed=self.walking_speed,
            longest_walk=timedelta(minutes=self.longest_walk),
            most_transfers=self.most_transfers,
        )


class FollowRequest(BaseModel):
    """Which journey is followed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    journey: str = Field(max_length=4000, description="`follow` of a journey, as `/journeys` tells it, unchanged.")
    delay: int = Field(5, ge=1, le=120, description="Minutes by which one may arrive later before it is told.")
    here: Point | None = Field(
        None, description="Where you are, LON,LAT; without, it is taken from the journey and the time."
    )


class PlaceInfo(Model):
    """One end of a leg."""

    name: str = Field(description="Empty where it has none.")
    names: dict[str, str] = Field(description="The same by language (BCP 47), as far as the feed tells.")
    lon: float
    lat: float
    stop: str | None = Field(description="`<feed>:<stop_id>`, also of an entrance; null for what is no stop.")
    platform: str


class LegCall(Model):
    """A vehicle at a stop: expected times, and the timetable's."""

    place: PlaceInfo
    sequence: int
    arrives: datetime
    departs: datetime
    arrives_scheduled: datetime
    departs_scheduled: datetime


class TripInfo(Model):
    """The run that is taken. Identifiers are `<feed>:<id>`."""

    trip: str
    day: date = Field(description="Its service day.")
    route: str
    route_name: str
    route_names: dict[str, str] = Field(description="The same by language (BCP 47).")
    headsign: str
    headsigns: dict[str, str] = Field(description="The same by language (BCP 47).")
    agency: str
    color: str = Field(description="RRGGBB, or empty.")
    is_live: bool = Field(description="Whether its times are adjusted by a real-time feed.")


class CarbonInfo(Model):
    """Grams of CO2 equivalent of one traveller, and the factor that they are by."""

    grams: float
    grams_per_km: float
    per_vehicle: bool = Field(description="The factor is for the whole vehicle, not for one passenger.")
    factor: str
    version: str = Field(description="Edition of the source.")
    source: str = Field(description="Where the factor is from, in English.")
    sources: dict[str, str] = Field(description="The same by language (BCP 47).")
    standing: Standing = Field(description="How far the factor may be trusted.")
    valid_from: date
    valid_until: date | None
    note: str = Field(description="How it was worked out and what it leaves out, in English; may be empty.")
    notes: dict[str, str] = Field(description="The same by language (BCP 47).")


class DustInfo(Model):
    """PM2.5 breathed in, in micrograms; between `low` and `high` with a probability of 80 per cent."""

    micrograms: float
    low: float
    high: float
    concentration: float = Field(description="Mean along the way, in micrograms a cubic metre.")
    litres: float = Field(description="Air breathed in.")
    instruments: int = Field(description="How many instruments this was worked out from.")
    age_seconds: float = Field(description="Age of the newest of their readings.")


class ChanceInfo(Model):
    """The chance of catching this ride after the one before it."""

    probability: float
    slack_seconds: float = Field(description="Time to spare when all goes as expected.")
    observed: int = Field(description="Observed arrivals and departures that it rests on.")
    is_prior: bool = Field(description="Too few were observed: an assumption weighs in it.")


class FareInfo(Model):
    """What it costs."""

    amount: int = Field(description="In the smallest unit that is paid: won, pence.")
    currency: str = Field(description="ISO 4217.")


class JourneyFareInfo(FareInfo):
    """What a journey costs, and what it is paid with."""

    media: list[str] = Field(
        description="Each of them is enough to pay with, by the feed's names; empty where it does not matter."
    )


class FareEstimateInfo(FareInfo):
    """What a ride by taxi would cost about."""

    source: str = Field(description="Where the tariff is from, in English.")
    sources: dict[str, str] = Field(description="The same by language (BCP 47).")
    standing: Standing = Field(description="How far the tariff may be trusted.")
    valid_from: date = Field(description="Since when the tariff is in force.")
    note: str = Field(description="What is not counted, in English; may be empty.")
    notes: dict[str, str] = Field(description="The same by language (BCP 47).")


class SharedRideInfo(Model):
    """The shared bicycle of a leg, as its system told last. Stations are `<feed>:<station_id>`."""

    feed: str
    system: str = Field(description="What the system calls itself.")
    taken_at: str = Field(description="Station, or bicycle that stands free.")
    returned_at: str | None = Field(description="Station; null where it may be left where the leg ends.")
    bicycles: int = Field(description="To be had where it is taken.")
    docks: int | None = Field(description="Free where it is returned; null where they are not counted.")
    told_at: datetime = Field(description="When the system said so.")
    age_seconds: float = Field(description="How long ago that was.")


class StepInfo(Model):
    """One thing to do on a way inside a station. Texts are by language (BCP 47)."""

    passage: Passage = Field(description="What one goes along, as GTFS's `pathway_mode` tells it apart.")
    rises: bool | None = Field(description="Up (true) or down (false); null where it is neither, or not known.")
    stairs: int = Field(description="How many; 0 where there are none, or that is not told.")
    level: dict[str, str] = Field(description="Which level it leads to; empty where it leads to no other.")
    sign: dict[str, str] = Field(description="What signs on the way say, as far as it is told.")
    text: dict[str, str] = Field(description="The same in words, in Korean and English.")


class LineString(BaseModel):
    """GeoJSON (RFC 7946)."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(min_length=2)


class LegAlert(Model):
    """What is amiss on a line or at a stop of a leg. Texts are by language (BCP 47); words are GTFS-Realtime's."""

    key: str
    cause: str
    effect: str
    severity: str
    header: dict[str, str]
    description: dict[str, str]
    url: dict[str, str]


class LegInfo(Model):
    """A part of a journey by one mode. What is null is not known."""

    mode: Mode
    origin: PlaceInfo
    destination: PlaceInfo
    departs: datetime = Field(description="Expected.")
    arrives: datetime = Field(description="Expected.")
    departs_scheduled: datetime | None = Field(description="By the timetable; null where there is none.")
    arrives_scheduled: datetime | None
    metres: float
    geometry: LineString
    trip: TripInfo | None
    stays_aboard: bool = Field(description="One is aboard already: the vehicle goes on as this trip, without a change.")
    calls: list[LegCall] = Field(description="Of a ride: boarding, the stops between, alighting.")
    is_estimated: bool = Field(description="Without streets: the straight line times 1.3.")
    co2: CarbonInfo | None
    pm25: DustInfo | None = Field(description="Breathed on this leg and on the wait before it.")
    chance: ChanceInfo | None = Field(description="Only of a ride that one changes to.")
    occupancy: str | None = Field(description="How full, in GTFS-Realtime's words.")
    alerts: list[LegAlert] = Field(description="What is amiss on this line, or where one gets on or off.")
    shared_ride: SharedRideInfo | None = Field(description="Only of a ride on a shared bicycle.")
    steps: list[StepInfo] = Field(description="Only of a way inside a station whose pathways the timetable tells.")
    fare: FareInfo | None = Field(
        description="Of this ride by itself, where one gets on; the journey's may be less than the sum."
    )
    fare_estimate: FareEstimateInfo | None = Field(description="Only of a ride by taxi.")


class DustSum(Model):
    """PM2.5 breathed in on the whole journey, in micrograms."""

    micrograms: float
    low: float
    high: float


class JourneyInfo(Model):
    """A way from door to door. What is null is not known."""

    departs: datetime
    arrives: datetime
    seconds: float
    transfers: int
    walk_metres: float
    co2_grams: float | None
    pm25: DustSum | None
    chance: float | None = Field(description="Of catching every ride; null where there is no change.")
    fare: JourneyFareInfo | None
    legs: list[LegInfo] = Field(min_length=1)
    follow: str = Field(description="Token for `/journeys/follow`.")


class ComparisonInfo(Model):
    """The same way by another mode, door to door."""

    mode: Mode
    seconds: float
    metres: float
    co2: CarbonInfo | None
    is_estimated: bool = Field(description="Without streets: the straight line times 1.3, at a speed that is assumed.")
    fare_estimate: FareEstimateInfo | None = Field(description="Only of a taxi.")


class UsedFeed(Model):
    """A feed that the answer rests on."""

    feed: str
    version: str
    live_at: datetime | None = Field(description="Time of its newest real-time message; null without any.")
    live_age_seconds: float | None = Field(description="How old that message was.")


class JourneysAnswer(Model):
    """Ways, soonest there first, and what they rest on."""

    at: datetime = Field(description="The city's time of the answer.")
    journeys: list[JourneyInfo]
    comparisons: list[ComparisonInfo]
    feeds: list[UsedFeed]
    has_streets: bool = Field(description="Without, walking is estimated.")
    built_at: datetime = Field(description="When streets and timetables were last put together.")
