"""Histories taken together by periods, and deletions that are written into them."""

import math
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ucity.cloud.ioc.api.ngsi import temporal
from ucity.cloud.ioc.api.ngsi.tests.samples import ERRORS, NULL, prop

CAR = "/temporal/entities/urn:x:car"


def at(hour: int, minute: int = 0) -> str:
    return f"2026-11-24T{hour:02}:{minute:02}:00Z"


@pytest.fixture
async def car(api: httpx.AsyncClient) -> httpx.AsyncClient:
    first = {"id": "urn:x:car", "type": "Vehicle", "speed": prop(10, observedAt=at(1))}
    assert (await api.post("/temporal/entities", json=first)).status_code == 201
    return api


async def test_periods_without_instances_are_left_out(car: httpx.AsyncClient) -> None:
    """Annex C.5.14: JSON-LD has no null that could stand for what came of nothing."""
    sparse = {"level": [prop(4, observedAt=at(1)), prop(6, observedAt=at(1, 30)), prop(9, observedAt=at(10))]}
    assert (await car.post(f"{CAR}/attrs", json=sparse)).status_code == 204
    query = f"attrs=level&timerel=between&timeAt={at(0)}&endTimeAt={at(12)}&aggrPeriodDuration=PT4H"
    answer = await car.get(f"{CAR}?{query}&format=aggregatedValues&aggrMethods=avg,totalCount,sum")
    first, last = [at(0), at(4)], [at(8), at(12)]
    assert answer.json()["level"] == {
        "type": "Property",
        "avg": [[5, *first], [9, *last]],
        "totalCount": [[2, *first], [1, *last]],
        "sum": [[10, *first], [9, *last]],
    }


async def test_an_answer_has_so_many_aggregated_values(car: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def moment(minute: int, second: int) -> str:
        return at(1, minute).replace(":00Z", f":{second:02}Z")

    monkeypatch.setattr(temporal, "_MOST_VALUES", 60)
    much = [prop(1, observedAt=moment(minute, second)) for minute in range(2) for second in range(30)]
    assert (await car.post(f"{CAR}/attrs", json={"p": much})).status_code == 204
    query = f"attrs=p&timerel=between&timeAt={at(0)}&endTimeAt={at(2)}&aggrPeriodDuration=PT1S&format=aggregatedValues"
    refused = await car.get(f"{CAR}?{query}&aggrMethods=totalCount,sum")
    assert (refused.status_code, refused.json()["type"]) == (403, f"{ERRORS}TooManyResults")
    fewer = await car.get(f"{CAR}?{query}&aggrMethods=totalCount")
    assert len(fewer.json()["p"]["totalCount"]) == 60


async def test_of_a_value_that_was_corrected_the_correction_counts(api: httpx.AsyncClient) -> None:
    for hour, value in ((1, 4), (2, 6), (3, "6"), (4, 6), (1, 8)):
        tram = {"id": "urn:x:tram", "type": "Vehicle", "level": prop(value, observedAt=at(hour))}
        assert (await api.post("/entityOperations/upsert", json=[tram])).status_code in (201, 204)
    query = "attrs=level&options=aggregatedValues&aggrMethods=totalCount,distinctCount,sum,min"
    for asked in (
        query,
        f"{query}&timerel=between&timeAt={at(1)}&endTimeAt={at(12)}",
        f"{query}&timeproperty=createdAt",
    ):
        got = (await api.get(f"/temporal/entities/urn:x:tram?{asked}")).json()["level"]
        # A text is another value than the number that it looks like.
        assert [got[name][0][0] for name in ("totalCount", "distinctCount", "sum", "min")] == [4, 3, 20, 6]


async def test_datasets_are_kept_apart(car: httpx.AsyncClient) -> None:
    """Clause 4.5.5: the instances of one datasetId are one view of an entity."""
    gps = [prop(value, observedAt=at(hour), datasetId="urn:d:gps") for hour, value in ((1, 30), (5, 50))]
    assert (await car.post(f"{CAR}/attrs", json={"speed": gps})).status_code == 204
    query = f"attrs=speed&timerel=between&timeAt={at(0)}&endTimeAt={at(8)}&aggrPeriodDuration=PT4H"
    asked = f"{CAR}?{query}&format=aggregatedValues&aggrMethods=avg"
    own = {"type": "Property", "avg": [[10, at(0), at(4)]]}
    other = {"type": "Property", "datasetId": "urn:d:gps", "avg": [[30, at(0), at(4)], [50, at(4), at(8)]]}
    assert (await car.get(asked)).json()["speed"] == [own, other]
    assert (await car.get(f"{asked}&datasetId=urn:d:gps")).json()["speed"] == other
    assert (await car.get(f"{asked}&datasetId=@none")).json()["speed"] == own


@pytest.mark.parametrize("of", ["observedAt", "createdAt"])
async def test_of_the_last_instances_alone_when_these_are_asked_for(car: httpx.AsyncClient, of: str) -> None:
    """Clause 5.7.3.4: lastN is a number of instances, those of the last timestamps."""
    later = {"speed": [prop(10 * hour, observedAt=at(hour)) for hour in range(2, 6)], "load": prop(7, observedAt=at(1))}
    assert (await car.post(f"{CAR}/attrs", json=later)).status_code == 204
    query = f"timeproperty={of}&lastN=2&format=aggregatedValues&aggrMethods=totalCount,max"
    got = (await car.get(f"{CAR}?{query}")).json()
    assert [got["speed"][name][0][0] for name in ("totalCount", "max")] == [2, 50]
    assert got["load"]["totalCount"][0][0] == 1, "the last of each attribute"
    if of == "observedAt":
        before = f"{query}&attrs=speed&timerel=before&timeAt={at(4)}&aggrPeriodDuration=PT1H"
        assert (await car.get(f"{CAR}?{before}")).json()["speed"]["max"] == [
            [20, at(2), at(3)],
            [30, at(3), at(4)],
        ]


@pytest.mark.parametrize("of", ["observedAt", "modifiedAt"])
async def test_a_mark_of_deletion_is_not_the_last_instance(car: httpx.AsyncClient, of: str) -> None:
    gone = {"type": "Property", "value": NULL, "deletedAt": at(8)}
    assert (await car.post(f"{CAR}/attrs", json={"load": prop(7, observedAt=at(7))})).status_code == 204
    assert (await car.post(f"{CAR}/attrs", json={"load": gone})).status_code == 204
    query = f"attrs=load&timeproperty={of}&lastN=1&format=aggregatedValues&aggrMethods=max"
    assert (await car.get(f"{CAR}?{query}")).json()["load"]["max"][0][0] == 7


DOUBLES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6)


