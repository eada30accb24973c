"""What a taxi costs in a city: its published tariff, as the city's profile has it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from ucity.blueprint.figures import Standing
from ucity.blueprint.text import Text

_STRICT: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class Night:
    """Hours of the day, from ``since`` (0 to 23) to before ``until`` (1 to 24), when a ride costs so much more."""

    since: int
    until: int
    percent: int

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    def __post_init__(self) -> None:
        """Raise ValueError for hours that there are not."""
        if not (0 <= self.since < self.until <= 24 and 0 <= self.percent <= 300):
            raise ValueError("needs since and until in hours of one day, and a percent of at most 300")


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """``base`` for the first ``base_metres``, then ``step`` for each ``step_metres`` begun; amounts in the smallest
    unit of ``currency`` (ISO 4217). ``source``, and ``standing``: how far it may be trusted. ``note``: what is
    not counted. Both are texts, or texts by language.
    """

    currency: str
    base: int
    base_metres: float
    step: int
    step_metres: float
    source: Text | str
    valid_from: date
    standing: Standing = Standing.PUBLISHED
    nights: tuple[Night, ...] = ()
    note: Text | str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    def __post_init__(self) -> None:
        """Raise ValueError for a tariff that cannot be."""
        if not (self.base >= 0 and self.step > 0 and self.base_metres >= 0 and self.step_metres > 0):
            raise ValueError("needs amounts and metres that are not negative, and steps of more than nought")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError("needs a currency of ISO 4217, like KRW")
