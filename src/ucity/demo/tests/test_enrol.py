"""The demo's devices in the city's records: made once, kept over restarts, silent once an operator revokes them."""

import stat
from functools import partial
from pathlib import Path

import pytest

from ucity.cloud.ioc.policy import Authenticator, Credentials
from ucity.cloud.ioc.store import Pool, session
from ucity.demo.enrol import enrol_devices
from ucity.demo.feeds import Feed, fleet_feeds, station_feeds
from ucity.demo.kept import PASSWORDS
from ucity.errors import Unauthenticated
from ucity.services import catalogue

FEEDS: list[Feed] = [*station_feeds(1)[:2], *fleet_feeds(1, 30)]


@pytest.fixture
def credentials(pool: Pool) -> Credentials:
    return Credentials(partial(session, pool))


async def test_every_device_may_send_its_own_stream_for_its_own_things(
    credentials: Credentials, tmp_path: Path
) -> None:
    passwords = await enrol_devices(credentials, catalogue(), FEEDS, tmp_path)
    assert set(passwords) == {feed.device for feed in FEEDS}
    for feed in FEEDS:
        who = await Authenticator(credentials).admit_device(feed.device, passwords[feed.device])
        assert who.streams == {feed.path}
        assert who.speaks_for == (frozenset(feed.subjects) if feed.subjects else None)


async def test_passwords_are_for_the_citys_owner_alone_and_last(credentials: Credentials, tmp_path: Path) -> None:
    passwords = await enrol_devices(credentials, catalogue(), FEEDS, tmp_path)
    assert stat.S_IMODE((tmp_path / PASSWORDS).stat().st_mode) == 0o600
    assert await enrol_devices(credentials, catalogue(), FEEDS, tmp_path) == passwords


async def test_a_larger_demo_adds_devices_and_keeps_the_others(credentials: Credentials, tmp_path: Path) -> None:
    few = await enrol_devices(credentials, catalogue(), fleet_feeds(1, 30), tmp_path)
    many = await enrol_devices(credentials, catalogue(), fleet_feeds(1, 90), tmp_path)
    assert set(few) < set(many)
    assert all(many[name] == password for name, password in few.items())
    assert await enrol_devices(credentials, catalogue(), fleet_feeds(1, 30), tmp_path) == few


async def test_a_gateway_whose_buses_changed_is_made_anew(credentials: Credentials, tmp_path: Path) -> None:
    before = await enrol_devices(credentials, catalogue(), fleet_feeds(1, 100), tmp_path)
    after = await enrol_devices(credentials, catalogue(), fleet_feeds(1, 2_000), tmp_path)
    device = await credentials.device("demo-fleet-01")
    assert device
    assert device.speaks_for == frozenset(fleet_feeds(1, 2_000)[0].subjects)
    assert before["demo-fleet-01"] != after["demo-fleet-01"]


async def test_lost_passwords_are_made_anew(credentials: Credentials, tmp_path: Path) -> None:
    await enrol_devices(credentials, catalogue(), FEEDS, tmp_path)
    (tmp_path / PASSWORDS).unlink()
    passwords = await enrol_devices(credentials, catalogue(), FEEDS, tmp_path)
    for name, password in passwords.items():
        assert (await Authenticator(credentials).admit_device(name, password)).name == name


async def test_a_device_that_an_operator_revokes_stays_out(credentials: Credentials, tmp_path: Path) -> None:
    await enrol_devices(credentials, catalogue(), FEEDS, tmp_path)
    await credentials.revoke_device(FEEDS[0].device)
    passwords = await enrol_devices(credentials, catalogue(), FEEDS, tmp_path)
    with pytest.raises(Unauthenticated):
        await Authenticator(credentials).admit_device(FEEDS[0].device, passwords[FEEDS[0].device])
