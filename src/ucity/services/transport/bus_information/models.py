"""What the views are asked and what they answer. Texts are by language (BCP 47), in those that the feed has."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from ucity.blueprint import Mode, Text
from ucity.blueprint.boards import CallState
from ucity.errors import Unfit

Key = Annotated[str, StringConstraints(min_length=3, max_length=256, pattern=r"^[a-z0-9-]{1,32}:.+$")]
Texts = dict[str, str]
_BOX: Text = {
    "ko": "서,남,동,북 경계를 도(WGS 84)로 적어 주세요. 예: 126.8,37.4,127.2,37.7",
    "en": "Give west,south,east,north in degrees (WGS 84), west before east and south before north, "
    "like 126.8,37.4,127.2,37.7.",
}


class Model(BaseModel):
    """Base of requests and results: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LineInfo(Model):
    """A line as signs show it."""

    line: str = Field(description="Key of the line, `<feed>:<id>`.")
    name: Texts = Field(description="Short name, as on the vehicle.")
    long_name: Texts = Field(description="Where it goes, or its full name.")
    mode: Mode = Field(description="What goes on it.")
    color: str = Field(description="Its colour, RRGGBB; empty where the feed has none.")
    agency: Texts = Field(description="Who runs it.")


class StopInfo(Model):
    """A stop, a platform or a station."""

    stop: str = Field(description="Key of the stop, `<feed>:<id>`.")
    name: Texts = Field(description="Its name.")
    lon: float = Field(description="Longitude in degrees (WGS 84).")
    lat: float = Field(description="Latitude in degrees (WGS 84).")
    code: str = Field(description="The number on its sign, or empty.")
    platform: str = Field(description="The platform's own name, or empty.")
    station: str | None = Field(description="Key of the station that a platform belongs to.")
    wheelchair: bool | None = Field(description="Whether one can board in a wheelchair; null where it is not known.")


class CallInfo(Model):
    """One vehicle that calls at a stop."""

    line: LineInfo = Field(description="The line.")
    headsign: Texts = Field(description="Where the vehicle says that it goes.")
    stop: str = Field(description="Key of the stop or platform.")
    platform: str = Field(description="The platform, or empty.")
    trip: str | None = Field(description="Key of the trip; null for a vehicle that the timetable does not have.")
    day: date | None = Field(description="Service day of the trip.")
    sequence: int | None = Field(description="The stop's place in the trip, as the timetable numbers it.")
    state: CallState = Field(description="How much is known of it.")
    arrives: datetime = Field(description="When it is expected; the timetable's time where nothing newer is known.")
    departs: datetime = Field(description="When it is expected to leave.")
    arrives_scheduled: datetime | None = Field(description="The timetable's arrival.")
    departs_scheduled: datetime | None = Field(description="The timetable's departure.")
    minutes: int = Field(description="Whole minutes until it arrives; 0 for less than one, or when it is there.")
    ends_here: bool = Field(description="Nobody gets on: the trip ends here.")
    delay_seconds: int | None = Field(description="Later than the timetable (negative: earlier); null: not known.")
    uncertainty_seconds: int | None = Field(description="How far the expected time may be wrong, where it is told.")
    age_seconds: float | None = Field(description="Age of what is expected; null for the timetable's times.")
    stale: bool = Field(description="True when what is expected is older than it should be.")
    vehicle: str | None = Field(description="Key of the vehicle, where it is known.")
    occupancy: str | None = Field(description="How full, in GTFS-Realtime's words in lower case.")
    stops_away: int | None = Field(description="Stops before this one that the vehicle has still to call at.")
    wheelchair: bool | None = Field(description="Whether the vehicle takes wheelchairs; null where it is not known.")


