"""Conditions compiled to SQL over the table ``entity``, with every value as a parameter.

The policy's predicate is part of what is compiled: rows are those that the asker may see, and a condition looks at an
attribute only in rows of which the asker may read it. Since every condition asks that its attribute be there, whoever
may not read it learns nothing from the answer.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Literal

from ucity.cloud.ioc.policy import Predicate
from ucity.cloud.ioc.policy.names import LOCATION, SCOPE
from ucity.cloud.ioc.store.query.matching import DAY, HOUR, MOMENT
from ucity.cloud.ioc.store.query.spatial import Box, reach
from ucity.cloud.ioc.store.query.terms import (
    CREATED,
    MODIFIED,
    All,
    Condition,
    Either,
    Path,
    Place,
    Range,
    ScopePattern,
    Scopes,
    Selection,
    Selector,
    Term,
    Value,
)

_COLUMNS_OF = {CREATED: "created_at", MODIFIED: "modified_at"}
_OBJECTS = "jsonb_path_query_array(i, '$.objectList[*].object')"
_LANGUAGES = "jsonb_path_query_array(i, '$.languageMap.*[*]')"
_TARGET = (
    "coalesce(i->'value'->'@value', i->'value', i->'object', i->'vocab', i->'json', i->'valueList',"
    f" CASE WHEN i ? 'objectList' THEN {_OBJECTS} END, CASE WHEN i ? 'languageMap' THEN {_LANGUAGES} END)"
)
_LINKED = (
    "CASE WHEN i ? 'objectList' THEN " + _OBJECTS + " WHEN jsonb_typeof(i->'object') = 'array' THEN i->'object'"
    " WHEN i ? 'object' THEN jsonb_build_array(i->'object') ELSE '[]' END"
)
_EACH = "jsonb_array_elements(CASE jsonb_typeof(t.v) WHEN 'array' THEN t.v ELSE jsonb_build_array(t.v) END) AS e(v)"


class Compiler:
    """Writes conditions for one asker, gathering the arguments on the way."""

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate
        self.arguments: list[Any] = []

    def given(self, value: Any, kind: str) -> str:
        """The placeholder of an argument of this SQL type."""
        self.arguments.append(value)
        return f"${len(self.arguments)}::{kind}"

    def where(self, selection: Selection, table: str = "entity", *, deleted: bool = False) -> str:
        """The condition on rows of ``entity`` that the asker may see and that may be selected.

        Of a geoquery it tests the boxes alone: what touches them may still lie otherwise. ``deleted``: entities that
        are there no more are meant too.
        """
        parts = [self._visible(table, deleted=deleted)]
        if selection.selectors:
            parts.append(_any(self._selector(each, table) for each in selection.selectors))
        if selection.attributes:
            parts.append(self._has(selection.attributes, table))
        if selection.query is not None:
            parts.append(self._condition(selection.query, table))
        if selection.scopes is not None:
            parts.append(self._scopes(selection.scopes, table))
        if selection.place is not None:
            parts.append(self._place(selection.place, table))
        return " AND ".join(parts)

    def _visible(self, table: str, *, deleted: bool = False) -> str:
        parts = [f"{table}.tenant = {self.given(self._predicate.tenant, 'text')}"]
        if not deleted:
            parts.append(f"{table}.deleted_at IS NULL")
        if not self._predicate.everything:
            parts.append(f"{table}.types && {self.given(self._predicate.row_types(), 'text[]')}")
        if self._predicate.until is not None:
            parts.append(f"now() < {self.given(self._predicate.until, 'timestamptz')}")
        return " AND ".join(parts)

    def _selector(self, selector: Selector, table: str) -> str:
        parts = []
        if selector.ids:
            parts.append(f"{table}.id = ANY({self.given(list(selector.ids), 'text[]')})")
        if selector.id_pattern is not None:
            parts.append(f'{table}.id COLLATE "C" ~ {self.given(selector.id_pattern, "text")}')
        if selector.types:
            parts.append(self._types(selector, table))
        return " AND ".join(parts) or "true"

    def types(self, selection: Selection, table: str = "entity") -> str:
        """What of ``where`` can be told by the types alone."""
        if not all(each.types for each in selection.selectors or (Selector(),)):
            return "true"
        return _any(self._types(each, table) for each in selection.selectors)

    def _types(self, selector: Selector, table: str) -> str:
        return _any(f"{table}.types @> {self.given(list(group), 'text[]')}" for group in selector.types)

    def touching(self, box: Box, table: str = "entity") -> tuple[str, str]:
        """The conditions on entities with few types and on those with more that their boxes touch this one. Each has an
        index of its own."""
        west, south, east, north = (self.given(each, "float8") for each in box)
        found = f"{table}.extent && box(point({west}, {south}), point({east}, {north}))"
        return f"({found} AND cardinality({table}.types) <= 2)", f"({found} AND cardinality({table}.types) > 2)"

    def _has(self, attributes: frozenset[str], table: str) -> str:
        return _any(
            self.readable(table, name, f"{table}.attrs -> {self.given(name, 'text')} IS NOT NULL")
            for name in sorted(attributes)
        )

    def readable(self, table: str, attribute: str, condition: str) -> str:
        """The condition, only for rows of which the asker may read the attribute."""
        if self._predicate.types is None or attribute in _COLUMNS_OF:
            return f"({condition})"
        of = [each for each, may in self._predicate.types.items() if may is None or attribute in may]
        return f"({table}.types && {self.given(of, 'text[]')} AND {condition})"

    def _condition(self, condition: Condition, table: str) -> str:
        if isinstance(condition, All):
            return f"({' AND '.join(self._condition(part, table) for part in condition.parts)})"
        if isinstance(condition, Either):
            return _any(self._condition(part, table) for part in condition.parts)
        return self._term(condition, condition.path, table)

    def _term(self, term: Term, path: Path, table: str) -> str:
        if path.links:
            return self._linked(term, path, table)
        found = self._compared(term)
        if path.attribute in _COLUMNS_OF:
            return f"(SELECT coalesce({found}, false) FROM {self.own_time(path.attribute, table)} AS t(v, i))"  # noqa: S608 - made of constants and placeholders
        steps = "".join(f".{json.dumps(name)}[*]" for name in path.inner)
        instances = self.given(f"$.{json.dumps(path.attribute)}[*]{steps}", "jsonpath")
        return self.readable(
            table,
            path.attribute,
            f"{table}.attrs -> {self.given(path.attribute, 'text')} IS NOT NULL AND EXISTS (SELECT"
            f" FROM jsonb_path_query({table}.attrs, {instances}) AS i"
            f" CROSS JOIN LATERAL (SELECT {self.target(path)} AS v) AS t WHERE t.v IS NOT NULL AND {found})",
        )

    def own_time(self, name: str, table: str) -> str:
        """The entity's own time as a row (v, i), in the form of a target value."""
        column = f"{table}.{_COLUMNS_OF[name]}"
        text = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        return f"(SELECT to_jsonb({text}), '{{}}'::jsonb)"

    def target(self, path: Path, *, typed: bool = False) -> str:
        """The target value in an instance ``i``. ``typed``: a JSON-LD value with its ``@type``, where it has one."""
        if path.member is not None:
            return f"i->{self.given(path.member, 'text')}"
        if not path.trail:
            return _TARGET.replace("i->'value'->'@value', ", "") if typed else _TARGET
        inside = f"coalesce(i->'value', i->'json') #> {self.given(list(path.trail), 'text[]')}"
        language = "NULL::jsonb"
        if path.trail == ("*",):
            language = _LANGUAGES
        elif len(path.trail) == 1:
            language = f"i->'languageMap'->{self.given(path.trail[0], 'text')}"
        return f"CASE WHEN i ? 'languageMap' THEN {language} ELSE {inside} END"

    def _linked(self, term: Term, path: Path, table: str) -> str:
        link = path.links[0]
        other = f"{table}_of"
        rest = Path(
            attribute=path.attribute, inner=path.inner, member=path.member, trail=path.trail, links=path.links[1:]
        )
        instances = self.given(f"$.{json.dumps(link.attribute)}[*]", "jsonpath")
        hint = f" AND {other}.types && {self.given(list(link.types), 'text[]')}" if link.types else ""
        return self.readable(
            table,
            link.attribute,
            f"EXISTS (SELECT FROM jsonb_path_query({table}.attrs, {instances}) AS i"
            f" CROSS JOIN LATERAL jsonb_array_elements_text({_LINKED}) AS r(id)"
            f" JOIN entity AS {other} ON {other}.id = r.id"
            f" WHERE {self._visible(other)}{hint} AND {self._term(term, rest, other)})",
        )

    def _compared(self, term: Term) -> str:
        """How the target value ``t.v`` of the instance ``i`` compares."""
        if term.operator is None:
            return "true"
        if term.operator in ("==", "!="):
            found = self._some_element(term)
            return found if term.operator == "==" else f"NOT {found}"
        alone = self._any_operand(term, "t.v")
        if term.operator == "!~=":
            alone = f"jsonb_typeof(t.v) = 'string' AND NOT {alone}"
        if term.path.member is not None or term.path.attribute in _COLUMNS_OF:
            return alone
        many = self._some_element(term)
        if term.operator == "!~=":
            many = f"t.v <> '[]' AND NOT {many}"
        return f"NOT i ?| '{{object,objectList}}' AND CASE WHEN i ? 'languageMap' THEN {many} ELSE {alone} END"

    def _some_element(self, term: Term) -> str:
        """Whether the target value, or an element of it if it is an array, compares so."""
        return f"EXISTS (SELECT FROM {_EACH} WHERE {self._any_operand(term, 'e.v')})"

    def _any_operand(self, term: Term, v: str) -> str:
        operator = {"==": "=", "!=": "=", "~=": "~", "!~=": "~"}.get(term.operator or "", term.operator or "")
        return _any(f"coalesce({self._one(operator, v, operand)}, false)" for operand in term.operands)

    def _one(self, operator: str, v: str, operand: Value | Range) -> str:
        if isinstance(operand, Range):
            if operator != "=":
                return "false"
            return f"{self._one('>=', v, operand.low)} AND {self._one('<=', v, operand.high)}"
        if operand.kind == "flag" and operator != "=":
            return "false"
        return f"{_READERS[operand.kind](v)} {operator} {self.given(operand.value, _TYPES[operand.kind])}"

    def _scopes(self, scopes: Scopes, table: str) -> str:
        return self.readable(
            table,
            SCOPE,
            _any(" AND ".join(self._scope(each, table) for each in group) for group in scopes.groups),
        )

    def _scope(self, pattern: ScopePattern, table: str) -> str:
        own = f"jsonb_array_elements_text({table}.attrs #> {self.given([SCOPE, 'value'], 'text[]')})"
        expression = self.given(f"^({pattern.expression})$", "text")
        return f'EXISTS (SELECT FROM {own} AS s(s) WHERE s COLLATE "C" ~ {expression})'

    def _place(self, place: Place, table: str) -> str:
        parts = [f"{table}.attrs -> {self.given(place.attribute, 'text')} IS NOT NULL"]
        box = reach(place)
        if box is not None and place.attribute == LOCATION:
            few, many = self.touching(box, table)
            parts.append(f"({few} OR {many})")
        return self.readable(table, place.attribute, " AND ".join(parts))


