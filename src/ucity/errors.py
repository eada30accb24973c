"""Every error that ucity raises on purpose.

    UcityError                 500  something that an operator must look at
    ├── BadInput               400  the sender can mend it
    │   ├── TooSlow            408
    │   ├── TooLarge           413
    │   ├── UnsupportedMedia   415
    │   └── Unprocessable      422
    ├── Unauthenticated        401
    ├── Forbidden              403
    ├── NotFound               404
    ├── Conflict               409
    ├── TooManyRequests        429  carries Retry-After
    ├── Unavailable            503  carries Retry-After
    └── StartupError           -    the city cannot start; the message says how to mend it

Each class knows its HTTP status and a message that is safe to show; details come as RFC 9457 problem documents.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class UcityError(Exception):
    """Base of the tree. ``detail`` is shown to whoever asked: it says what, where and how to mend it. It is in English,
    or by language with English among them; ``texts`` has all."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str | Mapping[str, str] = "", **extra: Any) -> None:
        self.texts = {"en": detail or self.title} if isinstance(detail, str) else dict(detail)
        self.detail = self.texts["en"]
        super().__init__(self.detail)
        self.extra = extra

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers that belong to the answer."""
        return {}

    def problem(self, language: str = "en") -> dict[str, Any]:
        """The RFC 9457 problem document; ``language`` is one of those in ``texts``."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.texts[language],
            **self.extra,
        }


class BadInput(UcityError):
    """The request cannot be understood."""

    status = 400
    title = "Bad request"


class TooSlow(BadInput):
    """The request did not arrive in the time that the city waits for one."""

    status = 408
    title = "Request timeout"


class TooLarge(BadInput):
    """The request is larger than the city takes in one piece."""

    status = 413
    title = "Content too large"


class UnsupportedMedia(BadInput):
    """The request's media type or encoding is not one that this address takes."""

    status = 415
    title = "Unsupported media type"


class Unprocessable(BadInput):
    """The request is well formed, but nothing in it can be used."""

    status = 422
    title = "Unprocessable content"


class Unauthenticated(UcityError):
    """Nobody, or nobody known, is asking."""

    status = 401
    title = "Unauthenticated"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="ucity"'}


class Forbidden(UcityError):
    """The asker is known and may not."""

    status = 403
    title = "Forbidden"


class NotFound(UcityError):
    """There is no such thing, or none that the asker may know of."""

    status = 404
    title = "Not found"


class Conflict(UcityError):
    """The request contradicts what is there already."""

    status = 409
    title = "Conflict"


class _Later(UcityError):
    def __init__(self, detail: str | Mapping[str, str] = "", *, retry_after: int = 1, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after)}


class TooManyRequests(_Later):
    """The asker, or the city as a whole, is over its limit for now."""

    status = 429
    title = "Too many requests"


class Unavailable(_Later):
    """A part of the city that is needed for this is not running just now."""

    status = 503
    title = "Service unavailable"


class Unfit(ValueError):
    """A value does not fit, for validators of models. ``texts``: how to mend it, by language, English among them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts["en"])
        self.texts = texts


class StartupError(UcityError):
    """The city cannot start; the detail says why and what to do."""

    title = "ucity cannot start"
