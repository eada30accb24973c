"""Histories of what devices sent, told as those that were written by NGSI-LD are."""

from datetime import UTC, datetime

import httpx
import polars as pl

from ucity.blueprint.frames import shaped
from ucity.cloud.ioc.api.ngsi.tests.conftest import STATIONS
from ucity.cloud.ioc.api.ngsi.tests.samples import prop
from ucity.cloud.ioc.store import Batch, Committer

QUERY = "timerel=after&timeAt=2026-11-24T00:00:00Z"
AT = "2026-11-24T01:00:00Z"


async def test_what_devices_sent(api: httpx.AsyncClient, visitor: httpx.AsyncClient, committer: Committer) -> None:
    times = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in range(3)]
    frame = pl.DataFrame(
        {"subject": ["a"] * 3, "observed_at": times, "lon": [129.0] * 3, "lat": [35.1] * 3, "name": ["A"] * 3}
    )
    frame = frame.with_columns(pm25=pl.Series([10.0, 20.5, 30.0]), state=pl.Series(["ok", "ok", "broken"]))
    await committer.commit(Batch(readings=(shaped("environment/test", STATIONS, frame),)))
    path = f"/temporal/entities/urn:ngsi-ld:Station:a?{QUERY}"
    for asker in (api, visitor):
        got = (await asker.get(path)).json()
        assert [each["value"] for each in got["pm25"]] == [10, 20.5, 30] and got["pm25"][0]["unitCode"] == "GQ"
        assert [each["value"] for each in got["state"]] == ["ok", "ok", "broken"]
    secret = {"id": "urn:ngsi-ld:Station:b", "type": "Station", "keeper": [prop("Kim", observedAt=AT)]}
    assert (await api.post("/temporal/entities", json=secret)).status_code == 201
    assert (await api.get(f"/temporal/entities?type=Station&{QUERY}&attrs=keeper")).json()[0]["id"] == secret["id"]
    assert (await visitor.get(f"/temporal/entities?type=Station&{QUERY}&attrs=keeper")).json() == []
    assert [each["id"] for each in (await visitor.get(f"/temporal/entities?type=Station&{QUERY}")).json()] == [
        "urn:ngsi-ld:Station:a"
    ]
    assert (await visitor.post("/temporal/entities", json=secret)).status_code == 401
    computed = {"id": "urn:ngsi-ld:Station:a", "type": "Station", "cai": [prop(5, observedAt=AT)]}
    assert (await api.post("/temporal/entities", json=computed)).status_code == 403
    wrong = {"id": "urn:ngsi-ld:Station:a", "type": "Station", "pm25": [prop(-5, observedAt=AT)]}
    assert (await api.post("/temporal/entities", json=wrong)).status_code == 400
