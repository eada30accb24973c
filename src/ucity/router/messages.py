"""What the newest real-time messages expect, joined to the network in force. Takes up to seconds: for a thread."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import msgspec
import polars as pl
import structlog

from ucity.cloud.ioc.store.feeds import Message as Kept
from ucity.cloud.routing.boards import Live, Message
from ucity.cloud.routing.boards.expected import TOO_OLD
from ucity.cloud.routing.office import InForce
from ucity.cloud.routing.shared import Offer
from ucity.cloud.routing.telling import Crowding
from ucity.cloud.routing.timetable import Timetable
from ucity.network.feeds.gbfs import decode as decode_system
from ucity.network.feeds.gtfs_realtime import decode
from ucity.network.feeds.refusal import FeedRefused
from ucity.router.ways import NetworkWays

log = structlog.get_logger()


def read_messages(kept: Iterable[Kept]) -> list[Message]:
    """Decoded. A message that cannot be read is left out: the others still count."""
    found = []
    for each in kept:
        try:
            found.append(Message(each.namespace, each.made_at or each.received_at, decode(each.data)))
        except FeedRefused as error:
            log.warning("a message is left out", feed=each.feed, why=str(error))
    return found


def applied(in_force: InForce, kept: Iterable[Kept], now: datetime) -> InForce:
    """The same network with what these messages expect of it, in place of what was expected before."""
    messages, ways = read_messages(kept), in_force.ways
    assert isinstance(ways, NetworkWays)  # noqa: S101 - nothing else is ever built
    timetable = ways.network.timetable
    boards = in_force.boards.told(messages)
    live = ways.live.renewed(timetable, boards.live, now, boards.added)
    newest: dict[str, datetime] = {}
    for message in messages:
        newest[message.feed] = max(message.at, newest.get(message.feed, message.at))
    return replace(
        in_force,
        ways=NetworkWays(ways.network, live, ways.shared),
        boards=boards,
        feeds=tuple(msgspec.structs.replace(each, live_at=newest.get(each.feed)) for each in in_force.feeds),
        occupancy=_occupancy(timetable, boards.live, now - TOO_OLD),
    )


def with_bicycles(in_force: InForce, kept: Iterable[Kept]) -> InForce:
    """The same network with what systems of shared bicycles offer now, in place of what they offered before."""
    ways, offers = in_force.ways, list[Offer]()
    assert isinstance(ways, NetworkWays)  # noqa: S101 - nothing else is ever built
    for each in kept:
        try:
            offers.append(Offer(each.feed, decode_system(each.data), each.fresh_until))
        except FeedRefused as error:
            log.warning("shared bicycles are left out", feed=each.feed, why=str(error))
    return replace(in_force, ways=replace(ways, shared=ways.shared.renewed(ways.network, offers)))


def _occupancy(timetable: Timetable, live: Live, oldest: datetime) -> Crowding:
    """As far as it was told since then."""
    fresh = pl.col("told_at") >= oldest
    vehicles, calls = (each.drop_nulls("occupancy").filter(fresh) for each in (live.vehicles, live.calls))
    keys, first = timetable.trips["key"], timetable.first_call
    now = vehicles.select("trip", "day", "occupancy").iter_rows()
    later = calls.select("trip", "day", "call", "occupancy").iter_rows()
    return {(keys[trip], day, None): full for trip, day, full in now} | {
        (keys[trip], day, int(timetable.sequence[first[trip] + call])): full for trip, day, call, full in later
    }
