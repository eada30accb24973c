"""Checks of the members of a subscription, one kind of value each. Pure; they raise BadRequestData."""

import re
from collections.abc import Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import shown, uri
from ucity.cloud.ioc.api.ngsi.parameters import Parameters
from ucity.cloud.ioc.api.ngsi.query_body import is_texts, selector_of
from ucity.cloud.ioc.api.ngsi.temporal_asking import read_interval

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_TEXT = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]{0,8192}")
_OWN_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)
_MOST_PAIRS = 50
_MOST = 1_000_000_000
_TEMPORAL = frozenset(
    ("type", "@type", "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration")
)


def text(value: Any, what: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise BadRequestData(f"{what} is a text that is not empty, not {shown(value)}.")
    return value


def flag(value: Any, what: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadRequestData(f"{what} is true or false, not {shown(value)}.")
    return value


def positive(value: Any, what: str) -> float:
    """A number above 0, of seconds or milliseconds: no more than can be added to a time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _MOST:
        raise BadRequestData(f"{what} is a number greater than 0 and up to {_MOST}, not {shown(value)}.")
    return float(value)


def whole(value: Any, what: str, most: int) -> int:
    """A whole number from 1, which JSON may have with a point, too."""
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise BadRequestData(f"{what} is a whole number from 1 to {most}, not {shown(value)}.")
    return number


def texts(value: Any, what: str) -> list[str]:
    """An array of texts, not empty."""
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        raise BadRequestData(f"{what} is an array of texts that is not empty, not {shown(value)}.")
    return value


def one_of(value: Any, known: Mapping[str, Any], what: str) -> Any:
    """What one of these words stands for."""
    if not isinstance(value, str) or value not in known:
        raise BadRequestData(f"{what} is one of {', '.join(known)}, not {shown(value)}.")
    return known[value]


def obj(value: Any, what: str) -> Mapping[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise BadRequestData(f"{what} is an object, not {shown(value)}.")
    return value


def only(value: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    """Raise when there are members that are not known."""
    if strange := value.keys() - known:
        raise BadRequestData(f"{what} has {shown(min(strange))}, which is not known there.")


def datasets(value: Any) -> frozenset[str | None]:
    """datasetIds, None standing for the default instance."""
    given = texts([value] if isinstance(value, str) else value, "datasetId")
    return frozenset(None if each == "@none" else uri(each, "datasetId") for each in given)


def selectors(value: Any) -> list[Mapping[str, Any]]:
    """The objects in ``entities``."""
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise BadRequestData("entities is an array of objects that is not empty.")
    for each in value:
        only(each, frozenset({"id", "@id", "idPattern", "type", "@type"}), "An object in entities")
    plain = [{name.removeprefix("@"): given for name, given in each.items()} for each in value]
    for each in plain:
        text(each.get("type"), "The type of each object in entities")
    return [selector_of(each) for each in plain]


def temporal(value: Any) -> None:
    """A temporal query (clause 5.2.21). It is only for registrations, so that it has to be right and does nothing."""
    given = obj(value, "temporalQ")
    only(given, _TEMPORAL, "temporalQ")
    said = {
        name: ",".join(each) if name == "aggrMethods" and is_texts(each) else text(each, name)
        for name, each in given.items()
        if name not in ("lastN", "type", "@type")
    }
    if missing := {"timerel", "timeAt"} - said.keys():
        raise BadRequestData(f"temporalQ has timerel and timeAt; {min(missing)} is missing.")
    read_interval(Parameters(said), required=True)
    whole(given.get("lastN", 1), "lastN", _MOST)


def pairs(value: Any, what: str) -> dict[str, str]:
    """An array of key and value as a mapping."""
    if not isinstance(value, list) or len(value) > _MOST_PAIRS:
        raise BadRequestData(f"{what} is an array of at most {_MOST_PAIRS} objects with key and value.")
    found: dict[str, str] = {}
    for each in value:
        given = obj(each, f"Each element of {what}")
        only(given, frozenset({"key", "value"}), f"An element of {what}")
        found[text(given.get("key"), f"key in {what}")] = _value(given.get("value"), what)
    return found


def _value(value: Any, what: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not _TEXT.fullmatch(value):
        raise BadRequestData(f"value in {what} is a text on one line, not {shown(value)}.")
    return value


def headers(value: Any) -> dict[str, str]:
    """What is sent beside a notification: headers, but for those that HTTP itself needs."""
    found = pairs(value, "receiverInfo")
    for name in found:
        if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise BadRequestData(f"A key in receiverInfo is the name of a header of your own, not {shown(name)}.")
    # Blanks around a value are not part of it (RFC 9110, 5.5).
    return {name: value.strip(" \t") for name, value in found.items()}
