"""Fills the database with the places of a city, and keeps at it while the database is away."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.routing.places.gather import of_geojson
from ucity.cloud.routing.places.kept import Named, keep
from ucity.errors import BadInput, StartupError, Unavailable

log = structlog.get_logger()
FILE = "places.geojson"
"""Places that a city names itself, in its data folder."""
MOST_BYTES = 256 << 20
_AGAIN_S = 5.0


async def fill(pool: Pool, source: str, read: Callable[[], list[Named]], locate: Locate) -> None:
    """Take the places that ``read`` gives in the stead of those of ``source``; where the database is away, as soon as
    it is back. Where they cannot be read, what was known before stays."""
    try:
        places = await asyncio.to_thread(read)
    except (BadInput, StartupError) as error:
        log.warning("places are not taken in", source=source, why=error.detail)
    else:
        await patiently(pool, source, places, locate)


def own_places(data: Path) -> list[Named]:
    """The places that a city names itself, in the folder ``data``; none without a file of them. Raises BadInput."""
    file = data / FILE
    if not file.exists():
        return []
    if file.stat().st_size > MOST_BYTES:
        raise BadInput(f"{FILE} is larger than {MOST_BYTES >> 20} MiB.")
    try:
        return of_geojson(msgspec.json.decode(file.read_bytes()))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{FILE} is not JSON: {error}") from error


async def patiently(pool: Pool, source: str, places: list[Named], locate: Locate) -> None:
    """Keep them, and try again for as long as the database is away."""
    while True:
        try:
            count = await keep(pool, source, places, locate)
        except Unavailable:
            await asyncio.sleep(_AGAIN_S)
        else:
            log.info("places are known", source=source, places=count)
            return