@given(DOUBLES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_numbers_to_the_ends_of_doubles(api: httpx.AsyncClient, values: list[float]) -> None:
    await api.delete(CAR)
    sent = [prop(value, observedAt=at(1, minute)) for minute, value in enumerate(values)]
    assert (await api.post("/temporal/entities", json={"id": "urn:x:car", "type": "A", "p": sent})).status_code == 201
    answer = await api.get(f"{CAR}?format=aggregatedValues&aggrMethods=min,max,sum,avg,sumsq,stddev,totalCount")
    assert answer.status_code == 200, answer.text
    got = {name: float(each[0][0]) for name, each in answer.json()["p"].items() if name != "type"}
    assert (got["min"], got["max"], got["totalCount"]) == (min(values), max(values), len(values))
    largest = max(map(abs, values))
    assert ("sum" in got) == (largest < 1e290)
    assert all((name in got) == (largest < 1e140) for name in ("avg", "sumsq", "stddev"))
    if largest < 1e140:
        squares = math.fsum(value * value for value in values)
        assert got["sumsq"] == pytest.approx(squares, rel=1e-9, abs=1e-270)


async def test_of_a_named_attribute_it_is_said_that_its_values_are_too_large(car: httpx.AsyncClient) -> None:
    assert (await car.post(f"{CAR}/attrs", json={"huge": prop(1e200, observedAt=at(1))})).status_code == 204
    asked = f"{CAR}?format=aggregatedValues&aggrMethods=sumsq"
    refused = await car.get(f"{asked}&attrs=huge")
    assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}InvalidRequest")
    assert (await car.get(asked)).json()["speed"]["sumsq"][0][0] == 100, "the others are not spoilt"


