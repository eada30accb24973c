"""Decides for one document whether a selection means it: what SQL decides for the database, in this process.

A document is taken as it is given: whoever asks with a limited view gives it without what may not be seen.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, TypeVar

from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.store.batch import Document
from ucity.cloud.ioc.store.query.patterns import compiled
from ucity.cloud.ioc.store.query.spatial import lies_so
from ucity.cloud.ioc.store.query.terms import (
    CREATED,
    MODIFIED,
    All,
    Condition,
    Either,
    Path,
    Range,
    ScopePattern,
    Scopes,
    Selection,
    Selector,
    Term,
    Value,
)

MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]{1,6})?Z$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]{1,6})?Z?$"
"""What texts are taken for times; others are in no order with a time."""
MISSING = object()

_Time = TypeVar("_Time", datetime, date, time)
Linked = Callable[[str], Document | None]
"""Finds the entity that a Relationship leads to, as far as the asker may see it."""


def nobody(_: str) -> Document | None:
    """Finds nothing: for queries that follow no Relationship."""
    return None


def matches(selection: Selection, doc: Document, linked: Linked = nobody) -> bool:
    """Whether the selection means this document."""
    return (
        (not selection.selectors or any(_selects(each, doc) for each in selection.selectors))
        and (not selection.attributes or not selection.attributes.isdisjoint(doc.attrs))
        and (selection.query is None or holds(selection.query, doc, linked))
        and (selection.scopes is None or _in_scope(selection.scopes, doc))
        and (selection.place is None or lies_so(selection.place, doc))
    )


def _selects(selector: Selector, doc: Document) -> bool:
    return (
        (not selector.types or any(all(each in doc.types for each in group) for group in selector.types))
        and (not selector.ids or doc.id in selector.ids)
        and (selector.id_pattern is None or compiled(selector.id_pattern).search(doc.id) is not None)
    )


def scopes_of(doc: Document) -> list[list[str]]:
    """The levels of each of a document's scopes."""
    return [scope.removeprefix("/").split("/") for each in _instances(doc.attrs.get(SCOPE)) for scope in each["value"]]


def _in_scope(scopes: Scopes, doc: Document) -> bool:
    own = scopes_of(doc)
    return any(all(any(_lies_in(scope, each) for scope in own) for each in group) for group in scopes.groups)


def _lies_in(levels: list[str], pattern: ScopePattern) -> bool:
    meant = pattern.levels
    has_depth = len(levels) >= len(meant) if pattern.below else len(levels) == len(meant)
    return has_depth and all(wanted in (None, level) for wanted, level in zip(meant, levels, strict=False))


def holds(condition: Condition, doc: Document, linked: Linked = nobody) -> bool:
    """Whether a condition of the query language holds for a document."""
    if isinstance(condition, All):
        return all(holds(part, doc, linked) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(part, doc, linked) for part in condition.parts)
    return _follow(condition, condition.path, doc, linked)


def _follow(term: Term, path: Path, doc: Document, linked: Linked) -> bool:
    if not path.links:
        return any(_compare(term, *target) for target in _targets(path, doc))
    link, rest = path.links[0], _without_first_link(path)
    for instance in _instances(doc.attrs.get(link.attribute)):
        for id_ in _objects(instance):
            found = linked(id_)
            is_meant = found and (not link.types or not set(link.types).isdisjoint(found.types))
            if found and is_meant and _follow(term, rest, found, linked):
                return True
    return False


@lru_cache(maxsize=1024)
def _without_first_link(path: Path) -> Path:
    return Path(attribute=path.attribute, inner=path.inner, member=path.member, trail=path.trail, links=path.links[1:])


def comparables(path: Path, kind: str, doc: Document) -> Iterator[Any]:
    """Whatever a term about this path, which follows no Relationship, may compare with a value of this kind."""
    for target, _, _ in _targets(path, doc):
        for each in target if isinstance(target, list) else [target]:
            if (comparable := _READERS[kind](each)) is not None:
                yield comparable


def _objects(instance: Mapping[str, Any]) -> list[str]:
    if "object" in instance:
        given = instance["object"]
        return list(given) if isinstance(given, list) else [given]
    return [each["object"] for each in instance.get("objectList", ())]


