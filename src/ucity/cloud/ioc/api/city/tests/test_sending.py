"""Readings through the HTTP door: what is taken, what is told, what is kept."""

import asyncio
import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import nats as nats_client
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from running.web import STATIONS, Web, eventually, running_web
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.feed import decode
from ucity.services import catalogue
from ucity.settings import Settings

NOW = datetime.now(UTC).replace(microsecond=0)
LINES = {"Content-Type": "application/x-ndjson"}


def reading(minutes: int = 0, **more: Any) -> dict[str, Any]:
    time = (NOW - timedelta(minutes=minutes)).isoformat()
    return {"id": "a", "observedAt": time, "pm25": 12.5, **more}


async def logged(web: Web) -> list[pl.DataFrame]:
    """What is in the log, message by message."""
    bus = await nats_client.connect(str(web.settings.nats_url))
    try:
        state = (await bus.jetstream().stream_info("INGEST")).state
        found = [await bus.jsm().get_msg("INGEST", seq) for seq in range(max(1, state.first_seq), state.last_seq + 1)]
    finally:
        await bus.close()
    assert {each.subject for each in found} <= {"ingest.http.air_quality.stations"}
    return [decode(each.data or b"") for each in found]


async def quarantined(web: Web) -> list[tuple[str, str | None, Any]]:
    rows = await web.pool.fetch("SELECT sender, reason, field, payload FROM quarantine ORDER BY id")
    return [(row["reason"], row["field"], row["payload"]) for row in rows]


async def test_what_is_accepted_is_in_the_log_and_what_is_rejected_in_quarantine_when_the_answer_comes(
    web: Web,
) -> None:
    key = await web.key(Scope.WRITE)
    bad_time, bad_value = {"id": "b", "pm25": 1}, reading(1, pm10="much")
    answer = await web.http.post(STATIONS, json=[reading(), bad_time, bad_value], headers=key)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    told = [(each["index"], each["field"], each["reason"]) for each in answer.json()["rejected"]]
    assert told == [(1, "observedAt", "no_time"), (2, "pm10", "not_a_number")]
    (frame,) = await logged(web)
    assert frame.select("subject", "observed_at", "pm25", "pm10").rows() == [
        ("a", NOW, 12.5, None),
        ("a", NOW - timedelta(minutes=1), 12.5, None),
    ]
    kept = await quarantined(web)
    assert [(reason, field) for reason, field, _ in kept] == [("no_time", "observedAt"), ("not_a_number", "pm10")]
    assert [json.loads(payload) for _, _, payload in kept] == [bad_time, bad_value]


@pytest.mark.parametrize("packed", [False, True])
async def test_lines_are_taken_packed_or_not_and_a_bad_line_is_only_its_own_problem(web: Web, packed: bool) -> None:
    body = b"\n".join([json.dumps(reading()).encode(), b'{"id": ', json.dumps(reading(5)).encode()])
    headers = await web.key(Scope.WRITE) | LINES | ({"Content-Encoding": "gzip"} if packed else {})
    answer = await web.http.post(STATIONS, content=gzip.compress(body) if packed else body, headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert [(each["index"], each["reason"]) for each in answer.json()["rejected"]] == [(1, "not_json")]
    assert await quarantined(web) == [("not_json", None, b'{"id": ')]


async def test_when_nothing_can_be_taken_it_is_a_problem_with_the_same_list(web: Web) -> None:
    answer = await web.http.post(STATIONS, json={"id": "a"}, headers=await web.key(Scope.WRITE))
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["accepted"], problem["rejected"][0]["reason"], problem["status"]) == (0, "no_time", 422)
    assert [reason for reason, _, _ in await quarantined(web)] == ["no_time"]


NO_READINGS = (
    (b'[{"id": "a",', "application/json", 400),
    (b"[]", "application/json", 400),
    (b"", "application/json", 400),
    (b"a,b", "text/csv", 415),
    (b"5", "application/json", 422),
    (b'["x", null]', "application/json", 422),
)


async def test_bodies_that_are_no_readings_are_refused(web: Web) -> None:
    key = await web.key(Scope.WRITE)
    for body, media_type, status in NO_READINGS:
        answer = await web.http.post(STATIONS, content=body, headers=key | {"Content-Type": media_type})
        assert answer.status_code == status, body
    assert await logged(web) == []


async def test_who_may_not_send_is_told_before_the_body_is_read(web: Web) -> None:
    body = b"not even JSON"
    foreign = await web.key(Scope.WRITE, tenant="elsewhere")
    for headers, status in (({}, 401), (await web.key(Scope.READ), 403), (foreign, 403)):
        assert (await web.http.post(STATIONS, content=body, headers=headers)).status_code == status
    writer = await web.key(Scope.WRITE)
    derived = STATIONS.replace("stations", "indices")
    assert (await web.http.post(derived, json=reading(), headers=writer)).status_code == 403
    assert (await web.http.post(f"{STATIONS}x", json=reading(), headers=writer)).status_code == 404


