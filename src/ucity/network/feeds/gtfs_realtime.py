"""GTFS-Realtime: one message of a feed (protobuf, or the same as JSON) as frames of updates and vehicles, and alerts.

Identifiers are the feed's own. What a message says of the past of its own trips is not here: it has no memory.
Source: GTFS Realtime reference 2.0, https://gtfs.org/documentation/realtime/reference/.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as pb

from ucity.network.feeds.realtime_rows import (
    TRIP_UPDATES,
    VEHICLES,
    Alert,
    alert_of,
    instant,
    rows_of_update,
    vehicle_row,
)
from ucity.network.feeds.refusal import FeedRefused, Reason

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Realtime:
    """What one message says.

    ``at``: when it was made, None where it does not tell.
    ``trip_updates``: columns of ``TRIP_UPDATES``, a row for each stop that an update speaks of, or one without stop for
    an update that speaks of none (a cancelled trip).
    ``vehicles``: columns of ``VEHICLES``, a row a vehicle; positions and times that cannot be are null.
    """

    at: datetime | None
    trip_updates: pl.DataFrame
    vehicles: pl.DataFrame
    alerts: tuple[Alert, ...]


def decode(data: bytes) -> Realtime:
    """The message in ``data``. Raises FeedRefused when it is none, or too large."""
    message = _message(data)
    entities = [entity for entity in message.entity if not entity.is_deleted]
    updates = [row for entity in entities if entity.HasField("trip_update") for row in rows_of_update(entity)]
    vehicles = [vehicle_row(entity) for entity in entities if entity.HasField("vehicle")]
    return Realtime(
        at=instant(message.header.timestamp),
        trip_updates=pl.DataFrame(updates, schema=TRIP_UPDATES, orient="row"),
        vehicles=pl.DataFrame(vehicles, schema=VEHICLES, orient="row"),
        alerts=_alerts(message),
    )


def decode_alerts(data: bytes) -> tuple[Alert, ...]:
    """What ``decode`` tells of alerts, without the rest, of which there is far more. Raises FeedRefused likewise."""
    return _alerts(_message(data))


def _alerts(message: pb.FeedMessage) -> tuple[Alert, ...]:
    return tuple(alert_of(each) for each in message.entity if each.HasField("alert") and not each.is_deleted)


def _message(data: bytes) -> pb.FeedMessage:
    if len(data) > MOST_BYTES:
        raise FeedRefused(Reason.TOO_LARGE, f"The message has {len(data)} bytes; at most {MOST_BYTES} are read.")
    message = pb.FeedMessage()
    try:
        if data.lstrip()[:1] == b"{":
            json_format.Parse(data, message, ignore_unknown_fields=True, max_recursion_depth=20)
        else:
            message.ParseFromString(data)
    except (DecodeError, json_format.ParseError, ValueError, RecursionError) as error:
        raise FeedRefused(Reason.WRONG_FORMAT, "It is no GTFS-Realtime message.") from error
    if not message.IsInitialized():
        raise FeedRefused(Reason.WRONG_FORMAT, "It is no GTFS-Realtime message: something required is missing.")
    if sum(len(entity.trip_update.stop_time_update) or 1 for entity in message.entity) > MOST_ROWS:
        raise FeedRefused(Reason.TOO_LARGE, f"The message has more than {MOST_ROWS} updates.")
    return message
