"""Attributes inside attributes that a release stored which gave them no times of their own."""

from datetime import UTC, datetime
from typing import Any

from ucity.cloud.ioc.api.ngsi.edits import update
from ucity.cloud.ioc.api.ngsi.entities import Entity
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.alterations import alteration

ID, SPEED, INNER, DEEP, NEW = "urn:t:1", *(f"http://a.example/{name}" for name in ("speed", "inner", "deep", "new"))
MADE, LATER = "2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z"


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def speed(inner: float = 2, **more: Any) -> dict[str, Any]:
    gps = prop(4, datasetId="urn:d:1")
    return prop(1, **{INNER: [prop(inner, **{DEEP: prop(3)}), gps]}, **more)


def before(attribute: dict[str, Any]) -> Document:
    return Document(id=ID, types=["T"], attrs={SPEED: {**attribute, "createdAt": MADE, "modifiedAt": MADE}})


def after(doc: Document, attribute: dict[str, Any]) -> Document:
    changed = update(Entity(id=ID, attributes={SPEED: [attribute]}))(doc, LATER).document
    assert changed is not None
    return changed


def test_a_repeat_stays_a_repeat() -> None:
    sent = speed(observedAt=MADE)
    doc = before(sent)
    assert after(doc, sent) is doc


def test_nothing_is_told_of_what_is_sent_again() -> None:
    doc, now = before(speed()), datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert alteration(doc, after(doc, speed()), now) is None
    assert alteration(doc, after(doc, speed(inner=5)), now) is not None


def test_they_count_from_when_the_attribute_around_them_was_made() -> None:
    changed, gps = after(before(speed()), {**speed(inner=5), NEW: prop(6)}).attrs[SPEED][INNER]
    assert changed == prop(5, **{DEEP: prop(3)}, createdAt=MADE, modifiedAt=LATER)
    assert gps == prop(4, datasetId="urn:d:1")
    new = after(before(speed()), {**speed(), NEW: prop(6)}).attrs[SPEED][NEW]
    assert new == prop(6, createdAt=LATER, modifiedAt=LATER)
