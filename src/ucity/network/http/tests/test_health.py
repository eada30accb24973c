"""``/health`` says which of the parts that it looks at is away."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette

from ucity.errors import Unavailable
from ucity.network.http import health
from ucity.network.http.health import Probe, health_routes


async def _well() -> None:
    pass


async def _away() -> None:
    raise Unavailable("It is not answering.")


async def _silent() -> None:
    await asyncio.Event().wait()


async def asked(probes: Mapping[str, Probe]) -> httpx.Response:
    app = Starlette(routes=health_routes(probes, lambda _: None, _well))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city") as http:
        return await http.get("/health")


@pytest.mark.parametrize("bad", [_away, _silent])
async def test_a_part_that_fails_or_keeps_silent_is_told_as_away(bad: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_PATIENCE", 0.05)
    answer = await asked({"database": bad, "bus": _well})
    assert (answer.status_code, answer.json()) == (503, {"status": "away", "database": "away", "bus": "ok"})


async def test_all_is_well_where_every_part_is() -> None:
    answer = await asked({"database": _well, "bus": _well})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok", "bus": "ok"})
