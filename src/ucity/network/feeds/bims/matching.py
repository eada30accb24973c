"""Which stops and lines of a timetable those are that BIMS tells of. Pure; what is not plain is left alone.

A stop is the one with its number (``bstopid``, also behind the letters that other systems put before it), else the only
one with the number on its sign (ARS), else the one of its name that is beside its place, if no other of that name is
nearly as near: two stops on both sides of a road often have one name. A number counts for nothing where the places lie
far apart. A line is the one with its number, else the only bus line of its name.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ucity.network.feeds.bims.answers import Item, place_of
from ucity.network.feeds.formats import Matching

_BESIDE, _CLEARLY, _FAR = 25.0, 15.0, 300.0
"""Metres: within which a stop of the same name is the same one; by which any other must be farther; beyond which a
number is one by chance. Choices of ours."""
_DEGREE = 111_320.0
"""Metres of a degree of latitude."""
_LETTERS = re.compile(r"^[A-Za-z]+(?=\d)")
_SIGN = re.compile(r"[\d\s-]*\d[\d\s-]*")
_MOST_NAMED = 10


class Sign(NamedTuple):
    """A stop as BIMS tells of it. ``place``: longitude and latitude, where they are told."""

    id: str
    name: str
    code: str
    place: tuple[float, float] | None


class Known:
    """Stops and lines of a timetable. ``stops`` and ``routes``: those of GTFS."""

    def __init__(self, stops: pl.DataFrame, routes: pl.DataFrame) -> None:
        served = stops.filter(pl.col("location_type") == 0)
        self._ids: list[str] = served["stop_id"].to_list()
        self._lon, self._lat = served["stop_lon"].to_numpy(), served["stop_lat"].to_numpy()
        self._by_number = _only(self._ids, _number)
        self._by_code = _only(served["stop_code"].fill_null(""), _code)
        self._by_name = _rows(served["stop_name"].fill_null(""), _plain)
        kinds = pl.col("route_type")
        buses = routes.filter((kinds == 3) | kinds.is_between(700, 799))
        self._lines: list[str] = buses["route_id"].to_list()
        self._lines_by_number = _only(self._lines, _number)
        self._lines_by_name = _only(buses["route_short_name"].fill_null(""), _plain)

    def stop(self, told: Sign) -> str | None:
        """The timetable's ``stop_id``; None where that is not plain."""
        for row in (self._by_number.get(_number(told.id)), self._by_code.get(_code(told.code))):
            if row is not None and (told.place is None or self._metres(told.place, [row])[0] <= _FAR):
                return self._ids[row]
        return told.place and self._beside(told.place, self._by_name.get(_plain(told.name), []))

    def line(self, id_: str, name: str) -> str | None:
        """The timetable's ``route_id``; None where that is not plain."""
        row = self._lines_by_number.get(_number(id_), self._lines_by_name.get(_plain(name)))
        return None if row is None else self._lines[row]

    def _beside(self, place: tuple[float, float], rows: Sequence[int]) -> str | None:
        metres = self._metres(place, rows)
        order = np.argsort(metres)
        if not len(order) or metres[order[0]] > _BESIDE:
            return None
        is_clear = len(order) == 1 or metres[order[1]] >= metres[order[0]] + _CLEARLY
        return self._ids[rows[order[0]]] if is_clear else None

    def _metres(self, place: tuple[float, float], rows: Sequence[int]) -> NDArray[np.float64]:
        east = (self._lon[rows] - place[0]) * np.cos(np.radians(place[1]))
        metres: NDArray[np.float64] = np.hypot(east, self._lat[rows] - place[1]) * _DEGREE
        return metres


class Translated(NamedTuple):
    """An answer in a timetable's identifiers, and how much of it that has. ``line``: that it is about, if it is one."""

    items: list[Item]
    line: str | None
    matching: Matching | None


def of_arrivals(items: Iterable[Item], known: Known) -> Translated:
    """Items about buses that come to stops; those of stops and lines that the timetable does not have are left out."""
    told = list(items)
    signs = {item["bstopid"]: _sign(item, "bstopid", place_of(item)) for item in told if "bstopid" in item}
    names = {item["lineid"]: item.get("lineno", "") for item in told if "lineid" in item}
    stops = {id_: known.stop(sign) for id_, sign in signs.items()}
    lines = {id_: known.line(id_, name) for id_, name in names.items()}
    ours: list[Item] = [
        {**item, "bstopid": stop, "lineid": line}
        for item in told
        if (stop := stops.get(item.get("bstopid", ""))) and (line := lines.get(item.get("lineid", "")))
    ]
    return Translated(ours, None, _matching(signs, stops, names, lines))


def of_line(items: Iterable[Item], line: str, known: Known) -> Translated:
    """Items about the stops of a line, with a bus where one is. Their places are those of buses."""
    told = list(items)
    signs = {item["nodeid"]: _sign(item, "nodeid", None) for item in told if "nodeid" in item}
    names = {line: next((item["lineno"] for item in told if "lineno" in item), "")}
    stops = {id_: known.stop(sign) for id_, sign in signs.items()}
    lines = {line: known.line(line, names[line])}
    ours: list[Item] = [{**item, "nodeid": stops.get(item.get("nodeid", "")) or ""} for item in told]
    return Translated(ours, lines[line] or line, _matching(signs, stops, names, lines))


def _sign(item: Item, id_: str, place: tuple[float, float] | None) -> Sign:
    return Sign(item[id_], item.get("nodenm") or item.get("bstopnm", ""), item.get("arsno", ""), place)


def _matching(
    signs: Mapping[str, Sign],
    stops: Mapping[str, str | None],
    names: Mapping[str, str],
    lines: Mapping[str, str | None],
) -> Matching:
    unknown = [f"{sign.name} ({sign.id})" for sign in signs.values() if stops[sign.id] is None]
    unknown += [f"{name} ({id_})" for id_, name in names.items() if lines[id_] is None]
    return Matching(
        stops=len(stops),
        stops_known=sum(each is not None for each in stops.values()),
        lines=len(lines),
        lines_known=sum(each is not None for each in lines.values()),
        unknown=tuple(unknown[:_MOST_NAMED]),
    )


def _number(id_: str) -> str:
    return _LETTERS.sub("", id_)


def _code(sign: str) -> str:
    """The number on a sign: its digits, however they are written; nothing where there is more than a number."""
    return re.sub(r"\D", "", sign).lstrip("0") if _SIGN.fullmatch(sign) else ""


def _plain(name: str) -> str:
    """A name without its spaces and marks."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())


def _rows(told: Iterable[str], spell: Callable[[str], str]) -> dict[str, list[int]]:
    found = defaultdict[str, list[int]](list)
    for row, each in enumerate(told):
        if key := spell(each):
            found[key].append(row)
    return found


def _only(told: Iterable[str], spell: Callable[[str], str]) -> dict[str, int]:
    """Rows by what only one of them is called."""
    return {key: rows[0] for key, rows in _rows(told, spell).items() if len(rows) == 1}
