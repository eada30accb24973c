"""What was found wrong in a feed that can be used all the same."""

from dataclasses import dataclass, field

import polars as pl

from ucity.network.feeds.refusal import Reason

MOST_NAMED = 10
"""Rows that a problem names; it counts all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of mistake in one place. ``rows`` are its first ones, counted from 1 after the header.

    ``detail`` is English, says what was done about it, and shows a value where one helps.
    """

    file: str
    reason: Reason
    detail: str
    field: str | None = None
    count: int = 1
    rows: tuple[int, ...] = ()


@dataclass(slots=True)
class Problems:
    """Gathers problems while a feed is read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, reason: Reason, detail: str, **more: str | int | tuple[int, ...] | None) -> None:
        """Note a problem of a whole file or column."""
        self.found.append(Problem(file=file, reason=reason, detail=detail, **more))  # type: ignore[arg-type]  # as named

    def rows(self, file: str, reason: Reason, detail: str, rows: pl.Series, column: str | None = None) -> None:
        """Note a problem of these rows (0-based numbers), if there are any."""
        if not rows.is_empty():
            first = tuple(int(row) + 1 for row in rows.head(MOST_NAMED))
            self.add(file, reason, detail, field=column, count=len(rows), rows=first)
