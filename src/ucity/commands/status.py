"""``ucity status``: what runs, how far behind each part is, and what waits in quarantine."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import nats
import psutil
import typer

from ucity.cloud.ioc.manage.runtime import Runtime
from ucity.cloud.ioc.manage.standing import Standing, standing
from ucity.cloud.ioc.store import connect
from ucity.cloud.routing.client import Routing
from ucity.cloud.routing.wire import RouterState
from ucity.commands.output import write_json, write_table
from ucity.commands.running import Data, Json, find_city
from ucity.network.log import find_logs
from ucity.services import catalogue

app = typer.Typer()


@app.command()
def status(*, json: Json = False, data: Data = None) -> None:
    """Tell what runs and how far behind it is. Exit code 1 when something does not run."""
    runtime = find_city(data)
    processes = _processes(runtime)
    found, routers = asyncio.run(_standing(runtime))
    if json:
        told = {"url": runtime.url, "ready": runtime.ready, "processes": processes}
        write_json({**told, **asdict(found), "routers": [msgspec.to_builtins(each) for each in routers]})
    else:
        _tell(runtime, processes, found)
        _tell_of_routers(routers)
    if not runtime.ready or any(each["pid"] is None for each in processes):
        raise typer.Exit(1)


async def _standing(runtime: Runtime) -> tuple[Standing, list[RouterState]]:
    pool = await connect(runtime.postgres_url, size=1)
    bus = await nats.connect(runtime.nats_url, name="ucity status")
    try:
        logs = await find_logs(bus)
        routers = await Routing(bus).states()
        return await standing(pool, bus, catalogue(), (logs.mqtt, logs.ingest)), routers
    finally:
        await bus.close()
        await pool.close()


def _processes(runtime: Runtime) -> list[dict[str, Any]]:
    found = [{"name": "serve", "pid": runtime.pid, "seconds": _age(runtime.pid), "restarts": 0}]
    for name, child in runtime.children.items():
        found.append({"name": name, "pid": child.pid, "seconds": _age(child.pid), "restarts": child.restarts})
    return found


def _age(pid: int | None) -> int | None:
    """For how many seconds a process has been running."""
    try:
        return None if pid is None else round(time.time() - psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _tell(runtime: Runtime, processes: list[dict[str, Any]], found: Standing) -> None:
    typer.echo(f"{runtime.url}  {'ready' if runtime.ready else 'starting'}")
    rows = [(p["name"], p["pid"] or "down", _duration(p["seconds"]), p["restarts"]) for p in processes]
    write_table(("process", "pid", "running for", "restarts"), rows)
    lags = [("log", name, lag) for name, lag in found.logs.items()]
    lags += [("rule", name, lag) for name, lag in found.rules.items()]
    write_table(
        ("kind", "name", "behind", "position", "last", "moved at"),
        [(kind, name, lag.behind, lag.position, lag.last, lag.moved_at) for kind, name, lag in lags],
    )
    waiting = ", ".join(f"{number} of {stream}" for stream, number in found.quarantine.items())
    typer.echo(f"in quarantine: {waiting or 'nothing'}")
    told = found.notifications
    typer.echo(
        f"subscriptions: {told.subscriptions}; changes not matched yet: {told.behind}; "
        f"notices waiting: {told.waiting}; set aside: {told.aside}; endpoints failing: {told.failing}"
    )


def _tell_of_routers(routers: Sequence[RouterState]) -> None:
    rows = [
        (
            router.process,
            "building" if router.is_building else "ready" if router.is_ready else "no timetable",
            router.stops,
            router.trips,
            "yes" if router.has_streets else "no",
            router.built_at,
            ", ".join(feed.feed for feed in router.feeds),
            router.trouble,
        )
        for router in routers
    ]
    write_table(("router", "state", "stops", "trips", "streets", "built at", "feeds", "trouble"), rows)


def _duration(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    days, rest = divmod(seconds, 86_400)
    return f"{days}d " * bool(days) + f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
