"""Which entities and which of their members a request means: type selection, projection, lists.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.17 (types) and 4.21 (pick and omit).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ucity.cloud.ioc.api.ngsi.attributes import attribute_iri, type_iri
from ucity.cloud.ioc.api.ngsi.entities import SCOPE
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import shown
from ucity.cloud.ioc.api.ngsi.names import Names

_TERM = re.compile(r"\(([^()|,]+)\)|([^()|,;]+)")


@dataclass(frozen=True)
class Types:
    """A selection of types: any of the groups, and of a group all. No groups select everything."""

    groups: tuple[tuple[str, ...], ...] = ()

    def match(self, types: Collection[str]) -> bool:
        """Whether an entity of these types is selected."""
        return not self.groups or any(all(each in types for each in group) for group in self.groups)


EVERY_TYPE = Types()


def read_types(text: str | None, names: Names) -> Types:
    """The type selection language: ``A,B`` or ``A|B`` either, ``(A;B)`` both."""
    if text is None:
        return EVERY_TYPE
    groups = []
    position = 0
    while True:
        term = _TERM.match(text, position)
        if term is None:
            raise BadRequestData(f"type is like A,B or (A;B)|C, not {shown(text)}.")
        groups.append(tuple(type_iri(name, names) for name in (term[1] or term[2]).split(";")))
        position = term.end()
        if position == len(text):
            return Types(tuple(groups))
        if text[position] not in ",|":
            raise BadRequestData(f"type is like A,B or (A;B)|C, not {shown(text)}.")
        position += 1


@dataclass(frozen=True)
class Members:
    """Members of entities: ``plain`` of id, type and scope, and attributes by their IRIs."""

    plain: frozenset[str]
    attributes: frozenset[str]


def read_members(text: str | None, names: Names, what: str) -> Members | None:
    """The attribute projection language, for one entity without those that it is linked with."""
    if text is None:
        return None
    if "{" in text or "}" in text:
        raise BadRequestData(f"{what} asks for members of linked entities, and the request does not join any.")
    given = re.split(r"[,|]", text)
    plain = frozenset(given) & {"id", "type", "scope"}
    return Members(plain, frozenset(attribute_iri(each, names) for each in given if each not in plain))


def read_attributes(text: str | None, names: Names) -> frozenset[str] | None:
    """A list of attributes by name; id, type and scope are none."""
    if text is None:
        return None
    given = text.split(",")
    if {"id", "type", "scope"} & set(given):
        raise BadRequestData("attrs lists attributes; id, type and scope are none. Use pick.")
    return frozenset(attribute_iri(each, names) for each in given)


def is_kept(name: str, pick: Members | None, omit: Members | None) -> bool:
    """Whether ``id``, ``type``, ``scope`` or an attribute (IRI) belongs to the answer."""
    name = "scope" if name == SCOPE else name
    if pick is not None and name not in pick.plain and name not in pick.attributes:
        return False
    return omit is None or (name not in omit.plain and name not in omit.attributes)
