"""What vehicles of public transport send, and what is observed at stops.

Subjects are ``<feed>:<id>``, the vehicle's or the stop's identifier in the feed that tells of it, so that the same
number in two feeds is never the same thing. The words for occupancy and status are those of GTFS-Realtime in lower
case (reference v2.0, enumerations OccupancyStatus and VehicleStopStatus).
"""

from datetime import timedelta

from ucity.blueprint import Kind, Measure, Sharing, Stream
from ucity.blueprint.predictions import HORIZONS, predicted

VEHICLE = "PublicTransportVehicle"
STOP = "PublicTransportStop"

OCCUPANCY = (
    "empty",
    "many_seats_available",
    "few_seats_available",
    "standing_room_only",
    "crushed_standing_room_only",
    "full",
    "not_accepting_passengers",
    "no_data_available",
    "not_boardable",
)
"""How full a vehicle is, as GTFS-Realtime numbers it from 0."""
STATUS = ("incoming_at", "stopped_at", "in_transit_to")
"""How a vehicle stands to the stop that it tells of, as GTFS-Realtime numbers it from 0."""

_DAY_S = 86_400.0


def _number(key: str, ko: str, en: str, unit: str, valid: tuple[float, float]) -> Measure:
    return Measure(key=key, title={"ko": ko, "en": en}, unit=unit, valid=valid)


def _text(key: str, ko: str, en: str, options: tuple[str, ...] = ()) -> Measure:
    return Measure(key=key, title={"ko": ko, "en": en}, kind=Kind.TEXT, options=options)


VEHICLES = Stream(
    name="vehicles",
    entity_type=VEHICLE,
    title={"ko": "대중교통 차량", "en": "Vehicles of public transport"},
    measures=(
        _number("speed", "속도", "Speed", "km/h", (0, 400)),
        _number("bearing", "진행 방향", "Bearing", "deg", (0, 360)),
        _number("delay", "지연", "Delay", "s", (-_DAY_S, _DAY_S)),
        _text("occupancy", "혼잡도", "Occupancy", OCCUPANCY),
        _number("occupancy_share", "승차율", "Occupancy in percent", "%", (0, 1000)),
        _text("status", "정류장 상태", "How it stands to its stop", STATUS),
    ),
    # What it is doing now, without history: the track of a trip is that of its vehicle while the trip lasts.
    labels=("name", "mode", "route", "trip", "service_day", "direction", "stop", "stop_sequence"),
    moves=True,
    every=timedelta(seconds=30),
    keep=timedelta(days=7),
    remember=timedelta(days=1),
    sharing=Sharing.OPEN,
)

STOP_EVENTS = Stream(
    name="stop_events",
    entity_type=STOP,
    title={"ko": "정류장 도착·출발", "en": "Arrivals and departures at stops"},
    identity="event",
    measures=(
        _text("trip", "운행", "Trip"),
        _text("service_day", "운행일", "Service day"),
        _text("route", "노선", "Route"),
        _text("direction", "방향", "Direction"),
        _text("vehicle", "차량", "Vehicle"),
        _number("stop_sequence", "정류장 순번", "Sequence of the stop", "1", (0, 100_000)),
        _number("arrival_delay", "도착 지연", "Delay at arrival", "s", (-_DAY_S, _DAY_S)),
        _number("departure_delay", "출발 지연", "Delay at departure", "s", (-_DAY_S, _DAY_S)),
        *(
            _number(
                predicted(minutes),
                f"{minutes}분 전에 예측된 지연",
                f"Delay predicted {minutes} minutes before",
                "s",
                (-_DAY_S, _DAY_S),
            )
            for minutes in HORIZONS
        ),
    ),
    labels=("name",),
    keep=timedelta(days=90),
    remember=timedelta(days=2),
    sharing=Sharing.OPEN,
)
"""A reading is one call of one vehicle: the stop it is about, observed when the vehicle left it (or came, at the
last one); ``event`` is ``<feed>:<trip_id>~<service day>~<stop_sequence>``. Delays are against the timetable, positive
when late; ``predicted_*`` is the delay that the feed expected so many minutes before. Trips, routes and vehicles are
``<feed>:<id>``, directions GTFS's ``0`` and ``1``, days ``YYYY-MM-DD``."""

STOP_HOURS = Stream(
    name="stop_hours",
    entity_type=STOP,
    title={"ko": "정류장 시간별 정시성", "en": "Punctuality of each hour at stops"},
    measures=(
        _number("calls_1h", "1시간 도착 횟수", "Calls in the hour", "1", (0, 100_000)),
        _number("delay_1h", "1시간 평균 지연", "Mean delay of the hour", "s", (-_DAY_S, _DAY_S)),
        _number("on_time_1h", "1시간 정시율", "On time in the hour", "%", (0, 100)),
    ),
    every=timedelta(hours=1),
    keep=timedelta(days=3 * 366),
    sharing=Sharing.OPEN,
    derived=True,
)

STOPS = Stream(
    name="stops",
    entity_type=STOP,
    title={"ko": "정류장", "en": "Stops"},
    measures=(),
    labels=("name", "stopCode", "wheelChairAccessible", "dataProvider"),
    sharing=Sharing.OPEN,
    derived=True,
)
ROUTES = Stream(
    name="routes",
    entity_type="PublicTransportRoute",
    title={"ko": "노선", "en": "Lines"},
    measures=(),
    labels=(
        *("name", "routeCode", "shortRouteCode", "transportationType", "routeColor", "routeTextColor"),
        "dataProvider",
    ),
    sharing=Sharing.OPEN,
    derived=True,
)
ALERTS = Stream(
    name="alerts",
    entity_type="PublicTransportAlert",
    title={"ko": "운행 장애 알림", "en": "Alerts"},
    measures=(),
    labels=(
        *("name", "description", "alertSource", "category", "subCategory", "severity", "validFrom", "validTo"),
        *("seeAlso", "refPublicTransportRoute", "refPublicTransportStop", "dataProvider"),
    ),
    sharing=Sharing.OPEN,
    derived=True,
)
"""Stops, lines and alerts are told by feeds, and are entities for as long as these tell of them."""
