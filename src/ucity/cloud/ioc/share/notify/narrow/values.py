"""Marks of the query language: that an attribute is there, what its value equals, and what bounds it.

Conditions that look into other entities, and those on the entity's own times, leave none but what else there is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ucity.cloud.ioc.share.notify.narrow.grid import Box, Grid, fits
from ucity.cloud.ioc.share.notify.narrow.marks import Hashed, Mark, Marks, Ordered, Tray
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.query.matching import comparables
from ucity.cloud.ioc.store.query.terms import CREATED, MODIFIED, Condition, Either, Path, Range, Term, Value


@dataclass(frozen=True)
class Has:
    """Whether the attribute is there."""

    attribute: str

    def answers(self, document: Document) -> Collection[bool]:
        """That it is, or nothing."""
        return (True,) if self.attribute in document.attrs else ()

    def tray(self) -> Tray:
        """For one answer."""
        return Hashed()


@dataclass(frozen=True)
class _About:
    """A question about the values at a path, of one kind (number, text, flag, moment, day, hour)."""

    path: Path
    kind: str

    @property
    def attribute(self) -> str:
        """The attribute that the path begins with."""
        return self.path.attribute

    def values(self, document: Document) -> Iterator[Any]:
        """All of a document's values that may be compared."""
        return comparables(self.path, self.kind, document)


class Equal(_About):
    """Which values there are."""

    def answers(self, document: Document) -> Collection[Any]:
        """Each of them."""
        return set(self.values(document))

    def tray(self) -> Tray:
        """By value."""
        return Hashed()


@dataclass(frozen=True)
class Bound(_About):
    """How low the values go with ``upper``, or else how high."""

    upper: bool

    def answers(self, document: Document) -> Collection[Any]:
        """Each of them."""
        return set(self.values(document))

    def tray(self) -> Tray:
        """By bound."""
        return Ordered(upper=self.upper)


class Among(_About):
    """Among which numbers the values are."""

    def answers(self, document: Document) -> Collection[Box]:
        """Each of them, as a stretch."""
        return {((value, value),) for value in self.values(document)}

    def tray(self) -> Tray:
        """By stretches."""
        return Grid()


def marks_of(condition: Condition) -> Iterator[Marks]:
    """All that a condition makes necessary, what is most telling first."""
    if isinstance(condition, Term):
        yield from _of_term(condition)
    elif isinstance(condition, Either):
        parts = [next(marks_of(part), None) for part in condition.parts]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            yield tuple(chain.from_iterable(known))
    else:
        yield from chain.from_iterable(marks_of(part) for part in condition.parts)


def _of_term(term: Term) -> Iterator[Marks]:
    path = term.path
    if path.links:
        yield (Mark(Has(path.links[0].attribute), answer=True),)
    elif path.attribute not in (CREATED, MODIFIED):
        if term.operator == "==":
            yield tuple(_equal(path, each) for each in term.operands)
        elif term.operator in (">", ">=", "<", "<="):
            yield tuple(_bound(path, each, upper="<" in term.operator) for each in term.operands)
        else:
            yield (Mark(Has(path.attribute), answer=True),)


def _equal(path: Path, operand: Value | Range) -> Mark:
    if isinstance(operand, Value):
        return Mark(Equal(path, operand.kind), operand.value)
    low, high = operand.low.value, operand.high.value
    if isinstance(low, float) and isinstance(high, float) and low <= high and fits(((low, high),)):
        return Mark(Among(path, operand.low.kind), ((low, high),))
    return _bound(path, operand.low, upper=False)


def _bound(path: Path, operand: Value | Range, *, upper: bool) -> Mark:
    value = operand if isinstance(operand, Value) else operand.low
    return Mark(Bound(path, value.kind, upper=upper), value.value)
