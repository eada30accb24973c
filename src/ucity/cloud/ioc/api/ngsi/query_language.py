"""The query language: a text like ``speed>50;brandName!="Mercedes"`` read into conditions, by recursive descent.

The ``;`` (and) binds closer than the ``|`` (or); parentheses may lie in each other. A regular expression ends at the
first ``;``, ``|`` or ``)`` that is not inside its own parentheses or brackets, so alternatives go into parentheses; it
may also be put into double quotes. A text of one word needs no quotes, as in the examples of annex C.5. Names may have
a prefix outside of braces, where a colon ends the types.
Source: ETSI GS CIM 009 V1.9.1, clause 4.9.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import msgspec

from ucity.cloud.ioc.api.ngsi.attributes import attribute_iri, type_iri
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData
from ucity.cloud.ioc.api.ngsi.lexical import is_uri, shown
from ucity.cloud.ioc.api.ngsi.names import Names
from ucity.cloud.ioc.policy.names import EXPIRES_AT
from ucity.cloud.ioc.store.query.matching import DAY, HOUR, MOMENT
from ucity.cloud.ioc.store.query.patterns import compiled
from ucity.cloud.ioc.store.query.terms import (
    CREATED,
    MODIFIED,
    All,
    Condition,
    Either,
    Link,
    Operator,
    Path,
    Range,
    Term,
    Value,
)

MEMBERS = frozenset(
    {"observedAt", "createdAt", "modifiedAt", "expiresAt", "unitCode", "datasetId", "objectType", "valueType"}
)
"""Names that in a path stand for members of an attribute that are no attributes themselves."""
LONGEST = 8192
_DEEPEST = 16
_MOST_TERMS = 200
_NAME = re.compile(r"[^\W\d_]\w*")
_PREFIXED = re.compile(r"[^\W\d_]\w*(?::[^\W\d_]\w*)?")
_TYPES = re.compile(r"([^\W\d_]\w*(?:,[^\W\d_]\w*)*):")
_MEMBER = re.compile(r"[^\s\d.\[\]-][^.\[\]]*|\*")
_OPERATOR = re.compile(r"==|!=|>=|<=|>|<|~=|!~=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_BARE = re.compile(r'(?:(?!\.\.)[^;|(),"\s])+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[^\W\d_][\w-]*")
_FLAGS = {"true": True, "false": False}
_EQUALITY = ("==", "!=")
_PATTERNS = ("~=", "!~=")


def read_query(text: str, names: Names, expanded: frozenset[str] = frozenset(), *, strict: bool = True) -> Condition:
    """The condition that a text states. ``expanded``: attributes (IRIs) of which the values are names to be expanded.
    ``strict``: an order of true and false is refused; otherwise it is a term that nothing meets, as in what was kept
    while that was taken.

    Raises BadRequestData with the place at which the text is not understood.
    """
    if len(text) > LONGEST:
        raise BadRequestData(f"q has at most {LONGEST} characters.")
    return _Reader(text, names, expanded, strict).read()


def has_attribute(condition: Condition) -> bool:
    """Whether any term is about an attribute, and not only about the entity's own times."""
    if isinstance(condition, Term):
        return bool(condition.path.links) or condition.path.attribute not in (CREATED, MODIFIED, EXPIRES_AT)
    return any(map(has_attribute, condition.parts))


def depth_of(condition: Condition) -> int:
    """How many Relationships its longest path follows."""
    if isinstance(condition, Term):
        return len(condition.path.links)
    return max(map(depth_of, condition.parts))


