"""``/health``: whether this process can reach what it needs to answer. ``/metrics``: figures for Prometheus."""

import asyncio
import ipaddress
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ucity.network.http.asgi import address_of

Probe = Callable[[], Awaitable[Any]]
"""Returns when what it looks at is well, raises when it is not."""

log = structlog.get_logger()
_PATIENCE = 2.0
_FORWARDED = {"forwarded", "via", "x-forwarded-for", "x-real-ip"}


def health_routes(probes: Mapping[str, Probe], check_manage: Callable[[Any], None], before: Probe) -> list[Route]:
    """``probes`` by name. ``check_manage`` raises unless who asks may see the metrics from elsewhere than this machine;
    ``before`` brings the figures up to date."""

    async def health(_: Request) -> Response:
        well = dict(zip(probes, await asyncio.gather(*(_is_well(*each) for each in probes.items())), strict=True))
        status = 200 if all(well.values()) else 503
        parts = {name: "ok" if fine else "away" for name, fine in well.items()}
        return JSONResponse({"status": "ok" if status == 200 else "away", **parts}, status)

    async def metrics(request: Request) -> Response:
        if not _is_from_here(request):
            check_manage(request.state.principal)
        await _is_well("metrics", before)
        return Response(await run_in_threadpool(_figures), media_type=CONTENT_TYPE_LATEST)

    return [Route("/health", health), Route("/metrics", metrics)]


def _figures() -> bytes:
    """Those of all the city's processes, where they share a folder for them; else of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


async def _is_well(name: str, probe: Probe) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            await probe()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not well
        log.warning("not well", part=name, why=type(error).__name__)
        return False
    return True


def _is_from_here(request: Request) -> bool:
    """Whether somebody on this machine asks, and no proxy that happens to run on it asks for somebody else."""
    try:
        is_loopback = ipaddress.ip_address(address_of(request.scope)).is_loopback
    except ValueError:
        return False
    return is_loopback and not _FORWARDED & {name.lower() for name in request.headers}
