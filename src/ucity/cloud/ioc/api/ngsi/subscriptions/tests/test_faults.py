"""Faults of the city's own: what cannot be told is set aside after some tries, and everything else is told."""

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from running.receiver import Receiver
from running.web import eventually
from ucity.cloud.ioc.api.ngsi import joining
from ucity.cloud.ioc.api.ngsi.contexts import Contexts
from ucity.cloud.ioc.api.ngsi.fetch import Fetcher
from ucity.cloud.ioc.api.ngsi.subscriptions.letters import Letters
from ucity.cloud.ioc.api.ngsi.subscriptions.tests.cities import CATALOGUE, City, lamp, subscription, telling
from ucity.cloud.ioc.policy import Access
from ucity.cloud.ioc.policy.names import LOCATION
from ucity.cloud.ioc.share.notify import Matcher, Owners, Wanted, rounds
from ucity.cloud.ioc.store import Feed
from ucity.cloud.ioc.store.alterations import altered_after
from ucity.cloud.ioc.store.query.terms import Place, Selection
from ucity.cloud.ioc.store.subscriptions import Subscription

FAULTS = "ucity_notifications_dropped_total"


def faults() -> float:
    return REGISTRY.get_sample_value(FAULTS, {"reason": "fault"}) or 0.0


async def spoil(city: City, seq: str) -> None:
    """Make a row of the feed one that nobody can read, as a fault in what wrote it would."""
    await city.pool.execute(f"UPDATE change SET altered = 'nonsense' WHERE seq = ({seq})")  # noqa: S608 - the test's own


async def queued(city: City, levels: int) -> None:
    """Write so often, and wait until all of it is in the queues and nothing more."""
    for level in range(levels):
        await city.write(lamp(level=level))

    async def waiting() -> int:
        return int(await city.pool.fetchval("SELECT coalesce(sum(cardinality(changes)), 0) FROM notice"))

    await eventually(waiting, levels)


async def _set_aside(city: City) -> int:
    return int(await city.pool.fetchval("SELECT count(*) FROM notice_aside"))


async def test_one_that_cannot_be_made_is_set_aside_and_those_after_it_are_told(
    quiet: City, receiver: Receiver, migrated_database: str
) -> None:
    where = await quiet.subscribe(subscription(receiver))
    before = faults()
    receiver.status["/notify"] = 503
    async with telling(quiet, migrated_database):
        await queued(quiet, 4)
    await spoil(quiet, "SELECT min(changes[1]) FROM notice")
    await quiet.pool.execute("UPDATE notice_endpoint SET retry_at = NULL")
    receiver.status.clear()
    receiver.received.clear()
    async with telling(quiet, migrated_database):
        told = await quiet.told(receiver, 3)
        await eventually(lambda: _set_aside(quiet), 1)
    assert [each["data"][0]["level"]["value"] for each in told] == [1, 2, 3]
    row = await quiet.pool.fetchrow("SELECT * FROM notice_aside")
    assert row is not None
    assert row["reason"].startswith("ValidationError")
    assert row["entities"] == ["urn:ngsi-ld:Lamp:1"]
    assert faults() == before + 1
    said = (await quiet.api.get(where)).json()["notification"]
    assert said["timesFailed"] >= 1
    assert said["status"] == "ok", "the last one was well"


async def test_of_several_told_together_only_the_one_at_fault_is_set_aside(
    quiet: City, receiver: Receiver, migrated_database: str
) -> None:
    await quiet.subscribe(subscription(receiver, throttling=1))
    receiver.status["/notify"] = 503
    async with telling(quiet, migrated_database):
        await queued(quiet, 1)
    # Two notices wait, as when the second came after the first had been taken up.
    await quiet.pool.execute(
        "INSERT INTO notice (endpoint, subscription, changes, entities, made_at)"
        " SELECT endpoint, subscription, changes, entities, made_at FROM notice"
    )
    await quiet.pool.execute("UPDATE notice SET changes = '{0}' WHERE seq = (SELECT min(seq) FROM notice)")
    await quiet.pool.execute(
        "INSERT INTO change (seq, recorded_at, altered) OVERRIDING SYSTEM VALUE VALUES (0, now(), 'x')"
    )
    await quiet.pool.execute("UPDATE notice_endpoint SET retry_at = NULL")
    receiver.status.clear()
    receiver.received.clear()
    async with telling(quiet, migrated_database):
        told = await quiet.told(receiver, 1)
        await eventually(lambda: _set_aside(quiet), 1)
    assert told[0]["data"][0]["level"]["value"] == 0


