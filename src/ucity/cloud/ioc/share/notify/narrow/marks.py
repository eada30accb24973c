"""What subscriptions stand at, and the trays that hold those who stand at one question's answers."""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Hashable, Iterable
from itertools import chain
from typing import Any, NamedTuple, Protocol

from ucity.cloud.ioc.store import Document


class Tray(Protocol):
    """Keys of subscriptions by the answers that they stand at."""

    def put(self, answer: Any, key: int) -> None:
        """Have one stand at this answer."""

    def remove(self, answer: Any, key: int) -> None:
        """Have one that stands at this answer stand there no more."""

    def crowd(self, answer: Any) -> float:
        """How many would be looked at together with one at this answer."""

    def find(self, answers: Collection[Any]) -> Iterable[int]:
        """Those for whom any of these answers of a document will do."""

    def __bool__(self) -> bool:
        """Whether anybody stands here."""


class Question(Protocol):
    """What documents answer. Equal ones are the same question."""

    @property
    def attribute(self) -> str:
        """The attribute (IRI) that it is about: without it, a document has no answer."""

    def answers(self, document: Document) -> Collection[Any]:
        """What a document answers."""

    def tray(self) -> Tray:
        """An empty tray for this question."""


class Mark(NamedTuple):
    """A question and an answer."""

    question: Question
    answer: Hashable


Marks = tuple[Mark, ...]
"""Alternatives: whatever is meant bears one of them at least."""


class Hashed:
    """A tray for answers that are equal or not."""

    def __init__(self) -> None:
        self._at: dict[Hashable, set[int]] = {}

    def __bool__(self) -> bool:
        """Whether anybody stands here."""
        return bool(self._at)

    def put(self, answer: Hashable, key: int) -> None:
        """Have one stand at this answer."""
        self._at.setdefault(answer, set()).add(key)

    def remove(self, answer: Hashable, key: int) -> None:
        """Have one stand there no more."""
        there = self._at[answer]
        there.discard(key)
        if not there:
            del self._at[answer]

    def crowd(self, answer: Hashable) -> float:
        """How many stand at this answer."""
        return len(self._at.get(answer, ()))

    def find(self, answers: Collection[Hashable]) -> Iterable[int]:
        """Those at any of these answers."""
        return chain.from_iterable(self._at.get(each, ()) for each in answers)


class Ordered:
    """A tray for bounds: one who stands at a bound is found by any answer that is not below it, or with ``upper`` not
    above it."""

    def __init__(self, *, upper: bool) -> None:
        self._upper = upper
        self._bounds: list[tuple[Any, int]] = []

    def __bool__(self) -> bool:
        """Whether anybody stands here."""
        return bool(self._bounds)

    def put(self, answer: Any, key: int) -> None:
        """Have one stand at this bound."""
        insort(self._bounds, (answer, key))

    def remove(self, answer: Any, key: int) -> None:
        """Have one stand there no more."""
        del self._bounds[bisect_left(self._bounds, (answer, key))]

    def crowd(self, answer: Any) -> float:
        """How many are found by an answer in the middle."""
        return len(self._bounds) / 2

    def find(self, answers: Collection[Any]) -> Iterable[int]:
        """Those whose bounds any of these answers keeps."""
        if not answers:
            return ()
        if self._upper:
            kept = self._bounds[bisect_left(self._bounds, (min(answers), -math.inf)) :]
        else:
            kept = self._bounds[: bisect_right(self._bounds, (max(answers), math.inf))]
        return [key for _, key in kept]
