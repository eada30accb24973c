"""Runs the simulation against a city: every device on its own, until cancelled."""

import asyncio
import os
import ssl
import sys
from collections.abc import Mapping, Sequence

import structlog

from ucity.cloud.ioc.manage.launch import tell_ready
from ucity.demo.feeds import Feed, StationFeed, simulated
from ucity.demo.kept import kept_passwords, known_feeds
from ucity.demo.links import Connect, Front, Send, Tally, always, by_http, by_mqtt, insist, keep_sending, now_ms
from ucity.demo.transit.announce import announce
from ucity.demo.transit.door import open_door
from ucity.errors import StartupError
from ucity.settings import Settings

BY_HTTP = 3
"""Every so-manieth station sends by HTTP, the others by MQTT."""
_PAST_AT_ONCE = 4
_TELL_EVERY = 300.0

log = structlog.get_logger()


async def run_demo(settings: Settings) -> None:
    """Make the devices known to the city that these settings tell, then send until cancelled."""
    if settings.postgres_url is None:
        raise StartupError("The demo needs UCITY_POSTGRES_URL to make its devices known; `ucity serve` sets it.")
    await _enrol(settings)
    passwords, known = kept_passwords(settings.data), known_feeds(settings.data)
    feeds = simulated(settings.demo_seed, settings.demo_size)
    front = front_of(settings)
    with open_door(settings.demo_seed, port=known.port) as url:
        async with front.http() as http, asyncio.TaskGroup() as group:
            group.create_task(simulate(front, feeds, passwords))
            group.create_task(announce(http, known, url, settings.data))


async def _enrol(settings: Settings) -> None:
    """In a process of its own: it works on the city's records, with all that this takes, and the rest of the demo is a
    client like others."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ucity.demo.enrol", env=os.environ | settings.environment()
    )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if code:
        raise StartupError("The demo's devices could not be made known to the city; the reason is told above.")


def front_of(settings: Settings) -> Front:
    """Where these settings say that devices find the city; a city on every address is also on loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - to ask, not to listen
    url = f"{'https' if settings.uses_tls else 'http'}://{f'[{host}]' if ':' in host else host}:{settings.port}"
    return Front(url, host, settings.mqtt_port, _trust(settings))


def _trust(settings: Settings) -> ssl.SSLContext | None:
    """Trust in the city's own certificate and no other, whatever name it is for: the demo runs beside the city."""
    if not settings.uses_tls:
        return None
    context = ssl.create_default_context(cafile=settings.tls_certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


async def simulate(front: Front, feeds: Sequence[Feed], passwords: Mapping[str, str]) -> None:
    """Send what these feeds give. ``passwords``: of each device, by its name."""
    past = asyncio.Semaphore(_PAST_AT_ONCE)
    async with front.http() as client, asyncio.TaskGroup() as group:
        for number, feed in enumerate(feeds):
            password = passwords[feed.device]
            post, publish = by_http(client, front, feed, password), by_mqtt(front, feed, password)
            by_post = isinstance(feed, StationFeed) and number % BY_HTTP == 0
            live = always(post) if by_post else publish
            group.create_task(_device(feed, post, live, front.tally, past))
        group.create_task(_tell(front))
        tell_ready()


async def _device(feed: Feed, post: Send, live: Connect, tally: Tally, past: asyncio.Semaphore) -> None:
    """A device first catches up on the last days, which does nothing where the city has them already."""
    async with past:
        for some in feed.past(now_ms()):
            await insist(feed.device, post, some)
    await keep_sending(feed, live, tally)


async def _tell(front: Front) -> None:
    """Now and then, how it goes."""
    while True:
        await asyncio.sleep(_TELL_EVERY)
        tally = front.tally
        log.info("simulated", readings=tally.readings, messages=tally.messages, lost=tally.lost)
