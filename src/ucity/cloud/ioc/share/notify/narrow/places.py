"""Marks of geoqueries: the box that has to touch the one around a geometry."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ucity.cloud.ioc.share.notify.narrow.grid import Box, Grid, fits
from ucity.cloud.ioc.share.notify.narrow.marks import Mark, Marks, Tray
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.query import spatial
from ucity.cloud.ioc.store.query.terms import Place


@dataclass(frozen=True)
class Where:
    """Where the geometries of an attribute are."""

    attribute: str

    def answers(self, document: Document) -> Collection[Box]:
        """The box around all of them."""
        box = spatial.extent(document.attrs.get(self.attribute))
        return (_sides(box),) if box else ()

    def tray(self) -> Tray:
        """By boxes."""
        return Grid()


def marks_of(place: Place) -> Iterator[Marks]:
    """All that a geoquery makes necessary, where a box can tell."""
    box = spatial.reach(place)
    if box and fits(_sides(box)):
        yield (Mark(Where(place.attribute), _sides(box)),)


def _sides(box: spatial.Box) -> Box:
    west, south, east, north = box
    return (west, east), (south, north)
