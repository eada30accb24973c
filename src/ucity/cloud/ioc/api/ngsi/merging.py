"""The two ways in which a fragment changes an attribute: member by member, or ever deeper. Pure.

Source: ETSI GS CIM 009 V1.9.1, clauses 5.5.8 (partial update) and 5.5.12 (merge, after RFC 7396).
"""

from collections.abc import Mapping
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS, HOLDING, Removed, dataset_of, listed, packed
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import NULL
from ucity.cloud.ioc.store.documents import is_attribute


def patched(old: Mapping[str, Any], fragment: Mapping[str, Any], iri: str) -> dict[str, Any]:
    """The attribute with the members of the fragment in the place of its own; sub-attributes by datasetId."""
    _check_kind(old, fragment, iri)
    result = dict(old)
    for name, value in fragment.items():
        if is_attribute(name):
            result[name] = _instances(old.get(name), value)
        else:
            result[name] = value
    return result


def _instances(old: Any, new: Any) -> Any:
    kept = {dataset_of(each): each for each in listed(old if old is not None else [])}
    return packed(list((kept | {dataset_of(each): each for each in listed(new)}).values()))


def merged(old: Mapping[str, Any], fragment: Mapping[str, Any], iri: str) -> dict[str, Any]:
    """The attribute with the fragment merged into it, values and sub-attributes included."""
    _check_kind(old, fragment, iri)
    result = dict(old)
    for name, value in fragment.items():
        if is_attribute(name):
            result[name] = _merged_instances(old.get(name), value, name)
        elif name in HOLDING:
            result[name] = merged_json(old.get(name), value)
        else:
            result[name] = value
    return result


def _merged_instances(old: Any, new: Any, iri: str) -> Any:
    result: dict[str | None, Any] = {dataset_of(each): each for each in listed(old if old is not None else [])}
    for each in listed(new):
        dataset = dataset_of(each)
        result[dataset] = each if isinstance(each, Removed) else merged(result.get(dataset, {}), each, iri)
    return packed(list(result.values()))


def merged_json(old: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396) with the NGSI-LD null in the place of null."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value == NULL:
            result.pop(key, None)
        else:
            result[key] = merged_json(result.get(key), value)
    return result


def _check_kind(old: Mapping[str, Any], fragment: Mapping[str, Any], iri: str) -> None:
    """Raise when the fragment would make another kind of attribute of it."""
    if not old:
        return
    kind = fragment.get("type", old["type"])
    held = HOLDING.intersection(fragment)
    if kind != old["type"] or not held <= {HOLDERS[old["type"]]}:
        raise BadRequestData(f"{iri} is a {old['type']}, and a change of it cannot make it anything else.")
