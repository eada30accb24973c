"""``ucity devices``: make, list and revoke the credentials of devices and gateways."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ucity.cloud.ioc.policy import Credentials, Device
from ucity.cloud.ioc.store import session
from ucity.commands.output import write_fields, write_json, write_table
from ucity.commands.running import Data, Json, database
from ucity.services import catalogue

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke devices.")


@app.command()
def make(  # noqa: PLR0913 - one parameter an option
    name: Annotated[str, typer.Argument(help="1 to 64 letters, digits, - and _; it is part of the MQTT topic.")],
    *,
    stream: Annotated[list[str], typer.Option(help="A service/stream that it may send; can be repeated.")],
    speaks_for: Annotated[
        list[str] | None, typer.Option(help="A thing that a gateway sends readings of; can be repeated.")
    ] = None,
    speaks_for_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file with such things, one a line.")
    ] = None,
    json: Json = False,
    data: Data = None,
) -> None:
    """Make a device, or one anew that was revoked. Its password is shown once and cannot be had again."""
    subjects = _subjects(speaks_for, speaks_for_file)

    async def work() -> tuple[Device, str]:
        async with database(data) as pool:
            credentials = Credentials(partial(session, pool))
            return await credentials.make_device(name, streams=stream, catalogue=catalogue(), speaks_for=subjects)

    device, password = asyncio.run(work())
    fields = {"name": device.name, "password": password, **_fields(device)}
    if json:
        write_json(fields)
    else:
        write_fields(fields | {"topics": [f"ucity/{name}/{path}" for path in device.streams]})


@app.command("list")
def list_(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were revoked.")] = False,
    json: Json = False,
    data: Data = None,
) -> None:
    """List devices; their passwords are not known to the city."""

    async def work() -> list[Device]:
        async with database(data) as pool:
            return await Credentials(partial(session, pool)).devices()

    rows = [_fields(device) for device in asyncio.run(work()) if all_ or not device.revoked_at]
    if json:
        write_json(rows)
    else:
        write_table(_COLUMNS, [list(row.values()) for row in rows])


@app.command()
def revoke(name: str, data: Data = None) -> None:
    """End a device's credential at once, and its MQTT session with it."""

    async def work() -> None:
        async with database(data) as pool:
            await Credentials(partial(session, pool)).revoke_device(name)

    asyncio.run(work())
    typer.echo(f"The device {name} is revoked.")


_COLUMNS = ("name", "streams", "speaks for", "created", "revoked")


def _fields(device: Device) -> dict[str, Any]:
    speaks_for = None if device.speaks_for is None else sorted(device.speaks_for)
    values = (device.name, sorted(device.streams), speaks_for, device.created_at, device.revoked_at)
    return dict(zip(_COLUMNS, values, strict=True))


def _subjects(given: list[str] | None, file: Path | None) -> list[str] | None:
    """What a gateway speaks for; None for a device that speaks for itself alone."""
    lines = file.read_text().splitlines() if file else []
    found = [*(given or ()), *(line.strip() for line in lines if line.strip())]
    return found or None