def _instances(attribute: Any) -> list[Mapping[str, Any]]:
    if attribute is None:
        return []
    return list(attribute) if isinstance(attribute, list) else [attribute]


def _targets(path: Path, doc: Document) -> Iterator[tuple[Any, bool, bool]]:
    """(target value, whether it is any of several languages, whether it is a Relationship's) of each instance."""
    if path.attribute in (CREATED, MODIFIED):
        at = doc.created_at if path.attribute == CREATED else doc.modified_at
        if at is not None:
            yield at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), False, False
        return
    found = _instances(doc.attrs.get(path.attribute))
    for name in path.inner:
        found = [inner for each in found for inner in _instances(each.get(name))]
    for instance in found:
        value = _target(instance, path)
        if value is not MISSING:
            linking = path.member is None and not {"object", "objectList"}.isdisjoint(instance)
            yield value, path.member is None and "languageMap" in instance, linking


def _target(instance: Mapping[str, Any], path: Path) -> Any:
    if path.member is not None:
        return instance.get(path.member, MISSING)
    if path.trail:
        return _inside(instance, path.trail)
    for holder in ("value", "object", "vocab", "json", "valueList"):
        if holder in instance:
            value = instance[holder]
            return value["@value"] if isinstance(value, dict) and "@value" in value and holder == "value" else value
    if "objectList" in instance:
        return _objects(instance)
    return _languages(instance)


def _languages(instance: Mapping[str, Any]) -> list[Any]:
    texts = instance.get("languageMap", {}).values()
    return [text for each in texts for text in (each if isinstance(each, list) else [each])]


def _inside(instance: Mapping[str, Any], trail: Sequence[str]) -> Any:
    if "languageMap" in instance:
        if trail == ("*",):
            return _languages(instance)
        return instance["languageMap"].get(trail[0], MISSING) if len(trail) == 1 else MISSING
    value = next((instance[holder] for holder in ("value", "json") if holder in instance), MISSING)
    for name in trail:
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    return value


def _compare(term: Term, value: Any, many: bool, linking: bool) -> bool:
    """Whether the target value compares as the term has it."""
    if term.operator is None:
        return True
    each = value if isinstance(value, list) else [value]
    if term.operator in ("==", "!="):
        is_equal = any(_equals(one, operand) for one in each for operand in term.operands)
        return is_equal is (term.operator == "==")
    if linking:
        return False
    candidates = each if many else [value]
    if term.operator == "!~=":
        texts = [one for one in candidates if isinstance(one, str)]
        return bool(texts) and not any(_ordered("~=", one, term.operands[0]) for one in texts)
    return any(_ordered(term.operator, one, operand) for one in candidates for operand in term.operands)


def _equals(value: Any, operand: Value | Range) -> bool:
    if isinstance(operand, Range):
        return _ordered(">=", value, operand.low) and _ordered("<=", value, operand.high)
    return _ordered("==", value, operand)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    "~=": lambda a, b: compiled(b).search(a) is not None,
}


def _ordered(operator: str, value: Any, operand: Value | Range) -> bool:
    if not isinstance(operand, Value):
        return False
    comparable = _READERS[operand.kind](value)
    if comparable is None or (operand.kind == "flag" and operator != "=="):
        return False
    return _COMPARISONS[operator](comparable, operand.value)


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:  # more digits than any of the numbers that it may be compared with
        return math.inf if value > 0 else -math.inf


def _moment(value: Any) -> datetime | None:
    return _parsed(MOMENT, value, lambda text: datetime.fromisoformat(text).astimezone(UTC))


def _day(value: Any) -> date | None:
    return _parsed(DAY, value, date.fromisoformat)


def _hour(value: Any) -> time | None:
    return _parsed(HOUR, value, lambda text: time.fromisoformat(text.removesuffix("Z")))


def _parsed(form: str, value: Any, parse: Callable[[str], _Time]) -> _Time | None:
    if not isinstance(value, str) or not re.fullmatch(form[1:-1], value):
        return None
    try:
        return parse(value.replace(",", "."))
    except ValueError:
        return None


_READERS: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "text": lambda value: value if isinstance(value, str) else None,
    "flag": lambda value: value if isinstance(value, bool) else None,
    "moment": _moment,
    "day": _day,
    "hour": _hour,
}
