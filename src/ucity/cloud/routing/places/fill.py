"""Keeps the places of the database those of the city's own files."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from ucity.cloud.ioc.manage.districts import load_districts
from ucity.cloud.ioc.manage.profile import keep_profile
from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.commit import Locate
from ucity.cloud.routing.places.gather import of_districts, of_geojson
from ucity.cloud.routing.places.kept import Named, keep
from ucity.errors import BadInput, Unavailable

log = structlog.get_logger()
FILE = "places.geojson"
"""Places that a city names itself, in its data folder."""
MOST_BYTES = 256 << 20
_AGAIN_S = 5.0


async def fill_from_files(pool: Pool, data: Path, locate: Locate) -> None:
    """Take the districts and the city's own places in, once; where the database is away, as soon as it is back."""
    for source, read in (("districts", _districts), ("city", _own_places)):
        places = await asyncio.to_thread(_read, read, data)
        if places is not None:
            await patiently(pool, source, places, locate)


def _read(read: Callable[[Path], list[Named]], data: Path) -> list[Named] | None:
    """None where the file is wrong: what was known before stays."""
    try:
        return read(data)
    except BadInput as error:
        log.warning("places are not taken in", folder=str(data), why=error.detail)
        return None


def _districts(data: Path) -> list[Named]:
    return of_districts(load_districts(data, keep_profile(data)))


def _own_places(data: Path) -> list[Named]:
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
