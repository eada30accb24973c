"""What the city publishes of its public transport, asked for over HTTP as another journey planner would."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from google.transit import gtfs_realtime_pb2 as pb

from replay import network
from running.web import Web
from ucity.blueprint.frames import shaped
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.store import Batch, Committer
from ucity.cloud.ioc.store.feed_writing import NewFeed, NewMessage, add_feed, keep_message
from ucity.cloud.ioc.store.feeds import known_feed
from ucity.network.feeds.formats import FeedFormat
from ucity.services import catalogue

PROTOBUF = {"Accept": "application/x-protobuf"}
REALTIME = "/api/v1/gtfs-realtime"


def decoded(body: bytes) -> pb.FeedMessage:
    message = pb.FeedMessage()
    message.ParseFromString(body)
    assert message.IsInitialized()
    return message


async def tell_of_a_vehicle(web: Web, *, speed: float = 36.0) -> None:
    declared = catalogue().streams["bus_information/vehicles"]
    row = {"subject": "small:1", "observed_at": datetime.now(UTC), "lon": 129.0, "lat": 35.1, "speed": speed}
    readings = shaped(declared.service, declared.stream, pl.DataFrame([row | {"trip": "small:bus-0-720"}]))
    await Committer(web.pool, lambda lons, _: [None for _ in lons]).commit(Batch(readings=(readings,)))


async def test_anyone_gets_positions_as_protobuf_or_as_json(web: Web) -> None:
    await tell_of_a_vehicle(web)
    answer = await web.http.get(f"{REALTIME}/vehicle_positions")
    assert answer.headers["content-type"] == "application/x-protobuf"
    (entity,) = decoded(answer.content).entity
    assert (entity.vehicle.trip.trip_id, entity.vehicle.position.speed) == ("small:bus-0-720", 10.0)
    own = decoded((await web.http.get(f"{REALTIME}/vehicle_positions?feed=small", headers=PROTOBUF)).content)
    assert own.entity[0].vehicle.trip.trip_id == "bus-0-720"
    as_json = await web.http.get(f"{REALTIME}/vehicle_positions", headers={"Accept": "application/json"})
    assert as_json.json()["entity"][0]["vehicle"]["vehicle"]["id"] == "small:1"


async def test_who_has_a_message_already_is_told_so(web: Web) -> None:
    await tell_of_a_vehicle(web)
    etag = (await web.http.get(f"{REALTIME}/vehicle_positions")).headers["etag"]
    again = await web.http.get(f"{REALTIME}/vehicle_positions", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    await tell_of_a_vehicle(web, speed=18.0)
    assert (await web.http.get(f"{REALTIME}/vehicle_positions")).headers["etag"] != etag


async def test_what_feeds_say_of_trips_and_alerts_is_passed_on(web: Web) -> None:
    now = datetime.now(UTC)
    await add_feed(
        web.pool, NewFeed(name="small-now", format=FeedFormat.REALTIME, url="http://x.example", every=9), now
    )
    said = network.message(now)
    said.entity.add(id="1").trip_update.trip.trip_id = "bus-0-720"
    said.entity.add(id="2").alert.informed_entity.add(route_id="bus")
    data = said.SerializeToString()
    message = NewMessage(sha256="0", made_at=now, data=data)
    await keep_message(web.pool, await known_feed(web.pool, "small-now"), message, now)
    updates = decoded((await web.http.get(f"{REALTIME}/trip_updates")).content)
    assert [each.trip_update.trip.trip_id for each in updates.entity] == ["small-now:bus-0-720"]
    alerts = decoded((await web.http.get(f"{REALTIME}/alerts")).content)
    assert [each.alert.informed_entity[0].route_id for each in alerts.entity] == ["small-now:bus"]


async def test_a_timetable_is_given_as_it_came(web: Web, tmp_path: Path) -> None:
    network.write(tmp_path / "small.zip")
    body = (tmp_path / "small.zip").read_bytes()
    key = await web.key(Scope.MANAGE)
    sent = await web.http.put("/api/v1/feeds/small/file?format=gtfs", content=body, headers=key)
    assert sent.is_success, sent.text
    answer = await web.http.get("/api/v1/gtfs/small.zip")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "application/zip", body)
    again = await web.http.get("/api/v1/gtfs/small.zip", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_what_there_is_not_is_not_found(web: Web) -> None:
    assert (await web.http.get("/api/v1/gtfs/nothing.zip")).status_code == 404
    assert (await web.http.get(f"{REALTIME}/nothing")).status_code in {404, 422}
    assert (await web.http.get(f"{REALTIME}/alerts?feed=NO!")).status_code == 422
    assert not decoded((await web.http.get(f"{REALTIME}/alerts?feed=nothing")).content).entity
