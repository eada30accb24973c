"""Asks a city over and over while something else goes on, and notes how long each answer took."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle

import httpx

from bench.asking import Request

CONNECTIONS = 2
_TIMEOUT = 60.0


@dataclass
class Answers:
    """Seconds that each good answer took, and how many questions got none."""

    waits: list[float] = field(default_factory=list)
    refused: int = 0


@contextmanager
def beside(url: str, requests: Sequence[Request]) -> Iterator[Answers]:
    """Ask by ``CONNECTIONS`` until the end of the block; the answers are there then."""
    done, answers = threading.Event(), Answers()

    def ask(own: Sequence[Request]) -> None:
        with httpx.Client(base_url=url, timeout=_TIMEOUT) as client:
            for each in cycle(own):
                began = time.perf_counter()
                try:
                    client.get(each.path).raise_for_status()
                except httpx.HTTPError:
                    answers.refused += 1
                else:
                    answers.waits.append(time.perf_counter() - began)
                if done.is_set():
                    return

    with ExitStack() as ending:
        for number in range(CONNECTIONS):
            thread = threading.Thread(target=ask, args=(requests[number::CONNECTIONS],))
            thread.start()
            ending.callback(thread.join)
        ending.callback(done.set)
        yield answers