class AlertInfo(Model):
    """Something amiss."""

    alert: str = Field(description="Key of the alert.")
    cause: str = Field(description="As GTFS-Realtime names it, in lower case.")
    effect: str = Field(description="As GTFS-Realtime names it, in lower case.")
    severity: str = Field(description="As GTFS-Realtime names it, in lower case.")
    header: Texts = Field(description="What it is.")
    description: Texts = Field(description="More of it.")
    url: Texts = Field(description="Where to read more.")
    lines: list[str] = Field(description="Keys of the lines that it is about.")
    stops: list[str] = Field(description="Keys of the stops; without lines and stops it is about all of its feed.")
    since: datetime | None = Field(description="When it begins to hold; null: it holds already.")
    until: datetime | None = Field(description="When it ends; null: not known.")
    active: bool = Field(description="Whether it holds now.")
    age_seconds: float | None = Field(description="Seconds since it was told last.")


class BoardRequest(Model):
    """Which stop's board, and how far ahead."""

    stop: Key = Field(description="Key of a stop, platform or station.")
    minutes: int = Field(60, ge=1, le=720, description="How far ahead.")
    limit: int = Field(40, ge=1, le=200, description="At most so many calls.")
    line: Key | None = Field(None, description="Only calls of this line.")


class BoardResult(Model):
    """The board of a stop, in the order in which vehicles are expected to arrive."""

    at: datetime = Field(description="The city's time of the answer.")
    stop: StopInfo = Field(description="The stop.")
    lines: list[LineInfo] = Field(description="All lines that call here.")
    calls: list[CallInfo] = Field(description="Who calls.")
    alerts: list[AlertInfo] = Field(description="What is amiss here or on these lines.")


class DisplayRequest(Model):
    """What a display at a stop shows."""

    stop: Key = Field(description="Key of a stop, platform or station.")
    rows: int = Field(6, ge=1, le=30, description="Rows of the display.")
    lang: Literal["ko", "en"] = Field("ko", description="Language of the display.")


class DisplayRow(Model):
    """One row: short enough for a display of a few centimetres."""

    line: str = Field(description="Short name of the line.")
    color: str = Field(description="RRGGBB, or empty.")
    mode: Mode = Field(description="What goes on it.")
    to: str = Field(description="Where it goes.")
    platform: str = Field(description="The platform, or empty.")
    minutes: int = Field(description="Whole minutes until it arrives.")
    text: str = Field(description="The minutes in words: arriving, in so many minutes, cancelled.")
    live: bool = Field(description="Whether the time is expected rather than planned.")
    occupancy: str = Field(description="How full in words, or empty.")
    wheelchair: bool = Field(description="Whether it is known to take wheelchairs.")


class DisplayResult(Model):
    """What a display shows now."""

    at: datetime = Field(description="The city's time of the answer.")
    title: str = Field(description="Name of the stop.")
    rows: list[DisplayRow] = Field(description="Soonest first.")
    messages: list[str] = Field(description="What is amiss now, to run along the bottom.")


class LinesRequest(Model):
    """Which lines."""

    mode: Mode | None = Field(None, description="Only what goes this way.")
    q: str | None = Field(
        None,
        max_length=64,
        description="What a line is called, or the beginning of that, in any of its languages.",
        examples=["36", "1호선", "Line 1"],
    )
    limit: int | None = Field(None, ge=1, le=100, description="At most so many; all of them unless given.")


class LinesResult(Model):
    """The lines."""

    lines: list[LineInfo] = Field(description="By mode and name; with `q` the likeliest first.")


class LineRequest(Model):
    """Which line."""

    line: Key = Field(description="Key of the line.")


class WayInfo(Model):
    """The line in one direction, as most of its trips go."""

    direction: int | None = Field(description="0 or 1, as the feed has it.")
    headsign: Texts = Field(description="Where vehicles say that they go.")
    stops: list[StopInfo] = Field(description="In the order in which they are called at.")
    seconds: list[int] = Field(description="Of each stop, seconds after the first one by the timetable.")
    path: list[tuple[float, float]] = Field(description="Longitude and latitude along the way.")


