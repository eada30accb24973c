"""Does a journey that somebody is on still hold, and if not, which way from where they are now? Pure calculations.

The journey is carried by whoever follows it, as a token that holds its legs and wishes: the city keeps nothing of who
goes where, and forgets nothing when one of its processes is killed.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec

from ucity.blueprint import Call, Journey, JourneyQuery, Leg, Mode, Position
from ucity.blueprint.figures import Told
from ucity.cloud.routing.ground import DETOUR, STRAIGHT, metres_between, point_along
from ucity.cloud.routing.refusals import NO_JOURNEY
from ucity.cloud.routing.wire import Break, Check, Checked, Followed, LegNow, Reason, Stretch
from ucity.errors import BadInput

LONGEST_TOKEN = 4_000
_MOST_BYTES = 20_000
_MOST_LEGS = 40
_LONG_AGO = 120.0
"""Seconds after which a departure is taken to have been caught: whoever missed it was told before."""
_SOONER = timedelta(minutes=1)
"""By how much another way has to be sooner than the late one, to be worth telling."""
_WINDOW = timedelta(minutes=45)
_OWN = frozenset({Mode.BICYCLE, Mode.CAR})
_NEARLY = timedelta(minutes=1)
"""Before one is at a station of shared bicycles."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one run now. ``skipped``: sequences of calls that it does not make."""

    calls: tuple[Call, ...]
    is_live: bool = False
    is_cancelled: bool = False
    skipped: frozenset[int] = frozenset()

    def call(self, sequence: int, stop: str = "", *, is_aboard: bool = False) -> Call | None:
        """The call with this sequence at this stop (at any, without one), else the first at the stop, since a trip that
        is replaced may count its calls anew; if it is made: whoever stays aboard there does not mind."""
        there = [call for call in self.calls if stop in ("", call.place.stop)]
        found = next((call for call in there if call.sequence == sequence), there[0] if stop and there else None)
        return found if found and (is_aboard or found.sequence not in self.skipped) else None


@dataclass(frozen=True, slots=True)
class Dock:
    """A station that takes bicycles: its names by language, and where it is."""

    names: Mapping[str, str]
    position: Position


@dataclass(frozen=True, slots=True)
class Standing:
    """What a station of shared bicycles has now. ``elsewhere``: the nearest other one of its system with a dock."""

    has_bicycle: bool
    has_dock: bool
    elsewhere: Dock | None = None


Stand = Callable[[str], Standing | None]
"""What is known of a station now; None where that is nothing, or out of date."""
Look = Callable[[str, date, datetime], Expected | None]
"""What is expected of a trip on a service day; of one that goes every so often, of the run that leaves about then."""
Plan = Callable[[JourneyQuery], Sequence[Told]]


def followed(journey: Journey, query: JourneyQuery) -> Followed:
    """What has to be kept to follow a journey."""
    return Followed(
        legs=tuple(_stretch(leg) for leg in journey.legs),
        modes=tuple(sorted(query.modes)),
        wheelchair=query.wheelchair,
        few_steps=query.few_steps,
        walking_speed=query.walking_speed,
        longest_walk=round(query.longest_walk.total_seconds()),
        most_transfers=query.most_transfers,
    )


def _stretch(leg: Leg) -> Stretch:
    ends = [(round(end.position.lon, 6), round(end.position.lat, 6)) for end in (leg.origin, leg.destination)]
    trip, calls = leg.trip, leg.calls
    return Stretch(
        mode=leg.mode,
        begin=ends[0],
        end=ends[1],
        departs=round(leg.departs.timestamp()),
        arrives=round(leg.arrives.timestamp()),
        trip=trip.trip if trip else "",
        day=trip.day.isoformat() if trip else "",
        route=trip.route_name if trip else "",
        on=calls[0].sequence if trip else 0,
        off=calls[-1].sequence if trip else 0,
        stays=leg.stays,
        taken=leg.shared.taken_at if leg.shared else "",
        returned=(leg.shared.returned_at or "") if leg.shared else "",
        line=trip.route if trip else "",
        stops=(leg.origin.stop or "", leg.destination.stop or "") if trip else ("", ""),
        direction=trip.direction if trip else None,
    )


