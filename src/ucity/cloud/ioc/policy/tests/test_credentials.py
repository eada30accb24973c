"""Keys and devices: what lets somebody in, and what ends it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest

from ucity.blueprint import Area, Catalogue, Measure, Service, Sharing, Stream
from ucity.cloud.ioc.policy import (
    ANYONE,
    Announcement,
    Announcements,
    Authenticator,
    Credentials,
    Scope,
    hear_credentials,
)
from ucity.cloud.ioc.store import Pool, session
from ucity.cloud.ioc.store.database import Connection
from ucity.errors import BadInput, Conflict, NotFound, TooManyRequests, Unauthenticated, Unavailable

TITLE = {"ko": "시험", "en": "Test"}
PM25 = Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000))
CATALOGUE = Catalogue(
    {
        "environment/air": Service(
            serves=(Area.ENVIRONMENT,),
            title=TITLE,
            summary=TITLE,
            streams=(
                Stream(name="stations", entity_type="Station", title=TITLE, measures=(PM25,), sharing=Sharing.OPEN),
                Stream(name="index", entity_type="Station", title=TITLE, measures=(PM25,), derived=True),
            ),
        )
    }
)
STREAMS = ("air/stations",)


@pytest.fixture
def credentials(pool: Pool) -> Credentials:
    return Credentials(partial(session, pool))


@pytest.fixture
async def door(credentials: Credentials, migrated_database: str) -> AsyncIterator[Authenticator]:
    """An authenticator as the web process runs it: it hears of changes."""
    authenticator, hears = Authenticator(credentials), asyncio.Event()

    def missed() -> None:
        authenticator.forget_all()
        hears.set()

    announcements = Announcements(migrated_database)
    hear_credentials(announcements, authenticator.forget, missed=missed)
    task = asyncio.create_task(announcements.run())
    await hears.wait()
    yield authenticator
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


async def test_many_requests_at_once_have_their_key_looked_up_once(credentials: Credentials, pool: Pool) -> None:
    _, token = await credentials.make_key("busy", scopes=[Scope.READ])
    looks: list[None] = []

    def counted() -> AbstractAsyncContextManager[Connection]:
        looks.append(None)
        return session(pool)

    door = Authenticator(Credentials(counted))
    found = await asyncio.gather(*(door.authenticate(bearer(token), "192.0.2.1") for _ in range(20)))
    assert {who.kind for who in found} == {"key"}
    assert len(looks) == 1


async def test_a_key_that_is_revoked_while_it_is_looked_up_is_looked_up_again(
    credentials: Credentials, pool: Pool
) -> None:
    key, token = await credentials.make_key("busy", scopes=[Scope.READ])
    was_read, let_go = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[Connection]:
        async with session(pool) as connection:
            yield connection
        was_read.set()
        await let_go.wait()

    door = Authenticator(Credentials(slow))
    before = asyncio.create_task(door.authenticate(bearer(token), "192.0.2.1"))
    await was_read.wait()
    await credentials.revoke_key(key.id)
    door.forget(Announcement("key", key.id))
    after = asyncio.create_task(door.authenticate(bearer(token), "192.0.2.1"))
    await asyncio.sleep(0)
    let_go.set()
    assert (await before).kind == "key"
    with pytest.raises(Unauthenticated):
        await after
    with pytest.raises(Unauthenticated):
        await door.authenticate(bearer(token), "192.0.2.1")


async def refused(asked: Callable[[], Awaitable[object]]) -> None:
    """Ask until it is refused: what has changed is heard of within a moment."""
    async with asyncio.timeout(30):
        with pytest.raises(Unauthenticated):
            while await asked():  # noqa: ASYNC110 - being refused is no event
                await asyncio.sleep(0.01)


async def test_a_key_lets_in_with_its_scopes_and_its_secret_is_not_stored(
    credentials: Credentials, door: Authenticator, pool: Pool
) -> None:
    key, token = await credentials.make_key("clinic", scopes=[Scope.READ, Scope.WRITE], tenant="health")
    for headers in (bearer(token), {"x-api-key": token}):
        who = await door.authenticate(headers, "192.0.2.1")
        assert (who.kind, who.name, who.tenant, who.scopes) == (
            "key",
            key.id,
            "health",
            frozenset({Scope.READ, Scope.WRITE}),
        )
    secret = token.rpartition("_")[2]
    dump = str(await pool.fetch("SELECT * FROM api_key")) + repr(await credentials.keys())
    assert secret not in dump


async def test_without_a_credential_it_is_anyone(door: Authenticator) -> None:
    assert await door.authenticate({}, "192.0.2.1") is ANYONE


@pytest.mark.parametrize(
    "headers",
    [
        bearer("uck_0123456789abcdef_" + "A" * 43),
        bearer("hello"),
        bearer(""),
        bearer("uck_\x00"),
        {"x-api-key": "x"},
        basic("nobody", "x"),
        basic("no such name!", "x"),
        {"authorization": "Basic ///"},
        {"authorization": "Digest x"},
    ],
)
async def test_a_wrong_credential_is_refused_even_where_anyone_may_read(
    door: Authenticator, headers: dict[str, str]
) -> None:
    with pytest.raises(Unauthenticated):
        await door.authenticate(headers, "192.0.2.1")


async def test_a_revoked_key_is_refused_at_once_although_it_was_remembered(
    credentials: Credentials, door: Authenticator
) -> None:
    key, token = await credentials.make_key("clinic", scopes=[Scope.READ])
    await door.authenticate(bearer(token), "192.0.2.1")
    await credentials.revoke_key(key.id)
    await refused(lambda: door.authenticate(bearer(token), "192.0.2.1"))
    assert (await credentials.revoke_key(key.id)).revoked_at


async def test_a_key_ends_when_it_expires(pool: Pool) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    credentials = Credentials(partial(session, pool), lambda: now)
    _, token = await credentials.make_key("trial", scopes=[Scope.READ], expires_at=now + timedelta(hours=1))
    door = Authenticator(credentials, clock=lambda: now)
    assert (await door.authenticate(bearer(token), "192.0.2.1")).kind == "key"
    now += timedelta(hours=1)
    with pytest.raises(Unauthenticated):
        await door.authenticate(bearer(token), "192.0.2.1")


async def test_a_remembered_credential_costs_no_query_and_outlasts_a_short_loss_of_the_database(
    credentials: Credentials, pool: Pool
) -> None:
    _, token = await credentials.make_key("clinic", scopes=[Scope.READ])
    door = Authenticator(credentials)
    await door.authenticate(bearer(token), "192.0.2.1")
    await pool.close()
    assert (await door.authenticate(bearer(token), "192.0.2.1")).kind == "key"
    door.forget_all()
    with pytest.raises(Unavailable):
        await door.authenticate(bearer(token), "192.0.2.1")


async def test_a_device_sends_for_itself_and_a_gateway_for_its_list(
    credentials: Credentials, door: Authenticator
) -> None:
    _, password = await credentials.make_device("station-1", streams=STREAMS, catalogue=CATALOGUE)
    _, other = await credentials.make_device("gateway-1", streams=STREAMS, catalogue=CATALOGUE, speaks_for=["m1", "m2"])
    station = await door.admit_device("station-1", password)
    gateway = await door.authenticate(basic("gateway-1", other), "192.0.2.1")
    assert (str(station), station.streams, station.speaks_for) == ("device:station-1", frozenset(STREAMS), None)
    assert (str(gateway), gateway.speaks_for) == ("device:gateway-1", frozenset({"m1", "m2"}))
    with pytest.raises(Unauthenticated):
        await door.admit_device("station-1", other)


async def test_a_revoked_device_is_out_until_it_is_made_anew_with_another_password(
    credentials: Credentials, door: Authenticator
) -> None:
    _, first = await credentials.make_device("station-1", streams=STREAMS, catalogue=CATALOGUE)
    with pytest.raises(Conflict):
        await credentials.make_device("station-1", streams=STREAMS, catalogue=CATALOGUE)
    await credentials.revoke_device("station-1")
    _, second = await credentials.make_device("station-1", streams=STREAMS, catalogue=CATALOGUE)
    await asyncio.sleep(0.1)
    assert (await door.admit_device("station-1", second)).name == "station-1"
    with pytest.raises(Unauthenticated):
        await door.admit_device("station-1", first)


async def test_what_changes_is_announced_to_every_process(credentials: Credentials, migrated_database: str) -> None:
    heard: asyncio.Queue[Announcement] = asyncio.Queue()
    ready = asyncio.Event()
    announcements = Announcements(migrated_database)
    hear_credentials(announcements, heard.put_nowait, missed=ready.set)
    task = asyncio.create_task(announcements.run())
    await ready.wait()
    await credentials.make_device("station-1", streams=STREAMS, catalogue=CATALOGUE)
    await credentials.revoke_device("station-1")
    await credentials.make_device("station-1", streams=STREAMS, catalogue=CATALOGUE)
    assert [await asyncio.wait_for(heard.get(), 30) for _ in range(2)] == [Announcement("device", "station-1")] * 2
    await asyncio.sleep(0.1)
    assert heard.empty()  # nothing had to be heard of a device that was new
    task.cancel()


async def test_changes_are_heard_again_after_the_database_went_away_while_it_was_logged_in_to(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening, connect, tried = asyncio.Event(), asyncpg.connect, []

    async def lost_at_first(*words: Any, **options: Any) -> Any:
        tried.append(words)
        if len(tried) == 1:  # what asyncpg says when the connection breaks off under its own first questions
            raise asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")
        return await connect(*words, **options)

    monkeypatch.setattr(asyncpg, "connect", lost_at_first)
    announcements = Announcements(migrated_database)
    announcements.hear("news", lambda _: None, missed=listening.set)
    task = asyncio.create_task(announcements.run())
    await asyncio.wait({task, asyncio.ensure_future(listening.wait())}, timeout=30, return_when="FIRST_COMPLETED")
    assert listening.is_set()
    task.cancel()


@pytest.mark.parametrize(
    ("name", "streams"),
    [("", STREAMS), ("a b", STREAMS), ("x" * 65, STREAMS), ("a", ()), ("a", ("air/none",)), ("a", ("air/index",))],
)
async def test_a_device_that_cannot_be_is_not_made(
    credentials: Credentials, name: str, streams: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput):
        await credentials.make_device(name, streams=streams, catalogue=CATALOGUE)
    assert await credentials.devices() == []


async def test_what_does_not_exist_cannot_be_revoked(credentials: Credentials) -> None:
    for revoke in (credentials.revoke_key, credentials.revoke_device):
        with pytest.raises(NotFound):
            await revoke("nothing")


async def test_wrong_credentials_are_slowed_by_address_and_right_ones_are_not(credentials: Credentials) -> None:
    _, token = await credentials.make_key("clinic", scopes=[Scope.READ])
    door = Authenticator(credentials, failures_per_minute=3)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await door.authenticate(bearer("wrong"), "192.0.2.1")
    with pytest.raises(TooManyRequests) as refused:
        await door.authenticate(bearer("wrong"), "192.0.2.1")
    assert 1 <= refused.value.retry_after <= 20
    assert (await door.authenticate(bearer(token), "192.0.2.1")).kind == "key"
    with pytest.raises(Unauthenticated):
        await door.authenticate(bearer("wrong"), "192.0.2.2")
