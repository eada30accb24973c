"""What OpenAPI has no words for in requests of the NGSI-LD API, put right in those that have to be accepted.

Schemathesis loads this file, by ``schemathesis.toml``. A document tells what each parameter and member may be; not
which of them go together, nor the languages of ``q`` and its like, nor that rings are closed and that ends lie ahead.
"""

from collections.abc import Mapping
from typing import Any

import schemathesis
from schemathesis import Case

PLACE = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[129,35]"}
TIME = {"timerel": "after", "timeAt": "2026-11-24T08:00:00Z"}
SAID = {"q": "level>2", "csf": "level>2", "scopeQ": "/Busan/#", "idPattern": "Lamp"}
HOLDERS = {"value", "object", "languageMap", "vocab", "json", "valueList", "objectList"}
GROUPS: Mapping[str, dict[str, Any]] = {"geoQ": PLACE, "temporalQ": {**TIME, "aggrMethods": ["totalCount"]}}
MEMBERS: Mapping[str, Any] = {
    **SAID,
    "pick": ["level"],
    "omit": ["level"],
    "ordering": {"orderBy": ["id"]},
    "expiresAt": "2999-01-01T00:00:00Z",
    "showChanges": False,
    "localOnly": True,
    "uri": "http://nowhere.invalid/",
}
"""Members of bodies that say this in the place of what was drawn; the last one so that nobody elsewhere is called."""
LATER = ("endTimeAt", "collation", "orderFrom", "orderGeometry", "geometryProperty", "keep", "reload")
"""Parameters that mean something beside others alone, or of what is there already."""


@schemathesis.hook
def before_call(_: Any, case: Case[Any], __: dict[str, Any]) -> None:
    """Change a request that is made of what the document says, and leave those that shall be refused as they are."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    case.query = asked(dict(case.query or {}), case.method, case.path)
    if "{id}" in case.path and isinstance(case.body, dict):
        case.body = {name: value for name, value in case.body.items() if name != "id"}
    if case.path.endswith("{instance}") and isinstance(case.body, dict):
        case.body = only_attribute(case.body, case.path_parameters["attr"])
    case.body = said(case.body)


def asked(query: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Parameters that go together, of an operation that means some entities."""
    query = {name: SAID.get(name, value) for name, value in query.items() if name not in LATER}
    is_query = path.endswith("/query") or (path.endswith("entities") and method in ("GET", "DELETE"))
    is_history = path.startswith("/temporal") and method == "GET"
    query |= {"local": "true"} if is_query else {}
    query |= PLACE if PLACE.keys() & query.keys() else {}
    query |= {**TIME, "aggrMethods": "totalCount"} if is_history else {}
    query |= dict.fromkeys({"pick", "omit"} & query.keys(), "level")
    query |= {"orderBy": "id"} if "orderBy" in query else {}
    query |= {"count": "true"} if str(query.get("limit")) == "0" else {}
    return query


def only_attribute(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A body with one instance of the attribute in the address."""
    attributes = [value for each, value in body.items() if not each.startswith("@")]
    instances = attributes[0] if isinstance(attributes[0], list) else attributes[:1]
    return {**{each: value for each, value in body.items() if each.startswith("@")}, name: instances[0]}


def said(body: Any) -> Any:
    """A body in which all that it says goes together."""
    if isinstance(body, list):
        return [said(each) for each in apart(body)]
    if not isinstance(body, dict):
        return body
    return closed({name: member(name, said(value)) for name, value in body.items() if name not in LATER})


def member(name: str, value: Any) -> Any:
    """The value of a member of a body."""
    if name == "@context":
        return [context(each) for each in value] if isinstance(value, list) else context(value)
    if value is not None and name in MEMBERS:
        return MEMBERS[name]
    return {**value, **GROUPS[name]} if isinstance(value, dict) and name in GROUPS else value


def context(given: Any) -> Any:
    """A context that JSON-LD can make something of, where it is not the URL of one."""
    return {"lamp": "http://a.example/lamp"} if isinstance(given, dict) else given


def closed(geometry: dict[str, Any]) -> dict[str, Any]:
    """A geometry whose rings end where they begin."""
    if geometry.get("type") == "Polygon":
        return {**geometry, "coordinates": [[*ring, ring[0]] for ring in geometry["coordinates"]]}
    if geometry.get("type") == "MultiPolygon":
        whole = [[[*ring, ring[0]] for ring in each] for each in geometry["coordinates"]]
        return {**geometry, "coordinates": whole}
    return geometry


def apart(given: list[Any]) -> list[Any]:
    """Instances of an attribute told apart by their datasetIds."""
    if len(given) > 1 and all(isinstance(each, dict) and HOLDERS & each.keys() for each in given):
        return [{**each, "datasetId": f"urn:x:{number}"} for number, each in enumerate(given)]
    return given
