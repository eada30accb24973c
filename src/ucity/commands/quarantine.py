"""``ucity quarantine``: readings that failed validation, to look at, to take in after all, or to dismiss."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import nats
import typer

from ucity.cloud.ioc.collect.quarantine import Entry, Quarantine
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import connect
from ucity.commands.output import write_fields, write_json, write_table
from ucity.commands.running import Data, Json, find_servers
from ucity.errors import BadInput, UcityError
from ucity.network.log import find_logs
from ucity.services import catalogue

app = typer.Typer(no_args_is_help=True, help="Readings that failed validation.")
_BY = "console"
_ALL = Predicate("quarantine", "", None)
"""Whoever can read the data folder has the database's password."""
_AT_ONCE = 1000
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="As 'ucity quarantine list' shows them.")]
OfStream = Annotated[str | None, typer.Option("--stream", help="Of this service/stream only.")]
Everything = Annotated[bool, typer.Option("--all", help="All that wait, of --stream if given.")]


@app.command("list")
def list_(
    *,
    stream: OfStream = None,
    state: Annotated[str, typer.Option(help="waiting, replayed or dismissed.")] = "waiting",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    json: Json = False,
    data: Data = None,
) -> None:
    """List entries, oldest first."""

    async def work() -> list[Entry]:
        async with _quarantine(data) as quarantine:
            return await quarantine.entries(_ALL, state=state, stream=stream, limit=limit)

    found = asyncio.run(work())
    if json:
        write_json([_fields(entry) for entry in found])
        return
    columns = ("id", "received", "times", "sender", "stream", "field", "why")
    write_table(columns, [(e.id, e.received_at, e.times, e.sender, e.stream, e.field, e.detail) for e in found])


@app.command()
def show(id_: Annotated[int, typer.Argument(metavar="ID")], *, json: Json = False, data: Data = None) -> None:
    """Show one entry with what arrived."""

    async def work() -> Entry:
        async with _quarantine(data) as quarantine:
            return await quarantine.entry(_ALL, id_)

    entry = asyncio.run(work())
    fields = {**_fields(entry), "payload": (entry.payload or b"").decode(errors="replace")}
    if json:
        write_json(fields)
    else:
        write_fields(fields)


@app.command()
def replay(
    ids: Ids = None,
    *,
    mended: Annotated[
        Path | None,
        typer.Option("--with", exists=True, dir_okay=False, help="JSON file with the reading as it should be."),
    ] = None,
    stream: OfStream = None,
    everything: Everything = False,
    data: Data = None,
) -> None:
    """Take readings in now, as they arrived or mended; those that still have problems go on waiting."""
    if mended and (everything or len(ids or []) != 1):
        raise BadInput("--with mends one entry: give its id.")
    payload = mended.read_bytes() if mended else None

    async def work() -> int:
        failed = 0
        async with _quarantine(data) as quarantine:
            for id_ in await _chosen(quarantine, ids, stream, everything=everything):
                failed += not await _replayed(quarantine, id_, payload)
        return failed

    if asyncio.run(work()):
        raise typer.Exit(1)


@app.command()
def dismiss(ids: Ids = None, *, stream: OfStream = None, everything: Everything = False, data: Data = None) -> None:
    """Close entries without taking them in. They stay to be looked at."""

    async def work() -> int:
        async with _quarantine(data) as quarantine:
            return await quarantine.dismiss(await _chosen(quarantine, ids, stream, everything=everything), _BY)

    typer.echo(f"{asyncio.run(work())} dismissed.")


async def _replayed(quarantine: Quarantine, id_: int, payload: bytes | None) -> bool:
    try:
        closed = await quarantine.replay(_ALL, id_, _BY, payload)
    except UcityError as error:
        problems = "; ".join(str(each["detail"]) for each in error.extra.get("rejected", ()))
        typer.echo(f"{id_}: {error.detail} {problems}".rstrip())
        return False
    typer.echo(f"{id_}: taken in, {closed} closed.")
    return True


async def _chosen(quarantine: Quarantine, ids: list[int] | None, stream: str | None, *, everything: bool) -> list[int]:
    if bool(ids) == everything:
        raise BadInput("Give ids, or --all.")
    if ids:
        return ids
    found: list[int] = []
    while page := await quarantine.entries(_ALL, stream=stream, after=found[-1] if found else 0, limit=_AT_ONCE):
        found += [entry.id for entry in page]
    return found


@asynccontextmanager
async def _quarantine(data: Path | None) -> AsyncIterator[Quarantine]:

    servers = find_servers(data)
    pool = await connect(servers.postgres_url, size=2)
    bus = await nats.connect(servers.nats_url, name="ucity quarantine")
    try:
        logs = await find_logs(bus)
        yield Quarantine(pool, catalogue(), logs.ingest)
    finally:
        await bus.close()
        await pool.close()


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "payload"}