@dataclass
class _Reader:
    text: str
    names: Names
    expanded: frozenset[str]
    strict: bool
    at: int = 0
    terms: int = 0

    def read(self) -> Condition:
        found = self._either(0)
        if self.at < len(self.text):
            raise self._wrong("the end, ';' or '|'")
        return found

    def _wrong(self, expected: str) -> BadRequestData:
        rest = self.text[self.at : self.at + 20]
        return BadRequestData(f"q is not understood at character {self.at}, {shown(rest)}: {expected} is expected.")

    def _takes(self, text: str) -> bool:
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _matched(self, pattern: re.Pattern[str], expected: str) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self._wrong(expected)
        self.at = found.end()
        return found[0]

    def _either(self, depth: int) -> Condition:
        parts = [self._all(depth)]
        while self._takes("|"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self, depth: int) -> Condition:
        parts = [self._factor(depth)]
        while self._takes(";"):
            parts.append(self._factor(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _factor(self, depth: int) -> Condition:
        if not self._takes("("):
            return self._term()
        if depth >= _DEEPEST:
            raise BadRequestData(f"In q, parentheses lie in each other at most {_DEEPEST} deep.")
        found = self._either(depth + 1)
        if not self._takes(")"):
            raise self._wrong("')'")
        return found

    def _term(self) -> Term:
        self.terms += 1
        if self.terms > _MOST_TERMS:
            raise BadRequestData(f"q has at most {_MOST_TERMS} terms.")
        path = self._path(linked=False)
        found = _OPERATOR.match(self.text, self.at)
        if found is None:
            return Term(path)
        self.at = found.end()
        operator: Operator = found[0]  # type: ignore[assignment]  # the expression matches these alone
        if operator in _PATTERNS:
            return Term(path, operator, (self._pattern(),))
        return Term(
            path, operator, self._operands(operator, expands=(path.inner or (path.attribute,))[-1] in self.expanded)
        )

    def _path(self, *, linked: bool, depth: int = 0) -> Path:
        name = self._matched(_NAME if linked else _PREFIXED, "the name of an attribute")
        if not self._takes("{"):
            return self._value_path(name)
        if depth >= _DEEPEST:
            raise BadRequestData(f"A path in q follows at most {_DEEPEST} Relationships.")
        types = self._types()
        rest = self._path(linked=True, depth=depth + 1)
        if not self._takes("}"):
            raise self._wrong("'}'")
        return replace(rest, links=(Link(attribute_iri(name, self.names), types), *rest.links))

    def _types(self) -> tuple[str, ...]:
        found = _TYPES.match(self.text, self.at)
        if found is None:
            return ()
        self.at = found.end()
        return tuple(type_iri(each, self.names) for each in found[1].split(","))

    def _value_path(self, name: str) -> Path:
        dotted = [name]
        while self.text.startswith(".", self.at) and not self.text.startswith("..", self.at):
            self.at += 1
            dotted.append(self._matched(_PREFIXED, "the name of a sub-attribute"))
        return replace(self._dotted(dotted), trail=self._trail())

    def _dotted(self, dotted: list[str]) -> Path:
        head, *rest = dotted
        if not rest and head in (CREATED, MODIFIED):
            return Path(attribute=head)
        if not rest and head == "expiresAt":
            return Path(attribute=EXPIRES_AT)
        member = rest.pop() if rest and rest[-1] in MEMBERS else None
        inner = tuple(attribute_iri(each, self.names) for each in rest)
        return Path(attribute=attribute_iri(head, self.names), inner=inner, member=member)

    def _trail(self) -> tuple[str, ...]:
        if not self._takes("["):
            return ()
        trail = [self._matched(_MEMBER, "the name of a member")]
        while self._takes("."):
            trail.append(self._matched(_MEMBER, "the name of a member"))
        if not self._takes("]"):
            raise self._wrong("']'")
        return tuple(trail)

    def _operands(self, operator: Operator, *, expands: bool) -> tuple[Value | Range, ...]:
        operands = [self._operand(operator, expands=expands)]
        while self.text.startswith(",", self.at):
            if operator not in _EQUALITY:
                raise self._wrong("one value, because lists go with == and != alone,")
            self.at += 1
            operands.append(self._operand(operator, expands=expands))
        return tuple(operands)

    def _operand(self, operator: Operator, *, expands: bool) -> Value | Range:
        low = self._value(expands=expands)
        if self.strict and operator not in _EQUALITY and low.kind == "flag":
            raise BadRequestData(f"In q, true and false are in no order: {operator} does not go with them.")
        if not self.text.startswith("..", self.at):
            return low
        if operator not in _EQUALITY:
            raise self._wrong("one value, because ranges go with == and != alone,")
        self.at += 2
        high = self._value(expands=expands)
        if high.kind != low.kind or low.kind == "flag":
            raise BadRequestData(
                "A range in q is from one value to another of the same kind, and true and false are in none."
            )
        return Range(low, high)

    def _value(self, *, expands: bool) -> Value:
        if self.text.startswith('"', self.at):
            text = self._quoted()
            return Value(self.names.expand(text) if expands else text)
        token = self._matched(_BARE, "a value")
        if expands:
            return Value(self.names.expand(token))
        found = _bare_value(token)
        if found is None:
            raise BadRequestData(
                f"In q, {shown(token)} is no number, time, true, false or URI. Texts go into double quotes."
            )
        return Value(found)

    def _quoted(self) -> str:
        token = self._matched(_QUOTED, "a closing quote")
        try:
            text = msgspec.json.decode(token, type=str)
        except (msgspec.DecodeError, UnicodeError):
            raise BadRequestData(f"In q, {shown(token)} is no text as JSON writes it.") from None
        if "\x00" in text:
            raise BadRequestData("In q, no text holds the character NUL.")
        return text

    def _pattern(self) -> Value:
        if self.text.startswith('"', self.at):
            pattern = self._matched(_QUOTED, "a closing quote")[1:-1].replace('\\"', '"')
        else:
            start, self.at = self.at, _end_of_pattern(self.text, self.at)
            pattern = self.text[start : self.at]
        if not pattern:
            raise self._wrong("a regular expression")
        compiled(pattern)
        return Value(pattern)


def _end_of_pattern(text: str, at: int) -> int:
    """Where a regular expression ends that begins at ``at``."""
    depth, bracket = 0, False
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif bracket:
            bracket = character != "]" or text[at - 1] == "["
        elif character == "[":
            bracket = True
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif character in ";|)" and not depth:
            break
        at += 1
    return min(at, len(text))


def _bare_value(token: str) -> float | str | bool | datetime | date | time | None:
    """What a word without quotes stands for; None when it is nothing."""
    if token in _FLAGS:
        return _FLAGS[token]
    if _NUMBER.fullmatch(token):
        return number if math.isfinite(number := float(token)) else None
    for form, parse in _TIMES:
        if re.fullmatch(form[1:-1], token):
            try:
                return parse(token.replace(",", "."))
            except ValueError:
                return None
    return token if is_uri(token) or _WORD.fullmatch(token) else None


_TIMES: tuple[tuple[str, Callable[[str], datetime | date | time]], ...] = (
    (MOMENT, lambda text: datetime.fromisoformat(text).astimezone(UTC)),
    (DAY, date.fromisoformat),
    (HOUR, lambda text: time.fromisoformat(text.removesuffix("Z"))),
)
