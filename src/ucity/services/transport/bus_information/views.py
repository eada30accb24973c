"""Views: the board of a stop and what its display shows, lines, trails, what is amiss, stops nearby."""

from datetime import timedelta

from ucity.blueprint import City, Position, Sharing, View
from ucity.blueprint.boards import CallState
from ucity.services.transport.bus_information.models import (
    AlertsRequest,
    AlertsResult,
    BoardRequest,
    BoardResult,
    DisplayRequest,
    DisplayResult,
    LineRequest,
    LineResult,
    LinesRequest,
    LinesResult,
    NearbyRequest,
    NearbyResult,
    NearbyStop,
    TrailsRequest,
    TrailsResult,
)
from ucity.services.transport.bus_information.shown import (
    alert_infos,
    call_info,
    display_row,
    line_info,
    said,
    stop_info,
    vehicle_infos,
    way_info,
)
from ucity.services.transport.bus_information.streams import VEHICLES
from ucity.services.transport.bus_information.trails import LAST, MOST, in_view
from ucity.services.transport.bus_information.trails import trails as trails_of

_DISPLAYED = timedelta(hours=2)
"""How far ahead a display looks."""


async def board(city: City, request: BoardRequest) -> BoardResult:
    """Who calls at a stop, in the order in which they are expected to arrive."""
    found = await city.transit.board(
        request.stop, within=timedelta(minutes=request.minutes), most=request.limit, line=request.line
    )
    now = city.now()
    return BoardResult(
        at=now,
        stop=stop_info(found.stop),
        lines=[line_info(line) for line in found.lines],
        calls=[call_info(call, now) for call in found.calls],
        alerts=alert_infos(found.disturbances, now),
    )


async def display(city: City, request: DisplayRequest) -> DisplayResult:
    """What a display at a stop shows: vehicles that one can get on, in one language."""
    # Some of them end here or pass by, and are not shown.
    found = await city.transit.board(request.stop, within=_DISPLAYED, most=3 * request.rows)
    now = city.now()
    calls = [call for call in found.calls if not call.ends_here and call.state is not CallState.SKIPPED]
    active = [alert for alert in alert_infos(found.disturbances, now) if alert.active]
    return DisplayResult(
        at=now,
        title=said(found.stop.name, request.lang),
        rows=[display_row(call, now, request.lang) for call in calls[: request.rows]],
        messages=[said(alert.header, request.lang) for alert in active],
    )


async def lines(city: City, request: LinesRequest) -> LinesResult:
    """All lines, or those of one mode, or that may be called so."""
    found = await city.transit.lines(named=request.q)
    wanted = [line_info(line) for line in found if request.mode in {None, line.mode}]
    return LinesResult(lines=wanted[: request.limit])


async def line(city: City, request: LineRequest) -> LineResult:
    """A line: its stops in both directions, where its vehicles are, and what is amiss on it."""
    found = await city.transit.line(request.line)
    current = await city.current(VEHICLES)
    now = city.now()
    return LineResult(
        at=now,
        line=line_info(found.line),
        ways=[way_info(way) for way in found.ways],
        vehicles=vehicle_infos(current, request.line, now),
        alerts=alert_infos(found.disturbances, now),
    )


async def trails(city: City, request: TrailsRequest) -> TrailsResult:
    """Where the vehicles in view have been in the last ten minutes; so does a map begin that then watches `/live`."""
    now = city.now()
    inside = in_view(await city.current(VEHICLES), request.box, now)
    shown = tuple(inside[:MOST])
    history = await city.history(VEHICLES, since=now - LAST, until=now, subjects=shown, measures=())
    return TrailsResult(at=now, trails=trails_of(history, now), complete=len(shown) == len(inside))


async def alerts(city: City, request: AlertsRequest) -> AlertsResult:
    """What is amiss or will be."""
    about_lines = (request.line,) if request.line else ()
    about_stops = (request.stop,) if request.stop else ()
    found = await city.transit.disturbances(lines=about_lines, stops=about_stops)
    now = city.now()
    return AlertsResult(at=now, alerts=alert_infos(found, now))


async def nearby(city: City, request: NearbyRequest) -> NearbyResult:
    """Stops around a place, and who comes next at each."""
    here = Position(request.lon, request.lat)
    found = await city.transit.near(here, metres=request.radius, most=request.limit, calls=request.calls)
    now = city.now()
    stops = [
        NearbyStop(
            stop=stop_info(each.stop),
            metres=each.metres,
            lines=[line_info(line) for line in each.lines],
            calls=[call_info(call, now) for call in each.calls],
        )
        for each in found
    ]
    return NearbyResult(at=now, stops=stops)


VIEWS = (
    View(
        name="board",
        title={"ko": "정류장 도착 안내", "en": "Board of a stop"},
        request=BoardRequest,
        result=BoardResult,
        answer=board,
        sharing=Sharing.OPEN,
    ),
    View(
        name="display",
        title={"ko": "정류장 안내 단말기", "en": "Display at a stop"},
        request=DisplayRequest,
        result=DisplayResult,
        answer=display,
        sharing=Sharing.OPEN,
    ),
    View(
        name="lines",
        title={"ko": "노선 목록", "en": "Lines"},
        request=LinesRequest,
        result=LinesResult,
        answer=lines,
        sharing=Sharing.OPEN,
    ),
    View(
        name="line",
        title={"ko": "노선과 운행 차량", "en": "A line and its vehicles"},
        request=LineRequest,
        result=LineResult,
        answer=line,
        sharing=Sharing.OPEN,
    ),
    View(
        name="trails",
        title={"ko": "차량 이동 궤적", "en": "Where vehicles have been"},
        request=TrailsRequest,
        result=TrailsResult,
        answer=trails,
        sharing=Sharing.OPEN,
    ),
    View(
        name="alerts",
        title={"ko": "운행 알림", "en": "Service alerts"},
        request=AlertsRequest,
        result=AlertsResult,
        answer=alerts,
        sharing=Sharing.OPEN,
    ),
    View(
        name="nearby",
        title={"ko": "주변 정류장", "en": "Stops nearby"},
        request=NearbyRequest,
        result=NearbyResult,
        answer=nearby,
        sharing=Sharing.OPEN,
    ),
)
