"""The demo's devices and its key for feeds in the city's records, as an operator would make them with ``ucity devices``
and ``ucity keys``. The demo calls ``python -m ucity.demo.enrol`` at its start.

What is kept in the data folder makes them the same ones after a restart. A device that an operator revokes stays
revoked, and its things fall silent; a key that is revoked is of no use any more.
"""

import asyncio
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.manage.launch import die_with_parent
from ucity.cloud.ioc.policy import Credentials, Device, Scope
from ucity.cloud.ioc.policy.tokens import matches, parse_token
from ucity.cloud.ioc.store import connect, session
from ucity.demo.feeds import Feed, simulated
from ucity.demo.kept import Known, keep_feeds, keep_passwords, kept_passwords, known_feeds
from ucity.errors import UcityError
from ucity.services import catalogue
from ucity.settings import Settings, load_settings

KEY_NAME = "the demo's feeds"


async def enrol(settings: Settings) -> None:
    """Make devices and key known to the city that these settings tell. Raises Unavailable."""
    pool = await connect(settings.postgres_url or "", size=2)
    try:
        credentials = Credentials(partial(session, pool))
        feeds = simulated(settings.demo_seed, settings.demo_size)
        await enrol_devices(credentials, catalogue(), feeds, settings.data)
        await enrol_key(credentials, settings.data)
    finally:
        await pool.close()


async def enrol_devices(
    credentials: Credentials, catalogue: Catalogue, feeds: Iterable[Feed], data: Path
) -> dict[str, str]:
    """The password of each feed's device, by its name. ``data``: the city's folder. Raises Unavailable."""
    kept = kept_passwords(data)
    devices = {device.name: device for device in await credentials.devices()}
    passwords = {}
    for feed in feeds:
        device, password = devices.get(feed.device), kept.get(feed.device)
        if device is None or password is None or not _is_right(device, password, feed):
            password = await _make(credentials, catalogue, feed, device)
        passwords[feed.device] = password
    if passwords != kept:
        keep_passwords(data, kept | passwords)
    return passwords


def _is_right(device: Device, password: str, feed: Feed) -> bool:
    if not matches(password, device.secret_hash):
        return False
    speaks_for = None if feed.subjects is None else frozenset(feed.subjects)
    fits = device.streams == frozenset({feed.path}) and device.speaks_for == speaks_for
    return fits or device.revoked_at is not None


async def _make(credentials: Credentials, catalogue: Catalogue, feed: Feed, device: Device | None) -> str:
    if device is not None and device.revoked_at is None:
        await credentials.revoke_device(device.name)
    _, password = await credentials.make_device(
        feed.device, streams=[feed.path], catalogue=catalogue, speaks_for=feed.subjects
    )
    return password


async def enrol_key(credentials: Credentials, data: Path) -> Known:
    """What is kept, with a key to manage feeds; one that was revoked stays what it is, and is of no use."""
    known = known_feeds(data)
    token = parse_token(known.key)
    found = await credentials.key(token.id) if token else None
    if token and found and matches(token.secret, found.secret_hash):
        return known
    _, text = await credentials.make_key(KEY_NAME, scopes={Scope.MANAGE})
    now = msgspec.structs.replace(known, key=text, added=())
    keep_feeds(data, now)
    return now


if __name__ == "__main__":
    die_with_parent()
    try:
        asyncio.run(enrol(load_settings()))
    except (UcityError, OSError) as error:
        sys.exit(f"the demo's devices could not be made known: {error}")
