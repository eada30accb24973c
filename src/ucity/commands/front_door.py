"""A way in by HTTP for commands that manage a city, with a key that they were given or, on the city's own machine, one
of their own."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from ucity.cloud.ioc.policy import Credentials, Scope
from ucity.cloud.ioc.store import session
from ucity.commands.running import database, find_city
from ucity.errors import BadInput, UcityError

Url = Annotated[str | None, typer.Option(help="Of the city; unless given, the one that runs on this machine.")]
Key = Annotated[
    str | None, typer.Option(envvar="CITY_KEY", help="API key; not needed for the city that runs on this machine.")
]
Authority = Annotated[Path | None, typer.Option(exists=True, help="PEM file with the city's own authority.")]
_LASTS = timedelta(hours=3)
_SECONDS = 1800.0


@contextmanager
def front_door(
    what_for: str, *, url: str | None, key: str | None, authority: Path | None, data: Path | None
) -> Iterator[httpx.Client]:
    """A client of the city's API. Without ``url`` the city is the one that runs in ``data``; without ``key`` too, a
    key with ``manage`` is made for as long as the context lasts. Raises StartupError when no city runs there."""
    if url:
        with _client(url, key, authority) as client:
            yield client
        return
    city = find_city(data)
    authority = authority or (Path(city.certificate_authority) if city.certificate_authority else None)
    if key:
        with _client(city.url, key, authority) as client:
            yield client
        return
    id_, secret = asyncio.run(_make_key(what_for, data))
    try:
        with _client(city.url, secret, authority) as client:
            yield client
    finally:
        asyncio.run(_end_key(id_, data))


def ask(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """The city's answer. Raises BadInput with what it says is wrong."""
    try:
        answer = client.request(method, path, **request)
    except httpx.TransportError as error:
        raise UcityError(f"The city cannot be reached ({type(error).__name__}).") from error
    if not answer.is_success:
        raise BadInput(f"The city refused with {answer.status_code}: {_reason(answer)}")
    return answer


def _client(url: str, key: str | None, authority: Path | None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    trust = ssl.create_default_context(cafile=authority) if authority else True
    return httpx.Client(base_url=url.rstrip("/"), headers=headers, verify=trust, timeout=_SECONDS)


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


async def _make_key(what_for: str, data: Path | None) -> tuple[str, str]:
    async with database(data) as pool:
        credentials = Credentials(partial(session, pool))
        ends = datetime.now(UTC) + _LASTS
        key, secret = await credentials.make_key(what_for, scopes={Scope.MANAGE}, expires_at=ends)
        return key.id, secret


async def _end_key(id_: str, data: Path | None) -> None:
    async with database(data) as pool:
        await Credentials(partial(session, pool)).revoke_key(id_)
