"""Which entities and which of their members a request means: type selection, projection, lists.

Source: ETSI GS CIM 009 V1.9.1, clauses 4.17 (types) and 4.21 (pick and omit).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ucity.cloud.ioc.api.ngsi.attributes import attribute_iri, type_iri
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import shown
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.policy.names import SCOPE

_DEEPEST = 16
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
    """Members of entities: ``plain`` of id, type and scope, and attributes by their IRIs. ``linked``: Relationships
    (IRIs) to the members of the entities that they lead to."""

    plain: frozenset[str]
    attributes: frozenset[str]
    linked: Mapping[str, "Members"] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many Relationships are followed."""
        return 1 + max(each.depth for each in self.linked.values()) if self.linked else 0


_PLAIN = frozenset({"id", "type", "scope"})
_MEMBER = re.compile(r"[^,|{}]+")


def read_members(text: str | None, names: Names, what: str, *, join_level: int = 0) -> Members | None:
    """The attribute projection language: ``a,b|c`` and, of linked entities, ``r{a,b}``. ``join_level``: how many
    Relationships the request follows."""
    if text is None:
        return None
    found, at = _members(text, 0, names, what)
    if at < len(text):
        raise BadRequestData(f"{what} has a brace too many: {shown(text)}.")
    if found.depth > join_level:
        raise BadRequestData(f"{what} asks for members of linked entities that the request does not join.")
    return found


def _members(text: str, at: int, names: Names, what: str) -> tuple[Members, int]:
    """Members from this place on, and where they end: at a closing brace or at the end of the text."""
    plain: set[str] = set()
    attributes: set[str] = set()
    linked: dict[str, Members] = {}
    if text.count("{") > _DEEPEST:
        raise BadRequestData(f"{what} follows more than {_DEEPEST} Relationships.")
    while True:
        name = _MEMBER.match(text, at)
        if name is None:
            raise BadRequestData(f"{what} is a list like a,b or a,r{{b,c}}, not {shown(text)}.")
        at = name.end()
        if text.startswith("{", at):
            iri = attribute_iri(name[0], names)
            linked[iri], at = _members(text, at + 1, names, what)
            if not text.startswith("}", at):
                raise BadRequestData(f"{what} lacks a closing brace: {shown(text)}.")
            at += 1
        elif name[0] in _PLAIN:
            plain.add(name[0])
        else:
            attributes.add(attribute_iri(name[0], names))
        if at == len(text) or text[at] == "}":
            return Members(frozenset(plain), frozenset(attributes), linked), at
        if text[at] not in ",|":
            raise BadRequestData(f"{what} is a list like a,b or a,r{{b,c}}, not {shown(text)}.")
        at += 1


def read_attributes(text: str | None, names: Names, *, scope: bool = False) -> frozenset[str] | None:
    """A list of attributes by name; id, type and, unless it may be among them, ``scope`` are none."""
    if text is None:
        return None
    given = set(text.split(","))
    found = {SCOPE} if scope and "scope" in given else set()
    if _PLAIN & given - ({"scope"} if found else set()):
        raise BadRequestData("attrs lists attributes; id, type and scope are none. Use pick.")
    return frozenset(found | {attribute_iri(each, names) for each in given - _PLAIN})


def is_kept(name: str, pick: Members | None, omit: Members | None) -> bool:
    """Whether ``id``, ``type``, ``scope`` or an attribute (IRI) belongs to the answer."""
    name = "scope" if name == SCOPE else name
    if pick is not None and name not in pick.plain and name not in pick.attributes and name not in pick.linked:
        return False
    return omit is None or (name not in omit.plain and name not in omit.attributes)
