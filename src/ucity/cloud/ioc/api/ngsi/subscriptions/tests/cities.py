"""A city whose subscribers are told, for tests."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from running.receiver import Receiver
from running.web import eventually
from ucity.blueprint import Area, Catalogue, Measure, Service, Sharing, Stream
from ucity.cloud.ioc.api.ngsi.subscriptions.notifying import Notifying
from ucity.cloud.ioc.policy import Access, Announcements, ApiKey, Credentials, Principal
from ucity.cloud.ioc.store import Committer, Feed, Pool

TITLE = {"ko": "시험", "en": "Test"}
STATIONS = Stream(
    name="stations",
    entity_type="Station",
    title=TITLE,
    sharing=Sharing.OPEN,
    measures=(Measure(key="pm25", title=TITLE, unit="ug/m3", valid=(0, 1000)),),
)
SERVICE = Service(serves=(Area.ENVIRONMENT,), title=TITLE, summary=TITLE, streams=(STATIONS,))
CATALOGUE = Catalogue({"environment/test": SERVICE})
Lamp = dict[str, Any]
Clients = Callable[[ApiKey], httpx.AsyncClient]


def lamp(number: int = 1, **attributes: Any) -> Lamp:
    """An entity."""
    return {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", **attributes}


def subscription(receiver: Receiver, **members: Any) -> dict[str, Any]:
    """A subscription to lamps; ``notification`` and ``endpoint`` are added to what they hold anyway."""
    endpoint = {"uri": receiver.url(), **members.pop("endpoint", {})}
    notification = {"endpoint": endpoint, **members.pop("notification", {})}
    return {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": notification, **members}


class City:
    """``api`` is a client with a key of its own."""

    def __init__(self, api: httpx.AsyncClient, pool: Pool, credentials: Credentials, committer: Committer) -> None:
        self.api, self.pool, self.credentials, self.committer = api, pool, credentials, committer

    async def subscribe(self, body: dict[str, Any], **headers: str) -> str:
        """Make a subscription; returns its address."""
        answer = await self.api.post("/subscriptions", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"]

    async def write(self, entity: Lamp) -> None:
        """Create an entity or replace its attributes."""
        answer = await self.api.post("/entityOperations/upsert?options=update", json=[entity])
        assert answer.status_code in (201, 204), answer.text

    async def told(self, receiver: Receiver, number: int, path: str = "/notify") -> list[Any]:
        """Wait until so many notifications were received, and for no more; their bodies."""

        async def count() -> int:
            return len(receiver.at(path))

        await eventually(count, number)
        await asyncio.sleep(0.15)
        assert len(receiver.at(path)) == number
        return [each.body for each in receiver.at(path)]


def authenticated(app: Any, who: Principal) -> Any:
    """What the outer application does: it puts the principal into the scope."""

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"principal": who}}, receive, send)

    return outer


class telling:
    """What tells subscribers, for as long as the context lasts."""

    def __init__(self, city: City, url: str, **changes: Any) -> None:
        announcements = Announcements(url)
        feed = Feed(city.pool, CATALOGUE, announcements)
        notifying = Notifying(
            pool=city.pool,
            url=url,
            feed=feed,
            announcements=announcements,
            access=Access(CATALOGUE),
            credentials=city.credentials,
            private=True,
        )
        self._works = [announcements.run(), *replace(notifying, **changes).works()]

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.ensure_future(each) for each in self._works]

    async def __aexit__(self, *_: object) -> None:
        while any(not task.done() for task in self._tasks):
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=0.5)


async def has_received(receiver: Receiver, least: int) -> bool:
    """Whether so many notifications have come, or more."""
    return len(receiver.at()) >= least
