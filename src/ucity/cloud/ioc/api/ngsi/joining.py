"""Linked entities: what the Relationships of an answer lead to, inside it or appended to it.

Relationships that are attributes of an entity are followed, to entities that the city holds and the asker may see.
Source: ETSI GS CIM 009 V1.9.1, clauses 4.5.23, 5.7.1.5 and 5.7.2.5.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ucity.cloud.ioc.api.ngsi.attributes import listed
from ucity.cloud.ioc.api.ngsi.errors import TooComplexQuery
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.api.ngsi.render import Form, View, render, shown_attributes
from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.entities import Finder

MOST_LEVEL = 16
_MOST = 10_000
_AT_ONCE = 500


@dataclass(frozen=True)
class Join:
    """``inline`` or appended; ``level``: how many Relationships are followed; ``seen``: ids that are not followed."""

    inline: bool = False
    level: int = 0
    seen: frozenset[str] = frozenset()


def targets(instance: Mapping[str, Any]) -> list[str]:
    """The ids that an attribute instance leads to, in order; empty for what is no Relationship."""
    if "object" in instance:
        return [str(each) for each in listed(instance["object"])]
    return [each["object"] for each in instance.get("objectList", ())]


def linked_view(view: View, iri: str) -> View:
    """How entities are shown that this Relationship leads to: by the members named for them, or else as the first."""
    pick = view.pick.linked.get(iri, view.pick) if view.pick else None
    omit = view.omit.linked.get(iri, view.omit) if view.omit else None
    return replace(view, pick=pick, omit=omit, attributes=None, datasets=None)


async def joined(
    finder: Finder, predicate: Predicate, docs: Sequence[Document], view: View, join: Join
) -> dict[str, Document]:
    """All entities that following the Relationships of these leads to, by their ids.

    Raises TooComplexQuery when they are too many.
    """
    known = {doc.id: doc for doc in docs}
    found: dict[str, Document] = {}
    edge = [(doc, view) for doc in docs]
    for _ in range(join.level):
        views = _followed(edge, join.seen)
        new = await _looked_up(finder, predicate, views.keys() - known.keys())
        known |= new
        found |= {id_: known[id_] for id_ in views if id_ in known}
        if len(found) > _MOST:
            raise _too_many()
        edge = [(doc, views[id_]) for id_, doc in new.items()]
    return found


def _followed(edge: Sequence[tuple[Document, View]], seen: frozenset[str]) -> dict[str, View]:
    """The ids that the Relationships of these lead to, whether they are there or not, and how each is shown."""
    views: dict[str, View] = {}
    for doc, shows in edge:
        for id_, then in _ahead(doc, shows):
            if id_ not in seen:
                views[id_] = then
                if len(views) > _MOST:
                    raise _too_many()
    return views


async def _looked_up(finder: Finder, predicate: Predicate, ids: Collection[str]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    wanted = list(ids)
    for at in range(0, len(wanted), _AT_ONCE):
        found |= await finder.find_all(predicate, wanted[at : at + _AT_ONCE])
    return found


def _too_many() -> TooComplexQuery:
    return TooComplexQuery(f"These Relationships lead to more than {_MOST} entities.")


def _ahead(doc: Document, view: View) -> Iterator[tuple[str, View]]:
    for iri, kept in shown_attributes(doc, view).items():
        if ids := dict.fromkeys(id_ for instance in listed(kept) for id_ in targets(instance)):
            then = linked_view(view, iri)
            for id_ in ids:
                yield id_, then


Rendered = tuple[dict[str, Any], Document, View]
"""An entity as JSON, what it was made of, and how it is shown."""


def rendered(
    docs: Sequence[Document], linked: Mapping[str, Document], names: Names, view: View, join: Join
) -> list[Rendered]:
    """The entities, with those that they lead to inside them or after them."""
    if join.level and not join.inline:
        return [(render(doc, names, then), doc, then) for doc, then in _flat(docs, linked, view, join)]
    inliner = _Inliner(linked, names)
    return [(inliner.entity(doc, view, join), doc, view) for doc in docs]


def _flat(
    docs: Sequence[Document], linked: Mapping[str, Document], view: View, join: Join
) -> list[tuple[Document, View]]:
    """The entities, and after them those that they lead to, each once and as it is shown."""
    found = {doc.id: (doc, view) for doc in docs}
    edge = [(doc, view) for doc in docs]
    for _ in range(join.level):
        later = []
        for doc, shows in edge:
            for id_, then in _ahead(doc, shows):
                if id_ in linked and id_ not in found and id_ not in join.seen:
                    found[id_] = (linked[id_], then)
                    later.append(found[id_])
        edge = later
    return list(found.values())


class _Inliner:
    """Puts linked entities into those that lead to them, all in all not more than the city gives at once."""

    def __init__(self, linked: Mapping[str, Document], names: Names) -> None:
        self._linked = linked
        self._names = names
        self._left = _MOST

    def entity(self, doc: Document, view: View, join: Join) -> dict[str, Any]:
        """The entity with those that it leads to inside its Relationships, except those on the way to itself."""
        shown = render(doc, self._names, view)
        if not join.level:
            return shown
        inner = replace(join, level=join.level - 1, seen=join.seen | {doc.id})
        for iri, kept in shown_attributes(doc, view).items():
            if found := self._found(listed(kept), linked_view(view, iri), inner):
                name = self._names.compact(iri)
                put = _in_simplified if view.form is Form.SIMPLIFIED else _in_instances
                shown[name] = put(shown[name], listed(kept), found)
        return shown

    def _found(self, kept: Sequence[Mapping[str, Any]], view: View, join: Join) -> dict[str, Any]:
        wanted = {id_ for instance in kept for id_ in targets(instance) if id_ in self._linked} - join.seen
        self._left -= len(wanted)
        if self._left < 0:
            raise TooComplexQuery(f"These Relationships lead to entities more than {_MOST} times.")
        return {id_: self.entity(self._linked[id_], view, join) for id_ in sorted(wanted)}


def _in_instances(shown: Any, kept: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> Any:
    each = [_in_instance(one, instance, found) for one, instance in zip(listed(shown), kept, strict=True)]
    return each if isinstance(shown, list) else each[0]


def _in_instance(shown: dict[str, Any], instance: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    entities = [found[id_] for id_ in targets(instance) if id_ in found]
    if not entities:
        return shown
    if "objectList" in instance:
        return {**shown, "entityList": entities}
    return {**shown, "entity": entities if isinstance(instance["object"], list) else entities[0]}


def _in_simplified(shown: Any, kept: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> Any:
    if len(kept) == 1 and "datasetId" not in kept[0]:
        return _replaced(shown, found)
    return {"dataset": {key: _replaced(value, found) for key, value in shown["dataset"].items()}}


def _replaced(value: Any, found: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [found.get(each, each) for each in value]
    return found.get(value, value) if isinstance(value, str) else value
