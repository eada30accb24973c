"""From the documents of a system to one ``System``. Single stations that are wrong are left out and counted."""

from collections.abc import Iterator, Mapping
from typing import Any

from ucity.network.feeds.gbfs.documents import Json, count, name, opened, place, rows, texts, truth
from ucity.network.feeds.gbfs.system import Station, System
from ucity.network.feeds.refusal import FeedRefused, Reason

MOST_STATIONS = 50_000
_BICYCLES = frozenset({"bicycle", "cargo_bicycle"})
_INFORMATION, _STATUS = "station_information.json", "station_status.json"


def read(documents: Mapping[str, bytes]) -> System:
    """``documents`` by name, as ``listed`` names them; those that are not ``NEEDED`` may be missing.

    Raises FeedRefused when nothing, or less than half, of the stations can be used.
    """
    status = opened(documents["station_status"], _STATUS)
    types = _bicycle_types(documents)
    told = {key: row for key, row in _keyed(rows(status.data, "stations", _STATUS), "station_id") if key is not None}
    information = rows(opened(documents["station_information"], _INFORMATION).data, "stations", _INFORMATION)
    stations, wrong = _stations(information, told, types)
    _check(len(information), len(stations), wrong)
    free, more_wrong = _free(documents, types)
    return System(
        names=_names(documents),
        at=status.at,
        ttl=status.ttl,
        stations=(*stations, *free),
        left_out=wrong + more_wrong,
    )


def _check(all_: int, usable: int, wrong: int) -> None:
    if all_ > MOST_STATIONS:
        raise FeedRefused(Reason.TOO_LARGE, f"It has {all_} stations; at most {MOST_STATIONS} are read.")
    if wrong > usable:
        detail = f"Of {all_} stations only {usable} can be used."
        raise FeedRefused(Reason.TOO_MANY_BAD_ROWS, detail, file=_INFORMATION)


def _keyed(told: list[Any], key: str) -> Iterator[tuple[str | None, Json]]:
    for row in told:
        yield (name(row.get(key)), row) if isinstance(row, dict) else (None, {})


def _stations(
    information: list[Any], status: Mapping[str, Json], types: frozenset[str] | None
) -> tuple[list[Station], int]:
    """Stations, and how many could not be read. One whose status is not told gives and takes nothing."""
    found: dict[str, Station] = {}
    wrong = 0
    for key, row in _keyed(information, "station_id"):
        where = place(row)
        if key is None or where is None or key in found:
            wrong += 1
            continue
        now = status.get(key, {})
        found[key] = Station(
            id=key,
            names=texts(row.get("name")),
            lon=where[0],
            lat=where[1],
            bicycles=_bicycles(now, types),
            docks=_docks(now),
            capacity=count(row.get("capacity")),
        )
    return list(found.values()), wrong


def _bicycles(now: Json, types: frozenset[str] | None) -> int:
    if not _is_there(now) or not truth(now.get("is_renting"), default=False):
        return 0
    by_type = now.get("vehicle_types_available")
    if types is not None and isinstance(by_type, list):
        rented = (each for each in by_type if isinstance(each, dict) and each.get("vehicle_type_id") in types)
        return sum(count(each.get("count")) or 0 for each in rented)
    return count(now.get("num_vehicles_available", now.get("num_bikes_available"))) or 0


def _docks(now: Json) -> int | None:
    if not _is_there(now) or not truth(now.get("is_returning"), default=False):
        return 0
    # Left out by stations that take back any number.
    return count(now["num_docks_available"]) or 0 if "num_docks_available" in now else None


def _is_there(now: Json) -> bool:
    return truth(now.get("is_installed"), default=False)


def _bicycle_types(documents: Mapping[str, bytes]) -> frozenset[str] | None:
    """Identifiers of types of vehicles that are bicycles; None where no types are told: then all are."""
    body = documents.get("vehicle_types")
    if body is None:
        return None
    told = rows(opened(body, "vehicle_types.json").data, "vehicle_types", "vehicle_types.json")
    return frozenset(
        key for key, row in _keyed(told, "vehicle_type_id") if key is not None and row.get("form_factor") in _BICYCLES
    )


def _free(documents: Mapping[str, bytes], types: frozenset[str] | None) -> tuple[list[Station], int]:
    """Bicycles that stand in the street, as places where one can be taken and none be returned."""
    for document, field in (("vehicle_status", "vehicles"), ("free_bike_status", "bikes")):
        if document in documents:
            told = rows(opened(documents[document], f"{document}.json").data, field, f"{document}.json")
            return _standing(told[:MOST_STATIONS], types)
    return [], 0


def _standing(told: list[Any], types: frozenset[str] | None) -> tuple[list[Station], int]:
    found: dict[str, Station] = {}
    wrong = 0
    for row in told:
        if not isinstance(row, dict):
            wrong += 1
            continue
        key, where = name(row.get("vehicle_id", row.get("bike_id"))), place(row)
        if not _can_be_taken(row, types):
            continue
        if key is None or where is None:
            wrong += 1
            continue
        found[key] = Station(id=key, names={}, lon=where[0], lat=where[1], bicycles=1, docks=0, is_free=True)
    return list(found.values()), wrong


def _can_be_taken(row: Json, types: frozenset[str] | None) -> bool:
    """Free, in order, a bicycle, and not one of those that a station counts."""
    is_taken = truth(row.get("is_reserved"), default=True) or truth(row.get("is_disabled"), default=True)
    is_bicycle = types is None or row.get("vehicle_type_id") in types
    return not is_taken and is_bicycle and row.get("station_id") is None


def _names(documents: Mapping[str, bytes]) -> dict[str, str]:
    """What the system calls itself."""
    body = documents.get("system_information")
    return texts(opened(body, "system_information.json").data.get("name")) if body else {}
