"""What texts may look like, as JSON Schema says it: the same forms that ``lexical`` checks.

Patterns are ECMA-262 regular expressions, as JSON Schema asks for (JSON Schema 2020-12, 6.4).
Source: ETSI GS CIM 009 V1.9.1, clauses 4.6.2, 4.6.3, 4.17 and 4.18; RFC 3339; RFC 3986; RFC 5646; ISO 8601-1:2019.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_SCHEME = "[A-Za-z][A-Za-z0-9+.-]*:"
_NO_URI = r"""\s<>"{}|\\^`\x00-\x20\x7f-\x9f"""
_NAME = r"\p{L}[\p{L}\p{N}_]*"
_SCOPE = f"/?{_NAME}(?:/{_NAME})*"
_TAG = "[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,9}"
_WEIGHT = r"(?:;q=(?:0(?:\.[0-9]{1,3})?|1(?:\.0{1,3})?))?"
_FRACTION = r"(?:[.,][0-9]{1,6}(?=[WDHMS]$))?"
_DURATION = (
    rf"P(?=[0-9T])(?:[0-9]{{1,6}}{_FRACTION}W|(?:[0-9]{{1,6}}Y)?(?:[0-9]{{1,6}}M)?(?:[0-9]{{1,6}}{_FRACTION}D)?"
    rf"(?:T(?=[0-9])(?:[0-9]{{1,9}}{_FRACTION}H)?(?:[0-9]{{1,9}}{_FRACTION}M)?(?:[0-9]{{1,9}}{_FRACTION}S)?)?)"
)


def text(pattern: str, **more: Any) -> Schema:
    """A text that matches from its beginning to its end."""
    return {"type": "string", "pattern": f"^(?:{pattern})$", **more}


def uri(without: str = "") -> str:
    """The pattern of a URI that has none of these characters."""
    return f"{_SCHEME}[^{_NO_URI}{without}]+"


def name(without: str = "") -> str:
    """The pattern of the name of a type or an attribute: a term, or a URI that has none of these characters."""
    return f"{_NAME}|{uri(without)}"


def _types() -> str:
    one = f"(?:{name('(),;|')})"
    group = rf"(?:{one}|\({one}(?:;{one})*\))"
    return f"{group}(?:[,|]{group})*"


def _hosts() -> str:
    port = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
    return f"[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?(?::{port})?"


URI: Schema = text(uri(), examples=["urn:ngsi-ld:Lamp:1"])
LISTED_URI: Schema = text(uri(","))
"""One that may stand in a list with commas."""
DATASET: Schema = text(f"@none|{uri(',')}")
NAME: Schema = text(name())
LISTED_NAME: Schema = text(name(","))
TYPES: Schema = text(_types(), examples=["Lamp,(Device;Sensor)"])
NAMES: Schema = text(f"(?:{name(',')})(?:,(?:{name(',')}))*")
"""Some of them in one text."""
SCOPE: Schema = text(_SCOPE, examples=["/Town/Harbour"])
LANGUAGES: Schema = text(rf"(?:\*|{_TAG}){_WEIGHT}(?:,(?:\*|{_TAG}){_WEIGHT}){{0,9}}", examples=["ko,en;q=0.5"])
TAG: Schema = text(f"@none|{_TAG}")
MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^(?!0000)[0-9-]{10}T[0-9:]{8}(?:[.,][0-9]{1,6})?Z$",
    "examples": ["2026-11-24T08:00:00Z"],
}
ENDPOINT: Schema = text(
    rf"https?://{_hosts()}(?:[/?#][^{_NO_URI}]*)?|mqtts?://{_hosts()}/[^{_NO_URI}?#+%]{{1,500}}",
    examples=["https://alarm.example/air", "mqtts://broker.example/alarms"],
)
"""Where notifications go."""
DURATION: Schema = text(_DURATION, examples=["PT1H"])
TEXT: Schema = text(r"[^\x00]+")
"""Any, but not an empty one."""
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 10**9}
FLAG: Schema = {"type": "boolean"}


def several(items: Schema, **more: Any) -> Schema:
    """An array of these that is not empty."""
    return {"type": "array", "items": items, "minItems": 1, **more}


def choice(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def record(required: str = "", /, **properties: Any) -> Schema:
    """An object with these members; names of the required ones are separated by spaces."""
    return {"type": "object", "required": required.split(), "properties": properties}


def closed(required: str = "", /, **properties: Any) -> Schema:
    """An object with these members and no others."""
    return {**record(required, **properties), "additionalProperties": False}


def nullable(schema: Schema) -> Schema:
    """An object whose members, but for the required ones and its type, may also be null, which is to be absent."""
    members = {
        name: each if name in (*schema["required"], "type") else {"anyOf": [each, {"type": "null"}]}
        for name, each in schema["properties"].items()
    }
    return {**schema, "properties": members}


def ref(component: str) -> Schema:
    """The schema that the document keeps under this name."""
    return {"$ref": f"#/components/schemas/{component}"}
