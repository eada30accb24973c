"""Marks of scope queries: the levels that all scopes begin with which a pattern means."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from ucity.cloud.ioc.policy.names import SCOPE
from ucity.cloud.ioc.share.notify.narrow.marks import Hashed, Mark, Marks, Tray
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.query.matching import scopes_of
from ucity.cloud.ioc.store.query.terms import ScopePattern, Scopes


@dataclass(frozen=True)
class Beginning:
    """What the scopes begin with, so many levels of each; without a level, that there is a scope."""

    depth: int
    attribute: ClassVar[str] = SCOPE

    def answers(self, document: Document) -> Collection[tuple[str, ...]]:
        """The first levels of each scope that has as many."""
        found = (tuple(each[: self.depth]) for each in scopes_of(document))
        return {each for each in found if len(each) == self.depth}

    def tray(self) -> Tray:
        """By the levels."""
        return Hashed()


def marks_of(scopes: Scopes) -> Iterator[Marks]:
    """All that a scope query makes necessary: of each group, the pattern with the most levels to begin with."""
    yield tuple(_mark(max((_beginning(each) for each in group), key=len)) for group in scopes.groups)


def _beginning(pattern: ScopePattern) -> tuple[str, ...]:
    return tuple(takewhile(lambda level: level is not None, pattern.levels))  # type: ignore[arg-type]  # none is left


def _mark(beginning: tuple[str, ...]) -> Mark:
    return Mark(Beginning(len(beginning)), beginning)
