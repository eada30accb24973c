"""Legs and journeys for tests, on a straight street in Busan: one degree of longitude is about 91 km there."""

from datetime import UTC, date, datetime, timedelta

from ucity.blueprint import Call, Leg, Mode, Place, Position, Trip

MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """A time of the morning."""
    return MORNING + timedelta(minutes=minutes)


def place(stop: str | None = None, lon: float = 129.0) -> Place:
    return Place(position=Position(lon, 35.1), stop=stop, name=stop or "")


def walk(begin: float, end: float, lon: float = 129.0, metres: float = 500) -> Leg:
    there = lon + metres / 91_000
    return Leg(
        mode=Mode.WALK,
        origin=place(lon=lon),
        destination=place(lon=there),
        departs=at(begin),
        arrives=at(end),
        metres=metres,
        path=((lon, 35.1), (there, 35.1)),
    )


def ride(
    begin: float,
    end: float,
    stops: tuple[str, ...] = ("f:a", "f:b"),
    *,
    route: str = "f:1",
    mode: Mode = Mode.BUS,
    live: bool = False,
    metres: float = 5000,
) -> Leg:
    step = (end - begin) / (len(stops) - 1)
    lons = [129.0 + metres / 91_000 * index / (len(stops) - 1) for index in range(len(stops))]
    times = [at(begin + step * index) for index in range(len(stops))]
    calls = tuple(
        Call(place=place(stop, lon), sequence=n, arrives=t, departs=t, arrives_scheduled=t, departs_scheduled=t)
        for n, (stop, lon, t) in enumerate(zip(stops, lons, times, strict=True))
    )
    return Leg(
        mode=mode,
        origin=calls[0].place,
        destination=calls[-1].place,
        departs=times[0],
        arrives=times[-1],
        metres=metres,
        path=tuple((lon, 35.1) for lon in lons),
        trip=Trip(
            trip=f"{route}-{begin}",
            day=date(2026, 11, 24),
            route=route,
            route_name=route,
            headsign="",
            agency="",
            is_live=live,
        ),
        calls=calls,
    )
