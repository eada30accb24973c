"""How a condition can be narrowed down by an index of values: which entities are left to be looked at. Pure.

Whatever is found holds all entities for which the condition is so, and may hold others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ucity.cloud.ioc.store.query.terms import CREATED, MODIFIED, All, Condition, Either, Range, Term, Value

LONGEST = 200
"""Characters of a text that the index knows."""
_OPERATORS = frozenset({"==", ">", ">=", "<", "<="})


@dataclass(frozen=True)
class Probe:
    """What the index is asked: values of one attribute (IRI), texts among ``texts`` or numbers in any of ``ranges``,
    both ends included."""

    attribute: str
    texts: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()


_INFINITE = float("inf")
Found = Mapping[Probe, frozenset[int] | None]
"""Keys of entities; None when they are too many, or the index does not know the attribute."""


def probes(condition: Condition) -> Iterator[Probe]:
    """All that the index could be asked for this condition."""
    if isinstance(condition, All | Either):
        for part in condition.parts:
            yield from probes(part)
    elif (probe := _probe(condition)) is not None:
        yield probe


def narrowed(condition: Condition, found: Found) -> frozenset[int] | None:
    """Keys of the entities that are left; None when all are."""
    if isinstance(condition, Term):
        probe = _probe(condition)
        return None if probe is None else found.get(probe)
    parts = [narrowed(part, found) for part in condition.parts]
    known = [part for part in parts if part is not None]
    if isinstance(condition, All):
        return frozenset.intersection(*known) if known else None
    return frozenset().union(*known) if len(known) == len(parts) else None


def _probe(term: Term) -> Probe | None:
    path = term.path
    if path.links or path.inner or path.member or path.trail or path.attribute in (CREATED, MODIFIED):
        return None
    if term.operator not in _OPERATORS:
        return None
    asked = [_asked(term.operator, operand) for operand in term.operands]
    known = [each for each in asked if each is not None]
    if len(known) < len(asked):
        return None
    texts = tuple(each for each in known if isinstance(each, str))
    return Probe(path.attribute, texts, tuple(each for each in known if not isinstance(each, str)))


def _asked(operator: str, operand: Value | Range) -> str | tuple[float, float] | None:
    if isinstance(operand, Range):
        low, high = operand.low.value, operand.high.value
        return (float(low), float(high)) if _numbers((operand.low, operand.high)) else None  # type: ignore[arg-type]  # told by _numbers
    if operand.kind == "number":
        value = float(operand.value)  # type: ignore[arg-type]  # a number by its kind
        return (-_INFINITE if "<" in operator else value, _INFINITE if ">" in operator else value)
    if operator != "==":
        return None
    if operand.kind == "flag":
        return "true" if operand.value else "false"
    return str(operand.value)[:LONGEST] if operand.kind == "text" else None


def _numbers(values: Sequence[Value]) -> bool:
    return all(each.kind == "number" for each in values)
