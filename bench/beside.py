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
    """Seconds that each good answer took; of the other questions, what came of each: a status, or the error's name."""

    waits: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def beside(url: str, requests: Sequence[Request]) -> Iterator[Answers]:
    """Ask by ``CONNECTIONS`` until the end of the block; the answers are there then."""
    done, answers = threading.Event(), Answers()

    def ask(own: Sequence[Request]) -> None:
        with httpx.Client(base_url=url, timeout=_TIMEOUT) as client:
            for each in cycle(own):
                if done.is_set():
                    return
                began = time.perf_counter()
                try:
                    answer = client.get(each.path)
                except httpx.HTTPError as error:
                    answers.refused.append(type(error).__name__)
                    continue
                if answer.is_success:
                    answers.waits.append(time.perf_counter() - began)
                else:
                    answers.refused.append(str(answer.status_code))

    with ExitStack() as ending:
        for number in range(CONNECTIONS):
            thread = threading.Thread(target=ask, args=(requests[number::CONNECTIONS],))
            thread.start()
            ending.callback(thread.join)
        ending.callback(done.set)
        yield answers
