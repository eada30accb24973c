"""A system of shared bicycles at one moment, as it is kept and as ways are sought by it."""

from datetime import datetime

import msgspec

from ucity.network.feeds.refusal import FeedRefused, Reason


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """Where bicycles are taken and returned, or (``is_free``) a bicycle that stands in the street.

    ``names`` by language (BCP 47), ``und`` where none is told. ``lon`` and ``lat``: degrees (WGS 84). ``bicycles``:
    that can be taken now, nought where the station gives out none. ``docks``: that are free now, nought where it takes
    none back, None where it takes any number.
    """

    id: str
    names: dict[str, str]
    lon: float
    lat: float
    bicycles: int
    docks: int | None
    capacity: int | None = None
    is_free: bool = False


class System(msgspec.Struct, frozen=True, kw_only=True):
    """``at``: when it said so. ``ttl``: seconds after which it says something else. ``left_out``: stations and
    bicycles that could not be read."""

    names: dict[str, str]
    at: datetime
    ttl: int
    stations: tuple[Station, ...]
    left_out: int = 0


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(System).decode


def decode(data: bytes) -> System:
    """A system as it was kept. Raises FeedRefused."""
    try:
        return _decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FeedRefused(Reason.DAMAGED, "What was kept of it cannot be read.") from error
