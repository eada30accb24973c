"""Views: questions that a service answers. The application turns each into HTTP and OpenAPI."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ucity.blueprint.city import City
from ucity.blueprint.sharing import Sharing
from ucity.blueprint.text import Text


@dataclass(frozen=True, kw_only=True)
class View:
    """``name`` is the last part of its path, ``GET /api/v1/{sector}/{service}/{name}``.

    ``request`` and ``result`` are pydantic models; the request's fields become query parameters.
    """

    name: str
    title: Text
    request: type[BaseModel]
    result: type[BaseModel]
    answer: Callable[[City, Any], Awaitable[BaseModel]]
    sharing: Sharing = Sharing.PRIVATE
