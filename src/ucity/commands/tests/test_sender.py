"""The sender's patience: what it tries again, what it gives up on."""

from collections.abc import Callable

import httpx
import pytest

from ucity.commands.sender import Sender
from ucity.errors import BadInput, UcityError

PATH = "air_quality/stations"
ACCEPTED = {"accepted": 1, "rejected": []}
Answers = list[Callable[[], httpx.Response]]


class Scripted(httpx.BaseTransport):
    """Answers one after another, and remembers the requests."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.requests = answers, list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0)()


def lost() -> httpx.Response:
    raise httpx.ReadError("gone")


def sender(answers: Answers, waits: list[float], patience: float = 600) -> tuple[Sender, Scripted]:
    transport = Scripted(answers)
    made = Sender("http://city", key="k", patience=patience, transport=transport)
    made.wait = lambda seconds, _: waits.append(seconds)
    return made, transport


def test_it_waits_as_it_is_told_and_sends_the_very_same_again() -> None:
    waits: list[float] = []
    busy = lambda: httpx.Response(429, headers={"Retry-After": "7"}, json={"detail": "Busy."})  # noqa: E731
    made, transport = sender(
        [busy, lost, lambda: httpx.Response(503), lambda: httpx.Response(202, json=ACCEPTED)], waits
    )
    assert made.send(PATH, [{"id": "a"}]).accepted == 1
    assert waits == [7, 1, 2]
    first, *again = transport.requests
    for request in again:
        assert request.content == first.content
        assert request.headers["idempotency-key"] == first.headers["idempotency-key"]
    assert first.headers["authorization"] == "Bearer k"


def test_two_batches_have_two_keys() -> None:
    made, transport = sender([lambda: httpx.Response(202, json=ACCEPTED)] * 2, [])
    for _ in range(2):
        made.send(PATH, [{"id": "a"}])
    one, other = (request.headers["idempotency-key"] for request in transport.requests)
    assert one != other


def test_a_batch_of_which_nothing_is_accepted_is_an_answer() -> None:
    problem = {"detail": "None.", "accepted": 0, "rejected": [{"index": 0}]}
    made, _ = sender([lambda: httpx.Response(422, json=problem)], [])
    assert made.send(PATH, [{}]) == (0, [{"index": 0}])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 500])
def test_a_refusal_is_told_at_once(status: int) -> None:
    made, _ = sender([lambda: httpx.Response(status, json={"detail": "Because."})], [])
    with pytest.raises(BadInput, match=f"{status}: Because"):
        made.send(PATH, [{}])


def test_it_gives_up_after_its_patience() -> None:
    made, _ = sender([lambda: httpx.Response(503, headers={"Retry-After": "60"}, json={"detail": "Away."})], [], 30)
    with pytest.raises(UcityError, match="has not taken the readings for 30 s: Away"):
        made.send(PATH, [{}])
