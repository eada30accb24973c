"""``ucity keys``: make, list and revoke API keys."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import typer

from ucity.cloud.ioc.policy import ApiKey, Credentials, Scope
from ucity.cloud.ioc.store import session
from ucity.commands.output import write_fields, write_json, write_table
from ucity.commands.running import Data, Json, database
from ucity.errors import BadInput

Id = Annotated[str, typer.Argument(metavar="ID", help="As 'ucity keys list' shows it.")]
app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")


@app.command()
def make(  # noqa: PLR0913 - one parameter an option
    name: Annotated[str, typer.Argument(help="What the key is for, so that people know it again.")],
    *,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; can be repeated.")],
    tenant: Annotated[str, typer.Option(help="Whose data; the city's own unless given.")] = "",
    expires: Annotated[str | None, typer.Option(help="In so many days, like 90d, or at a time in RFC 3339.")] = None,
    json: Json = False,
    data: Data = None,
) -> None:
    """Make a key. It is shown once and cannot be had again."""

    async def work() -> tuple[ApiKey, str]:
        async with database(data) as pool:
            credentials = Credentials(partial(session, pool))
            return await credentials.make_key(name, scopes=scope, tenant=tenant, expires_at=_end(expires))

    key, secret = asyncio.run(work())
    fields = {"key": secret, **_fields(key)}
    if json:
        write_json(fields)
    else:
        write_fields(fields)


@app.command("list")
def list_(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were revoked or have expired.")] = False,
    json: Json = False,
    data: Data = None,
) -> None:
    """List keys; their secrets are not known to the city."""

    async def work() -> list[ApiKey]:
        async with database(data) as pool:
            return await Credentials(partial(session, pool)).keys()

    now = datetime.now(UTC)
    rows = [_fields(key) for key in asyncio.run(work()) if all_ or key.principal(now)]
    if json:
        write_json(rows)
    else:
        write_table(_COLUMNS, [list(row.values()) for row in rows])


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As 'ucity keys list' shows it.")], data: Data = None
) -> None:
    """End a key at once."""

    async def work() -> ApiKey:
        async with database(data) as pool:
            return await Credentials(partial(session, pool)).revoke_key(id_)

    typer.echo(f"The key {id_} ({asyncio.run(work()).name}) is revoked.")


_COLUMNS = ("id", "name", "scopes", "tenant", "created", "expires", "revoked")


def _fields(key: ApiKey) -> dict[str, Any]:
    values = (key.id, key.name, sorted(key.scopes), key.tenant, key.created_at, key.expires_at, key.revoked_at)
    return dict(zip(_COLUMNS, values, strict=True))


def _end(expires: str | None) -> datetime | None:
    if expires is None:
        return None
    days = re.fullmatch(r"(\d{1,5})d", expires)
    if days:
        return datetime.now(UTC) + timedelta(days=int(days[1]))
    try:
        time = datetime.fromisoformat(expires)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise BadInput("--expires is a number of days like 90d, or a time like 2027-01-31T00:00:00Z.")
    return time