def _number(v: str) -> str:
    return f"CASE WHEN jsonb_typeof({v}) = 'number' THEN {v}::float8 END"


def _text(v: str) -> str:
    return f"(CASE WHEN jsonb_typeof({v}) = 'string' THEN {v} #>> '{{}}' END) COLLATE \"C\""


def _time(form: str, kind: Literal["timestamptz", "date", "time"]) -> Callable[[str], str]:
    def read(v: str) -> str:
        text = f"replace({v} #>> '{{}}', ',', '.')"
        valid = f"jsonb_typeof({v}) = 'string' AND ({v} #>> '{{}}') ~ '{form}' AND pg_input_is_valid({text}, '{kind}')"
        return f"CASE WHEN {valid} THEN ({text})::{kind} END"

    return read


_READERS: dict[str, Callable[[str], str]] = {
    "number": _number,
    "text": _text,
    "flag": lambda v: f"CASE WHEN jsonb_typeof({v}) = 'boolean' THEN {v}::boolean END",
    "moment": _time(MOMENT, "timestamptz"),
    "day": _time(DAY, "date"),
    "hour": _time(HOUR, "time"),
}
_TYPES = {
    "number": "float8",
    "text": "text",
    "flag": "boolean",
    "moment": "timestamptz",
    "day": "date",
    "hour": "time",
}


def _any(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions) or 'false'})"
