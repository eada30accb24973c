"""Sends readings to a running city over HTTP, as any vendor's system would, and does not give up easily."""

import gzip
import secrets
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx
import msgspec

from ucity.errors import BadInput, UcityError

_LATER = frozenset({429, 502, 503, 504})


class Answer(NamedTuple):
    """``rejected``: the problems, each with the ``index`` of its reading among those that were sent."""

    accepted: int
    rejected: list[dict[str, Any]]


class Sender:
    """``patience``: for how many seconds it tries again when the city is away or busy. ``wait`` does the waiting, and
    is told the seconds and why."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        authority: Path | None = None,
        patience: float = 600,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        trust = ssl.create_default_context(cafile=authority) if authority else True
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, verify=trust, timeout=90, transport=transport
        )
        self._patience = patience
        self.wait: Callable[[float, str], None] = lambda seconds, _: time.sleep(seconds)
        self._run = secrets.token_hex(8)
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def stream(self, path: str) -> dict[str, Any]:
        """What the catalogue says of the stream ``service/stream``."""
        answer = self._ask("GET", f"/api/v1/streams/{path}")
        found: dict[str, Any] = answer.json()
        return found

    def send(self, path: str, readings: Sequence[dict[str, Any]]) -> Answer:
        """Send readings to the stream ``service/stream``. They may have arrived already when this fails: sending them
        again does no harm. Raises UcityError when the city refuses all further ones, or is away for too long."""
        self._sent += 1
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Idempotency-Key": f"{self._run}-{self._sent}",
        }
        body = gzip.compress(b"\n".join(map(msgspec.json.encode, readings)), 4)
        answer = self._ask("POST", f"/api/v1/readings/{path}", content=body, headers=headers).json()
        return Answer(answer["accepted"], answer["rejected"])

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline, pause = time.monotonic() + self._patience, 0.5
        while True:
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                why, seconds = f"no connection ({type(error).__name__})", pause
            else:
                if answer.status_code not in _LATER:
                    return _checked(answer)
                why, seconds = _reason(answer), max(pause, _retry_after(answer))
            if time.monotonic() + seconds > deadline:
                raise UcityError(f"The city has not taken the readings for {self._patience:g} s: {why}")
            self.wait(seconds, why)
            pause = min(pause * 2, 30)


def _checked(answer: httpx.Response) -> httpx.Response:
    """An answer to go on with: success, or that nothing of the batch was accepted."""
    if answer.is_success or (answer.status_code == 422 and "rejected" in _document(answer)):
        return answer
    raise BadInput(f"The city refused with {answer.status_code}: {_reason(answer)}")


def _reason(answer: httpx.Response) -> str:
    return str(_document(answer).get("detail") or answer.reason_phrase)


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), 300.0) if text.isdecimal() else 0.0
