"""What a benchmark finds: samples of a quantity, beside samples of the reference, and what is aimed at."""

import math
import os
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Better = Literal["more", "less"]


@dataclass(frozen=True)
class Spread:
    """Samples of one quantity, told by their median, least and most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        """The spread of at least one sample."""
        return cls(statistics.median(samples), min(samples), max(samples))


@dataclass(frozen=True)
class Aim:
    """A value to reach: ``more`` is better and it is the least, or ``less`` is better and it is the most."""

    value: float
    better: Better = "more"

    def met(self, value: float) -> bool:
        """Whether ``value`` reaches it."""
        return value >= self.value if self.better == "more" else value <= self.value


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. ``ratio`` is ``measured`` by ``reference``, round by round; the aim is about the ratio
    where ``aims_at_ratio`` says so, else about the median that was measured."""

    benchmark: str
    name: str
    unit: str
    measured: Spread
    against: str | None = None
    reference: Spread | None = None
    ratio: Spread | None = None
    aim: Aim | None = None
    aims_at_ratio: bool = True
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without one."""
        told = self.ratio if self.aims_at_ratio else self.measured
        return self.aim.met(told.median) if self.aim and told else None


def compared(measured: Sequence[float], reference: Sequence[float]) -> tuple[Spread, Spread, Spread]:
    """(measured, reference, ratio) of samples that were taken turn by turn, as many of each."""
    ratios = [ours / theirs for ours, theirs in zip(measured, reference, strict=True)]
    return Spread.of(measured), Spread.of(reference), Spread.of(ratios)


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample that ``share`` (0 to 1) of all samples do not exceed, by nearest rank."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_turns(ways: Iterable[str], rounds: int) -> Iterator[tuple[int, str]]:
    """(round, way) of all rounds, each of which begins with another way."""
    names = list(ways)
    for turn in range(rounds):
        for offset in range(len(names)):
            yield turn, names[(turn + offset) % len(names)]
