"""How a router stands, for those who look after the city: figures for Prometheus, and an answer on the bus."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Final

import msgspec
from nats.aio.msg import Msg
from prometheus_client import Gauge

from ucity.cloud.routing.desk import Desk
from ucity.cloud.routing.office import Office
from ucity.cloud.routing.wire import RouterState, encode
from ucity.router.networks import Networks

_NEWEST: Final = "livemostrecent"
_STOPS = Gauge("ucity_routing_stops", "Stops in the network in force.", multiprocess_mode=_NEWEST)
_TRIPS = Gauge("ucity_routing_trips", "Trips in the network in force.", multiprocess_mode=_NEWEST)
_BUILD = Gauge("ucity_routing_build_seconds", "How long building it took.", multiprocess_mode=_NEWEST)
_AGE = Gauge("ucity_routing_live_age_seconds", "Age of a feed's newest message.", ["feed"], multiprocess_mode=_NEWEST)
_TROUBLE = Gauge("ucity_routing_trouble", "1 while the newest feeds cannot be used.", multiprocess_mode=_NEWEST)
_BY_LINE = Gauge(
    "ucity_routing_vehicles_by_line",
    "Vehicles that are told of by their line alone, by whether it is known which run they are.",
    ["run"],
    multiprocess_mode=_NEWEST,
)
_LOOK_EVERY = 5.0


class Standing:
    """``show`` must be running."""

    def __init__(self, office: Office, networks: Networks, desk: Desk) -> None:
        self._office, self._networks, self._desk = office, networks, desk

    async def tell(self, message: Msg) -> None:
        """Answer a question on the bus."""
        await message.respond(encode(self.now()))

    def now(self) -> RouterState:
        """How it stands."""
        state = RouterState(
            process=os.getpid(),
            is_ready=self._office.in_force is not None,
            build_seconds=self._networks.build_seconds,
            is_building=self._networks.is_building,
            waiting=self._desk.waiting,
            trouble=self._networks.trouble,
        )
        found = self._office.in_force
        if found is None:
            return state
        return msgspec.structs.replace(
            state,
            feeds=found.feeds,
            stops=found.ways.stops,
            trips=found.ways.trips,
            has_streets=found.ways.has_streets,
            built_at=found.built_at,
        )

    async def show(self) -> None:
        """Keep the figures true until cancelled."""
        while True:
            now = self.now()
            _STOPS.set(now.stops)
            _TRIPS.set(now.trips)
            _BUILD.set(now.build_seconds)
            _TROUBLE.set(now.trouble is not None)
            if found := self._office.in_force:
                told, tied = found.boards.live.arrivals["vehicle"].n_unique(), len(found.boards.live.tied)
                _BY_LINE.labels("known").set(tied)
                _BY_LINE.labels("unknown").set(told - tied)
            for feed in now.feeds:
                if feed.live_at:
                    _AGE.labels(feed.feed).set((datetime.now(UTC) - feed.live_at).total_seconds())
            await asyncio.sleep(_LOOK_EVERY)
