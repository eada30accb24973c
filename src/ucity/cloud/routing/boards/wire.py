"""What other processes ask of boards over the bus, as MessagePack, and what answers it.

``TASKS`` maps each subject to the type of its question and a pure function of boards and question. Times come from the
asker, so that all of an answer is of one moment.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ucity.blueprint.boards import Board, Disturbance, LineName, LineOnMap, NearStop
from ucity.blueprint.journeys import Position

if TYPE_CHECKING:
    from ucity.cloud.routing.boards.lines import Boards

_PREFIX = "routing.boards."
BOARD, LINES, LINE, NEAR, DISTURBANCES = (_PREFIX + each for each in ("board", "lines", "line", "near", "disturbances"))


class AskBoard(msgspec.Struct, frozen=True, kw_only=True):
    """The board of a stop; ``within`` in seconds; ``line``: the only one that is wanted."""

    stop: str
    at: datetime
    within: float
    most: int
    line: str | None = None


class AskLines(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, or those that may be called ``named``."""

    named: str | None = None


class AskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    line: str
    at: datetime


class AskNear(msgspec.Struct, frozen=True, kw_only=True):
    """Stops around a place, with so many of their next calls."""

    position: Position
    at: datetime
    metres: float
    most: int
    calls: int


class AskDisturbances(msgspec.Struct, frozen=True, kw_only=True):
    """What is amiss, about these or, without any, about anything."""

    at: datetime
    lines: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Answers ``AskLines``."""

    lines: tuple[LineName, ...]


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Answers ``AskNear``."""

    stops: tuple[NearStop, ...]


class Disturbances(msgspec.Struct, frozen=True, kw_only=True):
    """Answers ``AskDisturbances``."""

    disturbances: tuple[Disturbance, ...]


class BoardTask(NamedTuple):
    """``asked``: the question's type; ``answer`` raises NotFound."""

    asked: type[Any]
    answer: "Callable[[Boards, Any], Any]"


def _board(boards: "Boards", asked: AskBoard) -> Board:
    return boards.board(asked.stop, asked.at, within=timedelta(seconds=asked.within), most=asked.most, line=asked.line)


def _lines(boards: "Boards", asked: AskLines) -> Lines:
    return Lines(lines=tuple(boards.lines(asked.named)))


def _line(boards: "Boards", asked: AskLine) -> LineOnMap:
    return boards.line(asked.line, asked.at)


def _near(boards: "Boards", asked: AskNear) -> Near:
    found = boards.near(asked.position, asked.at, metres=asked.metres, most=asked.most, calls=asked.calls)
    return Near(stops=tuple(found))


def _disturbances(boards: "Boards", asked: AskDisturbances) -> Disturbances:
    about = (asked.lines, asked.stops) if asked.lines or asked.stops else (None, None)
    return Disturbances(disturbances=tuple(boards.disturbances(asked.at, lines=about[0], stops=about[1])))


TASKS = {
    BOARD: BoardTask(AskBoard, _board),
    LINES: BoardTask(AskLines, _lines),
    LINE: BoardTask(AskLine, _line),
    NEAR: BoardTask(AskNear, _near),
    DISTURBANCES: BoardTask(AskDisturbances, _disturbances),
}
