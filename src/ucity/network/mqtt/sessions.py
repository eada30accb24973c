"""Live connections of devices, seen and closed through NATS's system account, on every server of a cluster."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import Counter

from ucity.errors import Unavailable
from ucity.network.nats_config import CITY

REFUSED: Final = Counter("ucity_nats_refused_logins_total", "Logins that nats-server refused, whoever decided on them.")
CLOSED: Final = Counter("ucity_mqtt_closed_total", "Connections of devices that the city closed.")

_ALL: Final = "$SYS.REQ.SERVER.PING"
_PATIENCE = 2.0
"""Seconds for the servers to answer."""
_SETTLE = 0.5
"""Seconds in which a login that was decided on before a credential ended comes into being."""
_ROUNDS = 20
_PAGE = 1_000
_ANY = 2
"""In a question for connections: open and closed ones."""


class Connection(msgspec.Struct, frozen=True):
    """One connection: its number ``cid`` on the server with the id ``server``."""

    server: str
    cid: int


class _Listed(msgspec.Struct):
    cid: int
    authorized_user: str = ""
    mqtt_client: str = ""


class _Page(msgspec.Struct):
    server_id: str
    connections: list[_Listed] = []
    total: int = 0


class _Connz(msgspec.Struct):
    data: _Page


class _Statistics(msgspec.Struct):
    active_servers: int = 1


class _Statsz(msgspec.Struct):
    statsz: _Statistics


class _Closing(msgspec.Struct):
    reason: str = ""


async def connections(system: Client, device: str, *, account: str = CITY) -> list[Connection]:
    """A device's live connections. Raises Unavailable."""
    pages = await _connz(system, {"auth": True, "user": device, "acc": account})
    return [Connection(page.server_id, each.cid) for page in pages for each in page.connections]


async def connected_clients(system: Client, client_id: str | None = None, *, account: str = CITY) -> set[str]:
    """The MQTT ids of all clients that are connected now, or only this one of them. Who connects or leaves while they
    are listed may be missing. Raises Unavailable."""
    question: dict[str, Any] = {"acc": account, "limit": _PAGE}
    if client_id is not None:
        question["mqtt_client"] = client_id
    found: set[str] = set()
    offset, total = 0, 1
    while offset < total:
        pages = await _connz(system, {**question, "offset": offset})
        found |= {each.mqtt_client for page in pages for each in page.connections if each.mqtt_client}
        offset, total = offset + _PAGE, max(page.total for page in pages)
    return found


async def device_of(system: Client, cid: int, *, account: str = CITY) -> str | None:
    """Which device has, or lately had, the connection of this number on the only server. Raises Unavailable."""
    pages = await _connz(system, {"auth": True, "cid": cid, "acc": account, "state": _ANY})
    found = [each.authorized_user for page in pages for each in page.connections if each.cid == cid]
    return found[0] if found and found[0] else None


async def disconnect(system: Client, device: str, *, account: str = CITY) -> int:
    """Close a device's connections at once, and how many there were. Raises Unavailable.

    To be called when its credential has ended. It looks again a moment later, for a login that was let in just before.
    """
    closed = await _close_all(system, device, account)
    await asyncio.sleep(_SETTLE)
    return closed + await _close_all(system, device, account)


async def _close_all(system: Client, device: str, account: str) -> int:
    closed: set[Connection] = set()
    for _ in range(_ROUNDS):
        live = [each for each in await connections(system, device, account=account) if each not in closed]
        if not live:
            break
        await asyncio.gather(*(_kick(system, each) for each in live))
        closed.update(live)
    CLOSED.inc(len(closed))
    return len(closed)


async def _kick(system: Client, connection: Connection) -> None:
    # An error in the answer says that the connection has gone by itself.
    await _request(system, f"$SYS.REQ.SERVER.{connection.server}.KICK", {"cid": connection.cid})


async def watch_refusals(system: Client) -> None:
    """Count from now on the logins that nats-server refuses, also those that never reach the callout: with the name of
    one of the city's own users, for example. Every process may watch; each refusal is counted by one of them."""

    async def closed(message: Msg) -> None:
        with suppress(msgspec.DecodeError):
            if msgspec.json.decode(message.data, type=_Closing).reason == "Authentication Failure":
                REFUSED.inc()

    await system.subscribe("$SYS.ACCOUNT.*.DISCONNECT", queue="ucity", cb=closed)
    await system.flush()


async def _connz(system: Client, question: dict[str, Any]) -> list[_Page]:
    """The answers of all servers."""
    statistics = msgspec.json.decode(await _request(system, f"{_ALL}.STATSZ", {}), type=_Statsz).statsz
    inbox = system.new_inbox()
    answers = await system.subscribe(inbox)
    try:
        await system.publish(f"{_ALL}.CONNZ", json.dumps(question).encode(), reply=inbox)
        async with asyncio.timeout(_PATIENCE):
            raw = [(await answers.next_msg(_PATIENCE)).data for _ in range(statistics.active_servers)]
    except (nats.errors.Error, TimeoutError) as error:
        raise Unavailable("NATS does not tell its connections.", retry_after=2) from error
    finally:
        with suppress(nats.errors.Error):
            await answers.unsubscribe()
    return [msgspec.json.decode(each, type=_Connz).data for each in raw]


async def _request(system: Client, subject: str, question: dict[str, Any]) -> bytes:
    try:
        return (await system.request(subject, json.dumps(question).encode(), timeout=_PATIENCE)).data
    except (nats.errors.Error, OSError) as error:
        raise Unavailable("NATS's system account does not answer.", retry_after=2) from error
