"""Documents that stay the same while the city runs: packed once, recognised by their tag, never sent twice in vain."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

FOR_EVER = "public, max-age=31536000, immutable"
"""For what carries a fingerprint of its content in its name."""
ASK_AGAIN = "public, no-cache"
"""Kept by browsers, but asked for again each time: unless it has changed, the answer is a 304 without it."""
_SMALL = 1024
_PREFERRED = ("br", "gzip")


@dataclass(frozen=True)
class Document:
    """``packed``: the body by content coding (``br``, ``gzip``), for readers that take it."""

    body: bytes
    media_type: str
    cache: str = ASK_AGAIN
    headers: Mapping[str, str] = field(default_factory=dict)
    packed: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, body: bytes, media_type: str) -> "Document":
        """A document that is packed here and now, unless it is small."""
        packed = {} if len(body) < _SMALL else {"gzip": gzip.compress(body, mtime=0)}
        return cls(body, media_type, packed=packed)

    @property
    def tag(self) -> str:
        """Its entity tag, weak: the same for every coding (RFC 9110, section 8.8.3)."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        """The answer to a request for it, 304 when the reader has it already."""
        headers = {**self.headers, "Cache-Control": self.cache, "ETag": self.tag, "Vary": "Accept-Encoding"}
        if _has(request.headers.get("if-none-match", ""), self.tag):
            return Response(status_code=304, headers=headers)
        coding = _coding(request.headers.get("accept-encoding", ""), self.packed)
        if coding is None:
            return Response(self.body, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = coding
        return Response(self.packed[coding], headers=headers, media_type=self.media_type)


def _has(known: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names this tag; weak comparison."""
    tags = {each.strip().removeprefix("W/") for each in known.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags


def _coding(accepted: str, packed: Mapping[str, bytes]) -> str | None:
    """The best coding that there is and the reader takes; a reader refuses one by ``;q=0``."""
    taken = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0").rstrip(".") not in {"q=", "q=0"}:
            taken.add(name.strip())
    return next((each for each in _PREFERRED if each in packed and (each in taken or "*" in taken)), None)
