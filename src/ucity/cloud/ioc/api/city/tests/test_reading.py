"""What goes out: the catalogue, current state, history, views, the live map; and who may have it."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import polars as pl
import pytest

from running.web import Web, running_web
from ucity.blueprint import Readings
from ucity.blueprint.frames import rows, shaped
from ucity.cloud.ioc.manage.profile import FILE as PROFILE
from ucity.cloud.ioc.manage.profile import keep_profile
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.store import Batch, Committer, Pool
from ucity.services import catalogue, discover
from ucity.settings import Settings

STREAM = "/api/v1/streams/air_quality/stations"
HERE = {"lon": 129.07, "lat": 35.18}
T0 = datetime(2026, 11, 23, 8, tzinfo=UTC)


def readings(*rows: dict[str, Any]) -> Readings:
    declared = catalogue().streams["air_quality/stations"]
    frame = pl.DataFrame(rows).with_columns(pl.col("observed_at").cast(pl.Datetime("us", "UTC")))
    return shaped(declared.service, declared.stream, frame)


def at(hours: float, pm25: float | None, subject: str = "a", **more: Any) -> dict[str, Any]:
    return {"subject": subject, "observed_at": T0 + timedelta(hours=hours), "pm25": pm25, **HERE, **more}


@pytest.fixture
async def stored(web: Web) -> AsyncIterator[Web]:
    """Two stations, three hours, a gap, a correction."""
    store = Committer(web.pool, lambda lons, _: ["centre" for _ in lons])
    rows = [at(0, 1, name="=Jung-gu"), at(1, 2), at(2, None, pm10=7), at(1, 4, "b"), at(0.5, 1.25, "b")]
    await store.commit(Batch(readings=(readings(*rows),)))
    await store.commit(Batch(readings=(readings(at(1, 3)),)))
    yield web


async def get(web: Web, path: str, **query: Any) -> httpx.Response:
    return await web.http.get(path, params=query)


async def test_the_catalogue_tells_what_is_measured_in_which_unit_and_who_may_read_it(web: Web) -> None:
    streams = {each["path"]: each for each in (await get(web, "/api/v1/streams")).json()["streams"]}
    assert streams.keys() == catalogue().streams.keys()
    stations = streams["air_quality/stations"]
    assert (stations["service"], stations["sharing"], stations["derived"]) == ("environment/air_quality", "open", False)
    (pm25,) = (measure for measure in stations["measures"] if measure["key"] == "pm25")
    assert (pm25["unit"], pm25["symbol"], pm25["lowest"]) == ("ug/m3", "µg/m³", 0)
    assert (await get(web, STREAM)).json() == stations
    assert (await get(web, "/api/v1/streams/air_quality/nothing")).status_code == 404


async def test_current_state_is_the_newest_of_each_thing(stored: Web) -> None:
    rows = (await get(stored, f"{STREAM}/current")).json()
    assert [(row["subject"], row["pm25"], row["pm10"]) for row in rows] == [("a", 3, 7), ("b", 4, None)]
    assert rows[0]["observedAt"] == "2026-11-23T10:00:00Z"
    assert rows[0]["location"] == {"type": "Point", "coordinates": [129.07, 35.18]}
    assert rows[0]["district"] == "centre"
    assert [row["subject"] for row in (await get(stored, f"{STREAM}/current", subject="b")).json()] == ["b"]
    assert (await get(stored, f"{STREAM}/current", district="elsewhere")).json() == []


async def test_history_is_by_thing_and_time_with_the_newest_version_of_each(stored: Web) -> None:
    span = {"since": T0.isoformat(), "until": (T0 + timedelta(hours=2)).isoformat()}
    rows = (await get(stored, f"{STREAM}/history", **span)).json()
    found = [(row["subject"], row["observedAt"], row["pm25"]) for row in rows]
    assert found == [
        ("a", "2026-11-23T08:00:00Z", 1),
        ("a", "2026-11-23T09:00:00Z", 3),
        ("b", "2026-11-23T08:30:00Z", 1.25),
        ("b", "2026-11-23T09:00:00Z", 4),
    ]
    limited = (await get(stored, f"{STREAM}/history", **span, limit=3)).json()
    assert limited == rows[:3]


async def test_what_was_known_at_a_time_leaves_later_corrections_out(stored: Web) -> None:
    first = await stored.pool.fetchval("SELECT min(recorded_at) FROM observation")
    query = {"since": T0.isoformat(), "subject": "a", "asOf": first.isoformat()}
    rows = (await get(stored, f"{STREAM}/history", **query)).json()
    assert [row["pm25"] for row in rows] == [1, 2, None]


async def test_rows_come_as_csv_and_lines_too(stored: Web) -> None:
    query = {"since": T0.isoformat(), "subject": "a"}
    answers = [
        await get(stored, f"{STREAM}/history", **query, format="csv"),
        await stored.http.get(f"{STREAM}/history", params=query, headers={"Accept": "text/csv, */*;q=0.1"}),
    ]
    for answer in answers:
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["observedAt"], row["pm25"], row["lon"]) for row in rows] == [
            ("2026-11-23T08:00:00Z", "1.0", "129.07"),
            ("2026-11-23T09:00:00Z", "3.0", "129.07"),
            ("2026-11-23T10:00:00Z", "", "129.07"),
        ]
    lines = await get(stored, f"{STREAM}/history", **query, format="ndjson")
    assert len(lines.text.splitlines()) == 3


async def test_no_history_is_an_empty_list_or_a_header(web: Web) -> None:
    assert (await get(web, f"{STREAM}/history")).json() == []
    header = (await get(web, f"{STREAM}/history", format="csv")).text.strip()
    assert header.startswith("subject,observedAt,lon,lat,pm25")


async def test_a_long_history_comes_whole_and_lets_go_of_its_connections(web: Web) -> None:
    store = Committer(web.pool, lambda lons, _: [None for _ in lons])
    frame = pl.DataFrame(
        {"subject": "a", "observed_at": [T0 - timedelta(minutes=n) for n in range(30_000)], "pm25": range(30_000)}
    ).with_columns(pl.col("observed_at").cast(pl.Datetime("us", "UTC")))
    declared = catalogue().streams["air_quality/stations"]
    await store.commit(Batch(readings=(shaped(declared.service, declared.stream, frame),)))
    query = {"since": (T0 - timedelta(days=60)).isoformat()}
    for _ in range(10):
        some = await get(web, f"{STREAM}/history", **query, limit=5)
        assert [row["pm25"] for row in some.json()] == [29_999, 29_998, 29_997, 29_996, 29_995]
    whole = (await get(web, f"{STREAM}/history", **query)).json()
    assert [row["pm25"] for row in whole] == list(range(29_999, -1, -1))


SENSELESS: tuple[tuple[str, dict[str, str]], ...] = (
    (f"{STREAM}/history", {"since": "yesterday"}),
    (f"{STREAM}/history", {"since": "2026-11-24T08:00:00"}),
    (f"{STREAM}/history", {"since": "2026-11-25T00:00:00Z", "until": "2026-11-24T00:00:00Z"}),
    (f"{STREAM}/history", {"until": "0001-01-01T00:00:00Z"}),
    (f"{STREAM}/history", {"until": "0001-01-01T00:00:00+14:00"}),
    (f"{STREAM}/history", {"since": "0001-01-01T00:00:00+14:00"}),
    (f"{STREAM}/history", {"asOf": "9999-12-31T23:59:59-14:00"}),
    (f"{STREAM}/history", {"limit": "0"}),
    (f"{STREAM}/history", {"subject": "a\x00b"}),
    (f"{STREAM}/current", {"district": "\x00"}),
    (f"{STREAM}/current", {"format": "xml"}),
    (f"{STREAM}/history", {"untill": "2026-11-24T00:00:00Z"}),
    ("/api/v1/environment/air_quality/districts", {"distric": "x"}),
    ("/api/v1/environment/air_quality/days", {"since": "yesterday"}),
    ("/api/v1/environment/air_quality/days", {"since": "2026-11-25", "until": "2026-11-24"}),
    ("/api/v1/environment/air_quality/days", {"since": "0001-01-01"}),
    ("/api/v1/live", {"bbox": "1,2,3", "types": "A"}),
    ("/api/v1/live", {"bbox": "nan,0,1,1", "types": "A"}),
)


async def test_a_question_that_makes_no_sense_is_refused(web: Web) -> None:
    for path, query in SENSELESS:
        answer = await get(web, path, **query)
        assert answer.status_code in {400, 422}, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


async def test_a_key_of_another_tenant_sees_what_everybody_sees(stored: Web) -> None:
    headers = await stored.key(Scope.READ, tenant="elsewhere")
    rows = (await stored.http.get(f"{STREAM}/current", headers=headers)).json()
    assert [row["subject"] for row in rows] == ["a", "b"]


async def test_an_open_map_ends_when_the_key_that_it_was_opened_with_is_revoked(web: Web) -> None:
    key, token = await web.credentials.make_key("map", scopes=[Scope.READ])
    query = {"bbox": "128,34,130,36", "types": "AirQualityObserved"}
    asked = web.http.get("/api/v1/live", params=query, headers={"Authorization": f"Bearer {token}"})
    map_ = asyncio.ensure_future(asked)
    done, _ = await asyncio.wait({map_}, timeout=1)
    assert not done
    await web.credentials.revoke_key(key.id)
    answer = await asyncio.wait_for(map_, 10)
    assert (answer.status_code, "event: snapshot" in answer.text) == (200, True)


async def test_a_view_answers_with_its_own_models(stored: Web) -> None:
    answer = await get(stored, "/api/v1/environment/air_quality/districts")
    assert answer.status_code == 200
    assert [each["district"] for each in answer.json()["districts"]] == ["centre"]
    assert (await get(stored, "/api/v1/environment/air_quality/station")).status_code == 422
    assert (await get(stored, "/api/v1/environment/air_quality/station", station="none")).status_code == 404


async def test_a_view_tells_of_records_to_anyone_where_they_are_open(stored: Web) -> None:
    records = discover()["environment/air_quality"].records[0]
    row = {"station": "b", "day": T0.date(), "hours": 24.0, "cai_mean": 60.5, "cai_highest": 120.0}
    more = {"highest_at": "2026-11-23T17:00:00+09:00", "hours_good": 10, "hours_moderate": 13, "hours_unhealthy": 1}
    frame = pl.DataFrame([row | more | {"hours_very_unhealthy": 0}])
    await Committer(stored.pool, lambda lons, _: [None for _ in lons]).commit(Batch(records=(rows(records, frame),)))
    answer = await get(stored, "/api/v1/environment/air_quality/days", since="2026-11-01", until="2026-11-30")
    assert answer.status_code == 200
    told = answer.json()
    assert [(each["station"], len(each["days"])) for each in told["stations"]] == [("a", 0), ("b", 1)]
    (day,) = told["stations"][1]["days"]
    assert (day["day"], day["grade"], day["cai_mean"], day["hours_moderate"]) == ("2026-11-23", "unhealthy", 60.5, 13)
    assert day["highest_at"] == "2026-11-23T17:00:00+09:00"
    assert told["districts"] == [{"district": "centre", "good": 0, "moderate": 0, "unhealthy": 1, "very_unhealthy": 0}]
    # The ends of the calendar are no mistake, and nothing is known of them.
    for end in ("0001-01-01", "9999-12-31"):
        assert (await get(stored, "/api/v1/environment/air_quality/days", until=end)).json()["days"] == []


async def test_only_who_manages_the_city_sees_how_it_stands(stored: Web) -> None:
    public = (await get(stored, "/api/v1/status")).json()
    assert (public["details"], public["streams"]) == (None, len(catalogue().streams))
    headers = await stored.key(Scope.MANAGE)
    details = (await stored.http.get("/api/v1/status", headers=headers)).json()["details"]
    assert details["logs"]["INGEST"]["behind"] == 0
    assert details["rules"]["air_quality.mean_hours"]["behind"] > 0
    foreign = await stored.key(Scope.MANAGE, tenant="elsewhere")
    assert (await stored.http.get("/api/v1/status", headers=foreign)).json()["details"] is None


async def test_health_is_ok_while_database_and_bus_answer(web: Web) -> None:
    well = await get(web, "/health")
    assert (well.status_code, well.json()) == (200, {"status": "ok", "database": "ok", "bus": "ok"})


@pytest.mark.parametrize("simulated", [True, False])
async def test_every_answer_of_a_simulated_city_says_so(web_settings: Settings, pool: Pool, *, simulated: bool) -> None:
    keep_profile(web_settings.data)
    profile = web_settings.data / PROFILE
    profile.write_text(profile.read_text().replace("simulated = false", f"simulated = {str(simulated).lower()}"))
    async with running_web(web_settings, pool) as web:
        for path in ("environment/air_quality/districts", "streams/air_quality/stations/current", "nothing"):
            answer = await get(web, f"/api/v1/{path}")
            assert answer.headers.get("city-data") == ("simulated" if simulated else None)
        answer = await get(web, "/ngsi-ld/v1/entities?type=AirQualityObserved")
        assert answer.headers.get("city-data") == ("simulated" if simulated else None)


async def test_metrics_are_for_this_machine_and_for_who_manages_the_city(web: Web) -> None:
    assert (await get(web, "/metrics")).status_code == 401
    text = (await web.http.get("/metrics", headers=await web.key(Scope.MANAGE))).text
    assert 'ucity_behind{kind="log",name="INGEST"} 0.0' in text
    assert 'route="/metrics"' in text


async def test_metrics_are_not_given_away_by_a_proxy_on_this_machine(web_settings: Settings, pool: Pool) -> None:
    async with running_web(web_settings, pool, address="127.0.0.1") as here:
        assert (await get(here, "/metrics")).status_code == 200
        assert (await here.http.get("/metrics", headers={"X-Forwarded-For": "192.0.2.9"})).status_code == 401


async def test_the_documentation_loads_nothing_from_elsewhere(web: Web) -> None:
    page = await get(web, "/docs")
    assert "//" not in page.text.replace("<!doctype", "")
    assert "inline" not in page.headers["content-security-policy"].partition("style-src")[0]
    for path in ("/docs/start.js", "/docs/assets/swagger-ui-bundle.js", "/docs/assets/swagger-ui.css"):
        assert path in page.text
        assert (await get(web, path)).status_code == 200
    openapi = (await get(web, "/api/v1/openapi.json")).json()
    assert "/api/v1/environment/air_quality/districts" in openapi["paths"]


async def test_the_first_requests_of_a_process_may_come_all_at_once(web: Web) -> None:
    answers = await asyncio.gather(*(get(web, "/api/v1/streams", nothing="1") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {400}
