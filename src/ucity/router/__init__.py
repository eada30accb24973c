"""The router process: finds ways through the city for all its other processes.

It holds one network of all feeds in memory. A new version of a feed is read and built beside the network in force,
which goes on answering, and then takes its place; a real-time message replaces what is expected. Several routers may
run against the same servers, on as many machines; the bus gives each question to one of them.
"""

import asyncio
import contextlib
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from ucity.cloud.ioc.manage.launch import keep_telling
from ucity.cloud.ioc.manage.profile import FILE, read_profile
from ucity.cloud.ioc.policy import Announcements
from ucity.cloud.ioc.store import Pool, connect, migrate
from ucity.cloud.ioc.store.feeds import FeedNews, hear_feeds
from ucity.cloud.ioc.store.objects import open_objects
from ucity.cloud.routing.boards.wire import TASKS as BOARD_TASKS
from ucity.cloud.routing.boards.wire import BoardTask
from ucity.cloud.routing.desk import Desk, Task
from ucity.cloud.routing.office import Office
from ucity.cloud.routing.taxi import Taxi
from ucity.cloud.routing.wire import CHANGED, CHECK, JOURNEYS, STATE, Check, Journeys
from ucity.errors import StartupError
from ucity.router.compiling import settle_cache
from ucity.router.networks import Networks
from ucity.router.standing import Standing
from ucity.router.surroundings import Surroundings
from ucity.settings import Settings


async def route(settings: Settings) -> None:
    """Answer until cancelled."""
    if settings.postgres_url is None or settings.nats_url is None:
        raise StartupError("A router needs UCITY_POSTGRES_URL and UCITY_NATS_URL; `ucity serve` sets them.")
    settle_cache(settings.data)
    await migrate(settings.postgres_url)
    pool = await connect(settings.postgres_url, size=3)
    bus = await nats.connect(settings.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, name="ucity router")
    try:
        await _route(settings, settings.postgres_url, pool, bus)
    finally:
        await bus.close()
        pool.terminate()


def _taxi(data: Path) -> Taxi | None:
    """What the profile says that a taxi costs; nothing where a router has no profile beside it."""
    if not (data / FILE).exists():
        return None
    profile = read_profile(data)
    return Taxi(profile.taxi, profile.zone) if profile.taxi else None


async def _route(settings: Settings, url: str, pool: Pool, bus: Client) -> None:
    async def tell_change() -> None:
        with contextlib.suppress(NatsError):  # who follows a journey looks now and then anyway
            await bus.publish(CHANGED)

    office = Office(_taxi(settings.data))
    networks = Networks(office, pool, open_objects(settings.objects, settings.data), tell_change)
    desk = Desk(bus, _tasks(office))
    standing = Standing(office, networks, desk)

    def heard(_: FeedNews) -> None:
        networks.look()

    announcements = Announcements(url)
    hear_feeds(announcements, heard, missed=networks.look)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(announcements.run())
            group.create_task(networks.keep())
            group.create_task(Surroundings(office, pool).watch())
            group.create_task(standing.show())
            await bus.subscribe(STATE, cb=standing.tell)
            await desk.open()
            group.create_task(keep_telling(desk.is_well))
    finally:
        await desk.close()


def _tasks(office: Office) -> dict[str, Task]:
    """What the router answers, by subject."""

    def of_boards(task: BoardTask) -> Task:
        return Task(task.asked, lambda asked: task.answer(office.boards(), asked))

    boards = {subject: of_boards(task) for subject, task in BOARD_TASKS.items()}
    return {JOURNEYS: Task(Journeys, office.journeys), CHECK: Task(Check, office.check), **boards}