async def _failed(city: City, where: str) -> int:
    return int((await city.api.get(where)).json()["notification"]["timesFailed"])


async def test_a_context_that_is_gone_holds_up_its_own_subscription_alone(
    city: City, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "UNWRITTEN", 2)
    made = await city.api.post("/jsonldContexts", json={"@context": {"on": "https://example.org/on"}})
    spoilt = await city.subscribe(subscription(receiver, jsonldContext=f"http://city{made.headers['location']}"))
    await city.subscribe(subscription(receiver))
    assert (await city.api.delete(made.headers["location"])).status_code == 204
    for level in range(3):
        await city.write(lamp(level=level))
    told = await city.told(receiver, 3)
    assert [each["data"][0]["level"]["value"] for each in told] == [0, 1, 2]
    assert await city.pool.fetchval("SELECT max(failures) FROM notice_endpoint") == 0
    await eventually(lambda: city.pool.fetchval("SELECT count(*) FROM notice"), 0)
    said = (await city.api.get(spoilt)).json()["notification"]
    assert said["timesFailed"] >= 2 and said["status"] == "failed"
    assert (await city.api.patch(spoilt, json={"jsonldContext": None})).status_code == 204
    await city.write(lamp(level=3))
    await city.told(receiver, 5)
    assert (await city.api.get(spoilt)).json()["notification"]["status"] == "ok"


async def test_what_is_too_much_to_be_told_counts_as_a_failure(
    city: City, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "_MOST", 1)
    where = await city.subscribe(subscription(receiver, notification={"join": "flat"}))
    for number in (2, 3):
        await city.write({"id": f"urn:ngsi-ld:Tree:{number}", "type": "Tree"})
    trees = {"type": "Relationship", "object": ["urn:ngsi-ld:Tree:2", "urn:ngsi-ld:Tree:3"]}
    await city.write(lamp(beside=trees))
    await eventually(lambda: _failed(city, where), 1)
    await eventually(lambda: city.pool.fetchval("SELECT count(*) FROM notice"), 0)
    assert receiver.at() == []


async def test_a_fault_in_matching_costs_one_subscription_one_change(quiet: City, receiver: Receiver) -> None:
    for path in ("/bad", "/good"):
        await quiet.subscribe(subscription(receiver, endpoint={"uri": receiver.url(path)}))
    letters = Letters(quiet.pool, Contexts(Fetcher(private=False)), private=True)
    nowhere = Selection(place=Place(LOCATION, "within", {"type": "Nonsense", "coordinates": []}))

    def read(each: Subscription) -> Wanted | None:
        wanted = letters.wanted(each)
        return replace(wanted, selection=nowhere) if wanted and "/bad" in each.endpoint else wanted

    feed = Feed(quiet.pool, CATALOGUE)
    owners = Owners(Access(CATALOGUE), quiet.credentials)
    await quiet.write(lamp(location={"type": "Point", "coordinates": [129, 35]}))
    before = faults()
    matcher = Matcher(quiet.pool, feed, read, owners, lambda _, __: None)
    await matcher.take(0, await altered_after(quiet.pool, 0))
    assert faults() == before + 1
    (row,) = await quiet.pool.fetch("SELECT endpoint FROM notice")
    assert row["endpoint"].startswith(f"{receiver.url('/good')} ")


async def test_a_query_that_was_taken_before_holds_by_its_other_part(city: City, receiver: Receiver) -> None:
    """Nothing meets an order of true and false, which is refused by now."""
    query = "level>30|on>=true"
    refused = await city.api.post("/subscriptions", json=subscription(receiver, q=query))
    assert refused.status_code == 400
    where = await city.subscribe(subscription(receiver, q="level>30|on==true", isActive=False))
    await city.pool.execute("UPDATE subscription SET document = replace(document, 'on==true', 'on>=true')")
    assert (await city.api.patch(where, json={"q": query})).status_code == 400
    assert (await city.api.patch(where, json={"isActive": True})).status_code == 204
    await city.write(lamp(level=31, on=True))
    await city.write(lamp(level=30, on=True))
    (told,) = await city.told(receiver, 1)
    assert told["data"][0]["level"]["value"] == 31
