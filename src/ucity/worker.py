"""The worker process: takes the logs in, runs the rules, lets devices in, keeps house.

Several workers may run against the same servers. Each log and each rule is worked on by one of them at a time, whoever
is first; the others stand by and take over.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nats
import structlog
from nats.aio.client import Client

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.api.ngsi.subscriptions.notifying import Notifying
from ucity.cloud.ioc.collect.feeds import FeedKeeper
from ucity.cloud.ioc.collect.feeds.files import Files
from ucity.cloud.ioc.collect.feeds.observer import Observer
from ucity.cloud.ioc.collect.feeds.telling import FeedThings
from ucity.cloud.ioc.collect.worker import Collector
from ucity.cloud.ioc.manage.districts import load_districts
from ucity.cloud.ioc.manage.launch import keep_telling
from ucity.cloud.ioc.manage.memory import keep_giving_back
from ucity.cloud.ioc.manage.profile import keep_profile
from ucity.cloud.ioc.policy import Access, Announcements
from ucity.cloud.ioc.policy.credentials import Credentials
from ucity.cloud.ioc.process import RuleRunner
from ucity.cloud.ioc.store import Committer, Feed, Pool, connect, migrate, session
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.ioc.store.expiry import expire
from ucity.cloud.ioc.store.housekeeping import tidy
from ucity.cloud.ioc.store.objects import open_objects
from ucity.cloud.ioc.store.records import make_tables
from ucity.cloud.ioc.store.sought import keep_sought
from ucity.cloud.ioc.store.tally import keep_tally
from ucity.cloud.routing.places import Named
from ucity.cloud.routing.places.fill import fill, own_places
from ucity.cloud.routing.places.follow import FeedStops
from ucity.cloud.routing.places.gather import of_districts
from ucity.device_door import device_door
from ucity.errors import StartupError, UcityError
from ucity.network.feeds.fetch import Fetcher
from ucity.network.log import Log, open_logs
from ucity.services import catalogue
from ucity.settings import Settings

log = structlog.get_logger()
HOUSEKEEPING_EVERY = 3600.0
EXPIRY_EVERY = 1.0


async def work(settings: Settings, locate: Locate) -> None:
    """Work until cancelled."""
    if settings.postgres_url is None or settings.nats_url is None:
        raise StartupError("A worker needs UCITY_POSTGRES_URL and UCITY_NATS_URL; `ucity serve` sets them.")
    await migrate(settings.postgres_url)
    pool = await connect(settings.postgres_url)
    bus = await nats.connect(settings.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, name="ucity worker")
    try:
        await make_tables(pool, catalogue().records)
        await _work(settings, settings.postgres_url, pool, bus, locate)
    finally:
        await bus.close()
        pool.terminate()


async def _work(settings: Settings, url: str, pool: Pool, bus: Client, locate: Locate) -> None:
    declared = catalogue()
    committer = Committer(pool, locate)
    zone = keep_profile(settings.data).zone
    announcements = Announcements(url)
    feed = Feed(pool, declared, announcements)
    stops = FeedStops(pool, open_objects(settings.objects, settings.data), settings.data / "incoming", locate)
    things = FeedThings(_files(settings, pool), committer, declared)
    stops.hear(announcements)
    things.hear(announcements)
    credentials = Credentials(partial(session, pool))
    logs = await open_logs(bus, settings.queue_bytes, max_message=settings.message_bytes)
    access = Access(declared)
    notifying = Notifying(
        pool=pool,
        url=url,
        feed=feed,
        announcements=announcements,
        access=Access(declared, settings.open),
        credentials=credentials,
        private=settings.notifies_privately,
    )
    async with device_door(settings, credentials, logs.ingest, announcements), asyncio.TaskGroup() as group:
        group.create_task(announcements.run())
        for source in (logs.mqtt, logs.ingest):
            group.create_task(Collector(source, committer, access, credentials.senders).run())
        for service, rule in declared.rules:
            group.create_task(RuleRunner(service, rule, declared, pool, feed, committer, zone).run())
        group.create_task(keep_house(pool, declared))
        group.create_task(keep_time(pool, committer))
        group.create_task(keep_sought(pool))
        group.create_task(keep_tally(pool))
        group.create_task(_feed_keeper(settings, url, pool, logs.ingest).run())
        group.create_task(fill(pool, "districts", partial(district_places, settings.data), locate))
        group.create_task(fill(pool, "city", partial(own_places, settings.data), locate))
        group.create_task(stops.follow())
        group.create_task(things.follow())
        for each in notifying.works():
            group.create_task(each)
        group.create_task(keep_giving_back())
        group.create_task(keep_telling())


def district_places(data: Path) -> list[Named]:
    """The districts of the city in the folder ``data``, as places. Raises StartupError."""
    districts = load_districts(data, keep_profile(data))
    return of_districts({id_: districts.names[id_] for id_ in districts.ids}, districts.areas)


def _files(settings: Settings, pool: Pool) -> Files:
    return Files(pool=pool, objects=open_objects(settings.objects, settings.data), incoming=settings.data / "incoming")


def _feed_keeper(settings: Settings, url: str, pool: Pool, ingest: Log) -> FeedKeeper:
    files = _files(settings, pool)
    fetcher = Fetcher(private=settings.fetches_privately)
    observer = Observer(files, ingest, catalogue())
    return FeedKeeper(url, files, fetcher, most=settings.feed_bytes, listener=observer)


async def keep_house(pool: Pool, declared: Catalogue) -> None:
    """Delete what need not be kept, every hour, until cancelled."""
    while True:
        try:
            await tidy(pool, declared, datetime.now(UTC))
        except UcityError as error:
            log.warning("housekeeping waits", why=error.detail)
        await asyncio.sleep(HOUSEKEEPING_EVERY)


async def keep_time(pool: Pool, committer: Committer) -> None:
    """Take away every second what was stored until then only, until cancelled."""
    while True:
        try:
            await expire(pool, committer, datetime.now(UTC))
        except UcityError as error:
            log.warning("expiry waits", why=error.detail)
        await asyncio.sleep(EXPIRY_EVERY)