async def test_a_device_sends_for_itself_and_a_gateway_for_its_list_only(web: Web) -> None:
    streams = ["air_quality/stations"]
    for name, subjects in (("station-1", None), ("gateway-1", ["m1"])):
        _, password = await web.credentials.make_device(
            name, streams=streams, catalogue=catalogue(), speaks_for=subjects
        )
        login = {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
        without_id = {key: value for key, value in reading().items() if key != "id"}
        sent = [without_id, reading(id=name), reading(id="m1"), reading(id="m2")]
        answer = await web.http.post(STATIONS, json=sent, headers=login)
        rejected = [each["index"] for each in answer.json()["rejected"]]
        assert rejected == ([2, 3] if name == "station-1" else [0, 1, 3])
        buses = await web.http.post(STATIONS.replace("stations", "buses"), json=reading(), headers=login)
        assert buses.status_code == 403


async def test_the_same_request_under_its_key_is_logged_once_and_another_body_is_not_lost(web: Web) -> None:
    headers = await web.key(Scope.WRITE) | {"Idempotency-Key": "k-1"}
    for body in (reading(), reading(), reading(7)):
        assert (await web.http.post(STATIONS, json=body, headers=headers)).status_code == 202
    assert len(await logged(web)) == 2
    bad = headers | {"Idempotency-Key": "x" * 200}
    assert (await web.http.post(STATIONS, json=reading(), headers=bad)).status_code == 400


async def test_a_large_batch_is_logged_in_pieces_that_the_log_takes(web: Web) -> None:
    headers = await web.key(Scope.WRITE) | LINES
    labels = {"name": "x" * 250}
    body = b"\n".join(msgspec.json.encode(reading(n, **labels)) for n in range(30_000))
    answer = await web.http.post(
        STATIONS, content=gzip.compress(body, 1), headers=headers | {"Content-Encoding": "gzip"}
    )
    assert answer.json() == {"accepted": 30_000, "rejected": []}
    frames = await logged(web)
    assert len(frames) > 1
    assert pl.concat(frames)["observed_at"].n_unique() == 30_000


async def test_a_full_log_makes_senders_wait_and_keeps_what_it_took(web_settings: Settings, pool: Pool) -> None:
    small = web_settings.model_copy(update={"queue_bytes": 16 << 20})
    async with running_web(small, pool) as web:
        headers = await web.key(Scope.WRITE) | LINES
        names = {"name": "x" * 250}
        body = b"\n".join(msgspec.json.encode(reading(n, **names)) for n in range(9_000))
        taken = 0
        for _ in range(30):
            answer = await web.http.post(STATIONS, content=body, headers=headers)
            if answer.status_code == 429:
                break
            taken += answer.json()["accepted"]
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert sum(frame.height for frame in await logged(web)) >= taken > 0


async def test_what_was_sent_is_current_and_in_history_soon_after(whole: Web) -> None:
    headers = await whole.key(Scope.WRITE)
    here = {"type": "Point", "coordinates": [129.07, 35.18]}
    await whole.http.post(STATIONS, json=[reading(60, location=here), reading(0, pm25=20)], headers=headers)

    async def current() -> Any:
        rows = (await whole.http.get("/api/v1/streams/air_quality/stations/current")).json()
        return [(row["subject"], row["pm25"], row["location"]) for row in rows]

    await eventually(current, [("a", 20.0, here)])
    history = (await whole.http.get("/api/v1/streams/air_quality/stations/history")).json()
    assert [row["pm25"] for row in history] == [12.5, 20.0]


async def test_many_at_once_are_all_taken(whole: Web) -> None:
    headers = await whole.key(Scope.WRITE)

    async def send(n: int) -> int:
        body = [reading(m, id=f"s{n}") for m in range(50)]
        return (await whole.http.post(STATIONS, json=body, headers=headers)).status_code

    assert set(await asyncio.gather(*(send(n) for n in range(40)))) == {202}

    async def stored() -> Any:
        return await whole.pool.fetchval(
            "SELECT count(*) FROM observation o JOIN attribute a ON a.id = o.attr WHERE a.name LIKE '%/pm25'"
        )

    await eventually(stored, 2000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "observedAt": JSON | st.datetimes().map(str) | st.just("2026-11-24T08:00:00Z"),
        "location": JSON | st.fixed_dictionaries({"type": st.just("Point"), "coordinates": JSON}),
        "pm25": JSON,
        "units": JSON | st.fixed_dictionaries({"pm25": JSON}),
        "name": JSON,
    },
)


async def test_whatever_is_sent_is_never_the_citys_fault_and_never_lost(whole: Web) -> None:
    headers = await whole.key(Scope.WRITE)
    examples: list[list[Any]] = []

    @given(items=st.lists(JSON | ITEM, min_size=1, max_size=5))
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def gather(items: list[Any]) -> None:
        examples.append(items)

    gather()
    for items in examples:
        answer = await whole.http.post(
            STATIONS, content=json.dumps(items), headers=headers | {"Content-Type": "application/json"}
        )
        assert answer.status_code in {202, 400, 422}, (items, answer.text)
        if answer.status_code != 400:
            named = {each["index"] for each in answer.json()["rejected"]}
            assert answer.json()["accepted"] + len(named) >= len(items)
    last = reading(id="last")
    assert (await whole.http.post(STATIONS, json=last, headers=headers)).status_code == 202

    async def arrived() -> Any:
        return await whole.pool.fetchval("SELECT count(*) FROM entity WHERE id LIKE '%:last'")

    await eventually(arrived, 1)
    assert await whole.pool.fetchval("SELECT count(*) FROM quarantine WHERE reason = 'not_storable'") == 0
