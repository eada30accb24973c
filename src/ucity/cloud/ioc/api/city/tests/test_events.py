"""Events of rules over HTTP: the newest first, page by page, for those who may read what the rule reads."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from running.web import Web, eventually
from ucity.blueprint import Event
from ucity.cloud.ioc.policy import Scope
from ucity.cloud.ioc.store import Batch, Committer

EVENTS = "/api/v1/events"
LATE, GONE = "bus_information.late", "of_a_service.that_is_gone"
T0 = datetime(2026, 11, 24, 8, tzinfo=UTC)


def event(key: str, minutes: float = 0, **more: Any) -> Event:
    given = {"kind": "late", "subject": "a:1", "data": {"delay": 640.0}} | more
    return Event(key=key, at=T0 + timedelta(minutes=minutes), **given)


async def tell(web: Web, *events: Event, rule: str = LATE) -> None:
    committer = Committer(web.pool, lambda lons, _: [None for _ in lons])
    await committer.commit(Batch(events=events, rule=rule))


async def get(web: Web, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
    return await web.http.get(EVENTS, params=query, headers=headers)


async def keys(web: Web, **query: Any) -> list[str]:
    answer = await get(web, **query)
    assert answer.status_code == 200, answer.text
    return [each["key"] for each in answer.json()["events"]]


async def test_events_are_told_whole_and_the_newest_first(web: Web) -> None:
    await tell(web, event("old"), event("new", 5), event("between", 3))
    await tell(web, event("old", 9))
    answer = (await get(web)).json()
    assert ([each["key"] for each in answer["events"]], answer["next"]) == (["new", "between", "old"], None)
    recorded = answer["events"][2].pop("recordedAt")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(recorded)) < timedelta(hours=1)
    assert answer["events"][2] == {
        "rule": LATE,
        "key": "old",
        "kind": "late",
        "stream": "bus_information/stop_events",
        "subject": "a:1",
        "at": "2026-11-24T08:00:00Z",
        "data": {"delay": 640.0},
    }


async def test_events_are_sifted_by_rule_kind_subject_and_time(web: Web) -> None:
    await tell(web, event("a", 1), event("b", 2, subject="a:2"), event("c", 3, subject="a:3", kind="other"))
    await tell(web, event("d", 4), rule="bus_information.together")
    assert await keys(web, rule=LATE) == ["c", "b", "a"]
    assert await keys(web, kind="late") == ["d", "b", "a"]
    assert await keys(web, subject=["a:2", "a:3"]) == ["c", "b"]
    span = {"since": (T0 + timedelta(minutes=1)).isoformat(), "until": (T0 + timedelta(minutes=3)).isoformat()}
    assert await keys(web, **span) == ["b", "a"]
    assert await keys(web, **span, kind="late", subject="a:1", rule=LATE) == ["a"]
    assert await keys(web, kind="nothing") == []


async def test_pages_leave_nothing_out_and_tell_nothing_twice_while_more_events_come(web: Web) -> None:
    """Also where many happened at the same instant."""
    before = [event(f"{number:03}", number // 10) for number in range(95)]
    await tell(web, *before)
    await tell(web, *before[50:], rule="bus_information.together")
    seen: list[tuple[str, str, str]] = []
    place: dict[str, Any] = {}
    while True:
        page = (await get(web, limit=7, **place)).json()
        assert len(page["events"]) <= 7
        seen += [(each["at"], each["rule"], each["key"]) for each in page["events"]]
        await tell(web, event(f"newer {len(seen)}", 60), event(f"and older {len(seen)}", -len(seen)))
        if page["next"] is None or page["events"][-1]["key"].startswith("and older"):
            break
        place = {"before": page["next"]}
    assert len(set(seen)) == len(seen)
    assert seen == sorted(seen, reverse=True)
    assert {(rule, key) for _, rule, key in seen if "older" not in key} == {
        *((LATE, each.key) for each in before),
        *(("bus_information.together", each.key) for each in before[50:]),
    }


async def test_the_last_page_leads_no_further(web: Web) -> None:
    await tell(web, event("a", 1), event("b", 2))
    first = (await get(web, limit=1)).json()
    last = (await get(web, limit=1, before=first["next"])).json()
    assert ([each["key"] for each in last["events"]], last["next"]) == (["a"], None)


async def test_what_no_service_declares_is_for_those_alone_who_may_read_everything(web: Web) -> None:
    await tell(web, event("open"))
    await tell(web, event("gone", 1), rule=GONE)
    reader, writer = await web.key(Scope.READ), await web.key(Scope.WRITE)
    foreign = await web.key(Scope.READ, tenant="elsewhere")
    for headers, refused in (({}, 401), (writer, 403), (foreign, 403)):
        assert [each["key"] for each in (await get(web, headers)).json()["events"]] == ["open"]
        assert (await get(web, headers, rule=GONE)).status_code == refused
    everything = (await get(web, reader)).json()["events"]
    assert [(each["key"], each["stream"]) for each in everything] == [
        ("gone", None),
        ("open", "bus_information/stop_events"),
    ]
    assert [each["key"] for each in (await get(web, reader, rule=GONE)).json()["events"]] == ["gone"]


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"since": "yesterday"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:59:59-14:00"},
        {"since": "2026-11-25T00:00:00Z", "until": "2026-11-24T00:00:00Z"},
        {"rule": "a\x00b"},
        {"kind": "x" * 300},
        {"subject": "x" * 300},
        {"rul": LATE},
        {"before": "x"},
        {"before": "é"},
        {"before": "x" * 5000},
        {"before": cursor("{}")},
        {"before": cursor("[" * 3000)},
        {"before": cursor('["2026-11-24T08:00:00", "a", "b"]')},
        {"before": cursor('["0001-01-01T00:00:00+14:00", "a", "b"]')},
        {"before": cursor('["2026-11-24T08:00:00Z", "a", 1]')},
        {"before": cursor('["2026-11-24T08:00:00Z", "a\\u0000", "b"]')},
        {"before": cursor('["2026-11-24T08:00:00Z", "a", "\\ud800"]')},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_in_the_language_of_who_asks(
    web: Web, query: dict[str, str]
) -> None:
    for language, letters in (("ko", "가-힣"), ("en", "a-z")):
        answer = await get(web, {"Accept-Language": language}, **query)
        assert answer.status_code in {400, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        assert any(letters[0] <= letter <= letters[2] for letter in answer.json()["detail"])


async def test_a_bus_that_is_far_behind_is_told_of(whole: Web) -> None:
    """From a call at a stop to the event, through the log, the worker and its rule."""
    now = datetime.now(UTC).replace(microsecond=0)
    call = {"id": "small:square", "observedAt": now.isoformat(), "event": "small:t~1~10", "trip": "small:t"}
    more = {"service_day": "2026-11-24", "route": "small:bus", "vehicle": "small:1234", "departure_delay": 700}
    sent = await whole.http.post(
        "/api/v1/readings/bus_information/stop_events", json=[call | more], headers=await whole.key(Scope.WRITE)
    )
    assert sent.status_code == 202, sent.text

    async def told() -> Any:
        found = (await get(whole, rule=LATE, kind="late", subject="small:square")).json()["events"]
        return [(each["key"], each["data"]) for each in found]

    data = {"trip": "small:t", "route": "small:bus", "vehicle": "small:1234", "delay": 700.0}
    await eventually(told, [("small:t~2026-11-24", data)])
