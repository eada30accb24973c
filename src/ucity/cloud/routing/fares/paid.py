"""Amounts of money."""

from decimal import Decimal
from typing import NamedTuple

from ucity.blueprint.figures import Money

_PLACES = {"KRW": 0, "JPY": 0, "CLP": 0, "VND": 0, "ISK": 0, "PYG": 0, "UGX": 0, "XAF": 0, "XOF": 0, "XPF": 0}
_PLACES |= {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3}
"""Decimal places of currencies that have not two (ISO 4217)."""


class Paid(NamedTuple):
    """``media``: names of what is paid with, each of which alone does; none where it is not known that it matters."""

    price: Money
    media: tuple[str, ...] = ()


def added(before: Money | None, price: Money) -> Money | None:
    """The sum; None where they are in different currencies."""
    if before is None:
        return price
    if before.currency != price.currency:
        return None
    return Money(amount=before.amount + price.amount, currency=price.currency)


def money(price: str | float, currency: str) -> Money:
    """From a price in the currency's own unit, as GTFS writes it."""
    places = _PLACES.get(currency.upper(), 2)
    return Money(amount=int((Decimal(str(price)) * 10**places).to_integral_value()), currency=currency.upper())