def packed(journey: Followed) -> str:
    """As a token for an address."""
    return base64.urlsafe_b64encode(zlib.compress(msgspec.msgpack.encode(journey), 9)).decode().rstrip("=")


def unpacked(token: str) -> Followed:
    """From a token. Raises BadInput when it is none."""
    try:
        packed_ = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        journey = msgspec.msgpack.decode(zlib.decompressobj().decompress(packed_, _MOST_BYTES), type=Followed)
        _check(journey)
    except (ValueError, TypeError, binascii.Error, zlib.error, msgspec.MsgspecError, OverflowError) as error:
        raise BadInput(NO_JOURNEY) from error
    return journey


def _check(journey: Followed) -> None:
    """Raise ValueError unless it could be a journey that the city told of."""
    modes = frozenset(Mode(mode) for mode in journey.modes)
    is_wish = 0.3 <= journey.walking_speed <= 3 and 0 <= journey.longest_walk <= 7200
    is_length = 0 <= journey.most_transfers <= 10 and 0 < len(journey.legs) <= _MOST_LEGS
    if not (modes and is_wish and is_length and all(map(_is_stretch, journey.legs))):
        raise ValueError("this is no journey")


def _is_stretch(leg: Stretch) -> bool:
    Mode(leg.mode)
    places = all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in (leg.begin, leg.end))
    times = 0 <= leg.departs <= leg.arrives < 2**33
    return places and times and bool(not leg.trip or date.fromisoformat(leg.day))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known now: what is expected of trips, what stations of shared bicycles have, which ways there are."""

    look: Look
    stand: Stand
    plan: Plan


def checked(asked: Check, facts: Facts) -> Checked:
    """Look at a followed journey now."""
    journey, now = asked.journey, asked.now
    legs, broken = _expected(journey, facts, now)
    planned = _time(journey.legs[-1].arrives)
    late = (legs[-1].arrives - planned).total_seconds() if broken is None else 0.0
    is_over = broken is None and now >= legs[-1].arrives
    if broken is None and not is_over and late > asked.patience:
        broken = Break(reason="late", leg=len(legs) - 1, route=journey.legs[-1].route, seconds=late)
    found = Checked(legs=tuple(legs), delay_seconds=late, is_over=is_over)
    if broken is None or asked.told == (broken.reason, broken.leg):
        return msgspec.structs.replace(found, broken=broken)
    here, since = _from_where(asked, legs, broken, facts)
    query = _query(journey, here, since, without=_left(journey, legs, now))
    ways = facts.plan(query)
    best = min(ways, key=lambda told: told.journey.arrives, default=None)
    if best and broken.reason == "late" and best.journey.arrives > legs[-1].arrives - _SOONER:
        best = None
    return msgspec.structs.replace(found, broken=broken, query=query, instead=best)


def _from_where(asked: Check, legs: Sequence[LegNow], broken: Break, facts: Facts) -> tuple[Position, datetime]:
    """From where and when another way begins: who is on a shared bicycle returns it first where there is a dock."""
    leg = asked.journey.legs[broken.leg]
    standing = facts.stand(leg.returned) if broken.place else None
    if standing and standing.elsewhere:
        dock = standing.elsewhere.position
        metres = DETOUR * metres_between(Position(*leg.end), dock)
        return dock, max(asked.now, _time(leg.arrives)) + timedelta(seconds=metres / STRAIGHT[Mode.SHARED_BICYCLE])
    return (asked.here, asked.now) if asked.here else _where(asked.journey, legs, facts.look, asked.now)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _expected(journey: Followed, facts: Facts, now: datetime) -> tuple[list[LegNow], Break | None]:
    """The legs up to the first one that cannot be had, and why it cannot."""
    legs: list[LegNow] = []
    ready = _time(journey.legs[0].departs)
    for number, leg in enumerate(journey.legs):
        if not leg.trip:
            ends = ready + timedelta(seconds=leg.arrives - leg.departs)
            if broken := _unshared(leg, (ready, ends), facts.stand, now):
                return legs, msgspec.structs.replace(broken, leg=number)
            legs.append(LegNow(departs=ready, arrives=ends, is_live=False))
        else:
            goes_on = number + 1 < len(journey.legs) and journey.legs[number + 1].stays
            found = _ride(leg, facts.look(leg.trip, date.fromisoformat(leg.day), _time(leg.departs)), goes_on=goes_on)
            if isinstance(found, str):
                return legs, Break(reason=found, leg=number, route=leg.route)
            missed_by = 0.0 if leg.stays else (ready - found.departs).total_seconds()
            if missed_by > 0 and (now - found.departs).total_seconds() < _LONG_AGO:
                return legs, Break(reason="missed", leg=number, route=leg.route, seconds=missed_by)
            legs.append(found)
        ready = legs[-1].arrives
    return legs, None


def _unshared(leg: Stretch, times: tuple[datetime, datetime], stand: Stand, now: datetime) -> Break | None:
    """Why a shared bicycle cannot be taken any more, or not returned. Whoever is nearly there sees for themselves, and
    may be the one who has taken the last."""
    begins, ends = (time - _NEARLY for time in times)
    if leg.taken and now < begins and (here := stand(leg.taken)) and not here.has_bicycle:
        return Break(reason="no_bicycle", leg=0)
    if leg.returned and now < ends and (there := stand(leg.returned)) and not there.has_dock:
        elsewhere = there.elsewhere if now >= begins else None
        return Break(reason="no_dock", leg=0, place=dict(elsewhere.names) if elsewhere else {})
    return None


def _ride(leg: Stretch, expected: Expected | None, *, goes_on: bool) -> LegNow | Reason:
    """When it is expected, or the reason why it cannot be had. ``goes_on``: one stays aboard at its end."""
    if expected is None:
        return "gone"
    if expected.is_cancelled:
        return "cancelled"
    on = expected.call(leg.on, leg.stops[0], is_aboard=leg.stays)
    off = expected.call(leg.off, leg.stops[1], is_aboard=goes_on)
    if on is None or off is None or off.arrives < on.departs:
        known = {call.sequence for call in expected.calls}
        return "skipped" if {leg.on, leg.off} <= known else "gone"
    return LegNow(departs=on.departs, arrives=off.arrives, is_live=expected.is_live)


def _where(journey: Followed, legs: Sequence[LegNow], look: Look, now: datetime) -> tuple[Position, datetime]:
    """Where the traveller is now, or gets off next, and when."""
    for leg, expected in zip(journey.legs, legs, strict=False):
        if now < expected.departs:
            return Position(*leg.begin), now
        if now < expected.arrives:
            return _under_way(leg, expected, look, now)
    last = journey.legs[min(len(legs), len(journey.legs) - 1)]
    return Position(*(last.begin if len(legs) < len(journey.legs) else last.end)), now


def _under_way(leg: Stretch, expected: LegNow, look: Look, now: datetime) -> tuple[Position, datetime]:
    if not leg.trip:
        whole = (expected.arrives - expected.departs).total_seconds()
        return point_along((leg.begin, leg.end), (now - expected.departs).total_seconds() / whole), now
    run = look(leg.trip, date.fromisoformat(leg.day), _time(leg.departs))
    ahead = [call for call in run.calls if now <= call.arrives <= expected.arrives] if run else []
    if not ahead:
        return Position(*leg.end), expected.arrives
    return ahead[0].place.position, ahead[0].arrives


def _left(journey: Followed, legs: Sequence[LegNow], now: datetime) -> frozenset[Mode]:
    """Vehicles of one's own that the traveller has not got with them: all but the one that they are on, once they have
    set out."""
    if not legs or now < legs[0].departs:
        return frozenset()
    on = next((leg.mode for leg, at in zip(journey.legs, legs, strict=False) if now < at.arrives), Mode.WALK)
    return _OWN - {Mode(on)}


def _query(journey: Followed, here: Position, since: datetime, *, without: frozenset[Mode]) -> JourneyQuery:
    """The same wishes, from ``here``."""
    return JourneyQuery(
        origin=here,
        destination=Position(*journey.legs[-1].end),
        at=since,
        modes=frozenset(map(Mode, journey.modes)) - without,
        window=_WINDOW,
        wheelchair=journey.wheelchair,
        few_steps=journey.few_steps,
        walking_speed=journey.walking_speed,
        longest_walk=timedelta(seconds=journey.longest_walk),
        most_transfers=journey.most_transfers,
    )