class VehicleInfo(Model):
    """A vehicle on the line, from its newest position."""

    vehicle: str = Field(description="Key of the vehicle.")
    name: str | None = Field(description="What is written on it.")
    lon: float = Field(description="Longitude in degrees (WGS 84).")
    lat: float = Field(description="Latitude in degrees (WGS 84).")
    bearing: float | None = Field(description="Degrees clockwise from north.")
    speed: float | None = Field(description="km/h.")
    direction: str | None = Field(description="0 or 1, as the feed has it.")
    trip: str | None = Field(description="Key of its trip.")
    stop: str | None = Field(description="Key of the stop that it stands at or goes to.")
    status: str | None = Field(description="How it stands to that stop.")
    delay_seconds: float | None = Field(description="How late it is, where that is told.")
    occupancy: str | None = Field(description="How full, in GTFS-Realtime's words in lower case.")
    age_seconds: float = Field(description="Seconds since its newest position.")


class LineResult(Model):
    """A line with its stops, its vehicles now, and what is amiss on it."""

    at: datetime = Field(description="The city's time of the answer.")
    line: LineInfo = Field(description="The line.")
    ways: list[WayInfo] = Field(description="Its directions.")
    vehicles: list[VehicleInfo] = Field(description="Those that told their position in the last five minutes.")
    alerts: list[AlertInfo] = Field(description="What is amiss on it.")


class TrailsRequest(Model):
    """Whose trails."""

    bbox: str = Field(
        max_length=100,
        description="What is in view: west,south,east,north in degrees (WGS 84).",
        examples=["126.8,37.4,127.2,37.7"],
    )

    @field_validator("bbox")
    @classmethod
    def _is_a_box(cls, bbox: str) -> str:
        try:
            west, south, east, north = map(float, bbox.split(","))
        except ValueError:
            raise Unfit(_BOX) from None
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise Unfit(_BOX)
        return bbox

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        west, south, east, north = map(float, self.bbox.split(","))
        return west, south, east, north


class TrailInfo(Model):
    """Where a vehicle has been."""

    vehicle: str = Field(description="Key of the vehicle.")
    points: list[tuple[float, float, float]] = Field(
        description="Longitude, latitude and how many seconds before `at` it was there, the oldest first."
    )


class TrailsResult(Model):
    """Where the vehicles in view have been in the last ten minutes."""

    at: datetime = Field(description="The city's time of the answer.")
    trails: list[TrailInfo] = Field(description="Of each vehicle, by its key.")
    complete: bool = Field(description="False when more vehicles are in view; then of those nearest to its middle.")


class AlertsRequest(Model):
    """Which alerts; all without a line or stop."""

    line: Key | None = Field(None, description="About this line.")
    stop: Key | None = Field(None, description="About this stop.")


class AlertsResult(Model):
    """What is amiss or will be."""

    at: datetime = Field(description="The city's time of the answer.")
    alerts: list[AlertInfo] = Field(description="Those that hold now first.")


class NearbyRequest(Model):
    """Around which place."""

    lon: float = Field(ge=-180, le=180, description="Longitude in degrees (WGS 84).")
    lat: float = Field(ge=-90, le=90, description="Latitude in degrees (WGS 84).")
    radius: int = Field(500, ge=10, le=5000, description="Metres.")
    limit: int = Field(10, ge=1, le=50, description="At most so many stops.")
    calls: int = Field(3, ge=0, le=10, description="Of each stop, so many of its next calls.")


class NearbyStop(Model):
    """A stop near the place."""

    stop: StopInfo = Field(description="The stop or station.")
    metres: float = Field(description="How far it is in a straight line.")
    lines: list[LineInfo] = Field(description="Lines that call there.")
    calls: list[CallInfo] = Field(description="Who comes next.")


class NearbyResult(Model):
    """Stops around a place."""

    at: datetime = Field(description="The city's time of the answer.")
    stops: list[NearbyStop] = Field(description="Nearest first.")
