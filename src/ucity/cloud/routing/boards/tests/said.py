"""What feeds say of the small network, for tests of its boards."""

from datetime import datetime, timedelta
from typing import Any

from google.transit import gtfs_realtime_pb2 as pb

from replay import network
from replay.network import DAY
from ucity.blueprint.boards import BoardCall
from ucity.cloud.routing.boards import Boards, Message

NOON = DAY + timedelta(hours=12)


def with_messages(plain: Boards, *messages: pb.FeedMessage) -> Boards:
    """The same boards, with what these messages say."""
    said = [Message(network.FEED, network._at(each), network._decoded(each)) for each in messages]
    return plain.told(said)


def update(message: pb.FeedMessage, trip: str, *, day: str = "20261124") -> pb.TripUpdate:
    """An update of a trip, without calls."""
    entity = message.entity.add()
    entity.id = f"{trip}~{day}"
    entity.trip_update.trip.trip_id = trip
    if day:
        entity.trip_update.trip.start_date = day
    return entity.trip_update


def told(boards: Boards, stop: str, trip: str, now: datetime = NOON) -> BoardCall:
    """The call of a trip at a stop."""
    calls = boards.board(f"small:{stop}", now).calls
    return next(call for call in calls if call.trip == f"small:{trip}")


def at_square(boards: Boards, now: datetime = NOON) -> list[tuple[float, str | None, str | None]]:
    """Minutes after noon, trip and vehicle of the buses that come to the square, up to half an hour ahead."""
    calls = boards.board("small:square", now, within=timedelta(minutes=30)).calls
    return [((call.arrives - NOON).total_seconds() / 60, call.trip, call.vehicle) for call in calls]


def about(**named: Any) -> pb.FeedMessage:
    """An alert about what all of this is so of."""
    message = network.message(NOON)
    message.entity.add(id="x").alert.informed_entity.add(**named)
    return message


def closed(period: tuple[int, int] | None = None, **named: Any) -> pb.FeedMessage:
    """An alert that there is no service where all of this is so; ``period``: in minutes after noon."""
    message = about(**named)
    message.entity[0].alert.effect = pb.Alert.NO_SERVICE
    if period:
        start, end = (int((NOON + timedelta(minutes=minutes)).timestamp()) for minutes in period)
        message.entity[0].alert.active_period.add(start=start, end=end)
    return message
