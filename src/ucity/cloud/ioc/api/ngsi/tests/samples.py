"""Entities that tests send."""

from typing import Any

NULL = "urn:ngsi-ld:null"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
LINK = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'

CAR: dict[str, Any] = {
    "id": "urn:ngsi-ld:Vehicle:1",
    "type": "Vehicle",
    "speed": [
        {"type": "Property", "value": 55, "unitCode": "KMH", "observedAt": "2026-11-24T08:00:00Z"},
        {"type": "Property", "value": 54.5, "datasetId": "urn:ngsi-ld:Dataset:gps"},
    ],
    "isParked": {
        "type": "Relationship",
        "object": "urn:ngsi-ld:Parking:7",
        "objectType": "Parking",
        "providedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Person:9"},
        "certainty": {"type": "Property", "value": 0.9},
    },
    "passes": {"type": "Relationship", "object": ["urn:ngsi-ld:Gantry:1", "urn:ngsi-ld:Gantry:2"]},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [129.07, 35.18]}},
    "street": {"type": "LanguageProperty", "languageMap": {"ko": "중앙대로", "en": ["Jungang-daero", "Central"]}},
    "category": {"type": "VocabProperty", "vocab": ["private", "electric"]},
    "papers": {"type": "JsonProperty", "json": {"id": 5, "@context": "kept", "none": None, "list": [[1], []]}},
    "tread": {"type": "ListProperty", "valueList": [300, [1, 2], "x"], "unitCode": "MMT"},
    "route": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}, {"object": "urn:x:2"}]},
    "scope": ["/Busan/Haeundae", "/Fleet"],
}
"""An entity with every kind of attribute, in normalized form."""

CAR_CONCISE: dict[str, Any] = {
    **CAR,
    "speed": [
        {"value": 55, "unitCode": "KMH", "observedAt": "2026-11-24T08:00:00Z"},
        {"value": 54.5, "datasetId": "urn:ngsi-ld:Dataset:gps"},
    ],
    "isParked": {
        "object": "urn:ngsi-ld:Parking:7",
        "objectType": "Parking",
        "providedBy": {"object": "urn:ngsi-ld:Person:9"},
        "certainty": 0.9,
    },
    "passes": {"object": ["urn:ngsi-ld:Gantry:1", "urn:ngsi-ld:Gantry:2"]},
    "location": {"type": "Point", "coordinates": [129.07, 35.18]},
    "street": {"languageMap": {"ko": "중앙대로", "en": ["Jungang-daero", "Central"]}},
    "category": {"vocab": ["private", "electric"]},
    "papers": {"json": {"id": 5, "@context": "kept", "none": None, "list": [[1], []]}},
    "tread": {"valueList": [300, [1, 2], "x"], "unitCode": "MMT"},
    "route": {"objectList": ["urn:x:1", "urn:x:2"]},
}
"""The same in concise form."""

CAR_SIMPLE: dict[str, Any] = {
    "id": "urn:ngsi-ld:Vehicle:1",
    "type": "Vehicle",
    "speed": {"dataset": {"@none": 55, "urn:ngsi-ld:Dataset:gps": 54.5}},
    "isParked": "urn:ngsi-ld:Parking:7",
    "passes": ["urn:ngsi-ld:Gantry:1", "urn:ngsi-ld:Gantry:2"],
    "location": {"type": "Point", "coordinates": [129.07, 35.18]},
    "street": {"languageMap": {"ko": "중앙대로", "en": ["Jungang-daero", "Central"]}},
    "category": {"vocab": ["private", "electric"]},
    "papers": {"json": {"id": 5, "@context": "kept", "none": None, "list": [[1], []]}},
    "tread": [300, [1, 2], "x"],
    "route": ["urn:x:1", "urn:x:2"],
    "scope": ["/Busan/Haeundae", "/Fleet"],
}
"""The same in simplified form, which loses what lies beside the values."""


def entity(number: int = 1, /, **attributes: Any) -> dict[str, Any]:
    """A small entity."""
    return {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", **attributes}


def prop(value: Any, **members: Any) -> dict[str, Any]:
    """A Property."""
    return {"type": "Property", "value": value, **members}
