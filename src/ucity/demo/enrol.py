"""The demo's own devices in the city's records, as an operator would make them with ``ucity devices``.

Passwords are kept in the data folder, so that the devices are the same ones after a restart. A device that an operator
revokes stays revoked, and its things fall silent.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ucity.blueprint import Catalogue
from ucity.cloud.ioc.manage.secrets import private_folder, write_private
from ucity.cloud.ioc.policy.credentials import Credentials, Device
from ucity.cloud.ioc.policy.tokens import matches
from ucity.demo.feeds import Feed

FILE = "secrets/demo.json"


async def enrol(credentials: Credentials, catalogue: Catalogue, feeds: Iterable[Feed], data: Path) -> dict[str, str]:
    """The password of each feed's device, by its name. ``data``: the city's folder. Raises Unavailable."""
    file = data / FILE
    kept = msgspec.json.decode(file.read_bytes(), type=dict[str, str]) if file.exists() else {}
    devices = {device.name: device for device in await credentials.devices()}
    passwords = {}
    for feed in feeds:
        device, password = devices.get(feed.device), kept.get(feed.device)
        if device is None or password is None or not _is_right(device, password, feed):
            password = await _make(credentials, catalogue, feed, device)
        passwords[feed.device] = password
    if passwords != kept:
        private_folder(file.parent)
        write_private(file, msgspec.json.encode(kept | passwords))
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
