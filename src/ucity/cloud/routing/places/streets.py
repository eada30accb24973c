"""Streets of a map, which has each of them in many pieces, as one place each; a long one is a place in every district.

Pieces of one name that lie close to each other are one street, wherever it bends; two streets of one name in different
parts of the city stay two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ucity.blueprint.journeys import Position
from ucity.cloud.ioc.store.commit import Locate

_NEAR = 0.003
"""Degrees, some 300 m: pieces that come this close to each other are one street; a choice of ours."""
_LONG = 0.03
"""Degrees, some 3 km: a street that reaches farther has a place in each district that it passes; a choice of ours."""


class Piece(NamedTuple):
    """One way of the map: its identifier and tags, and its corners, longitude and latitude."""

    id: str
    tags: Mapping[str, str]
    corners: tuple[tuple[float, float], ...]


class Street(NamedTuple):
    """By the identifier and tags of its first piece; a corner of it in its middle."""

    id: str
    tags: Mapping[str, str]
    position: Position


def streets(pieces: Iterable[Piece], locate: Locate) -> Iterator[Street]:
    """The streets that these pieces make up, which have a name each."""
    ordered = sorted(pieces, key=lambda piece: piece.tags["name"])
    for _, named in groupby(ordered, key=lambda piece: piece.tags["name"]):
        for together in _joined(list(named)):
            for part in _by_district(together, locate):
                yield Street(part[0].id, part[0].tags, _middle(part))


def _joined(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that hang together, in their order."""
    group = list(range(len(pieces)))

    def first(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    owner: dict[tuple[int, int], int] = {}
    for number, piece in enumerate(pieces):
        for x, y in {(int(lon // _NEAR), int(lat // _NEAR)) for lon, lat in piece.corners}:
            for dx, dy in product((-1, 0, 1), repeat=2):
                if (x + dx, y + dy) in owner:
                    one, other = sorted((first(owner[x + dx, y + dy]), first(number)))
                    group[other] = one
            owner[x, y] = number
    found: dict[int, list[Piece]] = {}
    for number, piece in enumerate(pieces):
        found.setdefault(first(number), []).append(piece)
    return list(found.values())


def _by_district(pieces: Sequence[Piece], locate: Locate) -> list[list[Piece]]:
    """All of a street, or of a long one the pieces in each district."""
    if float(np.ptp(_corners(pieces), axis=0).max()) <= _LONG:
        return [list(pieces)]
    middles = [_middle([piece]) for piece in pieces]
    found: dict[str | None, list[Piece]] = {}
    districts = locate([each.lon for each in middles], [each.lat for each in middles])
    for piece, district in zip(pieces, districts, strict=True):
        found.setdefault(district, []).append(piece)
    return list(found.values())


def _middle(pieces: Sequence[Piece]) -> Position:
    """The corner that is nearest to the mean of all."""
    corners = _corners(pieces)
    far = np.square(corners - corners.mean(axis=0)).sum(axis=1)
    lon, lat = corners[int(far.argmin())].tolist()
    return Position(lon, lat)


def _corners(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    return np.array([corner for piece in pieces for corner in piece.corners], np.float64)
