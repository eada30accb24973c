"""How entities evolved, as clients get it: instances in full or concise, values with their times, or aggregates.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.6 to 4.5.9 and 4.5.19.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import HOLDERS, packed
from ucity.cloud.ioc.api.ngsi.conformance import Version, knows, older_instance, older_kind, older_types
from ucity.cloud.ioc.api.ngsi.durations import end_of
from ucity.cloud.ioc.api.ngsi.languages import in_languages
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.render import concise_instance, normalized_instance
from ucity.cloud.ioc.api.ngsi.temporal_asking import Evolution, TemporalForm
from ucity.cloud.ioc.policy.names import EXPIRES_AT, SCOPE
from ucity.cloud.ioc.store.aggregation import Aggregate
from ucity.cloud.ioc.store.documents import NULL, rfc3339
from ucity.cloud.ioc.store.evolution import Instance, Subject

_SERIES = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}
_WRAPPED = frozenset({"LanguageProperty", "VocabProperty", "JsonProperty"})
_NAMED = frozenset({"vocab"})


def frame_of(subject: Subject, names: Names, asked: Evolution) -> dict[str, Any]:
    """The entity without its attributes."""
    shown: dict[str, Any] = {}
    if asked.view.shows("id"):
        shown["id"] = subject.id
    if asked.view.shows("type"):
        shown["type"] = packed([names.compact(each) for each in subject.types])
    if asked.view.system:
        shown |= {"createdAt": rfc3339(subject.created_at), "modifiedAt": rfc3339(subject.modified_at)}
        # An entity of which there never was anything but history was not deleted either.
        if subject.deleted_at is not None and subject.deleted_at > subject.created_at:
            shown["deletedAt"] = rfc3339(subject.deleted_at)
    return shown


def evolved(subject: Subject, instances: Sequence[Instance], names: Names, asked: Evolution) -> dict[str, Any]:
    """The entity with the instances of its attributes."""
    by_name: dict[str, list[Instance]] = {}
    for each in instances:
        if each.name != EXPIRES_AT and asked.view.shows(each.name):
            by_name.setdefault(each.name, []).append(each)
    form = _values if asked.form is TemporalForm.VALUES else _instances
    return frame_of(subject, names, asked) | {
        _name(name, names): form(each, names, asked) for name, each in by_name.items()
    }


def older_evolution(
    subject: Subject, instances: Sequence[Instance], version: Version, names: Names
) -> tuple[Subject, list[Instance]]:
    """An entity and its instances without what this version of NGSI-LD does not know."""
    known = [each for each in instances if knows(version, each.name)]
    return older_subject(subject, version), [
        replace(each, attribute=older_instance(each.attribute, version, names)) for each in known
    ]


def older_subject(subject: Subject, version: Version) -> Subject:
    """An entity with as many types as this version knows."""
    return replace(subject, types=older_types(subject.types, version))


def older_aggregates(found: Sequence[Aggregate], version: Version) -> list[Aggregate]:
    """Aggregates of the kinds of attributes that this version knows."""
    return [replace(each, kind=older_kind(each.kind, version)) for each in found]


def _name(iri: str, names: Names) -> str:
    return "scope" if iri == SCOPE else names.compact(iri)


def _instances(instances: Sequence[Instance], names: Names, asked: Evolution) -> list[dict[str, Any]]:
    render: Callable[..., dict[str, Any]] = (
        concise_instance if asked.form is TemporalForm.CONCISE else normalized_instance
    )
    return [render(_shown(each, asked), names, asked.view.system) for each in instances]


def _shown(instance: Instance, asked: Evolution) -> dict[str, Any]:
    attribute = instance.attribute
    if instance.name == SCOPE:
        attribute = {**attribute, "value": packed(attribute["value"]) if attribute["value"] != NULL else NULL}
        attribute.setdefault("observedAt", attribute["modifiedAt"])
    if asked.view.languages is None:
        return attribute
    return dict(in_languages({instance.name: attribute}, asked.view.languages)[instance.name])


def _values(instances: Sequence[Instance], names: Names, asked: Evolution) -> Any:
    """Values with their times; one series for each datasetId."""
    series: dict[str | None, dict[str, Any]] = {}
    for each in instances:
        attribute = _shown(each, asked)
        dataset = attribute.get("datasetId")
        kind = attribute["type"]
        one = series.setdefault(dataset, {"type": kind, **({"datasetId": dataset} if dataset else {})})
        one.setdefault(_SERIES[kind], []).append([_value(attribute, names), rfc3339(each.time)])
    return packed(list(series.values()))


def _value(attribute: Mapping[str, Any], names: Names) -> Any:
    kind = attribute["type"]
    holder = HOLDERS[kind]
    value = attribute[holder]
    if holder in _NAMED and value != NULL:
        value = [names.compact(each) for each in value] if isinstance(value, list) else names.compact(value)
    if kind == "ListRelationship":
        value = [each if each == NULL else each["object"] for each in value]
    return {holder: value} if kind in _WRAPPED else value


def aggregated(
    subject: Subject,
    found: Sequence[Aggregate],
    names: Names,
    asked: Evolution,
    periods: tuple[list[datetime], datetime],
) -> dict[str, Any]:
    """The entity with what the methods made of its attributes; ``periods``: where they begin, and where the last
    ends."""
    by_name: dict[str, list[Aggregate]] = {}
    for each in found:
        if each.name not in (SCOPE, EXPIRES_AT) and asked.view.shows(each.name):
            by_name.setdefault(each.name, []).append(each)
    return frame_of(subject, names, asked) | {
        names.compact(name): packed(
            [_series_of(list(one), *periods) for _, one in groupby(each, lambda of: of.dataset)]
        )
        for name, each in by_name.items()
    }


def _series_of(found: Sequence[Aggregate], begins: list[datetime], until: datetime) -> dict[str, Any]:
    """What each method made of an attribute with one datasetId, period by period, of those with instances (annex
    C.5.14: JSON-LD has no null to tell the others with). A method that made nothing of any period does not apply to the
    attribute."""
    shown: dict[str, Any] = {"type": found[0].kind}
    if found[0].dataset is not None:
        shown["datasetId"] = found[0].dataset
    times = {at: (rfc3339(begins[at]), rfc3339(end_of(at, begins, until))) for at in (each.period for each in found)}
    for method in found[0].values:
        made = [[each.values[method], *times[each.period]] for each in found if each.values[method] is not None]
        if made:
            shown[method] = made
    return shown