async def test_the_last_part_of_a_duration_may_have_a_fraction(car: httpx.AsyncClient) -> None:
    """ISO 8601-1, 5.3.1.4."""
    query = f"attrs=speed&timerel=between&timeAt={at(0)}&endTimeAt={at(23)}&format=aggregatedValues&aggrMethods=max"
    for duration, begins, ends in (
        ("PT1.5H", at(0), at(1, 30)),
        ("PT0,75H", at(0, 45), at(1, 30)),
        ("P0.5D", at(0), at(12)),
        ("P0DT0.5M", at(1), at(1).replace("00Z", "30Z")),
        ("P0.0625W", at(0), at(10, 30)),
    ):
        answer = await car.get(f"{CAR}?{query}&aggrPeriodDuration={duration}")
        assert answer.json()["speed"]["max"] == [[10, begins, ends]], duration
    for wrong in ("PT1.5H30M", "P1.5Y", "P0.5M", "P.5D", "PT1.H", "PT1e3S", "P", "PT", "P1T", "P999999999W"):
        refused = await car.get(f"{CAR}?{query}&aggrPeriodDuration={wrong}")
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), wrong


async def test_times_of_day_have_a_mean(car: httpx.AsyncClient) -> None:
    def arrival(text: str, hour: int) -> dict[str, Any]:
        return prop({"@type": "Time", "@value": text}, observedAt=at(hour))

    arrivals = [arrival("08:00:00Z", 1), arrival("09:00:01Z", 2), arrival("07:30:00.5Z", 5)]
    assert (await car.post(f"{CAR}/attrs", json={"arrives": arrivals})).status_code == 204
    query = f"attrs=arrives&timerel=between&timeAt={at(0)}&endTimeAt={at(8)}&aggrPeriodDuration=PT4H"
    answer = await car.get(f"{CAR}?{query}&format=aggregatedValues&aggrMethods=avg,max")
    assert answer.status_code == 200, answer.text
    got = answer.json()["arrives"]
    assert [each[0] for each in got["avg"]] == ["08:30:00.5Z", "07:30:00.5Z"]
    assert got["max"][0][0] == "09:00:01Z"
    odd = {"odd": [prop({"@type": "Time", "@value": "25:99"}, observedAt=at(1)), prop("x", observedAt=at(2))]}
    assert (await car.post(f"{CAR}/attrs", json=odd)).status_code == 204
    refused = await car.get(f"{CAR}?attrs=odd&format=aggregatedValues&aggrMethods=avg")
    assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}InvalidRequest")


async def test_a_deletion_can_be_written_into_a_history(car: httpx.AsyncClient) -> None:
    gone = {"type": "Property", "value": NULL, "deletedAt": at(8)}
    other = {"type": "Relationship", "object": NULL, "deletedAt": at(9), "datasetId": "urn:d:2"}
    added = {"speed": [prop(70, observedAt=at(7)), gone], "driver": other}
    assert (await car.post(f"{CAR}/attrs", json=added)).status_code == 204
    marks = (await car.get(f"{CAR}?timeproperty=deletedAt&timerel=after&timeAt={at(0)}&options=sysAttrs")).json()
    assert [(each["value"], each["deletedAt"]) for each in marks["speed"]] == [(NULL, at(8))]
    assert [(each["object"], each["datasetId"]) for each in marks["driver"]] == [(NULL, "urn:d:2")]
    speeds = (await car.get(f"{CAR}?attrs=speed&timerel=after&timeAt={at(7)}")).json()["speed"]
    assert [each["value"] for each in speeds] == [70]
    for wrong in (
        {"speed": {"type": "Property", "value": NULL}},
        {"speed": {**gone, "deletedAt": "yesterday"}},
        {"speed": {**gone, "type": "Relationship"}},
        {"speed": [gone, {"type": "Property", "value": NULL}]},
    ):
        refused = await car.post(f"{CAR}/attrs", json=wrong)
        assert (refused.status_code, refused.json()["type"]) == (400, f"{ERRORS}BadRequestData"), wrong
    new = {"id": "urn:x:gone", "type": "Vehicle", "speed": gone}
    assert (await car.post("/temporal/entities", json=new)).status_code == 201
