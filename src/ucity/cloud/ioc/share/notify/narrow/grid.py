"""A tray for what has an extent: stretches of numbers, boxes on the map.

Each box stands on the grid of its own size, the cells of which are along each axis as long as it is or up to twice
that, so that it touches two of them at most. However large or small boxes are, those at one spot are found by looking
at one cell of each grid that is in use.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from itertools import product

Stretch = tuple[float, float]
"""From the first to the second, both included."""
Box = tuple[Stretch, ...]
"""A stretch along each axis."""
_Levels = tuple[int, ...]
"""Of a grid: along each axis, its cells are 2 to that power long."""
_Cell = tuple[float, ...]
_FINEST, _COARSEST = -40, 500
_FAR = 52
"""Cells are numbered up to 2 to this power, as exactly as numbers can tell; all beyond are one."""


def fits(box: Box) -> bool:
    """Whether there is a grid for it: it is not infinite."""
    return all(high - low < math.ldexp(1.0, _COARSEST) for low, high in box)


class Grid:
    """Keys of subscriptions by boxes that fit."""

    def __init__(self) -> None:
        self._grids: dict[_Levels, dict[_Cell, set[tuple[int, Box]]]] = {}

    def __bool__(self) -> bool:
        """Whether anybody stands here."""
        return bool(self._grids)

    def put(self, answer: Box, key: int) -> None:
        """Have one stand at this box."""
        levels = _levels_of(answer)
        for cell in _cells_of(answer, levels):
            self._grids.setdefault(levels, {}).setdefault(cell, set()).add((key, answer))

    def remove(self, answer: Box, key: int) -> None:
        """Have one stand there no more."""
        levels = _levels_of(answer)
        cells = self._grids[levels]
        for cell in _cells_of(answer, levels):
            cells[cell].discard((key, answer))
            if not cells[cell]:
                del cells[cell]
        if not cells:
            del self._grids[levels]

    def crowd(self, answer: Box) -> float:
        """How many stand near to this box on its grid."""
        levels = _levels_of(answer)
        cells = self._grids.get(levels, {})
        return max(len(cells.get(cell, ())) for cell in _cells_of(answer, levels))

    def find(self, answers: Collection[Box]) -> Iterator[int]:
        """Those at boxes that touch any of these."""
        for levels, cells in self._grids.items():
            for box in answers:
                for there in _touched(cells, levels, box):
                    yield from (key for key, other in there if _touch(other, box))


def _touched(
    cells: dict[_Cell, set[tuple[int, Box]]], levels: _Levels, box: Box
) -> Iterable[Collection[tuple[int, Box]]]:
    sides = _sides_of(box, levels)
    if math.prod(len(side) for side in sides) > len(cells):
        return cells.values()
    return (cells.get(cell, ()) for cell in product(*sides))


def _touch(one: Box, other: Box) -> bool:
    return all(a[0] <= b[1] and b[0] <= a[1] for a, b in zip(one, other, strict=True))


def _levels_of(box: Box) -> _Levels:
    return tuple(max(_FINEST, math.frexp(high - low)[1]) if high > low else _FINEST for low, high in box)


def _cells_of(box: Box, levels: _Levels) -> Iterable[_Cell]:
    return product(*_sides_of(box, levels))


def _sides_of(box: Box, levels: _Levels) -> list[Collection[float]]:
    return [_along(stretch, level) for stretch, level in zip(box, levels, strict=True)]


def _along(stretch: Stretch, level: int) -> Collection[float]:
    """The cells of a level that a stretch touches."""
    first, last = (_cell_of(value, level) for value in stretch)
    if isinstance(first, int) and isinstance(last, int):
        return range(first, last + 1)
    return tuple({first, last})


def _cell_of(value: float, level: int) -> float:
    """The number of the cell in which a value lies: the higher the value, the higher it is."""
    cells = value * math.ldexp(1.0, -level)
    return math.floor(cells) if abs(cells) < 2**_FAR else math.copysign(math.inf, cells)
