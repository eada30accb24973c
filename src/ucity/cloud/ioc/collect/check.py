"""Validation by declaration: messages in, columns and problems out. Pure calculations.

A message that does not say what it is about, when, or (for things that move) where, is rejected whole. A measure with
an impossible value is left out and reported, and the message's other measures are kept.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from ucity.blueprint import Declared, Kind, Measure, Readings, Stream
from ucity.blueprint.frames import columns_of
from ucity.cloud.ioc.collect.units import conversion

AHEAD = timedelta(minutes=5)
"""How far a device's clock may be ahead of the city's."""
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 256
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}")


@dataclass(frozen=True)
class Sender:
    """``name`` for the records; ``default_subject`` is what a message is about that does not say; ``subjects`` are
    those it may send readings of, None for all."""

    name: str
    default_subject: str | None = None
    subjects: frozenset[str] | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with the message at ``index``. ``reason`` is a stable code, ``detail`` says how to mend it."""

    index: int
    field: str | None
    reason: str
    detail: str


@dataclass(frozen=True)
class Checked:
    """``readings`` has a row for each of ``accepted`` (indices of messages, in order); ``problems`` has the rest."""

    readings: Readings
    accepted: list[int]
    problems: list[Problem]


class _Invalid(Exception):
    def __init__(self, field: str | None, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.reason, self.detail = field, reason, detail


def check(declared: Declared, items: Sequence[Any], senders: Sequence[Sender], now: datetime) -> Checked:
    """Messages of one stream, decoded from JSON, as readings. ``senders[i]`` sent ``items[i]``."""
    stream = declared.stream
    problems: list[Problem] = []
    accepted: list[int] = []
    heads: list[tuple[Any, ...]] = []
    for index, (item, sender) in enumerate(zip(items, senders, strict=True)):
        try:
            heads.append(_head(stream, item, sender, now))
            accepted.append(index)
        except _Invalid as error:
            problems.append(Problem(index, error.field, error.reason, error.detail))
    names = _head_names(stream)
    columns: dict[str, Iterable[Any]] = dict(
        zip(names, zip(*heads, strict=True) if heads else [[]] * len(names), strict=True)
    )
    for measure in stream.measures:
        columns[measure.key] = _values(measure, [items[index] for index in accepted], accepted, problems)
    for label in stream.labels:
        columns[label] = _texts(label, [items[index].get(label) for index in accepted], accepted, problems)
    frame = pl.DataFrame(columns, schema=columns_of(stream))
    return Checked(Readings(declared.service, stream, frame), accepted, sorted(problems, key=lambda p: p.index))


def _head_names(stream: Stream) -> tuple[str, ...]:
    return ("subject", "observed_at", "lon", "lat", *(("identity",) if stream.identity else ()))


def _head(stream: Stream, item: Any, sender: Sender, now: datetime) -> tuple[Any, ...]:
    """What every message must say: (subject, observed_at, lon, lat) and its identity where the stream declares one."""
    if not isinstance(item, dict):
        raise _Invalid(None, "not_an_object", f"A reading is a JSON object, not {_shown(item)}.")
    subject = _subject(stream, item, sender)
    observed_at = _time(item.get("observedAt"), stream, now)
    lon, lat = _point(item.get("location"), required=stream.moves)
    if not stream.identity:
        return subject, observed_at, lon, lat
    identity = _follow(item, tuple(stream.identity.split(".")))
    if not isinstance(identity, str) or not _SUBJECT.fullmatch(identity):
        raise _Invalid(
            stream.identity, "bad_identity", f"{stream.identity} identifies the reading: letters and digits."
        )
    return subject, observed_at, lon, lat, identity


def _subject(stream: Stream, item: Mapping[str, Any], sender: Sender) -> str:
    field = stream.subject
    subject = _follow(item, tuple(field.split(".")))
    if subject is None:
        subject = sender.default_subject
    if subject is None:
        raise _Invalid(field, "no_subject", f"{field} is missing: it names what the reading is about.")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise _Invalid(field, "bad_subject", f"{field} is 1 to 128 of A-Z a-z 0-9 . _ : ~ -, not {_shown(subject)}.")
    if sender.subjects is not None and subject not in sender.subjects:
        raise _Invalid(field, "not_yours", f"This sender may not send readings of {subject}.")
    return subject


def _time(value: Any, stream: Stream, now: datetime) -> datetime:
    field = "observedAt"
    if value is None:
        raise _Invalid(field, "no_time", "observedAt is missing: the time of the observation in RFC 3339.")
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        time = None
    if time is None or time.tzinfo is None:
        detail = f"observedAt is a time in RFC 3339 with its offset, like 2026-11-24T08:00:00Z, not {_shown(value)}."
        raise _Invalid(field, "bad_time", detail)
    if time > now + AHEAD:
        raise _Invalid(
            field, "in_the_future", f"observedAt {_shown(value)} is later than the city's clock; check the device's."
        )
    if time < EARLIEST:
        raise _Invalid(field, "too_old", f"observedAt {_shown(value)} is before {EARLIEST.year}.")
    if stream.remember and time < now - stream.remember:
        raise _Invalid(
            field, "too_late", f"Readings of {stream.name} are taken for {stream.remember} after their time."
        )
    return time.astimezone(UTC)


def _point(value: Any, *, required: bool) -> tuple[float | None, float | None]:
    field = "location"
    if value is None and not required:
        return None, None
    position = value.get("coordinates") if isinstance(value, dict) and value.get("type") == "Point" else None
    if not isinstance(position, list) or len(position) not in {2, 3} or not all(map(_is_number, position)):
        raise _Invalid(field, "bad_location", "location is a GeoJSON Point: its coordinates are [longitude, latitude].")
    lon, lat = float(position[0]), float(position[1])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _Invalid(field, "bad_location", f"[{lon}, {lat}] is not [longitude, latitude] in degrees (WGS 84).")
    return lon, lat


def _values(measure: Measure, items: list[Any], indices: list[int], problems: list[Problem]) -> pl.Series:
    if len(measure.path) == 1:
        name = measure.path[0]
        raw = [item.get(name) for item in items]
    else:
        raw = [_follow(item, measure.path) for item in items]
    if measure.kind is Kind.TEXT:
        return _texts(measure.key, raw, indices, problems, measure.options)
    bad = [n for n, value in enumerate(raw) if value is not None and not _is_number(value)]
    for n in bad:
        detail = f"{measure.key} is a number in {measure.unit}, not {_shown(raw[n])}."
        problems.append(Problem(indices[n], measure.key, "not_a_number", detail))
        raw[n] = None
    numbers = _converted(measure, pl.Series(measure.key, raw, dtype=pl.Float64), items, indices, problems)
    return _within(measure, numbers, indices, problems)


def _converted(
    measure: Measure, numbers: pl.Series, items: list[Any], indices: list[int], problems: list[Problem]
) -> pl.Series:
    units = {n: item["units"] for n, item in enumerate(items) if "units" in item}
    changed = {n: unit for n, given in units.items() if (unit := _unit(given, measure)) != measure.unit}
    if not changed:
        return numbers
    values = numbers.to_list()
    for n, unit in changed.items():
        if values[n] is None:
            continue
        try:
            factor, offset = conversion(str(unit)[:64], str(measure.unit))
            values[n] = values[n] * factor + offset
        except ValueError as error:
            problems.append(Problem(indices[n], f"units.{measure.key}", "bad_unit", f"{error}."))
            values[n] = None
    return pl.Series(measure.key, values, dtype=pl.Float64)


def _unit(given: Any, measure: Measure) -> Any:
    return given.get(measure.key, measure.unit) if isinstance(given, dict) else measure.unit


def _within(measure: Measure, numbers: pl.Series, indices: list[int], problems: list[Problem]) -> pl.Series:
    low, high = measure.valid or (-math.inf, math.inf)
    fits = numbers.is_between(low, high)
    if fits.all():
        return numbers
    for n in (~fits).fill_null(value=False).arg_true():
        detail = f"{measure.key} is between {low:g} and {high:g} {measure.unit}, not {numbers[n]:g}."
        problems.append(Problem(indices[n], measure.key, "out_of_range", detail))
    return numbers.set(~fits.fill_null(value=True), None)


def _texts(
    name: str, raw: list[Any], indices: list[int], problems: list[Problem], options: tuple[str, ...] = ()
) -> pl.Series:
    for n, value in enumerate(raw):
        if value is None:
            continue
        fits = isinstance(value, str) and len(value) <= LONGEST_TEXT and "\x00" not in value
        if fits and (not options or value in options):
            continue
        wanted = f"one of {', '.join(options)}" if options else f"a text of at most {LONGEST_TEXT} characters"
        problems.append(Problem(indices[n], name, "bad_text", f"{name} is {wanted}, not {_shown(value)}."))
        raw[n] = None
    return pl.Series(name, raw, dtype=pl.String)


def _follow(item: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(item, dict):
            return None
        item = item.get(key)
    return item


def _is_number(value: Any) -> bool:
    kind = type(value)
    return (kind is float and math.isfinite(value)) or (kind is int and abs(value) < 1 << 63)


def _shown(value: Any) -> str:
    return ascii(value)[:60]
