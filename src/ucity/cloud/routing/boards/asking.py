"""Boards asked of from another process: what ``blueprint.boards.Transit`` promises, over whatever carries questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from ucity.blueprint.boards import Board, Disturbance, LineName, LineOnMap, NearStop
from ucity.blueprint.journeys import Position
from ucity.cloud.routing.boards import wire

Wanted = TypeVar("Wanted")


class Asks(Protocol):
    """Carries a question to whoever answers it."""

    async def ask(self, subject: str, asked: Any, wanted: type[Wanted]) -> Wanted:
        """The answer. Raises what the question raises there, and Unavailable or TooManyRequests."""
        ...


@dataclass(frozen=True)
class AskedBoards:
    """``clock``: the asker's, in UTC."""

    asks: Asks
    clock: Callable[[], datetime]

    async def board(self, stop: str, *, within: timedelta, most: int, line: str | None = None) -> Board:
        """See ``Transit.board``."""
        asked = wire.AskBoard(stop=stop, at=self.clock(), within=within.total_seconds(), most=most, line=line)
        return await self.asks.ask(wire.BOARD, asked, Board)

    async def lines(self, *, named: str | None = None) -> tuple[LineName, ...]:
        """See ``Transit.lines``."""
        return (await self.asks.ask(wire.LINES, wire.AskLines(named=named), wire.Lines)).lines

    async def line(self, line: str) -> LineOnMap:
        """See ``Transit.line``."""
        return await self.asks.ask(wire.LINE, wire.AskLine(line=line, at=self.clock()), LineOnMap)

    async def near(self, position: Position, *, metres: float, most: int, calls: int) -> tuple[NearStop, ...]:
        """See ``Transit.near``."""
        asked = wire.AskNear(position=position, at=self.clock(), metres=metres, most=most, calls=calls)
        return (await self.asks.ask(wire.NEAR, asked, wire.Near)).stops

    async def disturbances(
        self, *, lines: tuple[str, ...] = (), stops: tuple[str, ...] = ()
    ) -> tuple[Disturbance, ...]:
        """See ``Transit.disturbances``."""
        asked = wire.AskDisturbances(at=self.clock(), lines=lines, stops=stops)
        return (await self.asks.ask(wire.DISTURBANCES, asked, wire.Disturbances)).disturbances
